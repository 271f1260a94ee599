"""Platforms as the calibration needs them: nominal figures and kernel classes, and the simulator's kernel model."""
import functools
import re

import yaml

from reference import PROJECT

UNITS = {"": 1, "s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "GB/s": 1e9, "TB/s": 1e12, "TFLOPS": 1e12}


@functools.lru_cache(maxsize=None)
def number(value):
    """A quantity of a platform file, in SI units."""
    if isinstance(value, (int, float)):
        return float(value)
    digits, unit = re.fullmatch(r"([-+0-9.eE]+?)\s*([A-Za-z/]*)", value.strip()).groups()
    return float(digits) * UNITS[unit]


@functools.lru_cache
def load(name):
    return yaml.safe_load((PROJECT / "platforms" / f"{name}.yaml").read_text(encoding="utf-8"))


def shipped(platform, kind, dtype):
    """(compute, bandwidth, floor, per_item) of a class in a format, as the simulator looks it up (platform.hpp)."""
    kernels = platform["gpu"]["kernels"]
    names = [kind, "attention"] if kind == "latent_attention" else [kind]
    tables = [kernels.get(dtype, {}), kernels]
    for name in names:
        for table in tables:
            if name in table:
                found = table[name]
                return tuple(number(found.get(k, d)) for k, d in
                             (("compute", 1), ("bandwidth", 1), ("floor", 0), ("per_item", 0)))
    return 1.0, 1.0, 0.0, 0.0


def seconds(works, platform, dtype, kind, parameters):
    """Works one after another: those of `kind` with these (compute, bandwidth, floor, per_item), others as shipped."""
    gpu = platform["gpu"]
    launch, hbm = number(gpu["launch_overhead"]), number(gpu["hbm"]["bandwidth"])
    peak = number(gpu["peak"][dtype])
    total = 0.0
    for work in works:
        compute, bandwidth, floor, item = parameters if work.kind == kind else shipped(platform, work.kind, dtype)
        total += launch + floor + work.items * item + max(work.flops / (compute * peak), work.bytes / (bandwidth * hbm))
    return total
