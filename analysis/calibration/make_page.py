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
import platforms
import reference
import scatter
import shipped
from least import errors

DOCS = reference.PROJECT / "docs"
SKIPPED = 77
BARS, LIMITS = (0.10, 0.25), (0.20, 0.40)
TITLES = {"gemm": "Dense products", "grouped_gemm": "Grouped products of experts",
          "attention": "Grouped-query decode attention", "latent_attention": "Latent decode attention (MLA)",
          "collective": "All-reduce inside an island", "dispatch": "Dispatch, low latency",
          "combine": "Combine, low latency"}
HELD = {**kernels.HELD, "collective": collectives.HELD["all_reduce"], "dispatch": collectives.HELD["dispatch"],
        "combine": collectives.HELD["dispatch"]}
WHY = Path(__file__).with_name("why.md")


def percent(value):
    return f"{100 * value:.1f} %"


def verdict(e):
    if e[0] <= BARS[0] and e[1] <= BARS[1]:
        return "yes"
    return "no" if e[0] <= LIMITS[0] and e[1] <= LIMITS[1] else "far"


def span(cases):
    """The ranges of what the cases are, in words."""
    keys = cases[0].at.keys()
    values = {k: [c.at[k] for c in cases] for k in keys}
    return ", ".join(f"{k} {min(v)}–{max(v)}" if min(v) != max(v) else f"{k} {v[0]}" for k, v in values.items())


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
    return lines + ["", f"![{TITLES[kind]}](validation/{kind}.svg)", ""]


def two_nodes(directory):
    lines = ["## Dispatch and combine over two nodes", "",
             "Predicted only: constants are those of one island; what is new, NICs and latency, is the platform's.", "",
             "| GPU | collective | rows | median | p90 |", "| --- | --- | --- | --- | --- |"]
    for row in shipped.two_node_rows(directory):
        e = errors(*row.part(True))
        lines.append(f"| `{row.gpu}` | {row.kind}, {row.kernel} | {len(row.cases)} | {percent(e[0])} | {percent(e[1])} |")
    return lines + [""]


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
        files[f"validation/{kind}.svg"] = scatter.svg(f"{TITLES[kind]}: held-out rows", points)
    text += two_nodes(directory)
    text += WHY.read_text(encoding="utf-8").rstrip("\n").split("\n")
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
