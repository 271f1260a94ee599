// The closed form beside the simulation, and the ladder from one to the other.
function addComparison(comparison, index) {
  comparison.deployments.filter((d) => d.feasible).forEach((deployment, i) => {
    const id = `c${index}-${i}`;
    const node = section(id, comparison.deployments.length > 1 ? `Closed form: ${deployment.name}` : "Closed form and simulation");
    const timed = deployment.terms.filter((t) => t.unit === "s" && (t.closed_form > 0 || t.simulated > 0));
    if (timed.length === 0) return;
    const colors = ["#D55E00", "#0072B2"];
    addChart(node, {
      id: `${id}-terms`, title: "Terms of the closed form and what the simulation has for them", caption: "A diamond or circle alone has no counterpart.",
      legend: [{ name: "closed form (diamond)", color: colors[0] }, { name: "simulated (circle)", color: colors[1] }],
      table: () => ({ columns: ["term", "unit", "closed form", "simulated", "95 % low", "95 % high", "ratio"],
        rows: deployment.terms.map((t) => [t.term, t.unit, t.closed_form, t.simulated, t.ci95 && t.ci95[0], t.ci95 && t.ci95[1], t.ratio]) }),
      draw: (c) => drawPairs(c, timed.map((t) => ({ name: words(t.term), a: t.closed_form, b: t.simulated,
        tip: () => `${words(t.term)}\nclosed form ${timeText(t.closed_form)}\nsimulated ${timeText(t.simulated)}` + (t.ratio ? `\nratio ${Number(t.ratio.toPrecision(3))}` : "") })),
      { title: "time per step", format: timeText, colors }),
    });
  });
}

function addLadder(ladder, index) {
  ladder.ladders.filter((l) => l.feasible && l.rungs.some((r) => r.tokens_per_s > 0)).forEach((each, i) => {
    const id = `l${index}-${i}`;
    const node = section(id, ladder.ladders.length > 1 ? `Ladder: ${each.name}` : "From the closed form to the simulation");
    addChart(node, {
      id: `${id}-ladder`, title: "The ladder, rung by rung", caption: "Tokens per second; each rung adds one kind of effect to those above it.",
      legend: [{ name: "first and last rung", color: "#8a929c" }, { name: "raises", color: "#0072B2" }, { name: "lowers", color: "#D55E00" }],
      table: () => ({ columns: ["rung", "name", "tokens_per_s", "factor", "95 % low", "95 % high", "taken first", "taken last"],
        rows: each.rungs.map((r) => [r.rung, r.name, r.tokens_per_s, r.factor, r.ci95 && r.ci95[0], r.ci95 && r.ci95[1], r.first.factor, r.last.factor]) }),
      draw: (c) => drawWaterfall(c, waterfallOf(each.rungs.filter((r) => r.tokens_per_s > 0)), { title: "tokens/s", format: rateText }),
    });
  });
}

function waterfallOf(rungs) {
  const steps = rungs.map((rung, i) => {
    const before = i === 0 ? rung.tokens_per_s : rungs[i - 1].tokens_per_s;
    const factor = rung.factor ? `× ${Number(rung.factor.toPrecision(3))}` : "";
    return { name: rung.name, from: before, to: rung.tokens_per_s, whole: i === 0, note: i === 0 ? rateText(rung.tokens_per_s) : factor,
      tip: () => `${rung.name}\n${rateText(rung.tokens_per_s)} tokens/s ${factor}` + (rung.ci95 ? `\nfactor within ${rung.ci95.map((v) => Number(v.toPrecision(3))).join(" to ")} (95 %)` : "") };
  });
  const last = rungs[rungs.length - 1].tokens_per_s;
  return [...steps, { name: "simulated", from: last, to: last, whole: true, note: rateText(last), tip: () => `all effects: ${rateText(last)} tokens/s` }];
}
