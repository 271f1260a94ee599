"""Measured collectives as ringtail simulates them: one layer of a model with the benchmark's sizes, the simulator's own
draws and network.

Dispatch and combine have no masked choice, and the mean over ranks (and 4 steps) of the time from a rank's first kernel
of the collective to its last; experts have one column, so that ranks begin together. Choices are uniform, or as even as
they can be: a token's experts are as far apart as k of them are, the next token's each one further.
"""
import concurrent.futures
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

# mode: ll, intra, inter, or all-reduce; tokens: of a rank; sms: that copy, 0 in mode ll; size: bytes of an all-reduce;
# routing: uniform or even; format: of dispatch; kernel: whose constants (others.csv), those of the platform if empty.
NUMBERS = ("nodes", "gpus", "hidden", "experts", "k", "tokens", "sms", "size")
Condition = namedtuple("Condition", ("gpu", "mode", *NUMBERS, "routing", "format", "kernel"),
                       defaults=(*(0 for _ in NUMBERS), "uniform", "fp8", ""))
RECORD = Path(__file__).with_name("replayed.csv")
HEADER = [*Condition._fields, "dispatch_or_all_reduce_us", "combine_us"]
STEPS = 4
UNIT = 256  # bytes of one token of an all-reduce
ROUTES = "routes.csv"


def even_routes(experts, k):
    """A trace of one token per sequence, in CSV."""
    apart = experts // k
    lines = [f"{t},0,0,{(t + i * apart) % experts}" for t in range(apart) for i in range(k)]
    return "\n".join(["sequence,token,layer,expert", *lines, ""])


def deployment(c):
    """The condition as a deployment: a mapping as in YAML."""
    run = {"steps": STEPS, "warmup": 0, "replications": 1, "seed": 1}
    if c.mode == "all-reduce":
        model = {"layers": 1, "hidden_size": UNIT // 2, "vocab_size": 64,
                 "attention": {"heads": 8, "kv_heads": 8, "head_dim": 16}, "ffn": {"intermediate_size": 64}}
        return {"model": {"name": "all-reduce", **model}, "platform": c.gpu, "gpus": c.gpus,
                "parallelism": {"attention": {"tp": c.gpus}, "ffn": {"tp": c.gpus}},
                "decode": {"context": 16, "batch": {"total": c.size // UNIT}}, "run": {**run, "steps": 1}}
    model = {"layers": 1, "hidden_size": c.hidden, "vocab_size": 64,
             "attention": {"heads": 1, "kv_heads": 1, "head_dim": 64},
             "moe": {"experts": c.experts, "experts_per_token": c.k, "intermediate_size": 1}}
    return {"model": {"name": "exchange", **model}, "platform": c.gpu, "gpus": c.gpus,
            "collectives": {"dispatch": c.mode, **({"dispatch_sms": c.sms} if c.sms else {})},
            "parallelism": {"attention": {"dp": c.gpus}, "ffn": {"ep": c.gpus}},
            **({"routing": {"trace": {"file": ROUTES, "bootstrap": "none"}}} if c.routing == "even" else {}),
            "precision": {"dispatch": c.format}, "decode": {"context": 16, "batch": {"per_gpu": c.tokens}}, "run": run}


def durations(trace, send, receive):
    """Of each rank and occurrence: seconds from the begin of one kernel to the end of the other."""
    begins, found = {}, []
    for event in trace:
        if event.get("cat") != "kernel":
            continue
        if event["name"] == send and event["ph"] == "B":
            begins[event["pid"]] = event["ts"]
        if event["name"] == receive and event["ph"] == "E":
            found.append((event["ts"] - begins.pop(event["pid"])) * 1e-6)
    return found


def simulate(ringtail, condition, overrides=()):
    """Seconds: of an all-reduce, or of dispatch and of combine. overrides: PATH=VALUE as after --set."""
    steps = "0" if condition.mode == "all-reduce" else f"0-{STEPS - 1}"
    with tempfile.TemporaryDirectory() as folder:
        file, trace = os.path.join(folder, "row.yaml"), os.path.join(folder, "trace.json")
        Path(file).write_text(json.dumps(deployment(condition)), encoding="utf-8")
        if condition.routing == "even":
            Path(folder, ROUTES).write_text(even_routes(condition.experts, condition.k), encoding="utf-8")
        command = [ringtail, "simulate", file, "-q", "-j", "1", "--trace", trace, "--trace-steps", steps]
        for change in overrides:
            command += ["--set", change]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{condition}: {done.stderr}")
        events = json.loads(Path(trace).read_text(encoding="utf-8"))["traceEvents"]
    if condition.mode == "all-reduce":
        return (max(durations(events, "collective_send", "collective_receive")),)
    means = []
    for which in ("dispatch", "combine"):
        taken = durations(events, which + "_send", which + "_receive")
        means.append(sum(taken) / len(taken))
    return tuple(means)


def simulate_all(ringtail, conditions, overrides):
    """In the order of the conditions, on all cores. overrides: condition -> its own."""
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(lambda c: simulate(ringtail, c, overrides(c)), conditions))


def line_of(condition, seconds):
    """As in replayed.csv."""
    return [str(x) for x in condition] + [f"{s * 1e6:.6g}" for s in (*seconds, 0.0)[:2]]


def recorded():
    """Condition -> seconds, as replayed.csv has them."""
    with open(RECORD, encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    numbers = lambda line: {key: int(line[key]) for key in NUMBERS}
    return {Condition(**{key: line[key] for key in Condition._fields} | numbers(line)):
            tuple(float(line[key]) * 1e-6 for key in HEADER[-2:]) for line in lines}
