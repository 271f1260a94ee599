#!/usr/bin/env python3
"""Fits what collectives take beside their transfers to published measurements: analysis/calibration/fit_collectives.py

Fitted per GPU and kernel: floor, per_item and bandwidth of the classes collective, dispatch and combine of
platforms/*.yaml (collectives.py has the model); ports, NICs and latencies are those of the platform. Printed: the parameters, rounded, and the errors of
rounded parameters on the rows fitted to and on those held out.
"""
import argparse
import sys

import collectives
import platforms
import reference
from least import errors, fit


def rounded(value):
    return float(f"{value:.2g}")


def fit_class(gpu, cases):
    """(floor, per_item, bandwidth)"""
    floor, item, bandwidth = fit(lambda c, p: collectives.seconds(c, gpu, *p), [c for c in cases if not c.held],
                                 [5e-6, 5e-8, 0.6], starts=6)
    return rounded(floor), rounded(item), rounded(min(1, bandwidth))


def all_classes(directory):
    yield "all_reduce", collectives.all_reduce(directory, platforms.load)
    for which in ("dispatch", "combine"):
        yield which, {**collectives.low_latency(directory, which), **collectives.rack(directory, which)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", help="folder of the measurements")
    directory = reference.folder(parser.parse_args().reference)
    if directory is None:
        sys.exit("no measurements: set RINGTAIL_REFERENCE to their folder")
    print("collective  gpu          kernel                        floor_us  item_ns bandw."
          "   fitted: rows median p90    held out: rows median p90")
    for name, classes in all_classes(directory):
        for (gpu, kernel), cases in sorted(classes.items()):
            p = fit_class(platforms.load(gpu), cases)
            line = f"{name:11} {gpu:12} {kernel:28} {p[0] * 1e6:9.2f} {p[1] * 1e9:8.1f} {p[2]:6.2f}"
            for part in ([c for c in cases if not c.held], [c for c in cases if c.held]):
                e = errors([collectives.seconds(c, platforms.load(gpu), *p) for c in part], [c.seconds for c in part])
                line += f"    {len(part):14} {100 * e[0]:6.1f} {100 * e[1]:5.1f}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
