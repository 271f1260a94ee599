#!/usr/bin/env python3
"""Fits what collectives take beside their transfers to published measurements: analysis/calibration/fit_collectives.py RINGTAIL [KEY..]

Fitted per GPU and kernel: floor, per_item and bandwidth of the classes collective, dispatch and combine of platforms/*.yaml
and others.csv, of the modes intra and inter, and sm_copy_rate; ports, NICs and latencies are those of the platform. All by
replay: the formula of collectives.py, corrected by what ringtail simulates of each row with the constants so far, until these
stay (output space mapping: Bandler et al., IEEE Trans. MTT 52, 2004). Of collectives that the host launches one by one,
its time for each: they take that or as long as in a graph (replayed.csv), whichever is longer.
Printed: the parameters, rounded, and the errors of rounded parameters on the rows fitted to and on those held out.
"""
import argparse
import os
import sys
from collections import namedtuple

import collectives
import platforms
import reference
import replay
import shipped
from least import errors, fit

MOST_ROUNDS = 5
START = (5e-6, 0.6, 5e-8)  # floor, bandwidth, per_item


def rounded(value):
    return float(f"{value:.2g}")


def errors_text(predictions, cases):
    """Of the cases fitted to, and of those held out."""
    text = ""
    for held in (False, True):
        pairs = [(p, c.seconds) for p, c in zip(predictions, cases) if c.held == held]
        e = errors([p for p, _ in pairs], [m for _, m in pairs])
        text += f"    {len(pairs):14} {100 * e[0]:6.1f} {100 * e[1]:5.1f}"
    return text


PartCase = namedtuple("PartCase", "part case seconds")


class Class:
    """A class on one GPU, or classes that share sm_copy_rate. parts: (key of the platform, cases, index of their time in a
    replay); of each floor, bandwidth and, if `items`, per_item are fitted, and one sm_copy_rate, from where it is given."""

    def __init__(self, gpu, name, parts, items=True, sm_copy_rate=None):
        self.gpu, self.name, self.parts = gpu, name, parts
        self.platform = platforms.load(gpu)
        self.width = 3 if items else 2
        self.start = [x for _ in parts for x in START[:self.width]] + ([sm_copy_rate] if sm_copy_rate else [])

    def of_part(self, p, i):
        """floor, per_item, bandwidth, sm_copy_rate"""
        floor, bandwidth, *item = p[self.width * i:self.width * (i + 1)]
        return floor, item[0] if item else 0.0, bandwidth, (p[self.width * len(self.parts):] or [0.0])[0]

    def rounded(self, p):
        is_bandwidth = lambda i: i < self.width * len(self.parts) and i % self.width == 1
        return [rounded(min(1, x) if is_bandwidth(i) else x) for i, x in enumerate(p)]

    def overrides(self, p):
        changes = []
        for i, (key, _, _) in enumerate(self.parts):
            floor, item, bandwidth, rate = self.of_part(p, i)
            changes.append(f"platform.{key}={{floor: {floor}s, per_item: {item}s, bandwidth: {bandwidth}}}")
            if rate:
                changes.append(f"platform.gpu.sm_copy_rate={rate / 1e9} GB/s")
        return changes

    def predict(self, case, i, p, corrections):
        return collectives.seconds(case, self.platform, *self.of_part(p, i)) + corrections.get((i, case.condition), 0.0)

    def corrections(self, ringtail, p):
        """What the replay takes more than the formula."""
        conditions = sorted({c.condition for _, cases, _ in self.parts for c in cases if c.condition})
        taken = dict(zip(conditions, replay.simulate_all(ringtail, conditions, lambda _: self.overrides(p))))
        return {(i, c.condition): taken[c.condition][index] - collectives.seconds(c, self.platform, *self.of_part(p, i))
                for i, (_, cases, index) in enumerate(self.parts) for c in cases if c.condition}

    def fit(self, corrections, start, starts):
        cases = [(i, c) for i, (_, found, _) in enumerate(self.parts) for c in found if not c.held]
        model = lambda row, p: max(1e-7, self.predict(row.case, row.part, p, corrections))
        return self.rounded(fit(model, [PartCase(i, c, c.seconds) for i, c in cases], start, starts))

    def fit_by_replay(self, ringtail):
        p = self.fit({}, self.start, 6)
        for _ in range(MOST_ROUNDS):
            corrections = self.corrections(ringtail, p)
            better = self.fit(corrections, [max(x, 1e-12) for x in p], 2)
            if better == p:
                break
            p = better
        return p, self.corrections(ringtail, p)

    def show(self, p, corrections):
        for i, (key, cases, _) in enumerate(self.parts):
            floor, item, bandwidth, rate = self.of_part(p, i)
            line = f"{key:28} {self.gpu:12} {self.name:28} {floor * 1e6:9.2f} {item * 1e9:8.1f} {bandwidth:6.2f} {rate / 1e9:6.2f}"
            print(line + errors_text([self.predict(c, i, p, corrections) for c in cases], cases), flush=True)


def exchange(found, mode, gpu, kernel, **options):
    """Dispatch and combine of a mode: "intra.", "inter.", or "" of low latency."""
    return Class(gpu, kernel, [(f"gpu.kernels.{mode}{which}", found[mode + which][gpu, kernel], i)
                               for i, which in enumerate(("dispatch", "combine"))], **options)


def platform_classes(found):
    """Those of the platforms; found: shipped.collective_cases."""
    for gpu in (*shipped.HOPPER, *shipped.BLACKWELL):
        yield Class(gpu, collectives.GRAPH, [("gpu.kernels.collective", found["collective"][gpu, collectives.GRAPH], 0)])
        yield exchange(found, "", gpu, collectives.LOW_LATENCY)
    yield exchange(found, "inter.", "h100-sxm", collectives.NORMAL, items=False, sm_copy_rate=1e10)
    yield exchange(found, "intra.", "h100-sxm", collectives.NORMAL, items=False)
    yield exchange(found, "intra.", "gb200-nvl72", collectives.RACK)


def other_classes(found):
    """Kernels that no platform uses."""
    for (gpu, kernel), cases in sorted(found["collective"].items()):
        if kernel != collectives.GRAPH and kernel not in collectives.EAGER:
            yield Class(gpu, kernel, [("gpu.kernels.collective", cases, 0)])
    for gpu, kernel in found["intra.dispatch"]:
        if kernel not in (collectives.NORMAL, collectives.RACK):
            yield exchange(found, "intra.", gpu, kernel)


def show_eager(found):
    """Fits and shows the host's time for a launch of each eager all-reduce."""
    replays = replay.recorded()
    for (gpu, kernel), cases in sorted(found["collective"].items()):
        if kernel in collectives.EAGER:
            cases = [c for c in cases if c.condition]
            model = lambda case, p: max(p[0], replays[case.condition][0])
            p = [rounded(fit(model, [c for c in cases if not c.held], [2e-5], 6)[0])]
            line = f"{'runtime.launch_time':28} {gpu:12} {kernel:28} {p[0] * 1e6:9.2f} {'':8} {'':6} {'':6}"
            print(line + errors_text([model(c, p) for c in cases], cases), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ringtail", type=os.path.abspath)
    parser.add_argument("keys", nargs="*", help="only these, such as gpu.kernels.inter; all if not given")
    parser.add_argument("--reference", help="folder of the measurements")
    options = parser.parse_args()
    wanted = lambda each: not options.keys or any(key.startswith(k) for key, _, _ in each.parts for k in options.keys)
    directory = reference.folder(options.reference)
    if directory is None:
        sys.exit("no measurements: set RINGTAIL_REFERENCE to their folder")
    found = shipped.collective_cases(directory)
    print("class                        gpu          kernel                        floor_us  item_ns bandw. SM_GB/s"
          "   fitted: rows median p90    held out: rows median p90")
    for each in filter(wanted, (*platform_classes(found), *other_classes(found))):
        each.show(*each.fit_by_replay(options.ringtail))
    if not options.keys or "runtime" in options.keys:
        show_eager(found)


if __name__ == "__main__":
    main()
