#!/usr/bin/env python3
"""Ringtail as installed: install.py BUILD_DIR SOURCE_DIR CONFIG CXX.

What `cmake --install` wrote works after it is moved and takes nothing from the source tree; a project of its own links
the library; the Debian package unpacks into an empty folder and works there.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

build, source = (Path(arg).resolve() for arg in sys.argv[1:3])
config, compiler = sys.argv[3:5]
failures: list[str] = []


def expect(condition: bool, what: str) -> None:
    if not condition:
        failures.append(what)


def run(*command: str | Path, env: dict[str, str] | None = None, cwd: Path | str = "/") -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(part) for part in command], env=env, cwd=cwd, capture_output=True, text=True)
    expect(done.returncode == 0, f"{[str(part) for part in command]}: {done.returncode}, {(done.stderr or done.stdout)[-600:]}")
    return done


def reproducible(text: str) -> dict[str, object]:
    """A result without what the simulation itself took."""
    result = json.loads(text)
    result.pop("engine", None)
    return result


def test_files(prefix: Path) -> None:
    """All that is shipped is there, and each shipped deployment finds what it names."""
    data = prefix / "share" / "ringtail"
    for folder in ("platforms", "workloads"):
        wanted = {file.relative_to(source) for kind in ("yaml", "csv") for file in (source / folder).rglob(f"*.{kind}")}
        found = {file.relative_to(data) for file in (data / folder).rglob("*") if file.is_file()}
        expect(wanted == found, f"{folder}: {sorted(map(str, wanted ^ found))}")
    for file in sorted((data / "workloads" / "deployments").glob("*.yaml")):
        checked = subprocess.run([prefix / "bin" / "ringtail", "check", file], env={}, cwd="/", capture_output=True, text=True)
        expect(checked.returncode in (0, 3), f"{file.name}: {checked.stderr[:300]}")
    for file in ("man/man1/ringtail.1", "bash-completion/completions/ringtail", "zsh/site-functions/_ringtail",
                 "doc/ringtail/copyright", "doc/ringtail/README.md", "doc/ringtail/docs/install.md",
                 "ringtail/docs/schema/deployment.json", "ringtail/report/page.html"):
        expect((prefix / "share" / file).is_file(), f"share/{file} is not there")


def test_executable(prefix: Path) -> None:
    """With an empty environment, from the folder /."""
    ringtail = prefix / "bin" / "ringtail"
    data = prefix / "share" / "ringtail"
    deployment = data / "workloads" / "deployments" / "llama-3.1-405b-8xh100.yaml"
    simulate = ["simulate", deployment, "--steps", "1", "--replications", "1", "--format", "json"]
    installed = run(ringtail, *simulate, env={})
    built = run(build / "ringtail", *simulate, env={"RINGTAIL_DATA": str(source)})
    expect(reproducible(installed.stdout) == reproducible(built.stdout), "the installed executable has another result")
    (data / "platforms" / "mi300x.yaml").unlink()
    platforms = run(ringtail, "list", "platforms", env={}).stdout
    expect("h100-sxm" in platforms and "mi300x" not in platforms, "the executable looks elsewhere for its platforms")
    paper = run(ringtail, "paper", "--table", "1", env={}).stdout
    expect("DeepSpeed-MoE" in paper, "the published tables are not installed")


def test_python(prefix: Path) -> None:
    program = "import ringtail; print(ringtail.executable(), ringtail.version())"
    modules = {"PYTHONPATH": str(prefix / "lib" / "python3" / "dist-packages")}
    found = run(sys.executable, "-B", "-c", program, env=modules).stdout.split()
    shown = run(prefix / "bin" / "ringtail", "--version").stdout.split()[1]
    expect(found == [str(prefix / "bin" / "ringtail"), shown], f"the Python package finds {found}")


def test_consumer(prefix: Path, work: Path) -> None:
    consumer = work / "consumer"
    page = (source / "docs" / "install.md").read_text()
    (work / "planner.cpp").write_text(re.findall(r"```cpp\n(.*?)```", page, re.DOTALL)[0])
    run("cmake", "-S", source / "tests" / "integration" / "consumer", "-B", consumer, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DPLANNER={work / 'planner.cpp'}",
        f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_BUILD_TYPE={config}",
        f"-DCMAKE_CXX_FLAGS={flags}")
    run("cmake", "--build", consumer)
    done = run(consumer / "consumer", env={"PATH": os.environ["PATH"]})
    if done.returncode != 0:
        return
    first, rest = done.stdout.split("\n", 1)
    version, batch, tokens = first.split()
    result = json.loads(rest)
    expect(f"ringtail {version}\n" in run(prefix / "bin" / "ringtail", "--version").stdout, "the library is of another version")
    expect(int(batch) == result["capacity"]["batch_total"], "the headline has another batch than the JSON")
    expect(abs(float(tokens) / result["throughput"]["tokens_per_s"] - 1) < 1e-5, "another throughput than the JSON")
    expect("did you mean 'context'" in done.stderr, "the library's error is no diagnostic")
    wrong = subprocess.run([consumer / "planner"], cwd=work, capture_output=True, text=True)
    expect("my.yaml: error: " in wrong.stderr, f"the program of docs/install.md says {wrong.stderr[:300]}")
    text = (source / "workloads" / "deployments" / "llama-3.1-405b-8xh100.yaml").read_text()
    (work / "my.yaml").write_text(text)
    planned = run(consumer / "planner", cwd=work).stdout.splitlines()[0]
    expect(re.fullmatch(r"[0-9.e+]+ tokens/s", planned) is not None, f"the program of docs/install.md prints {planned}")
    # The same deployment on the command line.
    file = work / "same.json"
    file.write_text('{"model": "llama-3.1-8b", "platform": "h100-sxm", "gpus": 1, "decode": {"context": "4k"}}')
    command = run(prefix / "bin" / "ringtail", "simulate", file, "--steps", "2", "--replications", "2", "--format", "json")
    expect(json.loads(command.stdout)["throughput"] == result["throughput"], "the command has another throughput")


def test_package(work: Path) -> None:
    run("cpack", "-G", "DEB", "--config", build / "CPackConfig.cmake", "-C", config, "-B", work / "package", cwd=work)
    packages = list((work / "package").glob("ringtail_*.deb"))
    if len(packages) != 1:
        expect(False, "there is not one Debian package of ringtail")
        return
    depends = run("dpkg-deb", "-f", packages[0], "Depends").stdout
    # dpkg-shlibdeps names what holds the libraries that the executable asks for.
    asked = run("ldd", build / "ringtail").stdout
    for library in ("libsimgrid", "libyaml-cpp", "libspdlog", "libfmt", "libsqlite3", "libstdc++6", "libc6"):
        expect(library in depends, f"the package does not depend on {library}: {depends}")
        expect(library.removesuffix("6") in asked, f"the executable does not ask for {library}")
    expect("mpi" not in depends, f"the package asks for Open MPI: {depends}")
    for package in (work / "package").glob("ringtail-mpi_*.deb"):  # where it was built
        depends = run("dpkg-deb", "-f", package, "Depends").stdout
        expect("libopenmpi" in depends and "ringtail (= " in depends, f"ringtail-mpi depends on {depends}")
    run("dpkg-deb", "-x", packages[0], work / "root")
    test_files(work / "root" / "usr")
    test_executable(work / "root" / "usr")


cache = (build / "CMakeCache.txt").read_text()
# An archive of instrumented objects has to be linked like them.
flags = " ".join(flag for option, flag in (("SANITIZE", "-fsanitize=address,undefined"), ("COVERAGE", "--coverage"))
                 if f"RINGTAIL_{option}:BOOL=ON" in cache)
with tempfile.TemporaryDirectory() as name:
    work = Path(name)
    run("cmake", "--install", build, "--config", config, "--prefix", work / "first")
    (work / "first").rename(work / "moved")
    test_consumer(work / "moved", work)
    test_executable(work / "moved")
    test_python(work / "moved")
    if any((Path(folder) / "dpkg-shlibdeps").exists() for folder in os.environ["PATH"].split(":")):
        test_package(work)
    else:
        print("no dpkg-dev: the Debian package is not made")
for failure in failures:
    print("FAILED", failure)
sys.exit(1 if failures else 0)
