"""How blocks of YAML on a page are checked: what a file is, and how a fragment becomes part of a deployment."""
import yaml

# What fragments are put into, unless a comment names another deployment.
BASE = """name: base of fragments
model: qwen3-30b-a3b
platform: h100-sxm
gpus: 64
parallelism: {attention: {dp: 64}, ffn: {ep: 64}}
precision: {weights: bf16, kv: bf16, activations: bf16, dispatch: bf16, combine: bf16}
decode: {context: 2k, batch: {per_gpu: 8}}
run: {steps: 1, warmup: 0, replications: 1}
"""
# How many keys deep a fragment replaces values of the base: with 2, `decode: {context: 8k}` leaves decode.batch as it is.
DEPTH = {"model": 1, "runtime": 1, "platform": 9}


def flow(node):
    """A node in flow style on one line, scalars as they were written."""
    if isinstance(node, yaml.MappingNode):
        return "{" + ", ".join(f"{flow(key)}: {flow(value)}" for key, value in node.value) + "}"
    if isinstance(node, yaml.SequenceNode):
        return "[" + ", ".join(flow(item) for item in node.value) + "]"
    plain = node.style is None and not any(character in node.value for character in ",[]{}")
    return node.value if plain else '"' + node.value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def settings(node, path=()):
    """(path, value) of all that a fragment sets, as for --set; a key that is there several times has several."""
    if isinstance(node, yaml.MappingNode) and len(path) < DEPTH.get(path[0] if path else "", 2):
        return [setting for key, value in node.value for setting in settings(value, (*path, key.value))]
    return [(".".join(path), flow(node))]


def variants(found):
    """A key that is given several times offers alternatives: lists of settings, each with one of them."""
    values = {}
    for path, value in found:
        values.setdefault(path, []).append(value)
    count = max(len(offered) for offered in values.values())
    return [[f"{path}={offered[min(index, len(offered) - 1)]}" for path, offered in values.items()] for index in range(count)]


def checks(text, file, base, below):
    """Command lines that check a block, which is also in `file`; `below` is a path in the deployment, or empty."""
    root = yaml.compose(text)
    keys = {key.value for key, _ in root.value}
    if {"model", "gpus"} <= keys:
        return [["ringtail", "check", file]]
    if "base" in keys and keys & {"axes", "points"}:
        return [["ringtail", "sweep", file, "--dry-run"]]
    if {"layers", "hidden_size"} <= keys:
        return [["ringtail", "check", base, "--set", f"model={file}"]]
    if {"gpu", "island"} <= keys:
        return [["ringtail", "check", base, "--set", f"platform={file}"]]
    if "figures" in keys:
        return [["ringtail", "validate", file]]
    found = settings(root, (below,) if below else ())
    return [["ringtail", "check", base, *(part for setting in chosen for part in ("--set", setting))] for chosen in variants(found)]
