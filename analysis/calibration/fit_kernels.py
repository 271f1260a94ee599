#!/usr/bin/env python3
"""Fits the kernel classes of platforms/*.yaml to published measurements: analysis/calibration/fit_kernels.py

One kernel takes launch + floor + items * per_item + max(flops / (compute * peak), bytes / (bandwidth * HBM bandwidth)).
Fitted per class, GPU and number format: compute, bandwidth, floor, per_item; by the mean |log(model / measured)| over the
rows that are not held out. Printed: the parameters, rounded as in the platforms, and the errors of rounded parameters on
the rows fitted to and on those held out. See docs/decisions/0023-calibrated-kernels.md.
"""
import argparse
import sys

import kernels
import platforms
import reference
from least import errors, fit

START = {"gemm": [0.6, 0.85, 4e-6, 0.4e-9], "attention": [0.5, 0.85, 9e-6, 0.5e-9],
         "latent_attention": [0.5, 0.8, 12e-6, 0.5e-9], "grouped_gemm": [0.5, 0.85, 8e-6, 0.2e-6],
         "fused_moe": [0.4, 0.9, 10e-6, 10e-9]}
# Never reached in grouped-query decode (16 query heads per KV head at most: 16 flops per byte): given, not fitted.
GIVEN_COMPUTE = {"attention": 0.5}


def rounded(value, digits):
    return float(f"{value:.{digits}g}")


def fit_class(kind, gpu, dtype, cases):
    """Parameters of a class: (compute, bandwidth, floor, per_item)."""
    given = GIVEN_COMPUTE.get(kind)

    def model(case, p):
        compute, *rest = ([given] + p) if given else p
        return platforms.seconds(case.works, gpu, dtype, kind, (min(1, compute), min(1, rest[0]), rest[1], rest[2]))

    start = START[kind][1:] if given else START[kind]
    p = fit(model, [c for c in cases if not c.held], start)
    compute, bandwidth, floor, item = ([given] + p) if given else p
    return rounded(min(1, compute), 2), rounded(min(1, bandwidth), 2), rounded(floor, 2), rounded(item, 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", help="folder of the measurements")
    parser.add_argument("classes", nargs="*", help="of: " + ", ".join(kernels.ALL) + "; all if not given")
    options = parser.parse_args()
    directory = reference.folder(options.reference)
    if directory is None:
        sys.exit("no measurements: set RINGTAIL_REFERENCE to their folder")
    print("class            gpu          format     kernel                       compute bandw.  floor_us item_ns"
          "   fitted: rows median p90    held out: rows median p90")
    for kind, read in kernels.ALL.items():
        if options.classes and kind not in options.classes:
            continue
        for (gpu, name, dtype, kernel), cases in sorted(read(directory).items()):
            p = fit_class(kind, platforms.load(gpu), dtype, cases)
            line = f"{kind:16} {gpu:12} {name:10} {kernel:28} {p[0]:7.2f} {p[1]:6.2f} {p[2] * 1e6:9.2f} {p[3] * 1e9:7.2f}"
            for part in ([c for c in cases if not c.held], [c for c in cases if c.held]):
                e = errors([platforms.seconds(c.works, platforms.load(gpu), dtype, kind, p) for c in part],
                           [c.seconds for c in part])
                line += f"    {len(part):14} {100 * e[0]:6.1f} {100 * e[1]:5.1f}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
