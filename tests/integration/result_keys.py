#!/usr/bin/env python3
"""The keys of results: those that runs print are those of the table, and none is in the table that no run prints.

Usage: result_keys.py RINGTAIL SOURCE_DIR
"""
import json
import re
import subprocess
import sys

ringtail, source = sys.argv[1:]
deployments = "workloads/deployments/"
eight = ["--set", "gpus=8", "--set", "parallelism={attention: {dp: 8}, ffn: {ep: 8}}", "--set", "decode.batch={total: 64}",
         "--set", "platform.gpu.hbm.capacity=1TB", "--set", "model.layers=6"]
short = ["--steps", "2", "--replications", "2"]
# Together they have every part that a result can have.
runs = [
    [deployments + "deepseek-v3-64.yaml", *eight, *short, "--detail"],
    [deployments + "deepseek-v3-64.yaml", *eight, "--steps", "100", "--replications", "1", "--set", "run.warmup=auto",
     "--set", "model.layers=4"],
    [deployments + "deepseek-v3-64.yaml", *eight, *short, "--set", "run.precision=5%", "--set", "run.max_replications=2", "--set",
     "decode.context={lognormal: {mean: 4k, sigma: 1, max: 16k}}", "--set", "platform=h100-sxm"],
    [deployments + "deepseek-v3-wide-ep-72xh100-rebalanced.yaml", *short, "--set", "model.layers=4", "--set", "gpus=72",
     "--set", "decode.batch={per_gpu: 4}"],
    [deployments + "deepseek-v3-dense-64.yaml", *short, "--set", "decode.batch={per_gpu: 4}"],
    [deployments + "llama-3.1-405b-cp-1m.yaml", *short, "--set", "model.layers=2"],
    [deployments + "llama-3.1-405b-8xh100.yaml", *short, "--advise", "--set", "model.layers=2"],
    [deployments + "llama-3.1-405b-8xh100.yaml", "--set", "precision.weights=bf16"],
]
failures = []


def keys_of(value, key):
    """The keys of a value, indices left out, names that stand for any as in the table. Of a list of lists the innermost."""
    if isinstance(value, list):
        items = [keys_of(each, key + "[]") for each in value if isinstance(each, (dict, list))]
        return (set().union(*items) if value and isinstance(value[0], list) else {key + "[]"}.union(*items)) if value else set()
    found = {key} if key else set()
    if isinstance(value, dict):
        for name, inner in value.items():
            below = f"{key}.{name}" if key else name
            if key not in is_open or row_of(below):  # What an open key has beside its rows is described elsewhere.
                found |= keys_of(inner, below)
    return found


reference = subprocess.run([ringtail, "reference"], cwd=source, check=True, capture_output=True, text=True).stdout
section = reference.split("\n## Keys of results\n")[1].split("\n## ")[0]
table = re.findall(r"^\| `([^`]+)` \|", section, re.M)
if len(set(table)) != len(table):
    failures.append("keys are twice in the table")
patterns = {key: re.compile(re.sub(r"(?<![a-z_])[A-Z]+(?![a-z])", "[^.]+", re.escape(key)) + r"(\\\[\\\])?$") for key in table}
deployment = "provenance.deployment"
is_open = {deployment, deployment + ".parallelism", deployment + ".parallelism.attention", deployment + ".parallelism.ffn", deployment + ".decode",
           "per_replication[].ring_tail", "per_replication[].routing", "per_replication[].kv"}


def row_of(key):
    exact = [each for each in table if each.removesuffix("[]") == key.removesuffix("[]")]
    return exact or [each for each in table if patterns[each].match(key)]


seen = set()
for run in runs:
    done = subprocess.run([ringtail, "simulate", *run, "--format", "json"], cwd=source, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        sys.exit(f"{run}: exit code {done.returncode}: {done.stderr}")
    for key in keys_of(json.loads(done.stdout), ""):
        rows = row_of(key)
        is_new = not seen.issuperset(rows)
        seen.update(rows)
        if not rows:
            failures.append(f"{key} is not in the table: {run[0]}")
        elif is_new and subprocess.run([ringtail, "simulate", "--explain", key], capture_output=True).returncode != 0:
            failures.append(f"--explain {key} fails")
failures += [f"{key} is in the table, but no run has it" for key in table if key not in seen]

unknown = subprocess.run([ringtail, "simulate", "--explain", "step.tpt_s"], capture_output=True, text=True)
if unknown.returncode != 2 or "did you mean step.tpot_s?" not in unknown.stderr:
    failures.append(f"step.tpt_s: {unknown.stderr}")
ends = subprocess.run([ringtail, "simulate", "--explain", "gini"], capture_output=True, text=True)
if ends.returncode != 2 or "did you mean routing.gini?" not in ends.stderr:
    failures.append(f"gini: {ends.stderr}")
group = subprocess.run([ringtail, "simulate", "--explain", "work_s"], capture_output=True, text=True).stdout
if [line.split()[0] for line in group.splitlines() if not line.startswith(" ")] != ["work_s", "work_s.compute", "work_s.hbm"]:
    failures.append(f"work_s: {group}")
print("\n".join(sorted(set(failures))))
sys.exit(bool(failures))
