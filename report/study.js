// The sections of a study, from the tables that `ringtail sweep` writes.
const symbols = () => [d3.symbolCircle, d3.symbolSquare, d3.symbolTriangle, d3.symbolDiamond, d3.symbolCross, d3.symbolStar, d3.symbolWye];
const numberOrNull = (text) => (text === undefined || text === "" ? null : Number(text));

// d3.csvParse would make a function of the header, which the page's security policy forbids.
function parseCsv(text) {
  const [columns, ...rows] = d3.csvParseRows(text);
  const objects = rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
  return Object.assign(objects, { columns });
}

function readStudy(study) {
  const summary = parseCsv(study.summary_csv), results = parseCsv(study.results_csv);
  const axes = summary.columns.slice(0, summary.columns.indexOf("point"));
  const replications = d3.nest().key((r) => r.point).object(results.filter((r) => r.outcome === "done"));
  const points = summary.map((row) => ({ row, levels: axes.map((a) => row[a]), replications: replications[row.point] || [], done: row.outcome === "done" }));
  const levels = axes.map((axis, i) => [...new Set(points.map((p) => p.levels[i]))]);
  return { name: study.name, axes, levels, points };
}

const describe = (study, point) => study.axes.map((axis, i) => `${axis}: ${point.levels[i]}`).join("\n");

// The axis along x is the one with most levels, that of colours the next; the rest make panels.
function rolesOf(study) {
  const order = d3.range(study.axes.length).sort((a, b) => study.levels[b].length - study.levels[a].length || a - b);
  const [x, color = null, ...panels] = order;
  return { x, color, panels: panels.sort() };
}

const metrics = {
  tokens_per_s_per_gpu: { text: "tokens/s per GPU", format: rateText },
  tpot_s: { text: "time per output token", format: timeText },
};

function panelsOf(study, roles, metric) {
  const combinations = roles.panels.reduce((all, axis) => all.flatMap((c) => study.levels[axis].map((level) => [...c, [axis, level]])), [[]]);
  const colorLevels = roles.color === null ? [null] : study.levels[roles.color];
  const matches = (point, where) => where.every(([axis, level]) => point.levels[axis] === level);
  return combinations.map((where) => ({
    title: where.map(([axis, level]) => `${study.axes[axis]} ${level}`).join(", ") || study.name,
    lines: colorLevels.map((level, i) => {
      const here = study.points.filter((p) => p.done && matches(p, where) && (level === null || p.levels[roles.color] === level));
      const points = study.levels[roles.x].map((x) => here.find((p) => p.levels[roles.x] === x)).filter(Boolean).map((p) => ({
        x: p.levels[roles.x], y: numberOrNull(p.row[metric]), low: numberOrNull(p.row[`${metric}_ci95_low`]), high: numberOrNull(p.row[`${metric}_ci95_high`]),
        tip: () => `${describe(study, p)}\n${metrics[metric].text} ${metrics[metric].format(Number(p.row[metric]))}` +
          (p.row[`${metric}_ci95_low`] ? `\n95 %: ${metrics[metric].format(Number(p.row[`${metric}_ci95_low`]))} to ${metrics[metric].format(Number(p.row[`${metric}_ci95_high`]))}` : "") }));
      return { name: level, color: seriesColors[i % seriesColors.length], symbol: symbols()[i % 7], points };
    }).filter((line) => line.points.length > 0),
  })).filter((panel) => panel.lines.length > 0);
}

const legendOfLevels = (study, axis) => (axis === null ? null : study.levels[axis].map((level, i) => ({ name: level, color: seriesColors[i % seriesColors.length] })));

function multiplesChart(id, study) {
  const roles = rolesOf(study);
  return {
    id: `${id}-multiples`, title: "What each axis does", legend: legendOfLevels(study, roles.color),
    caption: `Along x ${study.axes[roles.x]}${roles.color === null ? "" : `, in colours ${study.axes[roles.color]}`}; bands are 95 % intervals of the mean over replications.`,
    controls: [{ name: "metric", label: "Show", options: Object.entries(metrics).map(([value, { text }]) => ({ value, text })) }],
    table: () => ({ columns: Object.keys(study.points[0].row), rows: study.points.map((p) => Object.values(p.row)) }),
    draw: (c) => drawPanels(c, panelsOf(study, roles, c.state.metric), { levels: study.levels[roles.x], xTitle: study.axes[roles.x], yTitle: metrics[c.state.metric].text, format: metrics[c.state.metric].format }),
  };
}

// A point is on the front if none is at least as good in both and better in one.
function frontChart(id, study) {
  const done = study.points.filter((p) => p.done).map((p) => {
    const tpot = Number(p.row.tpot_s), low = numberOrNull(p.row.tpot_s_ci95_low), high = numberOrNull(p.row.tpot_s_ci95_high);
    const rateLow = numberOrNull(p.row.tokens_per_s_per_gpu_ci95_low), rateHigh = numberOrNull(p.row.tokens_per_s_per_gpu_ci95_high);
    return { point: p, x: 1 / tpot, y: Number(p.row.tokens_per_s_per_gpu), xInterval: low > 0 ? [1 / high, 1 / low] : null, yInterval: rateLow === null ? null : [rateLow, rateHigh] };
  });
  for (const p of done) p.best = !done.some((q) => q.x >= p.x && q.y >= p.y && (q.x > p.x || q.y > p.y));
  const roles = rolesOf(study), axis = roles.color ?? roles.x;
  const color = (p) => study.levels[axis].indexOf(p.point.levels[axis]);
  return {
    id: `${id}-front`, title: "Fast for one, or much for all", legend: legendOfLevels(study, axis),
    caption: `Up is throughput, right is speed of each sequence. The dashed line joins the points that no other beats in both. Colours: ${study.axes[axis]}.`,
    table: () => ({ columns: [...study.axes, "tokens_per_s_per_sequence", "tokens_per_s_per_gpu", "on the front"], rows: done.map((p) => [...p.point.levels, p.x, p.y, p.best ? "yes" : "no"]) }),
    draw: (c) => drawFront(c, done.map((p) => ({ ...p, color: seriesColors[color(p) % seriesColors.length], symbol: symbols()[color(p) % 7],
      tip: () => `${describe(study, p.point)}\n${rateText(p.y)} tokens/s per GPU\n${rateText(p.x)} tokens/s per sequence${p.best ? "\non the front" : ""}` })),
    { xTitle: "tokens/s per sequence", yTitle: "tokens/s per GPU", xFormat: rateText, yFormat: rateText }),
  };
}

function stepsChart(id, study) {
  const names = Object.keys(stateColors);
  const rows = study.points.filter((p) => p.done).map((p) => ({ p, parts: names.map((n) => d3.mean(p.replications, (r) => Number(r[`${n}_s`]))) }));
  const used = names.filter((n, i) => rows.some((r) => r.parts[i] > 0));
  const name = (p) => p.levels.map((level) => level.replace(/[{}]/g, "")).join(" · ");
  const longest = 20 + 7.9 * d3.max(rows, ({ p }) => name(p).length);
  return {
    id: `${id}-steps`, title: "Where the step goes at each point", legend: legendOfStates(used), caption: "Mean over GPUs and replications.",
    controls: [{ name: "scale", label: "Show", options: [{ value: "share", text: "shares of the step" }, { value: "time", text: "time" }] }],
    table: () => ({ columns: [...study.axes, ...names.map((n) => `${n}_s`)], rows: rows.map(({ p, parts }) => [...p.levels, ...parts]) }),
    draw: (c) => {
      const isShare = c.state.scale === "share";
      const stacks = rows.map(({ p, parts }) => ({ name: name(p), parts: parts.map((seconds, i) => ({ value: isShare ? seconds / d3.sum(parts) : seconds, color: stateColors[names[i]],
        tip: () => `${describe(study, p)}\n${stateWords[names[i]]} ${shareText(seconds, d3.sum(parts))}` })) }));
      return drawStacks(c, stacks, { title: isShare ? "share of the step" : "time per step", format: isShare ? (t) => `${Math.round(100 * t)} %` : timeText, most: isShare ? 1 : null, left: Math.min(0.54 * c.width, longest), row: rows.length > 40 ? 15 : 22 });
    },
  };
}

function addStudy(raw, index) {
  const study = readStudy(raw), id = `s${index}`;
  const node = section(id, `Study: ${study.name}`);
  const done = study.points.filter((p) => p.done);
  const best = done.reduce((a, b) => (!a || Number(b.row.tokens_per_s_per_gpu) > Number(a.row.tokens_per_s_per_gpu) ? b : a), null);
  const tiles = element("div", { class: "tiles" });
  tiles.append(tile(`${done.length} of ${study.points.length}`, "points simulated", study.axes.join(" × ")));
  if (best) tiles.append(tile(rateText(Number(best.row.tokens_per_s_per_gpu)), "tokens/s per GPU at most", best.levels.join(" · ")));
  node.append(tiles);
  if (!best) return;
  addChart(node, multiplesChart(id, study));
  addChart(node, frontChart(id, study));
  addChart(node, stepsChart(id, study));
}
