// Figures as text.
const digits = (value, unit) => `${Number(value.toPrecision(4))} ${unit}`;

function timeText(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const size = Math.abs(seconds);
  if (size === 0) return "0";
  if (size < 1e-3) return digits(seconds * 1e6, "µs");
  return size < 1 ? digits(seconds * 1e3, "ms") : digits(seconds, "s");
}

function scaledText(value, unit, units) {
  if (value === null || value === undefined) return "–";
  let at = 0;
  while (Math.abs(value) >= 999.95 && at + 1 < units.length) { value /= 1000; at += 1; }
  return `${Number(value.toPrecision(4))} ${units[at]}${unit}`.trim();
}

const bytesText = (bytes) => scaledText(bytes, "B", ["", "k", "M", "G", "T", "P"]);
const rateText = (rate) => scaledText(rate, "", ["", "k", "M", "G"]);
const percentText = (fraction) => `${(100 * fraction).toFixed(1)} %`;
const countText = (count, unit) => `${count} ${unit}${count === 1 ? "" : "s"}`;
const words = (name) => name.replace(/_/g, " ").replace(/\bhbm\b/, "HBM");
const intervalText = (interval, text) => interval ? `${text(interval[0])} to ${text(interval[1])}` : "–";

// RFC 4180.
function csvText({ columns, rows }) {
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return [columns, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}
