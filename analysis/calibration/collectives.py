"""The measured collectives as cases of the simulator's collective model, and which of them are held out of the fits.

A collective takes about
  launch + floor + items * per_item + (bytes read and written) / (bandwidth * HBM bandwidth)
  + sum over rounds of (latency + the fullest port's bytes / (efficiency * port bandwidth)),
beside each other the NIC's transfers and, where SMs copy, all that a GPU sends / (SMs * sm_copy_rate). It is what the
simulation gives where all ranks begin together and ports are loaded alike (docs/collectives.md); replay.py simulates.
"""
import math
from collections import defaultdict, namedtuple

from kernels import GPUS, US
from platforms import number
from reference import rows
from replay import UNIT, Condition

# items: peers of an all-reduce, experts of dispatch and combine; moved: bytes of HBM; rounds: bytes through the fullest
# port of each; nic: bytes through a NIC beside them; sent: bytes that the SMs of a GPU send in all; condition: of the
# replay, if there is one.
Case = namedtuple("Case", "items moved rounds nic sent seconds held at condition")

HELD = {"all_reduce": "every second size, beginning with the second smallest, so also the largest",
        "dispatch": "every second number of tokens, and the models with 384 and 160 experts",
        "intra": "every second number of tokens",
        "inter": "every second number of tokens, and 8 and 16 SMs"}
GRAPH = "SGLang_CustomAllReduce_graph"
LOW_LATENCY, TWO_NODES, NORMAL = "DeepEP 0.5.12", "DeepEP 0.5.6.post2", "DeepEP 0.5.6, normal"
RACK = "TensorRT-LLM NVLinkTwoSided"
EAGER = {"SGLang_CustomAllReduce_eager": GRAPH, "vLLM_custom_eager": "vLLM_custom_graph"}  # -> the same in a graph
HELD_TOKENS = (2, 8, 16, 32, 64, 128, 160, 512)
LARGEST = 8 << 20  # bytes of an all-reduce: 585 tokens of DeepSeek-V3


def replayed_as(kernel):
    """Condition.kernel: an eager kernel runs as in a graph; the platforms' own have none."""
    kernel = EAGER.get(kernel, kernel)
    return "" if kernel in (GRAPH, RACK) else kernel


def message_of(which, h, element=1.0 + 4 / 128):
    """Bytes of one copy of a token: dispatch with so many per element (fp8 and its scales) and a header; combine in bf16."""
    return h * element + 16 if which == "dispatch" else 2 * h


def all_reduce_rounds(n, size, latency, rate):
    """Bytes out of each port per round: one-shot or two-shot, whichever is estimated to be faster."""
    one, two = [(n - 1) * size], 2 * [(n - 1) / n * size]
    return min((one, two), key=lambda r: sum(latency + b / rate for b in r))


def port(platform):
    """Latency and bandwidth of the way between two GPUs of an island."""
    island = platform["island"]
    return number(island["latency"]), number(island["bandwidth"]) * number(island["efficiency"])


def nic(platform):
    fabric = platform["fabric"]
    return number(fabric["latency"]), number(fabric["bandwidth"]) * number(fabric["efficiency"])


def all_reduce(directory, load):
    """Serving frameworks' all-reduces and NCCL's: classes by GPU and kernel."""
    found = defaultdict(list)
    for r in rows(directory, "aic_custom_allreduce.csv"):
        found[GPUS[r["system"]], r["kernel"]].append(
            (int(r["num_gpus"]), 2 * int(r["message_elems"]), float(r["latency_us"])))
    for r in rows(directory, "aic_nccl.csv"):
        if r["op"] == "all_reduce":
            found[GPUS[r["system"]], "NCCL"].append(
                (int(r["num_gpus"]), int(r["message_bytes"]), float(r["latency_us"])))
    classes = defaultdict(list)
    for (gpu, kernel), measured in found.items():
        latency, rate = port(load(gpu))
        sizes = sorted({s for _, s, _ in measured if s <= LARGEST})
        for n, size, us in measured:
            if size > LARGEST:
                continue
            rounds = all_reduce_rounds(n, size, latency, rate)
            sent = sum(rounds)
            condition = (Condition(gpu, "all-reduce", nodes=1, gpus=n, size=size, kernel=replayed_as(kernel))
                         if size >= UNIT else None)
            classes[gpu, kernel].append(Case(n - 1, sent + sent + min(sent, size), rounds, 0.0, 0.0, us * US,
                                             sizes.index(size) % 2 == 1, {"gpus": n, "bytes": size}, condition))
    return classes


def low_latency(directory, which):
    """DeepEP's low-latency dispatch (fp8) or combine (bf16): uniform routing, the mean over ranks, no masked choices.

    A message per token and expert: a token's k choices fall on all GPUs alike. With one node the fit's cases; with two,
    what it predicts.
    """
    classes = defaultdict(list)
    for r in rows(directory, "aic_deepep_lowlatency.csv"):
        n, nodes, h, k, tokens = (int(r[x]) for x in ("ep_size", "node_num", "hidden", "topk", "tokens_per_gpu"))
        if tokens > 1024:
            continue
        copies = tokens * k
        message = message_of(which, h)
        if which == "dispatch":
            moved = tokens * 2 * h + copies * message + (copies + copies) * message
        else:
            moved = copies * 2 * h + copies * message + copies * message + tokens * 2 * h
        island = n // nodes
        outside, inside = copies * (n - island) / n * message, copies * (island - 1) / n * message
        held = nodes > 1 or int(r["num_experts"]) in (384, 160) or tokens in (2, 8, 32, 128, 512)
        gpu, experts = GPUS[r["system"]], int(r["num_experts"])
        classes[gpu, f"DeepEP {r['collector']}"].append(
            Case(experts, moved, [inside], outside, 0.0, float(r[f"{which}_us"]) * US, held,
                 {"gpus": n, "nodes": nodes, "hidden": h, "k": k, "tokens": tokens},
                 Condition(gpu, "ll", nodes, n, h, experts, k, tokens)))
    return classes


def normal(directory, which):
    """DeepEP's normal kernels, SMs copying: dispatch (fp8) or combine (bf16) with the exchange of counts before, uniform
    routing. A message per token and GPU of the own node, and per token and other node, where it is passed on. Inside one
    node the 20 SMs measured fill the ports, so no limit of theirs is simulated."""
    classes = defaultdict(list)
    for r in rows(directory, "aic_deepep_normal.csv"):
        nodes, h, tokens, k, experts, sms = (int(r[x]) for x in ("node_num", "hidden_size", "num_token", "num_topk",
                                                                 "num_experts", which + "_sms"))
        if tokens > 1024:
            continue
        gpus = 8 * nodes
        hit = lambda held: 1 - math.comb(experts - held, k) / math.comb(experts, k)
        on_gpu, on_node = hit(experts // gpus), hit(experts // nodes)
        direct, far = tokens * 7 * on_gpu, tokens * (nodes - 1) * on_node
        forwarded = tokens * (nodes - 1) * 7 * on_gpu
        message = message_of(which, h)
        sent = direct + far + forwarded
        moved = tokens * 2 * h + tokens * k * (message if which == "dispatch" else 2 * h) + (2 * sent) * message
        classes["h100-sxm", "inter" if nodes > 1 else "intra"].append(
            Case(experts, moved, [(direct + forwarded) * message], far * message, sent * message,
                 (float(r[which + "_transmit_us"]) + float(r[which + "_notify_us"])) * US,
                 tokens in HELD_TOKENS or (nodes > 1 and sms in (8, 16)),
                 {"gpus": gpus, "nodes": nodes, "SMs": sms, "tokens": tokens},
                 Condition("h100-sxm", "inter" if nodes > 1 else "intra", nodes, gpus, h, experts, k, tokens,
                           sms if nodes > 1 else 0)))
    return classes


FORMATS = {"bfloat16": ("bf16", 2.0), "fp8": ("fp8", 1.0 + 4 / 128), "nvfp4": ("fp4", 0.5625)}  # bytes with scales


def rack(directory, which):
    """TensorRT-LLM's all-to-alls in a GB200 NVL72, 2 to 8 GPUs, by kernel: one copy per token and GPU, all GPUs chosen.
    Where a kernel prepares first, that is a part of its dispatch."""
    measured = {(r["kernel"], r["op"], r["dtype"], int(r["ep_size"]), int(r["tokens_per_gpu"])): r
                for r in rows(directory, "aic_gb200_nvl72_alltoall.csv") if int(r["tokens_per_gpu"]) <= 1024}
    counts = sorted({tokens for *_, tokens in measured})
    classes = defaultdict(list)
    for (kernel, op, dtype, n, tokens), r in measured.items():
        if op != "alltoall_" + which:
            continue
        before = measured.get((kernel, "alltoall_prepare", dtype, n, tokens)) if which == "dispatch" else None
        us = float(r["latency_us"]) + (float(before["latency_us"]) if before else 0.0)
        h, k, experts = (int(r[x]) for x in ("hidden", "topk", "num_experts"))
        name, element = FORMATS[dtype]
        message = message_of(which, h, element)
        copies = tokens * min(n, k)
        moved = tokens * 2 * h + tokens * k * (message if which == "dispatch" else 2 * h) + 2 * copies * message
        key = "TensorRT-LLM " + kernel
        classes["gb200-nvl72", key].append(
            Case(n - 1, moved, [copies * (n - 1) / n * message], 0.0, 0.0, us * US, counts.index(tokens) % 2 == 1,
                 {"gpus": n, "format": name, "tokens": tokens},
                 Condition("gb200-nvl72", "intra", 1, n, h, experts, k, tokens, routing="even", format=name,
                           kernel=replayed_as(key))))
    return classes


def seconds(case, platform, floor, item, bandwidth, sm_copy_rate=0.0):
    launch, hbm = number(platform["gpu"]["launch_overhead"]), number(platform["gpu"]["hbm"]["bandwidth"])
    latency, rate = port(platform)
    transfers = sum(latency + b / rate for b in case.rounds)
    if case.nic:
        far, narrow = nic(platform)
        transfers = max(transfers, far + case.nic / narrow)
    if case.sent and sm_copy_rate:
        transfers = max(transfers, latency + case.sent / (case.at["SMs"] * sm_copy_rate))
    return launch + floor + case.items * item + case.moved / (min(1, bandwidth) * hbm) + transfers


def measured_conditions(directory, load):
    """Those that platforms and others.csv are calibrated on or compared with, each once."""
    cases = [c for found in all_reduce(directory, load).values() for c in found]
    for (gpu, kernel), found in low_latency(directory, "dispatch").items():
        cases += [c for c in found if kernel == LOW_LATENCY or (kernel == TWO_NODES and c.at["nodes"] > 1)]
    cases += [c for find in (normal, rack) for found in find(directory, "dispatch").values() for c in found]
    return sorted({c.condition for c in cases if c.condition})
