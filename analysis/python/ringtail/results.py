"""Results and studies as dictionaries, and as data frames where pandas is installed."""

import csv
import importlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Union

Cell = Union[str, int, float, None]


def read(file: "str | os.PathLike[str]") -> dict[str, Any]:
    """A result that was written with --format json, such as of `simulate` or `compare`."""
    result: dict[str, Any] = json.loads(Path(file).read_text(encoding="utf-8"))
    return result


def flat(result: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """One level with dotted keys: {"step": {"tpot_s": 1}} is {"step.tpot_s": 1}. Lists stay as they are."""
    pairs: dict[str, Any] = {}
    for key, value in result.items():
        if isinstance(value, Mapping):
            pairs.update(flat(value, f"{prefix}{key}."))
        else:
            pairs[prefix + key] = value
    return pairs


def frame(rows: Iterable[Mapping[str, Any]]) -> Any:
    """A pandas.DataFrame of rows, nested ones with dotted columns. ImportError without pandas."""
    return importlib.import_module("pandas").DataFrame([flat(row) for row in rows])


class Study:
    """The folder of a sweep's results (docs/studies.md#results)."""

    def __init__(self, folder: "str | os.PathLike[str]") -> None:
        self.folder = Path(folder)

    def points(self) -> Iterator[dict[str, Any]]:
        """A dictionary per point: point, levels, outcome, reason, result."""
        with (self.folder / "results.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)

    def rows(self) -> list[dict[str, Cell]]:
        """A row per point and replication, with the columns of results.csv. None where there is no figure."""
        return _table(self.folder / "results.csv")

    def summary(self) -> list[dict[str, Cell]]:
        """A row per point, with intervals and differences to the baseline."""
        return _table(self.folder / "summary.csv")

    def stored(self) -> list[dict[str, Any]]:
        """What the stores have, also of a sweep under way and of shards: identity, outcome, reason, result, wall_s,
        peak_rss_bytes. In the order of identities."""
        points: list[dict[str, Any]] = []
        for store in sorted(self.folder.glob("points*.sqlite")):
            with closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)) as connection:
                connection.row_factory = sqlite3.Row
                for row in connection.execute(
                    "SELECT identity, outcome, reason, result, wall_s, peak_rss_bytes FROM points"
                ):
                    point = dict(row)
                    point["result"] = json.loads(point["result"]) if point["result"] else None
                    points.append(point)
        return sorted(points, key=lambda point: str(point["identity"]))


#: Columns of text, whatever it looks like.
_TEXT = ("point", "outcome", "reason", "batch_limit")


def _table(file: Path) -> list[dict[str, Cell]]:
    with file.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        # The columns before `point` are the axes, whose levels are labels.
        names = list(reader.fieldnames or ())
        axes = names[: names.index("point")]
        return [{name: text if name in axes or name in _TEXT else _cell(text) for name, text in row.items()} for row in reader]


def _cell(text: str) -> Cell:
    """A figure. ValueError if it is none."""
    if text == "":
        return None
    try:
        return int(text)
    except ValueError:
        return float(text)
