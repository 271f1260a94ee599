"""The commands of `ringtail`, from dictionaries or files to dictionaries."""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ringtail.executable import run
from ringtail.files import Source, Yaml, as_file, as_overrides
from ringtail.results import Study

_DONE, _INFEASIBLE = 0, 3


def _numbers(**options: "int | float | None") -> list[str]:
    """--steps 5 and the like, of those that are given."""
    given = {name: value for name, value in options.items() if value is not None}
    return [argument for name, value in given.items() for argument in ("--" + name.replace("_", "-"), str(value))]


def simulate(
    deployment: Source,
    changes: "Mapping[str, Yaml] | Sequence[str]" = (),
    *,
    steps: "int | None" = None,
    replications: "int | None" = None,
    seed: "int | None" = None,
    jobs: "int | None" = None,
    advise: bool = False,
    detail: bool = False,
) -> dict[str, Any]:
    """The result of `ringtail simulate` (docs/results.md). One that is not feasible is a result, too: see `feasible`."""
    with as_file(deployment, "deployment") as file:
        arguments = ["simulate", str(file), "--format", "json", *as_overrides(changes)]
        arguments += _numbers(steps=steps, replications=replications, seed=seed, jobs=jobs)
        arguments += ["--advise"] * advise + ["--detail"] * detail
        result: dict[str, Any] = json.loads(run(arguments, (_DONE, _INFEASIBLE)))
        return result


def compare(
    deployment: Source,
    other: "Source | None" = None,
    changes: "Mapping[str, Yaml] | Sequence[str]" = (),
    *,
    closed_form: Sequence[str] = (),
    ladder: bool = False,
    steps: "int | None" = None,
    replications: "int | None" = None,
    seed: "int | None" = None,
    jobs: "int | None" = None,
) -> dict[str, Any]:
    """The closed form beside the simulation, of one deployment or of two: `ringtail compare` (docs/closed-form.md)."""
    with ExitStack() as stack:
        files = [str(stack.enter_context(as_file(deployment, "a")))]
        if other is not None:
            files.append(str(stack.enter_context(as_file(other, "b"))))
        arguments = ["compare", *files, "--format", "json", *as_overrides(changes)]
        arguments += [argument for word in closed_form for argument in ("--closed-form", word)]
        arguments += _numbers(steps=steps, replications=replications, seed=seed, jobs=jobs)
        arguments += ["--ladder"] * ladder
        text = run(arguments, (_DONE, _INFEASIBLE))
    result: dict[str, Any] = json.loads(text)
    return result


def routing(
    deployment: Source,
    changes: "Mapping[str, Yaml] | Sequence[str]" = (),
    *,
    ep: Sequence[int] = (),
    tokens_per_rank: "int | None" = None,
    slots: "int | None" = None,
    placement: "str | None" = None,
    replica: "str | None" = None,
    seed: "int | None" = None,
) -> dict[str, Any]:
    """How unevenly tokens fall on experts and ranks: `ringtail routing` (docs/routing.md)."""
    with as_file(deployment, "deployment") as file:
        arguments = ["routing", str(file), "--format", "json", *as_overrides(changes)]
        arguments += ["--ep", ",".join(map(str, ep))] if ep else []
        arguments += _numbers(tokens_per_rank=tokens_per_rank, slots=slots, seed=seed)
        arguments += ["--placement", placement] if placement else []
        arguments += ["--replica", replica] if replica else []
        result: dict[str, Any] = json.loads(run(arguments))
        return result


def sweep(
    study: Source,
    output: "str | os.PathLike[str]",
    changes: "Mapping[str, Yaml] | Sequence[str]" = (),
    *,
    jobs: "int | None" = None,
    timeout: "float | None" = None,
    retry_failed: bool = False,
) -> Study:
    """Simulates what the folder `output` has not yet of a study's points (docs/studies.md), and opens it."""
    with as_file(study, "study") as file:
        arguments = ["sweep", str(file), "--output", str(output), "--quiet", *as_overrides(changes)]
        arguments += _numbers(jobs=jobs, timeout=timeout) + ["--retry-failed"] * retry_failed
        run(arguments)
    return Study(Path(output))
