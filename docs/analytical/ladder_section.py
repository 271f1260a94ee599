"""The ladder's part of docs/analytical-vs-simulated.md."""

from record import COMMANDS, recorded
from words import claim, ratio, table

CONTEXTS = ["1k", "128k"]


def rates(context, side=0):
    """Rungs of one model with their throughput: [(name, tokens/s)]."""
    rungs = recorded(f"ladder-{context}")["ladders"][side]["rungs"]
    return [(f"{rung['rung']} {rung['name']}", rung["tokens_per_s"]) for rung in rungs]


def ladder_section():
    header = ["rung"]
    for context in CONTEXTS:
        header += [f"{context}: MoE, factor", "dense, factor", "dense / MoE"]
    rows = []
    ratios = {context: recorded(f"ladder-{context}")["ratios"] for context in CONTEXTS}
    for i, first in enumerate(ratios[CONTEXTS[0]]):
        row = [f"{first['rung']} {first['name']}"]
        for context in CONTEXTS:
            for ladder in recorded(f"ladder-{context}")["ladders"]:
                rung = ladder["rungs"][i]
                mark = " *" if rung["order_dependent"] else ""
                row.append(ratio(rung["factor"], 3) + mark)
            row.append(ratio(ratios[context][i]["ratio"], 3))
        rows.append(row)
    limit = max(abs(ladder["limit_error"]) for c in CONTEXTS for ladder in recorded(f"ladder-{c}")["ladders"])
    claim(limit < 1e-9, "the simulation without effects is the formula")
    at = {each["rung"]: each for each in ratios["128k"]}
    claim(at[0]["ratio"] / at[1]["ratio"] > 2, "physical traffic takes most of the lead at 128k")
    steps = sorted(range(2, 11), key=lambda rung: -at[rung]["factor"])
    claim(steps[0] == 8, "real draws raise dense / MoE most")
    moe = {rung["rung"]: rung for rung in recorded("ladder-128k")["ladders"][0]["rungs"]}
    claim(min(moe.values(), key=lambda rung: rung["factor"] or 9)["rung"] == 4, "kernel efficiency costs most")
    return f"""## From one to the other, an effect at a time

With every effect switched off, the simulation *is* the physical formula (here to {limit:.0e}). [The ladder](ladder.md) switches them on one by one, with the same batch and random numbers; a factor is what a rung does to tokens/s.

![The ladder of DeepSeek-V3 at 128k](analytical/ladder.svg)

{table(header, rows)}

{" and ".join(f"`{COMMANDS[f'ladder-{context}']}`" for context in CONTEXTS)}. \\* depends on the order in which effects are switched on; `ringtail compare --ladder` says by how much.

At 128k dense / MoE falls from {ratio(at[0]['ratio'])} to {ratio(at[1]['ratio'])} on one rung, with nothing simulated yet: bytes that are read once are counted once. Kernel efficiency takes most of either model's throughput, {ratio(moe[4]['factor'], 3)} of the
MoE's, and hardly changes their ratio. What does is that routing is drawn: real loads are uneven, all GPUs wait for the busiest, and the dense model, which routes nothing, gains {100 * (at[8]['factor'] - 1):.0f} %. It ends at {ratio(at[10]['ratio'])}."""
