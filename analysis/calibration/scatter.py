"""Predicted against measured as a small SVG: both logarithmic, lines at equality and 25 % beside it."""
import math

SIZE, LEFT, TOP = 300, 46, 26
COLOURS = {"h100-sxm": "#1b6ca8", "h200-sxm": "#2a9d5c", "b200-sxm": "#d1495b", "gb200-nvl72": "#8a5fbf"}


def svg(title, points, most=250):
    """points: GPU -> list of (measured, predicted) seconds; of each at most `most`, evenly taken."""
    values = [1e6 * v for pairs in points.values() for pair in pairs for v in pair]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    scale = SIZE / (high - low)
    x = lambda v: LEFT + scale * (math.log10(v) - low)
    y = lambda v: TOP + SIZE - scale * (math.log10(v) - low)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + SIZE + 120} {TOP + SIZE + 44}" '
           'font-family="sans-serif" font-size="11">',
           f'<rect width="100%" height="100%" fill="#fff"/><text x="{LEFT}" y="16" font-size="13">{title}</text>',
           f'<rect x="{LEFT}" y="{TOP}" width="{SIZE}" height="{SIZE}" fill="none" stroke="#999"/>',
           f'<clipPath id="c"><rect x="{LEFT}" y="{TOP}" width="{SIZE}" height="{SIZE}"/></clipPath>']
    for power in range(low, high + 1):
        out.append(f'<text x="{x(10.0 ** power):.0f}" y="{TOP + SIZE + 16}" text-anchor="middle">{10.0 ** power:g}</text>'
                   f'<text x="{LEFT - 6}" y="{y(10.0 ** power) + 4:.0f}" text-anchor="end">{10.0 ** power:g}</text>')
    for factor, dash in ((1, ""), (1.25, ' stroke-dasharray="3 3"'), (0.75, ' stroke-dasharray="3 3"')):
        a, b = 10.0 ** low, 10.0 ** high
        out.append(f'<path clip-path="url(#c)" d="M{x(a):.1f} {y(a * factor):.1f}L{x(b):.1f} {y(b * factor):.1f}" '
                   f'stroke="#aaa"{dash}/>')
    for i, (gpu, pairs) in enumerate(points.items()):
        taken = pairs[::max(1, -(-len(pairs) // most))]
        path = "".join(f"M{x(1e6 * m):.1f} {y(1e6 * p):.1f}h0" for m, p in taken)
        out.append(f'<path d="{path}" stroke="{COLOURS[gpu]}" stroke-width="2.4" stroke-linecap="round"/>')
        out.append(f'<text x="{LEFT + SIZE + 12}" y="{TOP + 14 + 16 * i}" fill="{COLOURS[gpu]}">{gpu}</text>')
    out.append(f'<text x="{LEFT + SIZE / 2}" y="{TOP + SIZE + 34}" text-anchor="middle">measured, us</text>'
               f'<text transform="translate(11 {TOP + SIZE / 2}) rotate(-90)" text-anchor="middle">predicted, us</text>'
               '</svg>')
    return "\n".join(out) + "\n"
