"""The words and tables of docs/analytical-vs-simulated.md. Every number is taken from recorded results, and what the
words say of them is claimed to hold: a page whose words its numbers do not bear out is not made."""

from figures import context_label, table_4, terms
from ladder_section import ladder_section
from record import COMMANDS, CONTEXTS, VERDICTS, recorded
from words import claim, ratio, table


def command(name):
    return f"`{COMMANDS[name]}`"


def share_section():
    rows = []
    for context in CONTEXTS:
        moe, dense = (terms(f"compare-{context}", side)["tokens_per_s"]["ratio"] for side in (0, 1))
        rows.append([context, ratio(moe), ratio(dense)])
    shares = [float(cell) for row in rows for cell in row[1:]]
    claim(max(shares) < 1, "the formula is always faster")
    pairs = recorded("compare-128k")
    at = {each["term"]: each for each in pairs["ratios"]}["tokens_per_s"]
    names = {"compute": "compute", "hbm": "HBM", "exposed_communication": "exposed communication",
             "straggler_wait": "waiting for stragglers", "overhead": "launches and fixed costs", "step": "step"}
    def milliseconds(value):
        return "-" if value is None else f"{1e3 * value:.2f}"
    term_rows = []
    for term, name in names.items():
        cells = [terms("compare-128k", side)[term][key] for side in (0, 1) for key in ("closed_form", "simulated")]
        term_rows.append([name, *map(milliseconds, cells)])
    return f"""## What the formula leaves out

A closed form divides bytes and flops by what the data sheet says. A step of the simulation launches kernels, fills tiles, reaches a fraction of the peaks, draws experts for every token and waits for
the slowest GPU. So the formula is an upper bound, here between {1 / max(shares):.1f} and {1 / min(shares):.1f} times too fast:

{table(["context", "MoE, simulated / formula", "dense, simulated / formula"], rows)}

![Simulated over closed-form throughput by context](analytical/share-of-formula.svg)

{command('compare-128k')} and the same with the other contexts: DeepSeek-V3, experts on 64 GPUs with a Zipf popularity of 0.8, and its dense counterpart with q = 5; each its largest batch, physical switches.
At 128k, in milliseconds per step (the simulated rows are work and waits, which overlap; they do not add up to the step):

{table(["128k", "MoE, formula", "MoE, simulated", "dense, formula", "dense, simulated"], term_rows)}

Where nothing is left out the two are the same number: in the limits that [the closed form](closed-form.md) names, tests hold compute and collectives to 1e-9. So what lies between them is effects, not arithmetic. Much of it
cancels in a ratio of two models, which is why the ratio is closer than either throughput: at 128k the formula has dense / MoE = {ratio(at['closed_form'], 3)}, the simulation {ratio(at['simulated'], 3)}.
What does not cancel is what one model has more of: the MoE's many small kernels, and the waits that uneven experts cause."""


def headline_section():
    rows = []
    for row, cell in table_4():
        rows.append([row, cell["printed"], *(ratio(cell[key]["value"]) for key in ("paper", "physical", "simulated"))])
    by_context = dict(table_4())
    at = {key: by_context["128k"][key]["value"] for key in ("paper", "physical", "simulated")}
    claim(by_context["128k"]["printed"] == "4.5" or float(by_context["128k"]["printed"]) == 4.5, "4.5 is printed")
    claim(at["paper"] > 3 and at["physical"] < 1.3 and at["simulated"] < 1.3, "the lead at 128k is one factor")
    hbm = {cell["row"]: cell for cell in table_5("hbm")}
    moe, dense = hbm["128k, MoE"], hbm["128k, dense"]
    claim(float(moe["printed"]) / float(dense["printed"]) > 5, "433 against 72 is sixfold")
    read = moe["simulated"]["value"] / dense["simulated"]["value"]
    claim(1 < read < 1.2, "the two read about the same per token")
    return f"""## The 4.5 at 128k

The paper's headline is that at a context of 128k the dense model decodes 4.5 times as many tokens. With the printed batches:

{table(["context", "printed", "formula, paper's switches", "formula, physical", "simulated"], rows)}

![Throughput dense over MoE by context](analytical/headline.svg)

{command('paper')}, table 4; `lost` cells were not legible in the copy at hand.

The lead is one factor, counted twice. A decode step reads each expert's weights once from HBM and uses them for all tokens that the router sent there: 244 · 8 / 256 = 7.6 tokens. The printed figures are
those of a token that pays for a 7.6th of *every* expert's weights. But it visits 8 of 256. Per step all experts are read once and serve 244 tokens, so a token pays for a 244th of all
experts, as it does of a dense model's weights. Sparsity lowers the reuse of one expert by E / k and the number of experts that a token pays for by the same E / k.

It shows in table 5, time per token in units of 0.585 µs: HBM of the MoE at 128k is printed {moe['printed']} and of the dense model {dense['printed']}. Read once, it is {ratio(moe['physical']['value'], 1)} and
{ratio(dense['physical']['value'], 1)} by formula, {ratio(moe['simulated']['value'], 1)} and {ratio(dense['simulated']['value'], 1)} simulated, with achieved bandwidth and activations. There is a bound that needs no model: at the largest
batch both models fill the same memory, and no step can read more than the memory holds. So per token the MoE reads at most B_dense / B_MoE = 267 / 244 = 1.09 times as much, not six times.

What is left at 128k is a lead of {100 * (at['simulated'] - 1):.0f} %, and it is not reuse of weights. It is dispatch and combine, the fixed costs of more kernels, and the little that the MoE's weights take from the batch."""


def table_5(quantity):
    cells = next(each for each in recorded("paper")["tables"] if each["table"] == 5)["cells"]
    return [cell for cell in cells if cell["cell"] == quantity]


def words_for(winner):
    return {"moe": "MoE", "dense": "dense", "even": "even", "none": "none"}[winner]


def verdict_rows():
    studies = [("DeepSeek-V3", "qs-given", "qs-fastest")]
    for model, qs in VERDICTS.items():
        name = recorded(f"qs-{model}-q{qs[0]}-given")["model"]
        studies += [(name, f"qs-{model}-q{q}-given", f"qs-{model}-q{q}-fastest") for q in qs]
    for model, given, fastest in studies:
        one, two = recorded(given), recorded(fastest)
        yield model, one, two


def verdict_section():
    rows, right = [], {"given": 0, "fastest": 0}
    studies = list(verdict_rows())
    for model, one, two in studies:
        cells = [f"{model}, q = {one['q']:g}", ratio(one["qs"], 3), words_for(one["predicted"]), ratio(one["here"]["paper"])]
        for study in (one, two):
            here = study["here"]
            right[study["layout"]] += here["winner"] == study["predicted"]
            cells += [ratio(here["simulated"], 3), words_for(here["winner"])]
        rows.append(cells)
    count = len(studies)
    simulated = [study["here"]["simulated"] for _, one, two in studies for study in (one, two)]
    leads = [value if value > 1 else 1 / value for value in simulated]
    break_even = break_even_text()
    claim(right["fastest"] == count and right["given"] == 3, "the inequality fails for two Grok-1 counterparts in one layout")
    return f"""## Who wins

The inequality says: the dense model, if q s < 1. At 128k on 64 GPUs, throughput dense / MoE:

{table(["", "q s", "predicted", "paper's formula", "one layout for both", "winner", "each its fastest layout", "winner"], rows)}

`ringtail qs analysis/reference/deployments/MODEL.yaml --q Q --part verdict --layout given`, and `fastest`; every token routed uniformly, as the formula assumes.

The predicted winner is the simulated one in {right['given']} of {count} cases with the paper's layout for both and in {right['fastest']} of {count} with the layout that is fastest for each. The size of the lead is another matter: at most {max(leads):.2f}.
q s compares the *weights* that two models hold, and at 128k most bytes that a step reads are KV cache, which both models have alike. What q s still decides is how much memory the weights leave for
sequences, if both models are laid out as suits them. In the paper's layout they are not: the dense FFN is split over TP 8 alone and repeated eight times, experts over all 64 GPUs. For Grok-1's counterparts, of 158 to 395 B parameters,
that outweighs q s.

### Where they are even

{break_even}

### Over context and cluster

![Maps of throughput dense over MoE](analytical/map.svg)

{map_text()}"""


def break_even_cell(search, scale=lambda value: f"{value:.3g}"):
    if search["at"] is None:
        winners = {trial["winner"] for trial in search["trials"]} & {"moe", "dense"}
        claim(len(winners) == 1, "one model is ahead throughout")
        return f"none: {words_for(winners.pop())} throughout"
    changes = f", the first of {search['changes']} changes" if search["changes"] > 1 else ""
    return (f"{scale(search['at'])} ± {100 * search['accuracy']:.1f} %: {words_for(search['below'])} below, "
            f"{words_for(search['above'])} above{changes}")


def break_even_text():
    rows = []
    for name, label in (("qs-given", "one layout for both"), ("qs-fastest", "each its fastest")):
        found = recorded(name)["break_even"]
        rows.append([label, break_even_cell(found["q"]), break_even_cell(found["context"], lambda value: f"{value / 1024:.3g}k"),
                     break_even_cell(found["batch"])])
    one_over_s = 1 / recorded("qs-given")["s"]
    at = [recorded(name)["break_even"]["q"]["at"] for name in ("qs-given", "qs-fastest")]
    claim(all(value < one_over_s / 2 for value in at), "the break-even q is less than half of 1/s")
    few = recorded("qs-fastest")
    trial = few["break_even"]["batch"]["trials"][0]
    claim(trial["winner"] == "dense" and trial["physical"] < 1, "a small batch favours the MoE by bytes, the dense model by time")
    return f"""{table(["DeepSeek-V3, 128k, 64 GPUs", "q", "context, tokens", "batch, the same for both"], rows)}

{command('qs-given')} and {command('qs-fastest')}: bisection on the simulation from q = 1 to 2/s, from 1k to 1M tokens, from one sequence to as many as both can hold.

- **q.** The inequality puts the break-even at 1/s = {one_over_s:.0f}. Simulated it is at {at[0]:.3g} or {at[1]:.3g}: a dense model that large computes far more per token than the MoE does, and compute is what q s leaves out.
- **Batch.** Below {few['crossover_batch']:.3g} sequences the MoE touches fewer bytes of FFN weights than its counterpart, so by bytes it should win there. With {trial['moe']['batch']} sequence the physical formula indeed has dense / MoE = {ratio(trial['physical'])}.
  Simulated it is {ratio(trial['simulated'])}: with so few bytes to read, kernels, launches and latencies take the time, and the MoE has more of them."""


def map_text():
    given, fastest = recorded("qs-given")["map"], recorded("qs-fastest")["map"]
    claim(all(cell["winner"] == "dense" for cell in given), "dense wins everywhere with the paper's layout")
    short = [cell for cell in fastest if cell["context"] <= 8192]
    long = [cell for cell in fastest if cell["context"] >= 131072]
    claim(all(cell["winner"] == "moe" for cell in short) and all(cell["winner"] == "dense" for cell in long),
          "the MoE wins up to 8k, the dense model from 128k")
    def span(cells, key="simulated"):
        values = [cell[key] for cell in cells if cell[key]]
        return f"{min(values):.2f} to {max(values):.2f}"
    worst = max(cell["paper"] / cell["simulated"] for cell in fastest if cell["simulated"])
    physical = [cell["physical"] / cell["simulated"] for cell in fastest if cell["simulated"]]
    agree = sum((cell["physical"] > 1) == (cell["simulated"] > 1) for cell in fastest if cell["simulated"])
    sensitivity = [row["simulated"] for name in ("qs-given", "qs-fastest") for row in recorded(name)["sensitivity"]]
    claim(min(sensitivity) > 1, "no change of hardware changes the winner")
    return f"""- **Layout decides more than the formula.** In the paper's layout, with one KV-parallel group over all GPUs, every GPU computes the attention projections of every token. At short contexts that hides what the FFNs cost, and the dense model is
  ahead everywhere ({span(given)}). Give each model the layout that suits it, and up to 8k the MoE is ahead ({span(short)}): batches are large, compute binds, and a token of the MoE computes a third as much. From 128k the dense
  model is ahead ({span(long)}): attention binds, which both have alike, and the MoE's weights take memory. Large clusters narrow that, as they dilute the weights.
- **Small clusters** are where capacity counts: on 16 GPUs the MoE's 671 GB take more than a fifth of all memory, the counterpart's 105 GB little.
- **The paper's formula** is up to {worst:.1f} times the simulated ratio, most on small clusters, where the pool that it charges E / k times too often is a larger part of a GPU. **The physical formula**, of the same layout and batch, is within
  {100 * max(abs(value - 1) for value in physical):.0f} % and names the simulated winner in {agree} of {len(physical)} cells.
- **Hardware.** A quarter more or less HBM capacity, HBM bandwidth, link bandwidth or latency moves dense / MoE between {min(sensitivity):.2f} and {max(sensitivity):.2f} at 128k on 64 GPUs, whichever layout rule; the winner stays."""


def page():
    commands = "\n".join(f"{COMMANDS[name]}" for name in COMMANDS)
    fits = [cell for cell in recorded("qs-fastest")["map"] if cell["simulated"]]
    claim(len(fits) == len(recorded("qs-fastest")["map"]), "every cell of the map fits")
    by_context = dict(table_4())
    simulated = by_context["128k"]["simulated"]["value"]
    return f"""# Analytical and simulated: where a closed form holds, and where not

*The qs Inequality* (Adhinarayanan and Jayasena, arXiv:2603.08960) argues by formula that a mixture of experts (MoE) loses to a dense model of equal quality when it decodes. This page sets that formula beside the simulation. It is made
by a script from recorded results of the commands it names; one command runs them all again and makes it anew:

<!-- not typed: it records results for minutes, as integration.analytical_results does one of them -->
```sh
docs/analytical/make_page.py --record build/release/ringtail
```

**In short**

- The *inequality* is a sound statement about weights: at one batch, with all experts touched, a step of the MoE reads 1 / (q s) times the FFN bytes of its counterpart, and those bytes are missing for sequences.
- The *numbers* made from it are not: as far as the lost equations can be inferred from the tables, the 4.5-fold lead at 128k charges a token for E / k times the weights that it uses. Counted once, and simulated, the dense model is ahead by {100 * (simulated - 1):.0f} % with the printed batches.
- A closed form with *physical* traffic and the *same layout and batch* is a good guide to the ratio of two models and a poor one to the throughput of either.
- What decides in practice is left out of the inequality: compute at short contexts, where the MoE wins; attention and capacity at long ones, where the dense model is slightly ahead; fixed costs at small batches.

Three readings appear throughout. **Paper**: the closed form under the switches that come nearest to the printed tables. **Physical**: the same formula with bytes and flops that GPUs can have. **Simulated**: every kernel,
every transfer and every routed token. [The closed form](closed-form.md) lists the switches, [the printed tables](paper.md) every cell, [ringtail qs](qs.md) how break-evens and maps are made. q is the number of dense parameters as a multiple of the
MoE's active ones at equal quality, s = k / E the fraction of experts that a token visits. All ratios are throughput dense / MoE.

{headline_section()}

{share_section()}

{ladder_section()}

{verdict_section()}

## What rests on a reconstruction

The text of the paper's equations was lost in the copy that this was written from; prose and tables were not, but for single numbers. By their standing:

- **Certain**, each checked by prose or by a printed table: q s < 1, reuse s B, the capacity factor, q from losses, the counterpart's q s P_total parameters.
- **Reconstructed in notation**: the split into FFN, attention and exposed communication, the maximum of compute and HBM time, the largest batch (equations 2 to 4, 7, 8, 12, 13, 19, 20).
- **Fitted here**, not stated there: everything about collectives (formulas, latencies, what hides), the unit of table 5 (found from two of its cells), the latent KV cache counted twice, dense FFNs split over TP alone. All columns called *paper* rest on
  these. That experts are charged E / k times too often is an inference too: of the traffic rules tried, only that one gives a number near the printed 433.
- **Not resting on any of it**: the bound of one sweep of HBM per step, which needs two printed batches, and that both models fill the same memory; and all columns called *physical* and *simulated*, but for the printed batches where they are said to be used.

What is simulated has assumptions of its own: the paper's hardware with measured kernel efficiencies of a B200 ([platforms](platforms.md)), uniform routing unless said otherwise, a counterpart that keeps the MoE's attention and depth,
fixed context. [Limits of the model](design.md#limits-of-the-model).

## Commands

<!-- started: compare paper qs | minutes together -->
```sh
{commands}
```

Each is run with `--format json`; the results are in `docs/analytical/recorded`. A test makes page and figures again from these, byte for byte, and another runs one of the commands and compares.
"""
