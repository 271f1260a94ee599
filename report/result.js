// The sections of one result: result.json of `ringtail simulate --format json`, with charts of GPUs if it has `detail`.
const stateWords = {
  compute_bound: "compute bound", hbm_bound: "HBM bound", overhead: "overhead", straggler_wait: "straggler wait",
  pipeline_bubble: "pipeline bubble", exposed_communication: "exposed communication", idle: "idle",
};
const statesOf = (breakdown) => Object.keys(stateWords).map((name) => [name, breakdown[name]]);
const legendOfStates = (names) => names.map((name) => ({ name: stateWords[name], color: stateColors[name] }));
const shareText = (part, whole) => `${timeText(part)}, ${percentText(part / whole)}`;

function verdictOf(result) {
  const step = result.step.seconds.mean;
  const [state, seconds] = statesOf(result.breakdown_s).reduce((a, b) => (b[1] > a[1] ? b : a));
  const path = pathByStage(result)[0];
  const meaning = {
    compute_bound: "kernels limited by FLOP/s", hbm_bound: "kernels limited by HBM bandwidth", overhead: "kernel launches and fixed costs",
    straggler_wait: "imbalance: GPUs wait for the slowest", pipeline_bubble: "pipeline bubbles", exposed_communication: "the network: communication that nothing hides",
    idle: "nothing: GPUs are idle",
  }[state];
  return `The step is bound by ${meaning} (${percentText(seconds / step)} of it). The longest part of its critical path is ${words(path.what)} (${percentText(path.seconds / step)}).`;
}

function pathByStage(result) {
  const sums = new Map();
  for (const { what, seconds } of result.critical_path) sums.set(what, (sums.get(what) || 0) + seconds);
  return [...sums].map(([what, seconds]) => ({ what, seconds })).sort((a, b) => b.seconds - a.seconds);
}

function tile(value, name, note = "") { return element("div", { class: "tile" }, element("span", {}, name), element("b", {}, value), element("span", {}, note)); }

function addHeadline(parent, result) {
  const { step, throughput, capacity, model } = result;
  const half = step.seconds.ci95 ? `± ${Number((100 * (step.seconds.ci95[1] - step.seconds.mean) / step.seconds.mean).toPrecision(2))} % (95 % confidence)` : "one replication: no interval";
  parent.append(element("p", { class: "verdict" }, verdictOf(result)));
  const tiles = element("div", { class: "tiles" });
  tiles.append(tile(timeText(step.tpot_s), "time per output token", half),
    tile(rateText(throughput.tokens_per_s_per_gpu), "tokens/s per GPU", `${rateText(throughput.tokens_per_s)} in all`),
    tile(rateText(throughput.tokens_per_s_per_sequence), "tokens/s per sequence", ""),
    tile(String(capacity.batch_total), "sequences", `${Number(capacity.batch_per_gpu.toPrecision(4))} per GPU`),
    tile(`${rateText(model.active_parameters)}`, "active parameters", `of ${rateText(model.total_parameters)}`));
  if (result.routing) tiles.append(tile(`${Number(result.routing.rank_max_over_mean.toPrecision(3))} ×`, "busiest rank over mean", "copies of tokens"));
  parent.append(tiles);
  for (const warning of result.warnings) parent.append(element("p", { class: "warning" }, warning));
}

function breakdownChart(id, result) {
  const step = result.step.seconds.mean;
  const states = statesOf(result.breakdown_s).filter(([, seconds]) => seconds > 0);
  return {
    id: `${id}-breakdown`, title: "Where the step goes", caption: "Mean over GPUs and replications; those of single replications are in the table.",
    table: () => ({ columns: ["state", "seconds", "share", ...result.per_replication.map((r, i) => `replication ${i}`)],
      rows: states.map(([name, seconds]) => [stateWords[name], seconds, seconds / step, ...result.per_replication.map((r) => r.breakdown_s[name])]) }),
    draw: (c) => drawBars(c, states.map(([name, seconds]) => ({ name: stateWords[name], value: seconds, color: stateColors[name],
      text: `${timeText(seconds)} · ${percentText(seconds / step)}`, tip: () => `${stateWords[name]}: ${shareText(seconds, step)}` })), { row: 30 }),
  };
}

function ledgerChart(id, result) {
  const { free, capacity, ...lines } = result.capacity.ledger_bytes_per_gpu;
  const items = [...Object.entries(lines).filter(([, bytes]) => bytes > 0).sort((a, b) => b[1] - a[1]), ["free", Math.max(0, free)]];
  const color = (name) => (name === "free" ? "#8a929c" : /cache/.test(name) ? "#D55E00" : /activations|buffers|context_memory|reserve/.test(name) ? "#E69F00" : "#0072B2");
  return {
    id: `${id}-ledger`, title: `Memory of the fullest GPU (${bytesText(capacity)})`,
    caption: "Weights blue, caches vermillion, working memory orange.",
    table: () => ({ columns: ["line", "bytes", "share"], rows: items.map(([name, bytes]) => [words(name), bytes, bytes / capacity]) }),
    draw: (c) => drawBars(c, items.map(([name, bytes]) => ({ name: words(name), value: bytes, color: color(name), text: `${bytesText(bytes)} · ${percentText(bytes / capacity)}`,
      tip: () => `${words(name)}: ${bytesText(bytes)}, ${percentText(bytes / capacity)} of the GPU` }))),
  };
}

function overlapChart(id, result) {
  const parts = [["hidden_s", "hidden behind kernels", "#0072B2"], ["exposed_s", "exposed", "#009E73"], ["waiting_s", "waiting for others", "#D55E00"], ["overhead_s", "beside launches", "#E69F00"]];
  const families = Object.entries(result.overlap);
  return {
    id: `${id}-overlap`, title: "Collectives: what hides them and what does not",
    caption: "Per step, mean over GPUs: how long a collective of the family was under way, and what the GPU did meanwhile.",
    legend: parts.map(([, name, color]) => ({ name, color })),
    table: () => ({ columns: ["family", "algorithm", ...parts.map(([key]) => key), "total_s", "tail_s"],
      rows: families.map(([name, f]) => [words(name), f.algorithm, ...parts.map(([key]) => f[key]), f.total_s, f.tail_s]) }),
    draw: (c) => drawStacks(c, families.map(([name, f]) => ({ name: f.algorithm ? `${words(name)} (${f.algorithm})` : words(name),
      parts: parts.map(([key, text, color]) => ({ value: f[key], color, tip: () => `${words(name)}: ${text} ${shareText(f[key], f.total_s)}` })) })),
    { title: "time per step", format: timeText, left: 290, row: 30 }),
  };
}

function pathChart(id, result) {
  const step = result.step.seconds.mean, stages = pathByStage(result), families = new Set(Object.keys(result.overlap));
  const shown = stages.slice(0, 14), rest = d3.sum(stages.slice(14), (s) => s.seconds);
  const items = shown.map((s) => ({ name: words(s.what), value: s.seconds, color: families.has(s.what) ? "#009E73" : "#0072B2" }));
  if (rest > 0) items.push({ name: `${stages.length - 14} others`, value: rest, color: "#8a929c" });
  return {
    id: `${id}-path`, title: "Critical path", caption: "The chain of kernels (blue) and transfers (green) that made the step as long as it is.",
    table: () => ({ columns: ["what", "layer", "seconds"], rows: result.critical_path.map((p) => [words(p.what), p.layer === null ? "outside" : p.layer, p.seconds]) }),
    draw: (c) => drawBars(c, items.map((d) => ({ ...d, text: `${timeText(d.value)} · ${percentText(d.value / step)}`, tip: () => `${d.name}: ${shareText(d.value, step)} of the step` }))),
  };
}

// Neighbours of the same kind become one slice: fewer to draw.
function lanesOf(detail, timeline, order) {
  const kernels = new Set(["compute_bound", "hbm_bound", "overhead"]);
  const lanes = timeline.gpus.map((slices, gpu) => {
    const busy = d3.sum(slices, (s) => (kernels.has(detail.states[s[1]]) ? s[3] - s[2] : 0));
    return { gpu, busy, slices: slices.map(([what, state, from, to]) => {
      const name = detail.states[state], begin = from / 1e6, end = to / 1e6;
      return { begin, end, state, color: stateColors[name],
        tip: () => `GPU ${gpu}: ${words(detail.whats[what])}\n${stateWords[name]}, ${timeText(end - begin)}\nfrom ${timeText(begin)} to ${timeText(end)}` };
    }) };
  }).filter((lane) => lane.slices.length > 0);
  const most = lanes.reduce((a, b) => (b.busy > a.busy ? b : a));
  const busiest = most.busy > 1.02 * d3.median(lanes, (lane) => lane.busy) ? most : null;  // Alike, none is.
  for (const lane of lanes) Object.assign(lane, { name: lane === busiest ? `▸ GPU ${lane.gpu}` : `GPU ${lane.gpu}`, strong: lane === busiest });
  if (order === "busy") lanes.sort((a, b) => b.busy - a.busy);
  return lanes;
}

// When the last GPU has done its experts, for which the others wait, and what follows the last attention of a ring.
function notesOf(detail, timeline) {
  const indexOf = (name) => detail.whats.indexOf(name), notes = [];
  const lastEnd = (slices, what) => d3.max(slices.filter((s) => s[0] === what), (s) => s[3]);
  const ends = timeline.gpus.map((slices) => lastEnd(slices, indexOf("expert_down"))), waits = detail.states.indexOf("straggler_wait");
  const last = d3.scan(ends.map((end) => -(end || 0)));
  if (ends[last] && timeline.gpus.some((slices) => slices.some((s) => s[1] === waits)))
    notes.push({ from: ends[last] / 1e6, to: ends[last] / 1e6, text: `the experts of GPU ${last} are done` });
  if (!detail.traffic_bytes.cp_ring) return notes;
  const projection = indexOf("output_projection");
  const tails = timeline.gpus.filter((slices) => slices.length > 0).map((slices) => [lastEnd(slices, indexOf("attention")), d3.min(slices.filter((s) => s[0] === projection), (s) => s[2])]);
  if (tails.length && tails.every(([from, to]) => to > from))
    notes.push({ from: d3.min(tails, (t) => t[0]) / 1e6, to: d3.max(tails, (t) => t[1]) / 1e6, text: `ring tail, ${timeText(d3.mean(tails, (t) => t[1] - t[0]) / 1e6)} on average` });
  return notes;
}

function timelineChart(id, detail) {
  const used = detail.states.filter((name, i) => detail.timelines.some((t) => t.gpus.some((g) => g.some((s) => s[1] === i))));
  const pick = (state) => detail.timelines[Number(state.layer)];
  return {
    id: `${id}-timeline`, title: "One layer on every GPU",
    caption: "First measured step of the first replication. A GPU with clearly more to do than others is marked. Ctrl and the wheel, + and −, or the buttons zoom; drag to move.",
    legend: legendOfStates(used), zoomable: true,
    controls: [
      { name: "layer", label: "Layer", options: detail.timelines.map((t, i) => ({ value: String(i), text: `${t.layer} (${i === 0 ? "median" : "longest"}, ${timeText(t.seconds)})` })) },
      { name: "order", label: "Order", options: [{ value: "gpu", text: "by number" }, { value: "busy", text: "busiest first" }] },
    ],
    table: (state) => ({ columns: ["GPU", "what", "state", "begin_us", "end_us"],
      rows: pick(state).gpus.flatMap((slices, gpu) => slices.map(([what, s, from, to]) => [gpu, detail.whats[what], detail.states[s], from, to])) }),
    draw: (c) => drawLanes(c, lanesOf(detail, pick(c.state), c.state.order), { end: pick(c.state).seconds, title: "time since the layer began", notes: notesOf(detail, pick(c.state)) }),
  };
}

function gpuChart(id, detail) {
  const used = detail.states.filter((name, i) => detail.gpu_breakdown_us.some((row) => row[i] > 0));
  return {
    id: `${id}-gpus`, title: "The step on every GPU", caption: "Mean over the measured steps of the first replication. Where blue is longest there is most work; vermillion is waiting for others.",
    legend: legendOfStates(used),
    controls: [{ name: "order", label: "Order", options: [{ value: "gpu", text: "by number" }, { value: "busy", text: "least waiting first" }] }],
    table: () => ({ columns: ["GPU", ...detail.states.map((s) => `${s}_us`)], rows: detail.gpu_breakdown_us.map((row, gpu) => [gpu, ...row]) }),
    draw: (c) => {
      const wait = detail.states.indexOf("straggler_wait");
      const order = d3.range(detail.gpu_breakdown_us.length);
      if (c.state.order === "busy") order.sort((a, b) => detail.gpu_breakdown_us[a][wait] - detail.gpu_breakdown_us[b][wait]);
      const row = Math.max(2, Math.min(24, 560 / order.length));
      const stacks = order.map((gpu) => ({ name: `GPU ${gpu}`, parts: detail.gpu_breakdown_us[gpu].map((us, i) => ({ value: us / 1e6, color: stateColors[detail.states[i]],
        tip: () => `GPU ${gpu}: ${stateWords[detail.states[i]]} ${timeText(us / 1e6)}` })) }));
      return drawStacks(c, stacks, { title: "time per step", format: timeText, left: 90, row });
    },
  };
}

function loadChart(id, detail) {
  const kinds = [["busy_us", "time in kernels"], ["waits_us", "time waiting"]];
  if (detail.expert_copies.length) kinds.unshift(["expert_copies", "token copies at experts"]);
  const table = (kind) => detail[kind].map((row) => (d3.sum(row) > 0 ? row : row.map(() => null)));
  const values = (kind) => table(kind).map((row) => { const mean = d3.mean(row); return row.map((v) => (v === null || !mean ? null : kind === "expert_copies" ? v / mean : v / 1e6)); });
  return {
    id: `${id}-load`, title: detail.expert_copies.length ? "Expert load by layer and rank" : "Load by layer and rank",
    caption: `Mean over measured steps of the first replication.${detail.expert_copies.length ? " Copies are over the layer's mean: 1 is even, blue less, orange more." : ""}`,
    controls: [{ name: "kind", label: "Show", options: kinds.map(([value, text]) => ({ value, text })) }],
    table: ({ kind }) => ({ columns: ["layer", ...detail[kind][0].map((_, gpu) => `GPU ${gpu}`)], rows: detail[kind].map((row, layer) => [layer, ...row]) }),
    draw: (c) => {
      const { kind } = c.state, ratio = kind === "expert_copies", shown = values(kind);
      return drawHeat(c, { values: shown, rowTitle: "layer", columnTitle: "GPU", legendTitle: ratio ? "copies over the layer's mean" : kinds.find(([k]) => k === kind)[1] + " per step",
        scaleOf: (most) => (ratio ? aboutOne(most, c.theme) : fromZero(most)), format: ratio ? (v) => `${Number(v.toPrecision(3))} ×` : timeText,
        tip: (d) => `layer ${d.row}, GPU ${d.column}\n${ratio ? `${d.value.toFixed(2)} × the mean: ${Math.round(detail.expert_copies[d.row][d.column])} copies` : timeText(d.value)}` });
    },
  };
}

function trafficChart(id, detail) {
  const families = Object.keys(detail.traffic_bytes);
  const whole = families.reduce((sum, f) => detail.traffic_bytes[f].map((row, i) => row.map((v, j) => v + (sum ? sum[i][j] : 0))), null);
  const matrix = (family) => (family === "all" ? whole : detail.traffic_bytes[family]);
  const isOfGpus = detail.traffic_between === "gpus", unit = isOfGpus ? "GPU" : "island";
  return {
    id: `${id}-traffic`, title: "Who sends how much to whom", caption: `Bytes per step from each ${unit} (rows) to each other (columns), first replication.`,
    controls: [{ name: "family", label: "Collective", options: [...(families.length > 1 ? [{ value: "all", text: "all" }] : []), ...families.map((f) => ({ value: f, text: words(f) }))] }],
    table: ({ family }) => ({ columns: ["from \\ to", ...whole.map((_, i) => String(i))], rows: matrix(family).map((row, i) => [i, ...row]) }),
    draw: (c) => {
      const values = matrix(c.state.family).map((row, i) => row.map((v, j) => (i === j && isOfGpus ? null : v)));
      return drawHeat(c, { values, square: true, rowTitle: `from ${unit}`, columnTitle: `to ${unit}`, legendTitle: "per step", scaleOf: fromZero, format: bytesText,
        tip: (d) => `${d.row} to ${d.column}: ${bytesText(d.value)} per step` });
    },
  };
}

function addResult(result, index, count) {
  const deployment = result.provenance.deployment, id = `r${index}`;
  const name = count > 1 ? `${deployment.name} (${index + 1})` : "Result";
  const node = section(id, name);
  if (count > 1) node.append(element("p", { class: "caption" }, deployment.name));
  if (!result.feasible) {
    node.append(element("p", { class: "verdict" }, `Infeasible: ${result.infeasible_reason}.`));
    addChart(node, ledgerChart(id, result));
    return;
  }
  addHeadline(node, result);
  addChart(node, breakdownChart(id, result));
  if (result.detail && result.detail.timelines.length) addChart(node, timelineChart(id, result.detail));
  if (result.detail) addChart(node, gpuChart(id, result.detail));
  if (result.detail) addChart(node, loadChart(id, result.detail));
  if (result.detail && Object.keys(result.detail.traffic_bytes).length) addChart(node, trafficChart(id, result.detail));
  if (Object.keys(result.overlap).length) addChart(node, overlapChart(id, result));
  addChart(node, pathChart(id, result));
  addChart(node, ledgerChart(id, result));
  if (!result.detail) node.append(element("p", { class: "caption" }, "Timelines, loads by GPU and traffic need a result of ", element("code", {}, "ringtail simulate --format json --detail"), "."));
}
