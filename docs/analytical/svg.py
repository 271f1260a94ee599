"""Figures as SVG text: lines over a logarithmic axis, maps of ratios, waterfalls. No dependencies."""

import math
from html import escape

COLOURS = ["#1b6ca8", "#d1495b", "#3d8f5f", "#8a6fb0", "#444444"]
FONT = "font-family='Helvetica, Arial, sans-serif'"


def text(x, y, words, size=12, anchor="middle", colour="#222", extra=""):
    return (f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' text-anchor='{anchor}' fill='{colour}' {FONT} {extra}>"
            f"{escape(words)}</text>")


def line(x1, y1, x2, y2, colour="#bbb", width=1, extra=""):
    return (f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{colour}' "
            f"stroke-width='{width}' {extra}/>")


def rectangle(x, y, width, height, colour):
    return f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height:.1f}' fill='{colour}'/>"


def picture(width, height, title, parts):
    body = "\n".join([rectangle(0, 0, width, height, "white"), text(width / 2, 22, title, 14), *parts])
    return (f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
            f"viewBox='0 0 {width} {height}' role='img'>\n<title>{escape(title)}</title>\n{body}\n</svg>\n")


class Scale:
    """Values to places on the page, linear or logarithmic."""

    def __init__(self, low, high, start, end, logarithmic=False):
        self.map = math.log if logarithmic else float
        self.low, self.high, self.start, self.end = self.map(low), self.map(high), start, end

    def __call__(self, value):
        return self.start + (self.map(value) - self.low) / (self.high - self.low) * (self.end - self.start)


def line_chart(title, x_label, y_label, series, x_ticks, y_ticks, y_logarithmic=False):
    """`series` is [(name, [(x, y), ..], is_dashed)]; ticks are [(value, label)], the outer ones the axes' ends."""
    width, height, left, right, top, bottom = 720, 400, 70, 190, 40, 50
    x = Scale(x_ticks[0][0], x_ticks[-1][0], left, width - right, logarithmic=True)
    y = Scale(y_ticks[0][0], y_ticks[-1][0], height - bottom, top, y_logarithmic)
    parts = [text((left + width - right) / 2, height - 10, x_label),
             text(18, (top + height - bottom) / 2, y_label,
                  extra=f"transform='rotate(-90 18 {(top + height - bottom) / 2:.1f})'")]
    for value, label in y_ticks:
        parts += [line(left, y(value), width - right, y(value), "#333" if value == 1 else "#ddd"),
                  text(left - 8, y(value) + 4, label, anchor="end")]
    for value, label in x_ticks:
        parts += [line(x(value), height - bottom, x(value), height - bottom + 5, "#333"),
                  text(x(value), height - bottom + 19, label)]
    ends = []
    for index, (name, points, is_dashed) in enumerate(series):
        colour = COLOURS[index % len(COLOURS)]
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
        dash = "stroke-dasharray='6 4'" if is_dashed else ""
        parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2' {dash}/>")
        parts += [f"<circle cx='{x(a):.1f}' cy='{y(b):.1f}' r='3.5' fill='{colour}'/>" for a, b in points]
        ends.append((y(points[-1][1]), name, colour))
    last = -math.inf
    for place, name, colour in sorted(ends):  # names beside the lines' ends, apart from each other
        last = max(place, last + 16)
        parts.append(text(width - right + 12, last + 4, name, anchor="start", colour=colour))
    return picture(width, height, title, parts)


def ratio_colour(ratio):
    """Blue for the MoE, red for the dense model, white where they are even; full at a factor of 1.5."""
    strength = max(-1.0, min(1.0, math.log(ratio) / math.log(1.5)))
    end = (209, 73, 91) if strength > 0 else (27, 108, 168)
    mixed = [round(255 + (part - 255) * 0.75 * abs(strength)) for part in end]
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def ratio_maps(title, maps, columns, rows, x_label, y_label):
    """Maps side by side: `maps` is [(name, {(column, row): ratio or None})]."""
    cell_width, cell_height, left, top, gap = 76, 34, 74, 74, 40
    map_width = cell_width * len(columns)
    width = left + len(maps) * (map_width + gap)
    height = top + cell_height * len(rows) + 78
    parts = [text(16, top + cell_height * len(rows) / 2, y_label,
                  extra=f"transform='rotate(-90 16 {top + cell_height * len(rows) / 2:.1f})'")]
    for index, (name, cells) in enumerate(maps):
        origin = left + index * (map_width + gap)
        bottom = top + cell_height * len(rows)
        parts += [text(origin + map_width / 2, top - 12, name, 13), text(origin + map_width / 2, bottom + 38, x_label)]
        for i, column in enumerate(columns):
            parts.append(text(origin + (i + 0.5) * cell_width, bottom + 18, str(column)))
        for j, row in enumerate(rows):
            place = top + j * cell_height
            if index == 0:
                parts.append(text(left - 8, place + cell_height / 2 + 4, str(row), anchor="end"))
            for i, column in enumerate(columns):
                ratio = cells.get((column, row))
                colour = ratio_colour(ratio) if ratio else "#e8e8e8"
                parts += [rectangle(origin + i * cell_width, place, cell_width - 2, cell_height - 2, colour),
                          text(origin + (i + 0.5) * cell_width - 1, place + cell_height / 2 + 4,
                               f"{ratio:.2f}" if ratio else "does not fit", 13 if ratio else 9)]
    parts.append(text(width / 2, height - 12, "red: the dense model is ahead, blue: the MoE", 11, colour="#555"))
    return picture(width, height, title, parts)


def waterfall(title, unit, steps):
    """Bars that hang where the one before ended, on a logarithmic axis: `steps` is [(name, value after it)]."""
    row, left, right, top = 26, 230, 90, 44
    width, height = 760, top + row * len(steps) + 34
    values = [value for _, value in steps]
    x = Scale(min(values) * 0.9, max(values) * 1.1, left, width - right, logarithmic=True)
    parts = []
    before = None
    for i, (name, value) in enumerate(steps):
        y = top + i * row
        parts.append(text(left - 10, y + row / 2 + 4, name, anchor="end"))
        if before is None:
            parts.append(rectangle(x(value) - 2, y + 4, 4, row - 8, "#444444"))
        else:
            low, high = sorted((x(before), x(value)))
            parts += [rectangle(low, y + 4, max(high - low, 1.5), row - 8, COLOURS[2 if value >= before else 1]),
                      line(x(before), y - row / 2 + 9, x(before), y + 4, "#999")]
        change = "" if before is None else f"  (x {value / before:.3g})"
        parts.append(text(max(x(value), x(before or value)) + 6, y + row / 2 + 4, f"{value:.3g}{change}", 11, "start"))
        before = value
    parts.append(text(width / 2, height - 10, unit, 11, colour="#555"))
    return picture(width, height, title, parts)
