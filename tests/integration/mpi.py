#!/usr/bin/env python3
"""ringtail-mpi from outside: the tables of results are those of ringtail sweep, byte for byte, with any number of processes and whatever
is killed on the way. Usage: mpi.py RINGTAIL SOURCE_DIR ROUNDS. Exit code 77: there is no mpirun here."""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from sweeping import is_alive, processes, tables, wait_gone, words_of, write

ringtail, source, rounds = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), int(sys.argv[3])
program = ringtail + "-mpi"
if not os.path.exists(program) or not shutil.which("mpirun"):
    print("skipped: no Open MPI here (libopenmpi-dev, openmpi-bin)")
    sys.exit(77)
os.environ.update(RINGTAIL_DATA=os.path.join(source, "tests/bad/data"), OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
failures = 0
random.seed(1)
work = tempfile.TemporaryDirectory()
os.chdir(work.name)


def check(condition, message):
    global failures
    if not condition:
        failures += 1
        print("FAILED", message)


def mpirun(ranks, *arguments):
    return ["mpirun", "-np", str(ranks), "--oversubscribe", program, *arguments]


def run(command, code=0):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    check(done.returncode == code, f"{' '.join(command)}: exit code {done.returncode}, expected {code}: {done.stderr[-800:]}")
    return done


write("s.yaml", """base: tiny
axes:
  - {name: skew, path: routing.popularity, values: [uniform, {zipf: 0.7}]}
  - {name: steps, path: run.steps, values: [2, 100, 40]}
  - {name: batch, path: decode.batch, values: [{total: 64}, {total: 1000000000}]}
baseline: {skew: uniform}
""")
run([ringtail, "sweep", "s.yaml", "-o", "calm", "-j", "1"])
calm = tables("calm")

# One process, four, and more than there are points to simulate.
for ranks in (1, 4, 9):
    done = run(mpirun(ranks, "s.yaml", "-o", f"ranks{ranks}"))
    check("TPOT" in done.stdout and "12 points: 6 done, 6 infeasible" in done.stderr, f"{ranks} processes: no summary")
    check(tables(f"ranks{ranks}") == calm, f"{ranks} processes give other tables")
again = run(mpirun(2, "s.yaml", "-o", "ranks4"))
check("12 of 12 points are there already" in again.stderr, "a finished study is simulated again")
check("12 points, about" in run(mpirun(2, "s.yaml", "-o", "dry", "--dry-run")).stdout, "--dry-run does not list")
write("empty.yaml", "base: tiny\npoints: []\n")
run(mpirun(2, "empty.yaml", "-o", "empty"))
check(tables("empty")["results.csv"].count(b"\n") == 1, "an empty study is no empty table")

# Points that fail or hang are outcomes here too, and limits reach the workers.
write("ill.yaml", """base: tiny
points:
  - {label: fails, set: {platform.gpu.kernels.gemm.compute: 1e-320}}
  - {label: hangs, set: {run.steps: 100000}}
  - {label: works}
""")
ill = run(mpirun(2, "ill.yaml", "-o", "ill", "--timeout", "1"))
check("1 done, 1 failed, 1 timeout" in ill.stderr and "not done after 1 s" in ill.stderr, "ill points are not outcomes")
run([ringtail, "sweep", "ill.yaml", "-o", "ill-calm", "--timeout", "1"])
check(tables("ill") == tables("ill-calm"), "ill points have other outcomes than without MPI")

# Mistakes end the job with the exit code of ringtail sweep.
for option in (("-j", "2"), ("--shard", "1/2")):
    check("neither -j nor --shard" in run(mpirun(2, "s.yaml", *option), code=2).stderr, f"{option} are not refused")
write("wrong.yaml", "base: tiny\naxes: [{name: a, path: decode.contxt, values: [1k]}]\n")
check("did you mean 'context'" in run(mpirun(2, "wrong.yaml"), code=2).stderr, "a mistake in a study is not told")

# kill -9 at random moments. Of a point's process or its worker: that point's outcome, which --retry-failed mends. Of the manager, of a
# rank, or of all: the job ends, leaves no process, and the same command goes on.
kinds = {
    "worker": lambda words: "worker" in words,
    "manager": lambda words: "--remote-workers" in words,
    "rank": lambda words: words[0] == program,
    "job": lambda words: words[0] == "mpirun",
}
struck = dict.fromkeys(kinds, 0)
for round_ in range(rounds):
    for kind, is_meant in kinds.items():
        folder = f"{kind}{round_}"
        job = subprocess.Popen(mpirun(2, "s.yaml", "-o", folder, "--timeout", "60"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while job.poll() is None and not any(kinds["worker"](words_of(pid)) for pid in processes(job.pid)):
            time.sleep(0.005)
        time.sleep(random.uniform(0, 0.3))
        everybody = processes(job.pid)
        meant = [pid for pid in [*everybody, job.pid] if is_alive(pid) and is_meant(words_of(pid))]
        if job.poll() is None and meant:
            os.kill(random.choice(meant), signal.SIGKILL)
            struck[kind] += 1
        code = job.wait(timeout=120)
        check(kind == "worker" or code != 0 or tables(folder) == calm, f"kill -9 of a {kind}: exit code 0 without results")
        check(kind != "worker" or code == 0, f"kill -9 of a worker ended the job: exit code {code}")
        check(wait_gone(everybody), f"kill -9 of a {kind}: processes are left")
        run(mpirun(2, "s.yaml", "-o", folder, "-q", "--retry-failed"))
        check(tables(folder) == calm, f"kill -9 of a {kind}, round {round_}: other tables")
check(all(struck.values()), f"something was never killed: {struck}")

print("all passed" if failures == 0 else f"{failures} failures", f"(killed: {struck})")
os.chdir("/")
sys.exit(failures > 0)
