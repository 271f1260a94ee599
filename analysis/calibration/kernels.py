"""The measured kernels as cases of the simulator's kernel model, and which of them are held out of the fits.

A case is a list of works, kernels that run one after another; of each: flops, bytes as sim/decode charges them, and the
items that cost `per_item`. The same formulas: sim/decode/stream_writer.cpp (products), attention_block.cpp, moe_block.cpp.
"""
from collections import defaultdict, namedtuple

from reference import rows

US = 1e-6
Work = namedtuple("Work", "kind flops bytes items")
# seconds: measured; held: not fitted to; at: what it is, for the page.
Case = namedtuple("Case", "works seconds held at")

GPUS = {"h100_sxm": "h100-sxm", "h200_sxm": "h200-sxm", "b200_sxm": "b200-sxm", "gb200": "gb200-nvl72"}
BYTES = {"fp4": 0.5625, "fp8": 1.0, "bf16": 2.0}
TILE = 64

HELD = {
    "gemm": "a third of the shapes (n, k), with all their m: those whose places in the sorted lists of n and of k add "
            "up to a multiple of 3",
    "attention": "12, 16, 48 and 96 query heads; batch >= 256; context >= 32768",
    "latent_attention": "batch >= 256; context >= 32768 (of two numbers of heads, 16 is read-bound and 128 "
                        "compute-bound: both are needed)",
    "grouped_gemm": "16 and 128 GPUs (16 and 2 experts on each), and 128 tokens per GPU",
    "fused_moe": "the shapes of qwen3-235b and mixtral-8x22b",
}


def padded(count):
    return -(-count // TILE) * TILE


def gemm(directory):
    """Dense products. Activations are bf16 on both sides, as in the simulator."""
    dtypes = {"bfloat16": "bf16", "fp8": "fp8", "fp8_block": "fp8", "nvfp4": "fp4"}
    table = rows(directory, "aic_gemm.csv")
    ns, ks = (sorted({int(r[x]) for r in table}) for x in "nk")
    classes = defaultdict(list)
    for r in table:
        m, n, k = int(r["m"]), int(r["n"]), int(r["k"])
        work = Work("gemm", 2.0 * padded(m) * n * k, n * k * BYTES[dtypes[r["dtype"]]] + m * (n + k) * 2, k)
        held = (ns.index(n) + ks.index(k)) % 3 == 0
        classes[GPUS[r["system"]], r["dtype"], dtypes[r["dtype"]], r["kernel"]].append(
            Case([work], float(r["latency_us"]) * US, held, {"m": m, "n": n, "k": k}))
    return classes


def attention(directory):
    """Grouped-query decode attention; an item is a token's query head."""
    classes = defaultdict(list)
    for r in rows(directory, "aic_gqa_decode.csv"):
        q, kv, d, b, c = (int(r[x]) for x in ("n_heads", "n_kv", "head_dim", "batch", "context"))
        dtype = "bf16" if r["kv_dtype"] == "bfloat16" else "fp8"
        work = Work("attention", 4.0 * q * d * b * c, b * (c * 2 * kv * d * BYTES[dtype] + 2 * q * d * 2), b * q)
        held = q in (12, 16, 48, 96) or b >= 256 or c >= 32768
        classes[GPUS[r["system"]], dtype, dtype, r["kernel"]].append(
            Case([work], float(r["latency_us"]) * US, held, {"heads": q, "kv": kv, "batch": b, "context": c}))
    return classes


def latent_attention(directory):
    """DeepSeek's latent attention, absorbed: 512 + 64 cached elements per token for all heads."""
    classes = defaultdict(list)
    for r in rows(directory, "aic_mla_decode.csv"):
        q, b, c = (int(r[x]) for x in ("num_heads", "batch", "context"))
        dtype = "bf16" if r["kv_dtype"] == "bfloat16" else "fp8"
        work = Work("latent_attention", 2.0 * q * (2 * 512 + 64) * b * c,
                    b * (c * 576 * BYTES[dtype] + q * (576 + 512) * 2), b * q)
        classes[GPUS[r["system"]], dtype, dtype, r["framework"] + " " + r["kernel"]].append(
            Case([work], float(r["latency_us"]) * US, b >= 256 or c >= 32768, {"heads": q, "batch": b, "context": c}))
    return classes


def expert_layer(dtype, h, f, copies, held_experts, kind, items):
    """Up and gate, activation, down, for `copies` spread evenly over the experts of a GPU; items of each product."""
    touched = min(held_experts, copies)
    rows_ = touched * padded(-(-copies // touched)) if touched else 0
    product = lambda inner, outer: Work(kind, 2.0 * rows_ * inner * outer,
                                        touched * inner * outer * BYTES[dtype] + copies * (inner + outer) * 2,
                                        items)
    return [product(h, 2 * f), Work("memory", 0, copies * 3 * f * 2, 0), product(f, h)]


def grouped_gemm(directory):
    """One GPU's experts of a DeepSeek-V3 layer, DeepGEMM's masked layout, tokens spread evenly."""
    classes = defaultdict(list)
    for r in rows(directory, "aic_sglang_wideep_moe_decode.csv"):
        ep, tokens = int(r["ep_size"]), int(r["tokens_per_gpu"])
        experts = int(r["num_experts"]) // ep
        works = expert_layer("fp8", int(r["hidden"]), int(r["inter"]), tokens * int(r["topk"]), experts,
                             "grouped_gemm", experts)
        classes[GPUS[r["system"]], "fp8_block", "fp8", "deepgemm masked"].append(
            Case(works, float(r["latency_us"]) * US, ep in (16, 128) or tokens == 128,
                 {"gpus": ep, "tokens": tokens, "experts": experts}))
    return classes


SHAPES = {"mixtral-8x7b": (4096, 14336, 2, 8), "mixtral-8x22b": (6144, 16384, 2, 8), "qwen3-235b": (4096, 1536, 8, 128),
          "kimi-k2": (7168, 2048, 8, 384), "llama4-maverick": (5120, 8192, 1, 128)}


def fused_moe(directory):
    """vLLM's fused expert layers of up to 1024 tokens, balanced routing.

    They quantise, sort and sum up all tokens, whichever experts a GPU holds: an item is 1000 elements of a token.
    """
    dtypes = {"bfloat16": "bf16", "fp8_block": "fp8", "nvfp4": "fp4"}
    classes = defaultdict(list)
    for r in rows(directory, "aic_moe_layer.csv"):
        if r["distribution"] != "balanced" or r["dtype"] not in dtypes or r["model_shape"] not in SHAPES:
            continue
        if int(r["num_tokens"]) > 1024:
            continue  # prefill
        h, f, k, experts = SHAPES[r["model_shape"]]
        tokens, tp, ep = int(r["num_tokens"]), int(r["tp"]), int(r["ep"])
        copies = max(1, round(tokens * k / ep))
        works = expert_layer(dtypes[r["dtype"]], h, f // tp, copies, experts // ep, "fused_moe",
                             tokens * h / 1000)
        kernel = "vLLM " + ("triton" if "triton_" in r["kernel"] else
                            "cutlass" if "cutlass" in r["kernel"] else "trtllm")
        classes[GPUS[r["system"]], r["dtype"], dtypes[r["dtype"]], kernel].append(
            Case(works, float(r["latency_us"]) * US, r["model_shape"] in ("qwen3-235b", "mixtral-8x22b"),
                 {"shape": r["model_shape"], "tokens": tokens, "tp": tp, "ep": ep}))
    return classes


ALL = {"gemm": gemm, "attention": attention, "latent_attention": latent_attention, "grouped_gemm": grouped_gemm,
       "fused_moe": fused_moe}
