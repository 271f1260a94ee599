"""The figures of docs/analytical-vs-simulated.md, from recorded results."""

from record import CONTEXTS, recorded
from ladder_section import rates
from svg import line_chart, ratio_maps, waterfall

K = 1024
CONTEXT_TICKS = [(K, "1k"), (8 * K, "8k"), (32 * K, "32k"), (128 * K, "128k"), (K * K, "1M")]


def terms(name, side):
    """Terms of one side of a comparison by name."""
    return {term["term"]: term for term in recorded(name)["deployments"][side]["terms"]}


def context_tokens(context):
    return int(context[:-1]) * {"k": K, "M": K * K}[context[-1]]


def share_of_formula():
    """Simulated throughput / the closed form's, by context."""
    def points(side):
        return [(context_tokens(c), terms(f"compare-{c}", side)["tokens_per_s"]["ratio"]) for c in CONTEXTS]
    return line_chart("What the simulation leaves of the closed form's throughput", "context, tokens",
                      "simulated / closed form", [("MoE", points(0), False), ("dense, q = 5", points(1), False)],
                      CONTEXT_TICKS, [(0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1, "1")])


def table_4():
    """Rows of the printed table 4: context and the cells of its speed-up."""
    cells = next(table for table in recorded("paper")["tables"] if table["table"] == 4)["cells"]
    return [(cell["row"], cell) for cell in cells if cell["cell"] == "speedup"]


def headline():
    """Dense / MoE by context: printed, and by three readings."""
    rows = [(context_tokens(row), cell) for row, cell in table_4()]
    def points(key):
        return [(x, cell[key]["value"]) for x, cell in rows if cell[key]["value"]]
    printed = [(x, float(cell["printed"])) for x, cell in rows if cell["printed"] not in ("lost", "absent")]
    ticks = CONTEXT_TICKS[:1] + [(16 * K, "16k"), (128 * K, "128k"), (K * K, "1M"), (16 * K * K, "16M")]
    return line_chart("DeepSeek-V3 and its dense counterpart on 64 GPUs, printed batches", "context, tokens",
                      "throughput dense / MoE",
                      [("printed", printed, True), ("formula, paper's switches", points("paper"), False),
                       ("formula, physical", points("physical"), False), ("simulated", points("simulated"), False)],
                      ticks, [(0.8, "0.8"), (1, "1"), (2, "2"), (3, "3"), (4, "4"), (6, "6")], y_logarithmic=True)


def context_label(tokens):
    return f"{tokens // (K * K)}M" if tokens % (K * K) == 0 else f"{tokens // K}k"


def maps():
    """Dense / MoE over context and number of GPUs, by reading and layout."""
    def cells(name, key):
        return {(cell["gpus"], context_label(cell["context"])): cell[key] for cell in recorded(name)["map"]}
    first = recorded("qs-given")["map"]
    columns = sorted({cell["gpus"] for cell in first})
    rows = [context_label(tokens) for tokens in sorted({cell["context"] for cell in first})]
    shown = [("the paper's formula", cells("qs-given", "paper")),
             ("simulated, one layout for both", cells("qs-given", "simulated")),
             ("simulated, each its fastest layout", cells("qs-fastest", "simulated"))]
    return ratio_maps("DeepSeek-V3, q = 5: throughput dense / MoE", shown, columns, rows, "GPUs", "context")


def ladder():
    """Throughput of the MoE at 128k from rung to rung."""
    return waterfall("DeepSeek-V3 at 128k, from the paper's closed form to the simulation", "thousand tokens/s",
                     [(name, rate / 1e3) for name, rate in rates("128k")])


FIGURES = {"share-of-formula": share_of_formula, "headline": headline, "map": maps, "ladder": ladder}
