// Colours. Those of states are Okabe and Ito's, which are told apart with any colour vision (jfly.uni-koeln.de/color).
const stateColors = {
  compute_bound: "#0072B2", hbm_bound: "#56B4E9", overhead: "#E69F00", straggler_wait: "#D55E00",
  pipeline_bubble: "#CC79A7", exposed_communication: "#009E73", idle: "#8a929c",
};
const seriesColors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8a929c", "#B8A600"];
const themes = {
  light: { name: "light", page: "#f6f7f9", ink: "#1c2430", faint: "#5a6675", line: "#d5dae1", accent: "#0072B2" },
  dark: { name: "dark", page: "#1c222b", ink: "#e8ecf1", faint: "#a3afbd", line: "#38424f", accent: "#56B4E9" },
  paper: { name: "paper", page: "#ffffff", ink: "#000000", faint: "#333333", line: "#cccccc", accent: "#0072B2" },
};
const fontFamily = "DejaVu Sans, Helvetica, Arial, sans-serif";
// Sequential, even in lightness: viridis, from d3-scale-chromatic.
const sequential = (t) => d3.interpolateViridis(t);
// Diverging about its middle, which is as the page: orange and blue are told apart with any colour vision.
const divergingColors = {
  light: ["#08519c", "#6baed6", "#f2f2f2", "#fd9a4a", "#a63603"], paper: ["#08519c", "#6baed6", "#f2f2f2", "#fd9a4a", "#a63603"],
  dark: ["#8cc8f0", "#3479ad", "#343d49", "#c0661f", "#ffc08a"],
};
const diverging = (t, theme) => d3.interpolateRgbBasis(divergingColors[theme.name])(t);
