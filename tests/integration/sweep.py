#!/usr/bin/env python3
"""ringtail sweep and merge from outside: whatever ends a sweep, what is finished is kept, and the tables of results are in the end those
of a run that nothing disturbed, byte for byte. Usage: sweep.py RINGTAIL SOURCE_DIR ROUNDS"""
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time

from sweeping import processes, tables, wait_gone, write

ringtail, source, rounds = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), int(sys.argv[3])
os.environ["RINGTAIL_DATA"] = os.path.join(source, "tests/bad/data")
for name in list(os.environ):
    if name.startswith(("SLURM_", "OMPI_")):
        del os.environ[name]
failures = 0
random.seed(1)
work = tempfile.TemporaryDirectory()
os.chdir(work.name)


def fail(message):
    global failures
    failures += 1
    print("FAILED", message)


def check(condition, message):
    if not condition:
        fail(message)


def run(*arguments, code=0, **options):
    done = subprocess.run([ringtail, *arguments], capture_output=True, text=True, **options)
    check(done.returncode == code, f"{' '.join(arguments)}: exit code {done.returncode}, expected {code}: {done.stderr[-500:]}")
    return done


def start(*arguments):
    return subprocess.Popen([ringtail, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def wait_started(sweep):
    """Returns once points are being simulated, or the sweep has ended."""
    while sweep.poll() is None and not processes(sweep.pid):
        time.sleep(0.002)


study = """base: tiny
axes:
  - {name: skew, path: routing.popularity, values: [uniform, {zipf: 0.7}]}
  - {name: steps, path: run.steps, values: [2, 100, 40]}
  - {name: batch, path: decode.batch, values: [{total: 64}, {total: 1000000000}]}
baseline: {skew: uniform}
"""
write("s.yaml", study)

# -j changes nothing; half of the points do not fit, which is their outcome.
run("sweep", "s.yaml", "-o", "calm", "-j", "1")
calm = tables("calm")
check(calm["results.csv"].count(b",infeasible,") == 6, "infeasible points are not outcomes")
check(calm["results.csv"].count(b",done,") == 12, "two replications of six points are not there")
run("sweep", "s.yaml", "-o", "three", "-j", "3")
check(tables("three") == calm, "-j 3 gives other tables than -j 1")
check(b"-j" not in calm["results.csv"], "tables know of -j")

# Every column is explained.
docs = ""
for page in ("studies", "reference"):
    with open(os.path.join(source, f"docs/{page}.md"), encoding="utf-8") as stream:
        docs += stream.read()
for column in calm["results.csv"].decode().split("\n", 1)[0].split(","):
    check(column in ("skew", "steps", "batch") or f"`{column}`" in docs, f"docs/studies.md and reference.md do not explain {column}")

# The same command again does nothing; neither does it change anything.
again = run("sweep", "s.yaml", "-o", "three")
check("12 of 12 points are there already" in again.stderr, "a finished sweep does not say that it is finished")
check(tables("three") == calm, "a second run changed the tables")
check("TPOT" in run("sweep", "s.yaml", "-o", "three", "--summary").stdout, "no summary")
dry = run("sweep", "s.yaml", "--dry-run", "-o", "dry")
check("12 points, about" in dry.stdout and not os.path.exists("dry"), "--dry-run does not list, or writes something")

# Shards in any order, more of them than points, from folders of their own; by Slurm's environment too.
for count in (1, 3, 20):
    for index in random.sample(range(1, count + 1), count):
        run("sweep", "s.yaml", "-o", f"shards{count}", "--shard", f"{index}/{count}")
    run("merge", "s.yaml", "-o", f"shards{count}")
    check(tables(f"shards{count}") == calm, f"{count} shards give other tables")
for index in range(2):
    os.environ.update(SLURM_PROCID=str(index), SLURM_NTASKS="2")
    run("sweep", "s.yaml", "-o", f"slurm{index}", "--shard", "env")
    del os.environ["SLURM_PROCID"]
half = run("merge", "s.yaml", "slurm1", "-o", "slurm", code=1)
check("6 missing" in half.stderr, "a merge does not say what is missing")
run("merge", "s.yaml", "slurm1", "slurm0", "-o", "slurm")
check(tables("slurm") == calm, "shards by the environment give other tables")
run("sweep", "s.yaml", "--shard", "3/2", code=2)
run("sweep", "s.yaml", "--shard", "env", code=2)
run("sweep", "s.yaml", "--memory", "much", code=2)

# kill -9 of the whole sweep at random moments, until it comes to its end.
kills = 0
for round_ in range(rounds):
    folder = f"killed{round_}"
    for attempt in range(3):
        sweep = start("sweep", "s.yaml", "-o", folder, "-j", "2", "-q")
        if attempt < 2:  # the third time at any moment, also before there is a store
            wait_started(sweep)
        try:
            sweep.wait(timeout=random.uniform(0, 0.4))
            break
        except subprocess.TimeoutExpired:
            below = processes(sweep.pid)
            sweep.kill()
            sweep.wait()
            kills += 1
            check(wait_gone(below), "processes outlive their killed sweep")
    run("sweep", "s.yaml", "-o", folder, "-j", "2", "-q")
    check(tables(folder) == calm, f"kill -9 of the sweep, round {round_}: other tables")

# kill -9 of a point's process: that point's outcome, until it is tried again.
struck = 0
for round_ in range(rounds):
    folder = f"struck{round_}"
    sweep = start("sweep", "s.yaml", "-o", folder, "-j", "2")
    wait_started(sweep)
    time.sleep(random.uniform(0, 0.2))
    below = processes(sweep.pid)
    for pid in random.sample(below, min(1, len(below))):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    check(sweep.wait() == 0, f"kill -9 of a point ended the sweep: {sweep.stderr.read()[-300:]}")
    struck += b",failed," in tables(folder)["results.csv"]
    run("sweep", "s.yaml", "-o", folder, "-q", "--retry-failed")
    check(tables(folder) == calm, f"kill -9 of a point, round {round_}: other tables")
check(kills > 0 and struck > 0, f"nothing was killed: {kills} sweeps, {struck} points")

# Ctrl-C and SIGTERM, sent to the sweep alone or, as a terminal does, to all of its group.
for to_group, what in ((False, signal.SIGINT), (False, signal.SIGTERM), (True, signal.SIGINT)):
    folder = f"stopped{to_group}{what}"
    sweep = subprocess.Popen([ringtail, "sweep", "s.yaml", "-o", folder, "-j", "2"], stderr=subprocess.PIPE, text=True,
                             start_new_session=True)
    wait_started(sweep)
    time.sleep(0.05)
    below = processes(sweep.pid)
    (os.killpg if to_group else os.kill)(sweep.pid, what)
    err = sweep.communicate()[1]
    check(sweep.returncode in (130, 0), f"{what}: exit code {sweep.returncode}")
    check(sweep.returncode == 0 or "what is finished is kept" in err, f"{what}: does not say what is kept")
    check(wait_gone(below), f"{what}: processes are left")
    run("sweep", "s.yaml", "-o", folder, "-q")
    check(tables(folder) == calm, f"{what}: other tables")

# Points that fail, hang, or want too much memory are outcomes; tried again, they may be better.
write("ill.yaml", """base: tiny
points:
  - {label: fails, set: {platform.gpu.kernels.gemm.compute: 1e-320}}
  - {label: hangs, set: {run.steps: 100000}}
  - {label: works}
""")
ill = run("sweep", "ill.yaml", "-o", "ill", "--timeout", "1")
check("1 done, 1 failed, 1 timeout" in ill.stderr, "ill points are not outcomes")
check("would take for ever" in ill.stderr and "not done after 1 s" in ill.stderr, "ill points have no reasons")
first = tables("ill")
run("sweep", "ill.yaml", "-o", "ill", "--timeout", "1")
check(tables("ill") == first, "ill points were tried again without being asked for")
retried = run("sweep", "ill.yaml", "-o", "ill", "--timeout", "1", "--retry-failed")
check("1 of 3 points are there already" in retried.stderr, "--retry-failed does not try the ill points alone")
if "asan" not in ringtail:
    write("large.yaml", """base: tiny
set: {decode.batch: {total: 1000000}, decode.context: 1, platform.gpu.hbm.capacity: 100 TB, run: {steps: 1, warmup: 0, replications: 1}}
points: [{label: large}]
""")
    check("out of memory" in run("sweep", "large.yaml", "-o", "poor", "--memory", "1MB").stderr, "--memory does not limit")
    run("sweep", "large.yaml", "-o", "poor", "--memory", "4 GB", "--retry-failed")
    check(b",done," in tables("poor")["results.csv"], "--memory limits too much")

# Two sweeps into one folder.
sweep = start("sweep", "ill.yaml", "-o", "shared", "--timeout", "3")
wait_started(sweep)  # it has the store
second = run("sweep", "ill.yaml", "-o", "shared", "--timeout", "3", code=1)
check("another sweep is using shared/points.sqlite" in second.stderr, "a second sweep is not refused")
check(sweep.wait() == 0, "the first sweep suffered from the second")

# A study that was edited: what changed is told, what is left is not simulated again.
write("s.yaml", study.replace("zipf: 0.7", "zipf: 0.6").replace("[2, 100, 40]", "[2, 100]"))
edited = run("sweep", "s.yaml", "-o", "three")
check("4 points new: skew={zipf: 0.6}" in edited.stderr, "new points are not told")
check("8 points no longer in the study" in edited.stderr, "points that are gone are not told")
check("4 of 8 points are there already" in edited.stderr, "points that stayed are simulated again")
reseeded = run("sweep", "s.yaml", "-o", "three", "--set", "run.seed=5")
check("8 points with another configuration" in reseeded.stderr, "another seed is not told")
write("s.yaml", study)
back = run("sweep", "s.yaml", "-o", "three")
check("12 of 12 points are there already" in back.stderr, "the first study's points are gone")
check(tables("three") == calm, "the first study's tables are others")

# No points at all.
write("empty.yaml", "base: tiny\npoints: []\n")
empty = run("sweep", "empty.yaml", "-o", "empty")
check("0 points" in empty.stderr and tables("empty")["results.csv"].count(b"\n") == 1, "an empty study is no empty table")

# A file that may not grow is what a full disk looks like. Python ignores SIGXFSZ, and so does its child.
full = run("sweep", "s.yaml", "-o", "full", "-j", "1", code=1, restore_signals=False,
           preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (40000, 40000)))
check("the disk may be full: what is finished is kept" in full.stderr, f"a full disk is not told: {full.stderr}")
run("sweep", "s.yaml", "-o", "full", "-q")
check(tables("full") == calm, "after a full disk: other tables")

# What is no study, no store, no folder.
write("wrong.yaml", "base: tiny\naxes: [{name: a, path: decode.contxt, values: [1k]}]\n")
wrong = run("sweep", "wrong.yaml", "-o", "wrong", code=2)
check("did you mean 'context'" in wrong.stderr and not os.path.exists("wrong"), "a mistake in a study is not told")
os.mkdir("odd")
write("odd/points.sqlite", "x" * 5000)
check("not a store" in run("sweep", "s.yaml", "-o", "odd", code=1).stderr, "a file that is no store is not told")
run("sweep", "s.yaml", "-o", "s.yaml/below", code=2)

print("all passed" if failures == 0 else f"{failures} failures", f"({kills} sweeps and {struck} points killed)")
os.chdir("/")
sys.exit(failures > 0)
