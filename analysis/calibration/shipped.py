"""What platforms/*.yaml are calibrated on: of all measured kernels, those whose constants the platforms have."""
import collectives
import kernels
import platforms

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
COLLECTIVES = [("collective", "SGLang_CustomAllReduce_graph"), ("dispatch", "DeepEP 0.5.12"),
               ("combine", "DeepEP 0.5.12")]


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


def copy_constants(platform, kind):
    found = platform["gpu"]["kernels"][kind]
    return tuple(platforms.number(found[k]) for k in ("floor", "per_item", "bandwidth"))


def collective_rows(directory):
    classes = {"collective": collectives.all_reduce(directory, platforms.load)}
    for which in ("dispatch", "combine"):
        classes[which] = collectives.low_latency(directory, which)
    for kind, kernel in COLLECTIVES:
        for gpu in (*HOPPER, *BLACKWELL):
            platform = platforms.load(gpu)
            p = copy_constants(platform, kind)
            yield Row(kind, "", gpu, kernel, classes[kind][gpu, kernel],
                      lambda c: collectives.seconds(c, platform, *p))


def two_node_rows(directory):
    """Predicted only: another version of DeepEP than fitted to, between islands."""
    platform = platforms.load("h100-sxm")
    for which in ("dispatch", "combine"):
        cases = [c for c in collectives.low_latency(directory, which)["h100-sxm", "DeepEP 0.5.6.post2"]
                 if c.at["nodes"] == 2]
        p = copy_constants(platform, which)
        yield Row(which, "", "h100-sxm", "DeepEP 0.5.6, two nodes", cases,
                  lambda c: collectives.seconds(c, platform, *p))
