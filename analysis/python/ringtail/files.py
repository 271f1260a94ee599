"""Deployments and studies as files. JSON is YAML, too, so what is written is JSON."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Union

#: What a deployment or a study is made of: text, numbers, booleans, None, lists and dictionaries.
Yaml = Union[str, int, float, bool, None, Sequence["Yaml"], Mapping[str, "Yaml"]]

#: A deployment or a study: a file, or what would be in it.
Source = Union[str, "os.PathLike[str]", Mapping[str, Yaml]]


def write(content: Mapping[str, Yaml], file: "str | os.PathLike[str]") -> Path:
    """Writes a deployment, model, platform or study. ValueError for numbers that are not finite."""
    path = Path(file)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    return path


@contextmanager
def as_file(source: Source, name: str) -> Iterator[Path]:
    """The file itself, or a temporary one: names of files in the content must be absolute then."""
    if not isinstance(source, Mapping):
        yield Path(source)
        return
    with tempfile.TemporaryDirectory(prefix="ringtail-") as folder:
        yield write(source, Path(folder) / f"{name}.json")


def as_overrides(changes: "Mapping[str, Yaml] | Sequence[str]") -> list[str]:
    """Arguments --set, from {"decode.context": "128k"} or ["decode.context=128k"]."""
    if isinstance(changes, Mapping):
        changes = [f"{path}={_value(value)}" for path, value in changes.items()]
    return [argument for change in changes for argument in ("--set", change)]


def _value(value: Yaml) -> str:
    """As written on the command line: text that is a plain word or quantity stays as it is."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, allow_nan=False)
