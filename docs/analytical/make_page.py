#!/usr/bin/env python3
"""Makes docs/analytical-vs-simulated.md and its figures.

make_page.py                          from the results in recorded/
make_page.py --record RINGTAIL        runs the commands first: minutes on two cores
make_page.py --check                  says whether page and figures are what it would make; exit code 1 if not
make_page.py --verify RINGTAIL NAME   runs one command and compares with what is recorded, to 1 %
"""

import argparse
import sys

from figures import FIGURES
from page import page
from record import COMMANDS, HERE, differences, record, recorded, run

TOLERANCE = 0.01  # more than compilers and mathematical libraries change, less than the page speaks of


def outputs():
    made = {HERE.parent / "analytical-vs-simulated.md": page()}
    for name, draw in FIGURES.items():
        made[HERE / f"{name}.svg"] = draw()
    return made


def check():
    stale = [str(path) for path, text in outputs().items() if not path.exists() or path.read_text() != text]
    for path in stale:
        print(f"{path} is not what make_page.py makes of the recorded results")
    return 1 if stale else 0


def verify(ringtail, name):
    found = differences(recorded(name), run(ringtail, name), TOLERANCE)
    for difference in found[:20]:
        print(f"{name}{difference}")
    if found:
        print(f"{COMMANDS[name]} no longer gives what the page says: run make_page.py --record {ringtail}")
    return 1 if found else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", metavar="RINGTAIL")
    parser.add_argument("--only", metavar="NAME", choices=sorted(COMMANDS), help="with --record: one command")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--verify", nargs=2, metavar=("RINGTAIL", "NAME"))
    given = parser.parse_args()
    if given.check:
        return check()
    if given.verify:
        return verify(*given.verify)
    for name in [given.only] if given.only else COMMANDS if given.record else []:
        print(COMMANDS[name], file=sys.stderr)
        record(given.record, name)
    for path, text in outputs().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
