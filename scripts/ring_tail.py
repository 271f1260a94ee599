#!/usr/bin/env python3
"""Measures tails of context-parallel rings and writes docs/ring-tail.json, docs/ring-tail.svg and the tables of docs/ring-tail.md.

    scripts/ring_tail.py build/release/ringtail     # measure, then draw
    scripts/ring_tail.py                            # draw what has been measured
"""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEPLOYMENT = ROOT / "workloads/deployments/llama-3.1-405b-cp-1m.yaml"
RECORD = ROOT / "docs/ring-tail.json"
NUMBERS = [2, 4, 8, 16, 32, 64]
CONTEXTS = ["32k", "256k", "1M"]
NICS = [12.5, 50, 200]  # GB/s; 50 is the platform's.
LAYERS = 8  # Of 126 that are all alike: so that 512 GPUs take seconds.
SHORT = [128, 512, "4k", "64k"]


def run(binary, n, context="1M", nic=50, ring="pass-q"):
    """One sequence per CP rank, TP8 inside islands of eight."""
    sets = [f"gpus={8 * n}", f"parallelism.attention.cp={n}", f"parallelism.ffn.dp={n}", f"decode.batch.total={n}",
            f"decode.context={context}", f"platform.fabric.bandwidth={nic} GB/s", f"parallelism.attention.cp_ring={ring}",
            f"model.layers={LAYERS}", "run.steps=1"]
    command = [binary, "simulate", str(DEPLOYMENT), "--format", "json"]
    for each in sets:
        command += ["--set", each]
    result = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    hop = result["overlap"]["cp_ring"]
    return {"n": n, "context": context, "nic_gb_s": nic, "ring": ring, "step_s": result["step"]["seconds"]["mean"],
            "tail_layer_s": result["ring_tail"]["layer_s"], "tail_step_s": result["ring_tail"]["step_s"],
            "tail": result["ring_tail"]["breakdown_s"], "hops_s": hop["total_s"], "hops_exposed_s": hop["exposed_s"]}


def measure(binary):
    points = [dict(n=n, nic=nic) for n in NUMBERS for nic in NICS]
    points += [dict(n=n, context=c) for n in NUMBERS for c in CONTEXTS if c != "1M"]
    points += [dict(n=8, context=c, ring=r) for c in SHORT for r in ("pass-q", "pass-kv")]
    runs = []
    for point in sorted(points, key=lambda p: p["n"]):
        runs.append(run(binary, **point))
        print(point, f"{1e6 * runs[-1]['tail_layer_s']:.2f} us", file=sys.stderr)
        RECORD.write_text(json.dumps(runs, indent=1) + "\n")


def find(runs, **wanted):
    return next((r for r in runs if all(r[k] == v for k, v in wanted.items())), None)


def paper_tail(n, nic):
    """The textbook form for the paper's ring-tail term, analysis/closed_form/communication.hpp: one hop of the ring."""
    query = 16 * 128 * 2  # 16 heads of a TP rank, 128 wide, bf16; one token.
    latency, achieved = LINK
    return latency + query / (nic * 1e9 * achieved)


LINK = (5e-6, 0.97)  # Latency and achieved fraction of platforms/h200-sxm.yaml.
COLORS = {12.5: "#c0392b", 50: "#2c3e50", 200: "#2980b9"}


def svg(runs):
    """Tail per layer against N, both axes logarithmic; left by bandwidth with the closed form, right its share of the step."""
    import math
    width, height, left, top, plot_w, plot_h = 760, 330, 62, 40, 280, 225
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="Helvetica, Arial, sans-serif" '
           'font-size="11" fill="#222">', f'<rect width="{width}" height="{height}" fill="#fff"/>']

    def panel(x0, title, low, high, ticks, unit, series):
        def x(n):
            return x0 + plot_w * (math.log2(n) - 1) / 5

        def y(v):
            return top + plot_h * (1 - math.log(v / low) / math.log(high / low))
        out.append(f'<text x="{x0}" y="{top - 16}" font-size="12" font-weight="bold">{title}</text>')
        for t in ticks:
            out.append(f'<path d="M{x0} {y(t):.1f}h{plot_w}" stroke="#ddd"/>'
                       f'<text x="{x0 - 6}" y="{y(t) + 4:.1f}" text-anchor="end">{t:g} {unit}</text>')
        for n in NUMBERS:
            out.append(f'<text x="{x(n):.1f}" y="{top + plot_h + 16}" text-anchor="middle">{n}</text>')
        out.append(f'<text x="{x0 + plot_w / 2}" y="{top + plot_h + 33}" text-anchor="middle">CP ranks N</text>')
        for index, (label, color, dash, points) in enumerate(series):
            line = " ".join(f"{x(n):.1f},{y(v):.1f}" for n, v in points)
            out.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="1.8" stroke-dasharray="{dash}"/>')
            if not dash:
                out.extend(f'<circle cx="{x(n):.1f}" cy="{y(v):.1f}" r="2.6" fill="{color}"/>' for n, v in points)
            ly = top + 10 + 15 * index
            out.append(f'<path d="M{x0 + 10} {ly}h20" stroke="{color}" stroke-width="1.8" stroke-dasharray="{dash}"/>'
                       f'<text x="{x0 + 36}" y="{ly + 4}">{label}</text>')

    def series_of(value, **wanted):
        found = [(n, find(runs, n=n, ring="pass-q", **wanted)) for n in NUMBERS]
        return [(n, value(r)) for n, r in found if r]
    by_nic = [(f"NIC {nic:g} GB/s", COLORS[nic], "", series_of(lambda r: 1e6 * r["tail_layer_s"], nic_gb_s=nic, context="1M"))
              for nic in NICS]
    by_nic.append(("closed form: one hop, 50 GB/s", "#888", "4 3", [(n, 1e6 * paper_tail(n, 50)) for n in NUMBERS]))
    panel(left, "Ring tail per layer, 1M tokens", 4, 50, [5, 10, 20, 50], "µs", by_nic)
    shares = [(f"context {c}", color, "", series_of(lambda r: 100 * r["tail_step_s"] / r["step_s"], context=c, nic_gb_s=50))
              for c, color in zip(CONTEXTS, ("#e67e22", "#16a085", "#2c3e50"))]
    panel(left + plot_w + 100, "Its share of the step, NIC 50 GB/s", 1, 20, [1, 2, 5, 10, 20], "%", shares)
    return "\n".join(out) + "\n</svg>\n"


def tables(runs):
    rows = ["| CP ranks | " + " | ".join(f"NIC {nic:g} GB/s" for nic in NICS) + " | closed form, 50 GB/s |", "| ---: |" + " ---: |" * 4]
    for n in NUMBERS:
        cells = [find(runs, n=n, nic_gb_s=nic, context="1M", ring="pass-q") for nic in NICS]
        rows.append(f"| {n} | " + " | ".join(f"{1e6 * c['tail_layer_s']:.2f} µs" if c else "" for c in cells)
                    + f" | {1e6 * paper_tail(n, 50):.2f} µs |")
    rows += ["", "| CP ranks | " + " | ".join(f"{c}: tail / step" for c in CONTEXTS) + " |", "| ---: |" + " ---: |" * 3]
    for n in NUMBERS:
        cells = [find(runs, n=n, nic_gb_s=50, context=c, ring="pass-q") for c in CONTEXTS]
        rows.append(f"| {n} | " + " | ".join(f"{1e3 * c['tail_step_s']:.2f} / {1e3 * c['step_s']:.1f} ms" if c else "" for c in cells) + " |")
    rows += ["", "| context, 8 CP ranks | pass-Q step | pass-KV step |", "| --- | ---: | ---: |"]
    for context in SHORT:
        q, kv = (find(runs, n=8, context=context, nic_gb_s=50, ring=r) for r in ("pass-q", "pass-kv"))
        if q and kv:
            rows.append(f"| {context} | {1e3 * q['step_s']:.2f} ms | {1e3 * kv['step_s']:.2f} ms |")
    return "\n".join(rows)


def main():
    if len(sys.argv) > 1:
        measure(sys.argv[1])
    runs = json.loads(RECORD.read_text())
    (ROOT / "docs/ring-tail.svg").write_text(svg(runs))
    page = ROOT / "docs/ring-tail.md"
    text = page.read_text()
    begin, end = "<!-- tables -->\n", "<!-- end of tables -->"
    page.write_text(text[:text.index(begin) + len(begin)] + tables(runs) + "\n" + text[text.index(end):])


if __name__ == "__main__":
    main()
