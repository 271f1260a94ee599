// Kinds of charts. Each draws into `c`: {svg, width, theme, state, mark}, and returns its height. `c.mark(selection, text)`
// makes what is drawn for a datum a mark: it can be hovered and reached by arrow keys, and `text(datum)` says what it is.

function label(parent, x, y, text, c, attributes = {}) {
  const node = parent.append("text").attr("x", x).attr("y", y).attr("fill", c.theme.ink).attr("font-size", 12).text(text);
  for (const [name, value] of Object.entries(attributes)) node.attr(name, value);
  return node;
}

// Cuts what is wider than `room`, with an ellipsis.
function fit(text, room, size = 12) {
  const most = Math.max(1, Math.floor(room / (0.6 * size)));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

// Parts that commas separate, in as few lines as have room.
function inLines(text, room) {
  const lines = [];
  for (const part of text.split(", ")) {
    const longer = lines.length ? `${lines[lines.length - 1]}, ${part}` : part;
    if (lines.length && fit(longer, room, 13) === longer) lines[lines.length - 1] = longer;
    else lines.push(fit(part, room, 13));
  }
  return lines;
}

// As many ticks along x as have room for their labels.
const ticksAlong = (scale) => Math.max(2, Math.min(8, Math.floor((scale.range()[1] - scale.range()[0]) / 75)));

function axisX(c, scale, y, title, format, ticks = ticksAlong(scale)) {
  const g = c.svg.append("g").attr("transform", `translate(0,${y})`);
  g.call(d3.axisBottom(scale).ticks(ticks).tickFormat(format));
  styleAxis(g, c);
  const [from, to] = scale.range();
  label(c.svg, (from + to) / 2, y + 34, title, c, { "text-anchor": "middle", fill: c.theme.faint });
}

function axisY(c, scale, x, title, format, ticks = 6) {
  const g = c.svg.append("g").attr("transform", `translate(${x},0)`);
  g.call(d3.axisLeft(scale).ticks(ticks).tickFormat(format));
  styleAxis(g, c);
  const range = scale.range();
  const low = Math.max(...range), high = Math.min(...range);
  label(c.svg, 0, 0, title, c, { transform: `translate(12,${(low + high) / 2}) rotate(-90)`, "text-anchor": "middle", fill: c.theme.faint });
}

function styleAxis(g, c) {
  g.attr("font-family", null).attr("font-size", 12);
  g.selectAll("path,line").attr("stroke", c.theme.line);
  g.selectAll("text").attr("fill", c.theme.faint);
}

function gridX(c, scale, y0, y1, ticks = ticksAlong(scale)) {
  c.svg.append("g").selectAll("line").data(scale.ticks(ticks)).join("line")
    .attr("x1", scale).attr("x2", scale).attr("y1", y0).attr("y2", y1).attr("stroke", c.theme.line).attr("stroke-width", 0.7);
}

// Bars from left to right: items {name, value, text, color, tip}.
function drawBars(c, items, { left = 190, row = 26 } = {}) {
  const right = 170, top = 6;
  const x = d3.scaleLinear().domain([0, d3.max(items, (d) => d.value) || 1]).range([left, c.width - right]);
  const rows = c.svg.append("g").selectAll("g").data(items).join("g").attr("transform", (d, i) => `translate(0,${top + i * row})`);
  rows.append("text").attr("x", left - 8).attr("y", row / 2 + 4).attr("text-anchor", "end").attr("font-size", 13)
    .attr("fill", c.theme.ink).text((d) => fit(d.name, left - 12, 13));
  c.mark(rows.append("rect").attr("x", left).attr("y", 3).attr("height", row - 6).attr("rx", 2)
    .attr("width", (d) => Math.max(1, x(d.value) - left)).attr("fill", (d) => d.color), (d) => d.tip);
  rows.append("text").attr("x", (d) => x(d.value) + 6).attr("y", row / 2 + 4).attr("font-size", 13).attr("fill", c.theme.ink).text((d) => d.text);
  return top + items.length * row + 6;
}

// Stacked bars: rows {name, parts: [{name, value, color, tip}]}, all on one axis, up to `most` if it is given.
function drawStacks(c, rows, { title, format, most = null, left = 190, row = 24 }) {
  const top = 6, bottom = top + rows.length * row;
  const x = d3.scaleLinear().domain([0, most ?? (d3.max(rows, (d) => d3.sum(d.parts, (p) => p.value)) || 1)]).range([left, c.width - 30]);
  if (most === null) x.nice();
  gridX(c, x, top, bottom);
  const groups = c.svg.append("g").selectAll("g").data(rows).join("g").attr("transform", (d, i) => `translate(0,${top + i * row})`);
  const every = Math.max(1, Math.ceil(12 / row)), size = Math.max(10.5, Math.min(13, row - 3));
  groups.filter((d, i) => i % every === 0).append("text").attr("x", left - 8).attr("y", row / 2 + 4).attr("text-anchor", "end")
    .attr("font-size", size).attr("fill", c.theme.ink).text((d) => fit(d.name, left - 12, size));
  c.mark(groups.selectAll("rect").data((d) => {
    let sum = 0;
    return d.parts.filter((p) => p.value > 0).map((p) => ({ ...p, row: d.name, from: sum, to: (sum += p.value) }));
  }).join("rect").attr("x", (p) => x(p.from)).attr("width", (p) => Math.max(0.3, x(p.to) - x(p.from)))
    .attr("y", row >= 12 ? 3 : 0.5).attr("height", row >= 12 ? row - 6 : row - 1).attr("fill", (p) => p.color), (p) => p.tip);
  axisX(c, x, bottom, title, format);
  return bottom + 42;
}

// Scales of heat maps: {low, high, middle, color}. From zero on, or about one, which is even: below it blue, above orange.
const fromZero = (high) => ({ low: 0, high: high || 1, color: (v) => sequential(v / (high || 1)) });
function aboutOne(high, theme) {
  const top = Math.max(2, high), place = (v) => (v <= 1 ? v / 2 : 0.5 + (v - 1) / (top - 1) / 2);
  return { low: 0, middle: 1, high: top, color: (v) => diverging(place(v), theme) };
}

// Cells in rows and columns: values[row][column], coloured by `scaleOf(largest value)`; null is left empty.
function drawHeat(c, { values, rowTitle, columnTitle, legendTitle, tip, format, scaleOf, square = false }) {
  const left = 64, top = 46, right = 24;
  const rows = values.length, columns = d3.max(values, (row) => row.length);
  const cell = Math.min((c.width - left - right) / columns, square ? Math.min(24, 614 / columns) : 40);
  const height = square ? cell : Math.max(3, Math.min(16, 560 / rows));
  const data = [];
  values.forEach((row, i) => row.forEach((value, j) => { if (value !== null) data.push({ row: i, column: j, value }); }));
  const [least, most] = d3.extent(data, (d) => d.value);
  const areEqual = most - least <= 1e-3 * most, scale = scaleOf(areEqual ? 2 * most : most);  // In the middle of the scale.
  const body = c.svg.append("g").attr("transform", `translate(${left},${top})`).attr("shape-rendering", "crispEdges");
  c.mark(body.selectAll("rect").data(data).join("rect").attr("x", (d) => d.column * cell).attr("y", (d) => d.row * height)
    .attr("width", cell).attr("height", height).attr("fill", (d) => scale.color(d.value)), tip);
  const bottom = top + rows * height;
  const every = (count, room) => Math.max(1, [1, 2, 4, 8, 16, 32, 64, 128].find((n) => room * n >= 26 || n >= count) || 128);
  const x = d3.range(0, columns, every(columns, cell)), y = d3.range(0, rows, every(rows, height));
  for (const i of x) label(c.svg, left + (i + 0.5) * cell, bottom + 15, i, c, { "text-anchor": "middle", fill: c.theme.faint, "font-size": 11 });
  for (const i of y) label(c.svg, left - 6, top + (i + 0.5) * height + 4, i, c, { "text-anchor": "end", fill: c.theme.faint, "font-size": 11 });
  label(c.svg, left + (columns * cell) / 2, bottom + 33, columnTitle, c, { "text-anchor": "middle", fill: c.theme.faint });
  label(c.svg, 0, 0, rowTitle, c, { transform: `translate(14,${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle", fill: c.theme.faint });
  drawColorKey(c, left, 18, 260, { ...scale, format, title: areEqual ? `${legendTitle}; all equal: ${format(most)}` : legendTitle });
  return bottom + 42;
}

function drawColorKey(c, x, y, most, { low, high, middle, format, title, color }) {
  const width = Math.max(100, Math.min(most, c.width - x - 20 - 7.2 * title.length));  // The title is beside it.
  const steps = 52, half = middle === undefined ? (low + high) / 2 : middle;
  const value = (t) => (t < 0.5 ? low + 2 * t * (half - low) : half + (2 * t - 1) * (high - half));
  c.svg.append("g").attr("shape-rendering", "crispEdges").selectAll("rect").data(d3.range(steps)).join("rect")
    .attr("x", (i) => x + (i * width) / steps).attr("y", y - 10).attr("width", width / steps + 0.5).attr("height", 12)
    .attr("fill", (i) => color(value(i / (steps - 1))));
  const note = (at, v, anchor) => label(c.svg, x + at, y + 15, format(v), c, { "text-anchor": anchor, "font-size": 11, fill: c.theme.faint });
  note(0, low, "start");
  if (middle !== undefined) note(width / 2, middle, "middle");
  note(width, high, "end");
  label(c.svg, x + width + 12, y, title, c, { fill: c.theme.faint });
}

// Rows of slices along time: lanes {name, strong, slices: [{begin, end, color, tip}]} in seconds; notes {from, to, text}
// are named above.
function drawLanes(c, lanes, { end, title, notes = [] }) {
  const left = 78, right = 20, top = notes.length ? 26 : 8;
  const row = Math.max(2.5, Math.min(22, 620 / lanes.length));
  const bottom = top + lanes.length * row;
  const [from, to] = c.state.domain || [0, end];
  const x = d3.scaleLinear().domain([from, to]).range([left, c.width - right]);
  gridX(c, x, top, bottom);
  const clip = `clip-${c.id}`;
  c.svg.append("clipPath").attr("id", clip).append("rect").attr("x", left).attr("y", 0).attr("width", c.width - left - right).attr("height", bottom + 2);
  const groups = c.svg.append("g").attr("clip-path", `url(#${clip})`).selectAll("g").data(lanes).join("g")
    .attr("transform", (d, i) => `translate(0,${top + i * row})`);
  const visible = (slice) => slice.end > from && slice.begin < to;
  c.mark(groups.selectAll("rect").data((d) => d.slices.filter(visible)).join("rect")
    .attr("x", (s) => x(s.begin)).attr("width", (s) => Math.max(0.2, x(s.end) - x(s.begin)))
    .attr("y", row > 6 ? 0.8 : 0).attr("height", row > 6 ? row - 1.6 : row).attr("fill", (s) => s.color), (s) => s.tip);
  const every = Math.max(1, Math.ceil(13 / row));
  const strong = lanes.findIndex((lane) => lane.strong);
  lanes.forEach((lane, i) => {
    const isFree = strong < 0 || Math.abs(i - strong) >= every;
    if (lane.strong || (i % every === 0 && isFree))
      label(c.svg, left - 6, top + (i + 0.5) * row + 4, lane.name, c,
        { "text-anchor": "end", "font-size": 10.5, fill: lane.strong ? c.theme.ink : c.theme.faint, "font-weight": lane.strong ? 700 : 400 });
    if (lane.strong)
      c.svg.append("path").attr("d", `M${left - 4},${top + i * row}h3v${row}h-3`).attr("fill", "none").attr("stroke", c.theme.ink).attr("stroke-width", 1.5);
  });
  for (const note of notes.filter((n) => n.to >= from && n.from <= to)) {
    const a = x(Math.max(from, note.from)), b = x(Math.min(to, note.to)), isLeft = b > c.width / 2;
    c.svg.append("path").attr("d", `M${a},${bottom}V${top - 5}H${b}V${bottom}`).attr("fill", "none").attr("stroke", c.theme.ink).attr("stroke-width", 1.3).attr("pointer-events", "none");
    label(c.svg, isLeft ? b : a, top - 11, note.text, c, { "text-anchor": isLeft ? "end" : "start", "font-weight": 700 });
  }
  axisX(c, x, bottom, title, timeText);
  c.zoom = { left, right: c.width - right, end, x };
  return bottom + 42;
}

// From a first value to a last one by factors, on a logarithmic axis: steps {name, from, to, interval, note, tip}.
function drawWaterfall(c, steps, { title, format }) {
  const left = 230, right = 120, top = 8, row = 30, bottom = top + steps.length * row;
  const all = steps.flatMap((s) => [s.from, s.to, ...(s.interval || [])]);
  const [least, most] = d3.extent(all);
  const x = d3.scaleLog().domain([least / 1.15, most * 1.15]).range([left, c.width - right]);
  const ticks = x.ticks(6).filter((t, i, every) => every.length <= 10 || /^[125]/.test(String(t)));
  c.svg.append("g").selectAll("line").data(ticks).join("line").attr("x1", x).attr("x2", x).attr("y1", top).attr("y2", bottom)
    .attr("stroke", c.theme.line).attr("stroke-width", 0.7);
  const rows = c.svg.append("g").selectAll("g").data(steps).join("g").attr("transform", (d, i) => `translate(0,${top + i * row})`);
  rows.append("text").attr("x", left - 10).attr("y", row / 2 + 4).attr("text-anchor", "end").attr("font-size", 13).attr("fill", c.theme.ink).text((d) => fit(d.name, left - 12, 13));
  rows.filter((d, i) => i > 0).append("line").attr("x1", (d) => x(d.from)).attr("x2", (d) => x(d.from)).attr("y1", -7).attr("y2", 5)
    .attr("stroke", c.theme.faint).attr("stroke-width", 1);
  const color = (d) => (d.whole ? "#8a929c" : d.to < d.from ? "#D55E00" : "#0072B2");
  c.mark(rows.append("rect").attr("y", 5).attr("height", row - 10).attr("rx", 2).attr("fill", color)
    .attr("x", (d) => (d.whole ? left : Math.min(x(d.from), x(d.to))))
    .attr("width", (d) => (d.whole ? x(d.to) - left : Math.max(1.5, Math.abs(x(d.to) - x(d.from))))), (d) => d.tip);
  rows.append("text").attr("y", row / 2 + 4).attr("font-size", 12).attr("fill", c.theme.ink)
    .attr("x", (d) => Math.max(x(d.from), x(d.to)) + 6).text((d) => d.note);
  axisX(c, x, bottom, title, (t) => (ticks.includes(t) ? format(t) : ""), 6);
  return bottom + 42;
}

// Two values of each term on one logarithmic axis: items {name, a, b, interval, tip}; either may be missing.
function drawPairs(c, items, { title, format, colors }) {
  const left = 210, right = 40, top = 8, row = 26, bottom = top + items.length * row;
  const values = items.flatMap((d) => [d.a, d.b]).filter((v) => v > 0);
  const x = d3.scaleLog().domain([d3.min(values) / 1.3, d3.max(values) * 1.3]).range([left, c.width - right]);
  c.svg.append("g").selectAll("line").data(x.ticks(6)).join("line").attr("x1", x).attr("x2", x).attr("y1", top).attr("y2", bottom)
    .attr("stroke", c.theme.line).attr("stroke-width", 0.5);
  const rows = c.svg.append("g").selectAll("g").data(items).join("g").attr("transform", (d, i) => `translate(0,${top + i * row})`);
  rows.append("text").attr("x", left - 10).attr("y", row / 2 + 4).attr("text-anchor", "end").attr("font-size", 13).attr("fill", c.theme.ink).text((d) => fit(d.name, left - 12, 13));
  rows.filter((d) => d.a > 0 && d.b > 0).append("line").attr("x1", (d) => x(d.a)).attr("x2", (d) => x(d.b)).attr("y1", row / 2).attr("y2", row / 2)
    .attr("stroke", c.theme.faint).attr("stroke-width", 2);
  for (const [key, color, shape] of [["a", colors[0], d3.symbolDiamond], ["b", colors[1], d3.symbolCircle]])
    c.mark(rows.filter((d) => d[key] > 0).append("path").attr("d", d3.symbol().type(shape).size(90))
      .attr("transform", (d) => `translate(${x(d[key])},${row / 2})`).attr("fill", color), (d) => d.tip);
  axisX(c, x, bottom, title, (t) => (t.toExponential(0).startsWith("1") ? format(t) : ""), 6);
  return bottom + 42;
}

// Panels side by side, each with lines: panels {title, lines: [{name, color, points: [{x, y, low, high, tip}]}]}.
function drawPanels(c, panels, { levels, xTitle, yTitle, format }) {
  const columns = Math.min(panels.length, panels.length > 4 ? 4 : 3, Math.floor(c.width / 230));
  const left = 74, gap = 14, tall = 190, foot = 54;
  const wide = (c.width - left - 16 - gap * (columns - 1)) / columns;
  const titles = panels.map((panel) => inLines(panel.title, wide)), head = 8 + 15 * d3.max(titles, (lines) => lines.length);
  const points = panels.flatMap((p) => p.lines.flatMap((l) => l.points));
  const top = d3.max(points, (p) => p.high ?? p.y) || 1;
  const slant = d3.max(levels, (l) => String(l).length) * 6.5 > wide / levels.length;
  const below = slant ? foot + Math.min(90, d3.max(levels, (l) => String(l).length) * 4.4) : foot;
  panels.forEach((panel, index) => {
    const x0 = left + (index % columns) * (wide + gap), y0 = 4 + Math.floor(index / columns) * (head + tall + below);
    const x = d3.scalePoint().domain(levels).range([x0, x0 + wide]).padding(0.5);
    const y = d3.scaleLinear().domain([0, top * 1.05]).nice(5).range([y0 + head + tall, y0 + head]);
    titles[index].forEach((line, i) => label(c.svg, x0, y0 + 12 + 15 * i, line, c, { "font-weight": 700 }));
    c.svg.append("g").selectAll("line").data(y.ticks(5)).join("line").attr("x1", x0).attr("x2", x0 + wide).attr("y1", y).attr("y2", y)
      .attr("stroke", c.theme.line).attr("stroke-width", 0.7);
    if (index % columns === 0) axisY(c, y, x0, yTitle, format, 5);
    for (const level of levels)
      label(c.svg, 0, 0, fit(String(level), slant ? 150 : wide / levels.length + 6, 11), c,
        { "font-size": 11, fill: c.theme.faint, "text-anchor": slant ? "end" : "middle",
          transform: `translate(${x(level) + (slant ? 4 : 0)},${y0 + head + tall + 14}) rotate(${slant ? -40 : 0})` });
    label(c.svg, x0 + wide / 2, y0 + head + tall + below - 20, xTitle, c, { "text-anchor": "middle", fill: c.theme.faint });
    for (const line of panel.lines) drawLine(c, line, x, y);
  });
  return 4 + Math.ceil(panels.length / columns) * (head + tall + below);
}

// A line through points with the band of their intervals, or whiskers where there is only one level.
function drawLine(c, line, x, y) {
  const points = line.points.filter((p) => p.y !== null);
  const banded = points.filter((p) => p.low !== null);
  c.svg.append("path").attr("fill", line.color).attr("fill-opacity", 0.2)
    .attr("d", d3.area().x((p) => x(p.x)).y0((p) => y(Math.max(0, p.low))).y1((p) => y(p.high))(banded));
  c.svg.append("path").attr("fill", "none").attr("stroke", line.color).attr("stroke-width", 2).attr("d", d3.line().x((p) => x(p.x)).y((p) => y(p.y))(points));
  c.svg.append("g").selectAll("line").data(banded).join("line").attr("x1", (p) => x(p.x)).attr("x2", (p) => x(p.x))
    .attr("y1", (p) => y(Math.max(0, p.low))).attr("y2", (p) => y(p.high)).attr("stroke", line.color).attr("stroke-width", 1.5);
  c.mark(c.svg.append("g").selectAll("path").data(points).join("path").attr("d", d3.symbol().type(line.symbol).size(52))
    .attr("transform", (p) => `translate(${x(p.x)},${y(p.y)})`).attr("fill", line.color), (p) => p.tip);
}

// Points with those that no other beats in both; points {x, y, xInterval, yInterval, color, symbol, best, tip}.
function drawFront(c, points, { xTitle, yTitle, xFormat, yFormat }) {
  const left = 78, right = 24, top = 12, bottom = 430;
  // Positions, not lengths, are compared: axes need not begin at 0.
  const extent = (key, interval) => {
    const [low, high] = d3.extent(points.flatMap((p) => [p[key], ...(p[interval] || [])]));
    return [Math.max(0, low - 0.08 * (high - low || high)), high + 0.05 * (high - low || high)];
  };
  const x = d3.scaleLinear().domain(extent("x", "xInterval")).nice().range([left, c.width - right]);
  const y = d3.scaleLinear().domain(extent("y", "yInterval")).nice().range([bottom, top]);
  gridX(c, x, top, bottom);
  axisX(c, x, bottom, xTitle, xFormat);
  axisY(c, y, left, yTitle, yFormat);
  const front = points.filter((p) => p.best).sort((a, b) => a.x - b.x);
  c.svg.append("path").attr("fill", "none").attr("stroke", c.theme.ink).attr("stroke-width", 1.5).attr("stroke-dasharray", "5 4")
    .attr("d", d3.line().x((p) => x(p.x)).y((p) => y(p.y)).curve(d3.curveStepBefore)(front));
  const whiskers = c.svg.append("g").attr("stroke-width", 1);
  for (const p of points) {
    if (p.xInterval) whiskers.append("line").attr("x1", x(p.xInterval[0])).attr("x2", x(p.xInterval[1])).attr("y1", y(p.y)).attr("y2", y(p.y)).attr("stroke", p.color);
    if (p.yInterval) whiskers.append("line").attr("x1", x(p.x)).attr("x2", x(p.x)).attr("y1", y(p.yInterval[0])).attr("y2", y(p.yInterval[1])).attr("stroke", p.color);
  }
  c.mark(c.svg.append("g").selectAll("path").data(points).join("path").attr("d", (p) => d3.symbol().type(p.symbol).size(p.best ? 110 : 60)())
    .attr("transform", (p) => `translate(${x(p.x)},${y(p.y)})`).attr("fill", (p) => p.color).attr("fill-opacity", (p) => (p.best ? 1 : 0.55))
    .attr("stroke", (p) => (p.best ? c.theme.ink : "none")), (p) => p.tip);
  return bottom + 42;
}
