#!/usr/bin/env python3
"""Does uneven routing cost more or less with long contexts? A notebook as a script: each `# %%` begins a cell."""

# %% The deployment: a small mixture of experts on 16 GPUs, written as a dictionary.
import tempfile
from collections import defaultdict

import ringtail

deployment: "dict[str, ringtail.Yaml]" = {
    "name": "Qwen3-30B-A3B on 16 GPUs",
    "model": "qwen3-30b-a3b",
    "platform": "h100-sxm",
    "gpus": 16,
    "parallelism": {"attention": {"dp": 16}, "ffn": {"ep": 16}},
    "decode": {"context": "1k", "batch": {"per_gpu": 16}},
    "run": {"steps": 2, "warmup": 1, "replications": 3},
}
result = ringtail.simulate(deployment)
print(f"{result['throughput']['tokens_per_s']:.0f} tokens/s; of a step of {1e3 * result['step']['seconds']['mean']:.2f} ms "
      f"{1e3 * result['breakdown_s']['straggler_wait']:.2f} ms are waiting for the slowest GPU")

# %% The study: two popularities of experts at three contexts, with the same seeds.
folder = tempfile.TemporaryDirectory(prefix="skew-and-context-")
study: "dict[str, ringtail.Yaml]" = {
    "name": "Skew and context",
    "base": str(ringtail.write(deployment, f"{folder.name}/deployment.yaml")),
    "axes": [
        {"name": "skew", "path": "routing.popularity", "values": ["uniform", {"lognormal": 0.9}]},
        {"name": "context", "path": "decode.context", "values": ["1k", "8k", "32k"]},
    ],
    "baseline": {"skew": "uniform"},
}
results = ringtail.sweep(study, f"{folder.name}/results")

# %% What skew costs: tokens per second lost, replication by replication, since both have the same draws.
rates: "dict[str, dict[int, dict[str, float]]]" = defaultdict(lambda: defaultdict(dict))
for row in results.rows():
    assert row["outcome"] == "done", row["reason"]
    rates[str(row["context"])][int(row["replication"] or 0)][str(row["skew"])] = float(row["tokens_per_s"] or 0)
cost = {}
for context, replications in rates.items():
    losses = [1 - pair["{lognormal: 0.9}"] / pair["uniform"] for pair in replications.values()]
    cost[context] = sum(losses) / len(losses)
    print(f"context {context:>4}: skew costs {100 * cost[context]:.1f} % of throughput")

# %% The finding.
short, long = cost["1k"], cost["32k"]
direction = "less" if long < short else "more"
print(f"Finding: skewed experts cost {direction} with long contexts, {100 * short:.1f} % at 1k and {100 * long:.1f} % at 32k.")
