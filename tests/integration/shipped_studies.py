#!/usr/bin/env python3
"""A shipped study killed and taken up again: by ringtail-mpi, by ringtail sweep, then by ringtail-mpi to its end. The tables are those of a
sweep that nobody disturbed, byte for byte. Usage: shipped_studies.py RINGTAIL STUDY.yaml [--set PATH=VALUE ...], the changes for a
shorter run. Exit code 77: there is no mpirun here."""
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from sweeping import processes, tables, wait_gone

ringtail, study, changes = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]
if not os.path.exists(ringtail + "-mpi") or not shutil.which("mpirun"):
    print("skipped: no Open MPI here (libopenmpi-dev, openmpi-bin)")
    sys.exit(77)
os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
sweep = [ringtail, "sweep", study, "-q", "-j", "2", *changes, "-o"]
mpi = ["mpirun", "-np", "2", "--oversubscribe", ringtail + "-mpi", study, "-q", *changes, "-o"]


def outcomes(folder):
    """How many points have one."""
    with sqlite3.connect(os.path.join(folder, "points.sqlite")) as store:
        return store.execute("SELECT count(*) FROM points").fetchone()[0]


def kill_after(seconds, command):
    """kill -9 of all its processes, the deepest last: nobody has time to end in good order."""
    job = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    everybody = [job.pid, *processes(job.pid)]
    assert job.poll() is None, "it ended before it was killed"
    for pid in everybody:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # with its parent
    job.wait()
    assert wait_gone(everybody), "processes are left"


with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    begin = time.monotonic()
    subprocess.run([*sweep, "calm"], check=True, stdout=subprocess.DEVNULL)
    calm_s = time.monotonic() - begin
    kept = [0]
    for command in (mpi, sweep):
        kill_after(calm_s / 3, [*command, "killed"])
        kept.append(outcomes("killed"))
        assert kept[-1] > kept[-2], f"outcomes after each kill: {kept}: nothing was kept"
    subprocess.run([*mpi, "killed"], check=True, stdout=subprocess.DEVNULL)
    assert tables("killed") == tables("calm"), "other tables than undisturbed"
    print(f"{os.path.basename(study)}: {outcomes('calm')} points, {kept[1]} and {kept[2]} kept by kills: the same tables; undisturbed {calm_s:.0f} s")
    os.chdir("/")
