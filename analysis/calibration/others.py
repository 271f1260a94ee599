"""Kernels that no platform uses: their constants, as others.csv has them."""
import csv
import functools
from pathlib import Path

FILE = Path(__file__).with_name("others.csv")


@functools.lru_cache(maxsize=None)
def lines():
    return list(csv.DictReader(FILE.read_text(encoding="utf-8").splitlines()))


def overrides(condition):
    """The constants of a replay's kernel as PATH=VALUE; none for the platform's own."""
    return [f"platform.gpu.kernels.{line['class']}={{floor: {line['floor_us']}us, per_item: {line['per_item_ns']}ns, "
            f"bandwidth: {line['bandwidth']}}}" for line in lines()
            if condition.kernel and (line["gpu"], line["kernel"]) == (condition.gpu, condition.kernel)]
