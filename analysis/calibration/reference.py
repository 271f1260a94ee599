"""Reads the published measurements that the calibration is fitted to.

They are no part of this project: github.com/ai-dynamo/aiconfigurator, commit 095f58a5 (Apache-2.0), latencies in us, as
CSV files in the folder that RINGTAIL_REFERENCE or --reference names, else ../shared/reference beside the project.
"""
import csv
import functools
import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def folder(given=None):
    """The folder of the measurements, or None if there is none."""
    path = Path(given or os.environ.get("RINGTAIL_REFERENCE") or PROJECT.parent / "shared" / "reference")
    return path if (path / "aic_gemm.csv").exists() else None


@functools.lru_cache(maxsize=None)
def rows(directory, name):
    """The rows of a file as dictionaries of text; lines with # are comments."""
    with open(Path(directory) / name, encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))
