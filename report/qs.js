// The map of `ringtail qs`: where the mixture of experts decodes faster than the dense model of its quality, and where not.
const ratioText = (ratio) => (ratio === null ? "–" : `${Number(ratio.toPrecision(3))} ×`);
const contextText = (tokens) => (tokens % 1048576 === 0 ? `${tokens / 1048576}M` : tokens % 1024 === 0 ? `${tokens / 1024}k` : String(tokens));
const winners = { moe: "MoE", dense: "dense", even: "even", none: "neither fits" };
const readings = { simulated: "simulated", physical: "closed form, physical switches", paper: "closed form of the paper" };

function drawMap(c, qs) {
  const contexts = [...new Set(qs.map.map((m) => m.context))].sort(d3.ascending), sizes = [...new Set(qs.map.map((m) => m.gpus))].sort(d3.ascending);
  const left = 96, top = 62, row = 46, wide = Math.min(150, (c.width - left - 20) / sizes.length), bottom = top + contexts.length * row;
  const ratio = (m) => m[c.state.reading];
  const most = Math.max(1.2, d3.max(qs.map, (m) => (ratio(m) > 0 ? Math.max(ratio(m), 1 / ratio(m)) : 1)));
  const t = (value) => 0.5 + Math.log(value) / Math.log(most) / 2;
  const cells = c.svg.append("g").selectAll("g").data(qs.map).join("g")
    .attr("transform", (m) => `translate(${left + sizes.indexOf(m.gpus) * wide},${top + contexts.indexOf(m.context) * row})`);
  c.mark(cells.append("rect").attr("width", wide - 2).attr("height", row - 2).attr("fill", (m) => (ratio(m) > 0 ? diverging(t(ratio(m)), themes.light) : "none")).attr("stroke", c.theme.line),
    (m) => `${contextText(m.context)} tokens on ${countText(m.gpus, "GPU")}\n${readings[c.state.reading]}: dense is ${ratioText(ratio(m))} the MoE\nsimulated winner: ${winners[m.winner]}`
      + (m.ci95 ? `, ${ratioText(m.ci95[0])} to ${ratioText(m.ci95[1])} (95 %)` : "") + (m.moe.obstacle ? `\nMoE: ${m.moe.obstacle}` : "") + (m.dense.obstacle ? `\ndense: ${m.dense.obstacle}` : ""));
  cells.append("text").attr("x", wide / 2 - 1).attr("y", row / 2 + 4).attr("text-anchor", "middle").attr("font-size", 13).attr("pointer-events", "none")
    .attr("fill", (m) => (ratio(m) > 0 ? (Math.abs(t(ratio(m)) - 0.5) > 0.33 ? "#ffffff" : "#000000") : c.theme.ink))
    .text((m) => (ratio(m) > 0 ? ratioText(ratio(m)) : winners[m.winner]));
  contexts.forEach((context, i) => label(c.svg, left - 8, top + (i + 0.5) * row + 4, contextText(context), c, { "text-anchor": "end", fill: c.theme.faint }));
  sizes.forEach((size, i) => label(c.svg, left + (i + 0.5) * wide - 1, bottom + 16, size, c, { "text-anchor": "middle", fill: c.theme.faint }));
  label(c.svg, left + (sizes.length * wide) / 2, bottom + 34, "GPUs", c, { "text-anchor": "middle", fill: c.theme.faint });
  label(c.svg, 0, 0, "context, tokens", c, { transform: `translate(16,${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle", fill: c.theme.faint });
  drawColorKey(c, left, 18, 260, { low: 1 / most, middle: 1, high: most, format: ratioText,
    title: "dense over MoE, tokens/s; below 1 the MoE is ahead", color: (v) => diverging(t(v), themes.light) });
  return bottom + 42;
}

function addQs(qs, index) {
  const id = `q${index}`, node = section(id, `${qs.model} against a dense model of its quality`);
  const tiles = element("div", { class: "tiles" });
  tiles.append(tile(ratioText(qs.here.simulated), "dense over MoE, simulated", `winner: ${winners[qs.here.winner]}`),
    tile(`q·s = ${Number(qs.qs.toPrecision(3))}`, `q ${qs.q}, s ${Number(qs.s.toPrecision(3))}`, `the inequality says ${winners[qs.predicted] ?? qs.predicted}`));
  node.append(tiles);
  if (!qs.map || qs.map.length === 0) return;
  addChart(node, {
    id: `${id}-map`, title: "Who is ahead", caption: "Throughput of the dense model over that of the mixture, by context and number of GPUs.",
    controls: [{ name: "reading", label: "Show", options: Object.entries(readings).map(([value, text]) => ({ value, text })) }],
    table: () => ({ columns: ["context", "GPUs", ...Object.keys(readings), "95 % low", "95 % high", "winner"],
      rows: qs.map.map((m) => [m.context, m.gpus, m.simulated, m.physical, m.paper, m.ci95 && m.ci95[0], m.ci95 && m.ci95[1], winners[m.winner]]) }),
    draw: (c) => drawMap(c, qs),
  });
}
