"""What platforms/*.yaml are calibrated on: of all measured kernels, those whose constants the platforms have."""
import collectives
import kernels
import platforms
import replay

HOPPER, BLACKWELL = ("h100-sxm", "h200-sxm"), ("b200-sxm", "gb200-nvl72")
# Kernel class, its key in the platform for each format, and who measured which kernel: GPU -> (format's name, kernel).
KERNELS = [
    ("gemm", "bf16", {g: ("bfloat16", "torch_linear") for g in (*HOPPER, "b200-sxm")}),
    ("gemm", "fp8", {**{g: ("fp8_block", "deepgemm_gemm_nt_f8f8bf16") for g in HOPPER},
                     "b200-sxm": ("fp8", "sgl_kernel_fp8_scaled_mm")}),
    ("gemm", "fp4", {"b200-sxm": ("nvfp4", "flashinfer_cutedsl_nvfp4")}),
    ("grouped_gemm", "fp8", {g: ("fp8_block", "deepgemm masked") for g in (*HOPPER, *BLACKWELL)}),
    *[("attention", d, {**{g: (d, "fa3") for g in HOPPER}, **{g: (d, "trtllm_mha") for g in BLACKWELL}})
      for d in ("bf16", "fp8")],
    *[("latent_attention", d, {**{g: (d, "trtllm default") for g in HOPPER},
                               **{g: (d, "sglang trtllm_mla") for g in BLACKWELL}}) for d in ("bf16", "fp8")],
]
# Kind, kernel, GPUs, and which of a replay's times it is.
COLLECTIVES = [("collective", collectives.GRAPH, (*HOPPER, *BLACKWELL), 0),
               *[(which, collectives.LOW_LATENCY, (*HOPPER, *BLACKWELL), i)
                 for i, which in enumerate(("dispatch", "combine"))],
               *[(f"{mode}.{which}", kernel, (gpu,), i) for mode, kernel, gpu in
                 (("intra", collectives.NORMAL, "h100-sxm"), ("intra", collectives.RACK, "gb200-nvl72"),
                  ("inter", collectives.NORMAL, "h100-sxm")) for i, which in enumerate(("dispatch", "combine"))]]


class Row:
    """One class on one GPU: its cases, and what the platform predicts of them."""

    def __init__(self, kind, dtype, gpu, kernel, cases, predict):
        self.kind, self.dtype, self.gpu, self.kernel, self.cases = kind, dtype, gpu, kernel, cases
        self.predictions = [predict(c) for c in cases]

    def part(self, held):
        pairs = [(p, c.seconds) for p, c in zip(self.predictions, self.cases) if c.held == held]
        return [p for p, _ in pairs], [m for _, m in pairs]


def key_of(kind, dtype, platform):
    """The platform's key of a class in a format: that which the simulator uses."""
    kernels_ = platform["gpu"]["kernels"]
    return f"gpu.kernels.{dtype}.{kind}" if kind in kernels_.get(dtype, {}) else f"gpu.kernels.{kind}"


def kernel_rows(directory):
    for kind, dtype, measured in KERNELS:
        classes = kernels.ALL[kind](directory)
        for gpu, (name, kernel) in measured.items():
            platform = platforms.load(gpu)
            p = platforms.shipped(platform, kind, dtype)
            yield Row(kind, dtype, gpu, kernel, classes[gpu, name, dtype, kernel],
                      lambda c: platforms.seconds(c.works, platform, dtype, kind, p))


def collective_cases(directory):
    """Of each kind: (GPU, kernel) -> cases."""
    found = {"collective": collectives.all_reduce(directory, platforms.load)}
    for which in ("dispatch", "combine"):
        found[which] = collectives.low_latency(directory, which)
        normal = collectives.normal(directory, which)
        found["inter." + which] = {("h100-sxm", collectives.NORMAL): normal["h100-sxm", "inter"]}
        found["intra." + which] = {("h100-sxm", collectives.NORMAL): normal["h100-sxm", "intra"],
                                   **collectives.rack(directory, which)}
    return found


def collective_rows(directory):
    replays, found = replay.recorded(), collective_cases(directory)
    for kind, kernel, gpus, index in COLLECTIVES:
        for gpu in gpus:
            cases = [c for c in found[kind][gpu, kernel] if c.condition]
            yield Row(kind, "", gpu, kernel, cases, lambda c: replays[c.condition][index])


def two_node_rows(directory):
    """Predicted only: another version of DeepEP than fitted to, between islands."""
    replays = replay.recorded()
    for index, which in enumerate(("dispatch", "combine")):
        cases = [c for c in collectives.low_latency(directory, which)["h100-sxm", collectives.TWO_NODES]
                 if c.at["nodes"] == 2]
        yield Row(which, "", "h100-sxm", "DeepEP 0.5.6, two nodes", cases, lambda c: replays[c.condition][index])
