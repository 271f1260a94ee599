"""Write deployments, run `ringtail`, read results and studies: docs/python.md.

    import ringtail
    result = ringtail.simulate({"model": "llama-3.1-8b", "platform": "h100-sxm", "gpus": 1,
                                "decode": {"context": "16k"}})
    print(result["throughput"]["tokens_per_s"])
"""

from ringtail.commands import compare, routing, simulate, sweep
from ringtail.errors import BadInput, RingtailError
from ringtail.executable import executable, version
from ringtail.files import Yaml, write
from ringtail.results import Study, flat, frame, read

__all__ = [
    "BadInput", "RingtailError", "Study", "Yaml", "compare", "executable", "flat", "frame", "read", "routing", "simulate",
    "sweep", "version", "write",
]  # fmt: skip
