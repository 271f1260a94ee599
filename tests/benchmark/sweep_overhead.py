#!/usr/bin/env python3
"""What a sweep loses per point beside simulating: sweep_overhead.py RINGTAIL SOURCE [POINTS]. A sweep of tiny points with -j 1;
lost is its elapsed time, planning and tables included, less the time that points took in their processes."""
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time

STUDY = """name: Overhead
base: tiny
axes:
  - {{name: seed, path: run.seed, range: {{from: 1, to: {points}, step: 1}}}}
"""


def main():
    ringtail, source = (os.path.abspath(argument) for argument in sys.argv[1:3])
    points = int(sys.argv[3]) if len(sys.argv) > 3 else 200
    environment = dict(os.environ, RINGTAIL_DATA=os.path.join(source, "tests/bad/data"))
    with tempfile.TemporaryDirectory() as folder:
        study = pathlib.Path(folder, "overhead.yaml")
        study.write_text(STUDY.format(points=points), encoding="utf-8")
        begin = time.monotonic()
        subprocess.run([ringtail, "sweep", study, "--output", folder, "-j", "1", "-q"], env=environment,
                       stdout=subprocess.DEVNULL, check=True)
        elapsed = time.monotonic() - begin
        store = sqlite3.connect(os.path.join(folder, "points.sqlite"))
        done, simulating = store.execute("SELECT count(*), sum(wall_s) FROM points WHERE outcome = 'done'").fetchone()
    assert done == points, f"{done} of {points} points are done"
    print(f"{points} points of {simulating / points * 1e3:.1f} ms: {elapsed:.2f} s, of each {(elapsed - simulating) / points * 1e3:.1f} ms beside simulating")


if __name__ == "__main__":
    main()
