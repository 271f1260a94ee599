// The page: sections with figures, each with its chart, controls, table and download.
// A chart is as wide as there is room, within limits; below the least it can be scrolled, so that its text stays readable.
const widest = 1040, narrowest = 640;
const charts = [];

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function roomForCharts() {
  const holder = document.querySelector("figure .holder");
  return Math.max(narrowest, Math.min(widest, holder ? Math.floor(holder.clientWidth) : widest));
}

function currentTheme() { return themes[charts.theme || document.documentElement.dataset.theme || "light"]; }

// A chart is {id, title, caption, legend, controls, zoomable, table(state), draw(c)}.
class Chart {
  constructor(chart) {
    this.chart = chart;
    this.state = {};
    for (const control of chart.controls || []) this.state[control.name] = control.options[0].value;
    this.svg = d3.create("svg").attr("class", "chart").attr("xmlns", "http://www.w3.org/2000/svg").attr("tabindex", 0).attr("role", "img")
      .attr("aria-label", `${chart.title}. ${chart.caption || ""} Arrow keys go through what it shows.`).attr("data-figure", chart.id);
    this.at = -1;
    this.figure = element("figure", { id: chart.id }, element("h3", {}, chart.title));
    if (chart.caption) this.figure.append(element("p", { class: "caption" }, chart.caption));
    this.addControls();
    if (chart.legend) this.figure.append(legendOf(chart.legend));
    this.figure.append(element("div", { class: "holder" }, this.svg.node()));
    this.addTable();
    this.listen();
    charts.push(this);
  }

  addControls() {
    const row = element("div", { class: "controls" });
    for (const control of this.chart.controls || []) {
      const select = element("select", { onchange: (event) => { this.state[control.name] = event.target.value; this.state.domain = null; this.refresh(); } });
      for (const { value, text } of control.options) select.append(element("option", { value }, text));
      row.append(element("label", {}, `${control.label} `, select));
    }
    if (this.chart.zoomable) {
      const button = (text, factor) => element("button", { type: "button", onclick: () => this.zoomBy(factor) }, text);
      row.append(button("Zoom in", 0.5), button("Zoom out", 2), button("Whole", Infinity));
    }
    if (row.children.length > 0) this.figure.append(row);
  }

  addTable() {
    this.details = element("details", { ontoggle: () => this.fillTable() }, element("summary", {}, "Data table"));
    this.holder = element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Data of ${this.chart.title}` });
    const csv = element("button", { type: "button", onclick: () => this.download() }, "Download CSV");
    this.details.append(csv, this.holder);
    this.figure.append(this.details);
  }

  // Made when it is opened: most readers never do.
  fillTable() {
    if (!this.details.open) return;
    const { columns, rows } = this.chart.table(this.state);
    const text = (value) => (value === null || value === undefined ? "" : typeof value === "number" ? String(Number(value.toPrecision(6))) : String(value));
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)))));
    const body = element("tbody");
    for (const row of rows) body.append(element("tr", {}, ...row.map((value) => element("td", {}, text(value)))));
    table.append(body);
    this.holder.replaceChildren(table);
  }

  download() {
    const url = URL.createObjectURL(new Blob([csvText(this.chart.table(this.state))], { type: "text/csv" }));
    element("a", { href: url, download: `${this.chart.id}.csv` }).click();
    URL.revokeObjectURL(url);
  }

  refresh() { this.draw(); this.fillTable(); }

  draw() {
    this.svg.selectAll("*").remove();
    this.at = -1;
    this.width = charts.theme === "paper" ? widest : roomForCharts();
    const c = { svg: this.svg, id: this.chart.id, width: this.width, theme: currentTheme(), state: this.state };
    c.mark = (selection, text) => selection.attr("class", "mark").each(function remember(d) { this.tipText = text; this.datum = d; });
    this.svg.attr("font-family", fontFamily);
    const height = Math.ceil(this.chart.draw(c));
    this.zoom = c.zoom;
    this.svg.attr("viewBox", `0 0 ${this.width} ${height}`).attr("width", this.width).attr("height", height);
  }

  zoomBy(factor, about = null) {
    const { end } = this.zoom;
    const [from, to] = this.state.domain || [0, end];
    const length = Math.min(end, Math.max(end / 500, (to - from) * factor));
    const middle = about ?? (from + to) / 2;
    const share = (middle - from) / (to - from);
    const begin = Math.max(0, Math.min(end - length, middle - share * length));
    this.state.domain = length >= end ? null : [begin, begin + length];
    this.draw();
  }

  panTo(begin) {
    const [from, to] = this.state.domain || [0, this.zoom.end];
    const at = Math.max(0, Math.min(this.zoom.end - (to - from), begin));
    this.state.domain = [at, at + to - from];
    this.draw();
  }

  // The time under a pointer.
  timeAt(event) {
    const box = this.svg.node().getBoundingClientRect();
    return this.zoom.x.invert(((event.clientX - box.left) * this.width) / box.width);
  }

  listen() {
    const node = this.svg.node();
    node.addEventListener("pointermove", (event) => showTip(event.target, event.clientX, event.clientY));
    node.addEventListener("pointerleave", hideTip);
    node.addEventListener("blur", hideTip);
    node.addEventListener("keydown", (event) => this.key(event));
    if (!this.chart.zoomable) return;
    node.style.touchAction = "pan-y";
    node.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.shiftKey) return;  // The page scrolls.
      event.preventDefault();
      this.zoomBy((event.deltaY || event.deltaX) > 0 ? 1.25 : 0.8, this.timeAt(event));
    }, { passive: false });
    node.addEventListener("pointerdown", (event) => {
      if (!this.state.domain) return;
      const start = this.timeAt(event), begin = this.state.domain[0], scale = this.zoom.x.copy();
      const box = node.getBoundingClientRect();
      const move = (to) => this.panTo(begin + start - scale.invert(((to.clientX - box.left) * this.width) / box.width));
      const stop = () => { window.removeEventListener("pointermove", move); window.removeEventListener("pointerup", stop); };
      window.addEventListener("pointermove", move);
      window.addEventListener("pointerup", stop);
    });
  }

  key(event) {
    const marks = this.svg.node().querySelectorAll(".mark");
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") { hideTip(); return; }
    if (this.chart.zoomable && (event.key === "+" || event.key === "-")) { this.zoomBy(event.key === "+" ? 0.5 : 2); return; }
    if (!step || marks.length === 0) return;
    event.preventDefault();
    this.at = (this.at + step + marks.length) % marks.length;
    const box = marks[this.at].getBoundingClientRect();
    showTip(marks[this.at], box.left + box.width / 2, box.top + box.height);
  }
}

function legendOf(items) {
  const legend = element("div", { class: "legend" });
  for (const { name, color } of items) legend.append(element("span", {}, element("i", { style: `background:${color}` }), name));
  return legend;
}

let outlined = null;

function hideTip() {
  document.getElementById("tip").hidden = true;
  if (outlined) outlined.removeAttribute("data-at");
  if (outlined) { outlined.style.stroke = ""; outlined.style.strokeWidth = ""; }
  outlined = null;
}

function showTip(mark, x, y) {
  if (!mark.tipText) { hideTip(); return; }
  if (outlined !== mark) {
    hideTip();
    outlined = mark;
    mark.style.stroke = currentTheme().ink;
    mark.style.strokeWidth = "1.5px";
    document.getElementById("tip").textContent = mark.tipText(mark.datum);
  }
  const tip = document.getElementById("tip");
  tip.hidden = false;
  const left = Math.min(x + 14, window.innerWidth - tip.offsetWidth - 8);
  const top = y + 16 + tip.offsetHeight > window.innerHeight ? y - tip.offsetHeight - 10 : y + 16;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, top)}px`;
}

function section(id, title) {
  document.getElementById("contents").append(element("a", { href: `#${id}` }, title), " ");
  const node = element("section", { id }, element("h2", {}, title));
  document.getElementById("content").append(node);
  return node;
}

function addChart(parent, chart) { parent.append(new Chart(chart).figure); }

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  const button = document.getElementById("theme");
  button.setAttribute("aria-pressed", String(name === "dark"));
  button.textContent = name === "dark" ? "Light" : "Dark";
  for (const chart of charts) chart.draw();
}

// For `ringtail report --figures`: only the charts, as they are printed in a paper, each with its title and legend.
function drawFigures() {
  charts.theme = "paper";
  const holder = element("div", { id: "figures" });
  for (const chart of charts) {
    chart.draw();
    const svg = chart.svg;
    const height = Number(svg.attr("height"));
    const inner = [...svg.node().childNodes];
    const body = svg.append("g").node();
    body.append(...inner);
    let top = 30;
    svg.append("text").attr("x", 8).attr("y", 20).attr("font-size", 16).attr("font-weight", 700).attr("fill", "#000").text(chart.chart.title);
    if (chart.chart.legend) top = drawLegend(svg, chart.chart.legend, top + 12);
    body.setAttribute("transform", `translate(0,${top})`);
    svg.attr("viewBox", `0 0 ${widest} ${height + top}`).attr("height", height + top);
    for (const name of ["class", "tabindex", "role", "aria-label"]) svg.attr(name, null);
    svg.selectAll(".mark").attr("class", null);
    svg.insert("rect", ":first-child").attr("width", widest).attr("height", height + top).attr("fill", "#fff");
    holder.append(svg.node());
  }
  document.body.replaceChildren(holder);
}

function drawLegend(svg, items, y) {
  let x = 8;
  for (const { name, color } of items) {
    const width = 30 + name.length * 7.4;
    if (x + width > widest) { x = 8; y += 18; }
    svg.append("rect").attr("x", x).attr("y", y - 10).attr("width", 12).attr("height", 12).attr("fill", color);
    svg.append("text").attr("x", x + 17).attr("y", y).attr("font-size", 12).attr("fill", "#000").text(name);
    x += width;
  }
  return y + 10;
}

function start() {
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  buildPage(data);
  document.getElementById("theme").addEventListener("click", () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
  if (window.location.hash === "#figures") { drawFigures(); return; }
  setTheme(document.documentElement.dataset.theme);
  let width = roomForCharts();
  window.addEventListener("resize", () => {
    if (roomForCharts() === width) return;
    width = roomForCharts();
    for (const chart of charts) chart.draw();
  });
  let before = null;
  window.addEventListener("beforeprint", () => { before = document.documentElement.dataset.theme; setTheme("light"); });
  window.addEventListener("afterprint", () => setTheme(before));
}
