#!/usr/bin/python3
"""JSON Schemas judged by a validator that is not Ringtail's (Debian's python3-jsonschema). Usage: schema.py RINGTAIL SOURCE_DIR

What Ringtail accepts the schemas accept: every shipped file, the platforms of docs/topologies.md, the effective deployments
that results carry. What is wrong in one value or key alone they reject, as Ringtail does: tests/bad.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import jsonschema
import yaml

ringtail, source = sys.argv[1:3]
os.chdir(source)
failures = 0


def fail(text):
    global failures
    failures += 1
    print("FAILED", text)


class Loader(yaml.SafeLoader):
    """YAML 1.2 with the core schema, as editors read it; PyYAML's own is 1.1, where 1e3 is text and `no` is false."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"^(true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$", "-+.0123456789"),
    ("null", r"^(~|null|Null|NULL|)$", ["~", "n", "N", ""]),
]:
    Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))


def run(*arguments):
    return subprocess.run([ringtail, *arguments], capture_output=True, text=True)


validators = {}
for kind in ("deployment", "model", "platform", "runtime", "study"):
    printed = run("schema", kind).stdout
    schema = json.loads(printed)
    jsonschema.Draft7Validator.check_schema(schema)
    validators[kind] = jsonschema.Draft7Validator(schema)
    with open(f"docs/schema/{kind}.json", encoding="utf-8") as committed:
        if committed.read() != printed:
            fail(f"docs/schema/{kind}.json is not what `ringtail schema {kind}` prints: write it anew (CONTRIBUTING.md)")


def errors_of(kind, value):
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in validators[kind].iter_errors(value)]


def accept(kind, name, text):
    for error in errors_of(kind, yaml.load(text, Loader)):
        fail(f"{name}: the schema rejects it: {error}")


def walk(schema, path, visit):
    for key, field in schema.get("properties", {}).items():
        visit(f"{path}.{key}", field)
        walk(field, f"{path}.{key}", visit)
    for way in schema.get("anyOf", []) + schema.get("oneOf", []):
        walk(way, path, visit)
    if "items" in schema:
        walk(schema["items"], path + "[]", visit)


for kind, validator in validators.items():
    def complete(path, field):
        if not field.get("description"):
            fail(f"{kind}{path} has no description")
        if "default" in field and list(jsonschema.Draft7Validator(field).iter_errors(field["default"])):
            fail(f"{kind}{path}: its default is not valid")
    walk(validator.schema, "", complete)

shipped = {
    "platform": glob.glob("platforms/*.yaml"),
    "model": glob.glob("workloads/models/*.yaml"),
    "deployment": glob.glob("workloads/deployments/*.yaml") + glob.glob("analysis/reference/deployments/*.yaml"),
    "runtime": glob.glob("workloads/runtimes/*.yaml"),
    "study": glob.glob("workloads/studies/*.yaml"),
}
for kind, files in shipped.items():
    if not files:
        fail(f"there is no {kind}")
    for file in files:
        with open(file, encoding="utf-8") as stream:
            text = stream.read()
        accept(kind, file, text)
        first = text.split("\n", 1)[0]
        path = first.removeprefix("# yaml-language-server: $schema=")
        wanted = os.path.join("docs/schema", kind + ".json")
        if path == first or os.path.normpath(os.path.join(os.path.dirname(file), path)) != wanted:
            fail(f"{file}: its first line does not point at {wanted}")

with open("docs/topologies.md", encoding="utf-8") as stream:
    for example in re.findall(r"^```yaml\n(name: .*?)^```", stream.read(), re.MULTILINE | re.DOTALL):
        accept("platform", "docs/topologies.md: " + example.split("\n", 1)[0], example)

# Effective deployments have every key written out.
for file in shipped["deployment"]:
    # Two sequences per GPU: a two-batch deployment refuses fewer. They fit everywhere at 4k.
    overrides = ["--set", "decode.batch={per_gpu: 2}", "--set", "decode.context=4k", "--set", "run.warmup=0", "--steps", "1", "--replications", "1", "-q"]
    result = json.loads(run("simulate", file, *overrides, "--format", "json").stdout)
    for error in errors_of("deployment", result["provenance"]["deployment"]):
        fail(f"{file}: the schema rejects the effective deployment: {error}")

# Each has its mistake in one key or value, where a schema can see it.
for name in """batch-number batch-two-keys batch-unknown-key choice degrade-not-a-list empty-name
    fabric-torus-not-a-list fraction-for-count hexadecimal list-at-top missing-keys missing-value negative not-a-number
    out-of-range quoted-number memory-fraction-zero scalar-is-list scalar-is-mapping section-is-list section-is-scalar
    text-at-top unit-kind unit-missing unit-unknown unknown-key unknown-key-nested""".split():
    with open(f"tests/bad/{name}.yaml", encoding="utf-8") as stream:
        if not errors_of("deployment", yaml.load(stream, Loader)):
            fail(f"tests/bad/{name}.yaml: the schema accepts it")

for name in "unknown-key axis-values-no-list baseline-is-list level-without-label set-is-list".split():
    with open(f"tests/bad/studies/{name}.yaml", encoding="utf-8") as stream:
        if not errors_of("study", yaml.load(stream, Loader)):
            fail(f"tests/bad/studies/{name}.yaml: the schema accepts it")

with tempfile.TemporaryDirectory() as work:
    file = os.path.join(work, "d.yaml")
    made = run("init", "--model", "deepseek-v3", "--platform", "h100-sxm", "--gpus", "64", "-o", file)
    if made.returncode != 0:
        fail("init: " + made.stderr)
    else:
        with open(file, encoding="utf-8") as stream:
            text = stream.read()
        accept("deployment", "what init writes", text)
        accept("deployment", "what init writes, with all comments used", re.sub(r"(?m)^#(?=\w|  )", "", text))

print("all passed" if failures == 0 else f"{failures} failures")
sys.exit(failures > 0)
