"""Runs the commands behind docs/analytical-vs-simulated.md and keeps their results in recorded/NAME.json."""

import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
DEEPSEEK = "analysis/reference/deployments/deepseek-v3-64.yaml"
MOE = "workloads/deployments/deepseek-v3-64-128k.yaml"
DENSE = "workloads/deployments/deepseek-v3-dense-64-128k.yaml"
CONTEXTS = ["1k", "8k", "32k", "128k", "1M"]
SHORT = "--steps 2 --replications 2"

VERDICTS = {  # of the paper's table 3: model and q
    "qwen3-235b-64": ["5"],
    "grok-1-64": ["5", "3", "2"],
}


def verdict(model, q, layout):
    return (f"ringtail qs analysis/reference/deployments/{model}.yaml --q {q} --layout {layout} --part verdict")


COMMANDS = {f"compare-{context}": f"ringtail compare {MOE} {DENSE} --set decode.context={context} {SHORT}"
            for context in CONTEXTS}
for context in ("1k", "128k"):
    COMMANDS[f"ladder-{context}"] = f"ringtail compare {MOE} {DENSE} --ladder --set decode.context={context} {SHORT}"
COMMANDS["paper"] = "ringtail paper --table 4 --table 5"
for layout in ("given", "fastest"):
    COMMANDS[f"qs-{layout}"] = f"ringtail qs {DEEPSEEK} --layout {layout}"
    for model, qs in VERDICTS.items():
        for q in qs:
            COMMANDS[f"qs-{model}-q{q}-{layout}"] = verdict(model, q, layout)


def run(ringtail, name):
    """The result of a command as JSON, without what depends on every field of the YAML schema."""
    words = COMMANDS[name].split()[1:] + ["--format", "json", "--quiet"]
    done = subprocess.run([ringtail, *words], cwd=SOURCE, stdout=subprocess.PIPE, check=True, text=True)
    return without_hash(json.loads(done.stdout))


def without_hash(value):
    if isinstance(value, dict):
        return {key: without_hash(each) for key, each in value.items() if key != "config_hash"}
    if isinstance(value, list):
        return [without_hash(each) for each in value]
    return value


def recorded(name):
    return json.loads((HERE / "recorded" / f"{name}.json").read_text())


def record(ringtail, name):
    (HERE / "recorded").mkdir(exist_ok=True)
    (HERE / "recorded" / f"{name}.json").write_text(json.dumps(run(ringtail, name), separators=(",", ":")) + "\n")


def differences(old, new, tolerance, at=""):
    """Where two results differ: texts at all, numbers by more than `tolerance` of the larger."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        return [d for key in old for d in differences(old[key], new[key], tolerance, f"{at}.{key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [d for i, pair in enumerate(zip(old, new)) for d in differences(*pair, tolerance, f"{at}[{i}]")]
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (old, new)):
        return [] if abs(old - new) <= tolerance * max(abs(old), abs(new)) else [f"{at}: {old} was recorded, {new} is"]
    return [] if old == new else [f"{at}: {old} was recorded, {new} is"]
