"""The `ringtail` that is run."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ringtail.errors import BadInput, RingtailError

_BAD_INPUT = 2


def executable() -> Path:
    """The file named by the environment variable RINGTAIL; else the one that was installed with this package, in
    PREFIX/bin; else the first in PATH. FileNotFoundError if there is none."""
    chosen = os.environ.get("RINGTAIL")
    if chosen:
        return Path(chosen)
    prefix = Path(__file__).resolve().parents[4:5]  # PREFIX/lib/python3/dist-packages/ringtail/executable.py
    for folder in prefix:
        if (folder / "bin" / "ringtail").is_file():
            return folder / "bin" / "ringtail"
    found = shutil.which("ringtail")
    if not found:
        raise FileNotFoundError("no ringtail: install it, or set RINGTAIL to the executable")
    return Path(found)


def run(arguments: Sequence[str], accepted: Sequence[int] = (0,)) -> str:
    """Runs `ringtail` and returns its stdout. Another exit code than those accepted is a RingtailError."""
    done = subprocess.run([str(executable()), *arguments], capture_output=True, text=True, check=False)
    if done.returncode in accepted:
        return done.stdout
    error = BadInput if done.returncode == _BAD_INPUT else RingtailError
    raise error(done.returncode, done.stderr)


def version() -> str:
    """Ringtail's version, like "0.1.0"."""
    return run(["--version"]).split()[1]
