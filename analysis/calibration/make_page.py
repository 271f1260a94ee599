#!/usr/bin/env python3
"""Writes docs/validation.md and its plots: what the shipped platforms predict of published measurements.

analysis/calibration/make_page.py [--check] [--reference DIR]
--check compares instead of writing; it exits with 77 if there are no measurements.
"""
import argparse
import sys
from pathlib import Path

import collectives
import kernels
import others
import platforms
import reference
import replay
import scatter
import shipped
from least import errors

DOCS = reference.PROJECT / "docs"
SKIPPED = 77
BARS, LIMITS = (0.10, 0.25), (0.20, 0.40)
TITLES = {"gemm": "Dense products", "grouped_gemm": "Grouped products of experts",
          "attention": "Grouped-query decode attention", "latent_attention": "Latent decode attention (MLA)",
          "collective": "All-reduce inside an island", "dispatch": "Dispatch, low latency",
          "combine": "Combine, low latency", "intra.dispatch": "Dispatch, mode intra",
          "intra.combine": "Combine, mode intra", "inter.dispatch": "Dispatch, mode inter, two nodes",
          "inter.combine": "Combine, mode inter, two nodes"}
HELD = {**kernels.HELD, "collective": collectives.HELD["all_reduce"],
        **{which: collectives.HELD["dispatch"] for which in ("dispatch", "combine")},
        **{f"{mode}.{which}": collectives.HELD[mode] for mode in ("intra", "inter") for which in ("dispatch", "combine")}}
WHY = Path(__file__).with_name("why.md")


def percent(value):
    return f"{100 * value:.1f} %"


def verdict(e):
    if e[0] <= BARS[0] and e[1] <= BARS[1]:
        return "yes"
    return "no" if e[0] <= LIMITS[0] and e[1] <= LIMITS[1] else "far"


def span(cases):
    """The ranges of what the cases are, in words."""
    values = {k: sorted({c.at[k] for c in cases}) for k in cases[0].at}
    words = lambda v: ", ".join(v) if isinstance(v[0], str) else f"{v[0]}–{v[-1]}" if len(v) > 1 else f"{v[0]}"
    return "; ".join(f"{k} {words(v)}" for k, v in values.items())


def stated_error(platform, key):
    """What the platform's provenance says of a class."""
    for entry in platform["provenance"]:
        if key in entry["keys"] and "error" in entry:
            return entry["error"]["median"], entry["error"]["p90"]
    return None


def check_stated(row, e):
    platform = platforms.load(row.gpu)
    stated = stated_error(platform, shipped.key_of(row.kind, row.dtype, platform))
    if stated and max(abs(a - b) for a, b in zip(stated, e)) > 0.0051:
        sys.exit(f"{row.gpu}: the provenance of {row.kind} {row.dtype} says {stated}, but it is {e}")


def section(kind, rows):
    lines = [f"## {TITLES[kind]}", "", f"Held out: {HELD[kind]}.", "",
             "| GPU | format | kernel | rows | of | fitted: median | p90 | held out: rows | median | p90 | bars met |",
             "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        seen, held = row.part(False), row.part(True)
        a, b = errors(*seen), errors(*held)
        check_stated(row, b)
        lines.append(f"| `{row.gpu}` | {row.dtype or '–'} | {row.kernel} | {len(seen[0])} | {span(row.cases)} | "
                     f"{percent(a[0])} | {percent(a[1])} | {len(held[0])} | **{percent(b[0])}** | "
                     f"**{percent(b[1])}** | {verdict(b)} |")
    return lines + ["", f"![{TITLES[kind]}](validation/{plot_of(kind)})", ""]


def plot_of(kind):
    return kind.replace(".", "_") + ".svg"


def two_nodes(directory):
    lines = ["## Dispatch and combine over two nodes", "",
             "Low-latency kernels, predicted only: constants are those of one island; what is new, NICs and latency, is the platform's.", "",
             "| GPU | collective | rows | median | p90 |", "| --- | --- | --- | --- | --- |"]
    for row in shipped.two_node_rows(directory):
        e = errors(*row.part(True))
        lines.append(f"| `{row.gpu}` | {row.kind}, {row.kernel} | {len(row.cases)} | {percent(e[0])} | {percent(e[1])} |")
    return lines + [""]


def other_collective(found, replays, row):
    """The cases of a collective in others.csv, of those found, and what the simulation takes of each."""
    kind = "collective" if row["class"] == "eager" else row["class"]
    cases = [c for c in found[kind][row["gpu"], row["kernel"]] if c.condition]
    host = float(row["launch_time_us"] or 0) * 1e-6
    return cases, [max(host, replays[c.condition][kind.endswith("combine")]) for c in cases]


def other_kernel(directory, row):
    """The cases of a kernel in others.csv, and what the formula gives of each."""
    kind, gpu, platform = row["class"], row["gpu"], platforms.load(row["gpu"])
    p = (*(float(row[key]) for key in ("compute", "bandwidth")),
         float(row["floor_us"]) * 1e-6, float(row["per_item_ns"]) * 1e-9)
    cases = kernels.ALL[kind](directory)[gpu, row["name"], row["dtype"], row["kernel"]]
    return cases, [platforms.seconds(c.works, platform, row["dtype"], kind, p) for c in cases]


def table_of(kind):
    return "kernels" if kind in kernels.ALL else "eager" if kind == "eager" else "collectives"


def other_tables(directory):
    """The tables of kernels that no platform uses: their constants, with the errors of these."""
    heads = {"kernels": ["class", "gpu", "format", "label", "compute", "bandwidth", "floor_us", "per_item_ns"],
             "collectives": ["class", "gpu", "label", "bandwidth", "floor_us", "per_item_ns"],
             "eager": ["gpu", "label", "launch_time_us"]}
    names = {"gpu": "GPU", "label": "kernel", "floor_us": "floor, µs", "per_item_ns": "per_item, ns",
             "launch_time_us": "launch_time, µs"}
    tables = {name: ["| " + " | ".join(names.get(k, k) for k in keys) + " | held out: median | p90 |",
                     "| --- " * (len(keys) + 2) + "|"] for name, keys in heads.items()}
    found, replays = shipped.collective_cases(directory), replay.recorded()
    for row in others.lines():
        name = table_of(row["class"])
        cases, predicted = (other_kernel(directory, row) if name == "kernels" else
                            other_collective(found, replays, row))
        held = [(p, c.seconds) for p, c in zip(predicted, cases) if c.held]
        e = errors([p for p, _ in held], [m for _, m in held])
        cells = [f"`{row[k]}`" if k in ("class", "gpu") else row[k] for k in heads[name]]
        tables[name].append("| " + " | ".join([*cells, percent(e[0]), percent(e[1])]) + " |")
    return {name: "\n".join(lines) for name, lines in tables.items()}


def page(directory):
    """File name -> text."""
    rows = [*shipped.kernel_rows(directory), *shipped.collective_rows(directory)]
    text = Path(__file__).with_name("introduction.md").read_text(encoding="utf-8").rstrip("\n").split("\n") + [""]
    files = {}
    for kind in TITLES:
        of_kind = [r for r in rows if r.kind == kind]
        text += section(kind, of_kind)
        points = {}
        for row in of_kind:
            predicted, measured = row.part(True)
            points.setdefault(row.gpu, []).extend(zip(measured, predicted))
        files[f"validation/{plot_of(kind)}"] = scatter.svg(f"{TITLES[kind]}: held-out rows", points)
    text += two_nodes(directory)
    rest = WHY.read_text(encoding="utf-8").rstrip("\n")
    for name, table in other_tables(directory).items():
        rest = rest.replace("{{" + name + "}}", table)
    text.append(rest)
    files["validation.md"] = "\n".join(text) + "\n"
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", help="folder of the measurements")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    directory = reference.folder(options.reference)
    if directory is None:
        print("skipped: RINGTAIL_REFERENCE names no folder with aic_gemm.csv")
        sys.exit(SKIPPED)
    for name, text in page(directory).items():
        path = DOCS / name
        if not options.check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            sys.exit(f"docs/{name} is not what analysis/calibration/make_page.py makes: run it")


if __name__ == "__main__":
    main()
