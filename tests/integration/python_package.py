"""The Python package against the executable that RINGTAIL names: python_package.py, with the package in PYTHONPATH."""

import contextlib
import io
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import unittest
import warnings
from pathlib import Path
from statistics import fmean

import ringtail

package = Path(ringtail.__file__).parent
small = {
    "name": "small",
    "model": "qwen3-30b-a3b",
    "platform": "h100-sxm",
    "gpus": 4,
    "parallelism": {"attention": {"dp": 4}, "ffn": {"ep": 4}},
    "decode": {"context": "4k", "batch": {"per_gpu": 4}},
    "run": {"steps": 2, "warmup": 1, "replications": 2},
}
tiny = {
    "model": "llama-3.1-8b",
    "platform": "h100-sxm",
    "gpus": 1,
    "decode": {"context": "4k", "batch": {"total": 1}},
    "run": {"steps": 1, "warmup": 0, "replications": 1},
}


def command(*arguments: str) -> str:
    return subprocess.run([os.environ["RINGTAIL"], *arguments], check=True, capture_output=True, text=True).stdout


def reproducible(result: dict) -> dict:
    """Without what the simulation itself took."""
    return {key: value for key, value in result.items() if key != "engine"}


class Files(unittest.TestCase):
    def test_any_text_is_read_as_it_was_written(self) -> None:
        # Each means something else in plain YAML, or has to be escaped.
        for name in ("a: b # c", "no", "1e3", "'", '"', "back\\slash", "tab\there", "Ω ≤ µ", "{x}", "- y", "*z", "&w", "%t"):
            with tempfile.TemporaryDirectory() as folder:
                file = ringtail.write({**tiny, "name": name}, Path(folder) / "d.json")
                result = json.loads(command("simulate", str(file), "--format", "json"))
            self.assertEqual(result["provenance"]["deployment"]["name"], name)

    def test_numbers_keep_their_value(self) -> None:
        for alpha in (1e-05, 0.1 + 0.2, 0.75):
            result = ringtail.simulate(small, {"routing.popularity": {"zipf": alpha}}, steps=1)
            self.assertEqual(result["provenance"]["deployment"]["routing"]["popularity"], {"zipf": alpha})
        with self.assertRaises(ValueError):
            ringtail.write({"gpus": float("nan")}, os.devnull)


class Commands(unittest.TestCase):
    def test_simulate_is_the_command(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = ringtail.write(small, Path(folder) / "small.json")
            printed = json.loads(command("simulate", str(file), "--format", "json", "--set", "decode.context=8k", "--seed", "7"))
            ours = ringtail.simulate(file, {"decode.context": "8k"}, seed=7, jobs=1)
            self.assertEqual(reproducible(ours), reproducible(printed))
            self.assertEqual(reproducible(ringtail.simulate(small, ["decode.context=8k"], seed=7)), reproducible(printed))

    def test_mistakes_are_diagnostics(self) -> None:
        with self.assertRaises(ringtail.BadInput) as caught:
            ringtail.simulate({**small, "model": "qwen3-30b-a3c"})
        self.assertEqual(caught.exception.exit_code, 2)
        self.assertRegex(str(caught.exception), r"deployment\.json:3:12: error: unknown model 'qwen3-30b-a3c'")
        self.assertIn("did you mean 'qwen3-30b-a3b'", str(caught.exception))
        with self.assertRaises(ringtail.RingtailError):
            ringtail.sweep("no/such/study.yaml", "nowhere")

    def test_what_does_not_fit_is_a_result(self) -> None:
        result = ringtail.simulate(small, {"platform.gpu.hbm.capacity": "5GB", "decode.batch": "max"})
        self.assertFalse(result["feasible"])
        self.assertIn("not even one sequence", result["infeasible_reason"])

    def test_compare_and_routing(self) -> None:
        compared = ringtail.compare(small, small, {"routing.popularity": "balanced"}, closed_form=["paper"])
        first, second = compared["deployments"]
        self.assertEqual(first["terms"], second["terms"])
        load = ringtail.routing(small, ep=[2, 4], seed=3)
        self.assertEqual([size["ep"] for size in load["ep_sizes"]], [2, 4])

    def test_the_executable_that_is_named(self) -> None:
        self.assertEqual(str(ringtail.executable()), os.environ["RINGTAIL"])
        self.assertIn(f"ringtail {ringtail.version()}\n", command("--version"))


class Studies(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        base = ringtail.write(small, Path(cls.folder.name) / "base.json")
        study = {
            "name": "two",
            "base": str(base),
            "axes": [
                {"name": "batch", "path": "decode.batch", "values": [{"per_gpu": 2}, {"per_gpu": 1000000}]},
                {"name": "tokens", "path": "decode.context", "values": [1024, 2048]},
            ],
        }
        cls.study = ringtail.sweep(study, Path(cls.folder.name) / "results", {"run.steps": 1})

    @classmethod
    def tearDownClass(cls) -> None:
        cls.folder.cleanup()

    def test_tables_and_stores_agree(self) -> None:
        points = list(self.study.points())
        self.assertEqual([point["outcome"] for point in points], ["done", "done", "infeasible", "infeasible"])
        rows = self.study.rows()
        # Two replications of the points that are done, a row without figures of the others.
        self.assertEqual(len(rows), 2 * 2 + 2)
        for point in points:
            own = [row for row in rows if row["point"] == point["point"]]
            self.assertEqual({row["tokens"] for row in own}, {point["levels"]["tokens"]})
            self.assertIsInstance(own[0]["tokens"], str)  # a label, though it looks like a number
            if point["outcome"] == "done":
                self.assertEqual([row["replication"] for row in own], [0, 1])
                self.assertEqual(point["result"]["provenance"]["deployment"]["run"]["steps"], 1)
                step = point["result"]["step"]["seconds"]["mean"]
                self.assertAlmostEqual(fmean(row["step_s"] for row in own), step, delta=1e-12 * step)
            else:
                self.assertIsNone(own[0]["step_s"])
                self.assertTrue(own[0]["reason"])
        stored = {point["identity"]: point["outcome"] for point in self.study.stored()}
        self.assertEqual(stored, {point["point"]: point["outcome"] for point in points})
        self.assertEqual([row["point"] for row in self.study.summary()], [point["point"] for point in points])

    def test_frames(self) -> None:
        try:
            import pandas
        except ImportError:
            self.skipTest("no pandas")
        table = ringtail.frame(self.study.rows())
        self.assertIsInstance(table, pandas.DataFrame)
        self.assertEqual(len(table), 6)
        self.assertEqual(table["step_s"].isna().sum(), 2)
        nested = ringtail.frame(point["result"] for point in self.study.points() if point["outcome"] == "done")
        self.assertEqual(list(nested["capacity.batch_total"]), [8, 8])  # 2 sequences on each of 4 GPUs


class Package(unittest.TestCase):
    def test_the_example_ends_in_a_finding(self) -> None:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # the temporary folder of the example
            seen = runpy.run_path(str(package.parent / "examples" / "skew_and_context.py"))
        self.assertRegex(printed.getvalue().splitlines()[-1], r"^Finding: .* (less|more) .* at 1k and .* at 32k\.$")
        # Ringtail's own paired differences to the baseline, over the baseline's mean: equal up to the product of the two
        # relative spreads.
        summary = seen["results"].summary()
        for context, cost in seen["cost"].items():
            even, skewed = (row for row in summary if row["context"] == context)
            loss = -skewed["tokens_per_s_per_gpu_minus_baseline_of_skew"] / even["tokens_per_s_per_gpu"]
            self.assertAlmostEqual(cost, loss, delta=1e-3)

    def test_the_page_runs_as_written(self) -> None:
        page = (package.parents[2] / "docs" / "python.md").read_text()
        program = "".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, "-B", "-c", program], cwd=folder, capture_output=True, text=True)
        if "No module named 'pandas'" in done.stderr:
            self.skipTest("no pandas")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("{per_gpu: 16}", done.stdout)

    def test_types(self) -> None:
        if not shutil.which("mypy"):
            self.skipTest("no mypy")
        folder = tempfile.mkdtemp()
        checked = subprocess.run(
            ["mypy", "--strict", f"--cache-dir={folder}", "--python-version=3.11", str(package), str(package.parent / "examples")],
            env={**os.environ, "MYPYPATH": str(package.parent)}, capture_output=True, text=True,
        )  # fmt: skip
        shutil.rmtree(folder)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_standard_library_only(self) -> None:
        modules = {line.split()[1].split(".")[0] for file in package.glob("*.py") for line in file.read_text().splitlines()
                   if line.startswith(("import ", "from "))}
        self.assertLessEqual(modules, set(sys.stdlib_module_names) | {"ringtail"})


if __name__ == "__main__":
    unittest.main()
