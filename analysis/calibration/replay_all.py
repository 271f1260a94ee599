#!/usr/bin/env python3
"""Writes replayed.csv: what the shipped platforms take for each measured collective, simulated, and what they take with
the constants of others.csv. No measurement is in it.

analysis/calibration/replay_all.py RINGTAIL [--verify N] [--reference DIR]
--verify simulates every N-th line again and compares, without measurements.
"""
import argparse
import csv
import os
import sys

import collectives
import others
import platforms
import reference
import replay


def verify(ringtail, every):
    chosen = list(replay.recorded().items())[::every]
    for (condition, then), now in zip(chosen, replay.simulate_all(ringtail, [c for c, _ in chosen], others.overrides)):
        before, after = replay.line_of(condition, then), replay.line_of(condition, now)
        if before != after:
            sys.exit(f"replayed.csv has {before}, but it is {after}: run analysis/calibration/replay_all.py")
    print(f"{len(chosen)} of the recorded replays are what ringtail simulates now")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ringtail", type=os.path.abspath)
    parser.add_argument("--verify", type=int, metavar="N")
    parser.add_argument("--reference", help="folder of the measurements")
    options = parser.parse_args()
    if options.verify:
        return verify(options.ringtail, options.verify)
    directory = reference.folder(options.reference)
    if directory is None:
        sys.exit("no measurements: set RINGTAIL_REFERENCE to their folder")
    conditions = collectives.measured_conditions(directory, platforms.load)
    taken = replay.simulate_all(options.ringtail, conditions, others.overrides)
    with open(replay.RECORD, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(replay.HEADER)
        writer.writerows(replay.line_of(c, s) for c, s in zip(conditions, taken))


if __name__ == "__main__":
    main()
