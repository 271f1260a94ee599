#!/usr/bin/env python3
"""walkthrough.py finds what is wrong with a page: bad_page.py RINGTAIL SOURCE_DIR. Each block of the first page has one mistake, those of
the second have none."""
import os
import subprocess
import sys
import tempfile

ringtail, source = sys.argv[1:]
walkthrough = os.path.join(os.path.dirname(os.path.abspath(__file__)), "walkthrough.py")
simulate = "ringtail simulate workloads/deployments/deepseek-v3-1024.yaml"
mistakes = [  # block with comments, what is said of it
    ("```\nringtail list\n```", "nobody checks blocks of ''"),
    ("```text\n a drawing, but nothing says so\n```", "nobody checks blocks of 'text'"),
    ("```sh\nringtail list modles\n```", "exit code 2"),
    ("```console\n$ echo one two\none three\n```", "shows another output"),
    ("```console\n$ seq 4\n1\n...\n3\n```", "shows another output"),
    ("```usage\nringtail simulate FILE [--stepps N]\n```", "has no --stepps"),
    ("```yaml\ndecode: {contxt: 4k}\n```", "unknown key 'contxt'"),
    # The second of two alternatives.
    ("```yaml\ndecode:\n  context: 4k\n  context: 4 GB\n```", "not a size in bytes"),
    ("```yaml\nbase: qwen3-30b-a3b-64\naxes: [{name: n, path: run.stepz, values: [1]}]\n```", "run.stepz"),
    ("<!-- below: platform -->\n```yaml\ngpu: {hmb: {capacity: 80 GB}}\n```", "unknown key 'hmb'"),
    ("<!-- started: simulate | long -->\n```sh\n" + simulate + " --set gpus=7\n```", "gpus = 7"),
    ("<!-- shortened: list --nonsense | short -->\n```sh\nringtail list models\n```", "exit code 2"),
    ("<!-- not typed: no time -->\n```sh\nscripts/no_such_script\n```", "there is no scripts/no_such_script"),
    ("<!-- not typed: no time -->\n```sh\nif true\n```", "syntax error"),
    ("<!-- elsewhere: integration.nothing | it has it -->\n```python\nprint(1)\n```", "there is no test integration.nothing"),
]
fine = ["```sh\nringtail list models >models.txt\n```", "```console\n$ head -n 1 models.txt | wc -l\n1\n```",
        "<!-- started: simulate | long -->\n```sh\n" + simulate + "   # a minute\n```",
        "<!-- needs: no-such-program -->\n```sh\nno-such-program\n```", "<!-- not typed: a drawing -->\n```text\n/\\\n```",
        "<!-- given: mine.yaml = workloads/deployments/grok-1-64.yaml -->\n```sh\nringtail check mine.yaml\n```", "```yaml\ndecode:\n  context: 4k\n  context: {uniform: [1k, 2k]}\n```"]  # fmt: skip


def walk(page, blocks):
    with open(page, "w", encoding="utf-8") as stream:
        stream.write("# A page\n\n" + "\n\nand\n\n".join(blocks) + "\n")
    return subprocess.run([walkthrough, ringtail, source, page], capture_output=True, text=True)


failures = 0
with tempfile.TemporaryDirectory() as folder:
    bad = walk(os.path.join(folder, "bad.md"), [block for block, _ in mistakes])
    reports = bad.stdout.split("FAILED ")[1:]
    if bad.returncode != 1 or len(reports) != len(mistakes):
        failures += 1
        print(f"FAILED {len(reports)} reports of {len(mistakes)} mistakes\n{bad.stdout}{bad.stderr}")
    for (block, said), report in zip(mistakes, reports):
        if said not in report:
            failures += 1
            print(f"FAILED of\n{block}\nis not said '{said}' but\n{report}")
    good = walk(os.path.join(folder, "good.md"), fine)
    if good.returncode != 0:
        failures += 1
        print(f"FAILED a page without mistakes\n{good.stdout}{good.stderr}")
    for lost in ("<!-- shortenedd: a b | c -->\n```sh\ntrue\n```", "<!-- not typed: of nothing -->\nText."):
        if walk(os.path.join(folder, "lost.md"), [lost]).returncode == 0:
            failures += 1
            print(f"FAILED a comment that means nothing is taken\n{lost}")
sys.exit(failures > 0)
