#!/usr/bin/env python3
"""The recipes of docs/clusters.md, as they are written there, give the tables of an ordinary sweep. What Slurm would set is set here, as
its manual has it (sbatch: OUTPUT ENVIRONMENT VARIABLES). Usage: clusters.py RINGTAIL SOURCE_DIR"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

ringtail, source = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
with open(os.path.join(source, "docs/clusters.md"), encoding="utf-8") as stream:
    mpi, array, merge, parallel = re.findall(r"^```sh\n(.*?)^```$", stream.read(), re.M | re.S)
work = tempfile.TemporaryDirectory()
os.chdir(work.name)
os.makedirs("workloads/studies")
os.environ.update(PATH=os.path.dirname(ringtail) + ":" + os.environ["PATH"], RINGTAIL_DATA=os.path.join(source, "tests/bad/data"),
                  OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", STUDY="workloads/studies/smoke.yaml")
with open(os.environ["STUDY"], "w", encoding="utf-8") as stream:
    stream.write("""base: tiny
axes:
  - {name: steps, path: run.steps, values: [1, 2, 3]}
  - {name: skew, path: routing.popularity, values: [uniform, {zipf: 0.7}]}
""")


def bash(script, **variables):
    done = subprocess.run(["bash", "-eu", "-c", script], env={**os.environ, **variables}, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"exit code {done.returncode} of\n{script}{done.stderr}")


def table(folder):
    with open(os.path.join(folder, "results.csv"), "rb") as stream:
        return stream.read()


bash('ringtail sweep "$STUDY" -o calm')
for task in range(1, 9):
    bash(array, RESULTS="array", SLURM_CPUS_PER_TASK="4", SLURM_ARRAY_TASK_ID=str(task), SLURM_ARRAY_TASK_MIN="1", SLURM_ARRAY_TASK_COUNT="8")
bash(merge, RESULTS="array")
assert table("array") == table("calm"), "a job array gives another table"
if shutil.which("parallel"):
    bash(parallel, RESULTS="parallel")
    assert table("parallel") == table("calm"), "GNU parallel gives another table"
else:
    print("GNU parallel is not here: its recipe is not tested")
if shutil.which("mpirun") and os.path.exists(ringtail + "-mpi"):
    bash(mpi)
    assert table("smoke.results") == table("calm"), "mpirun gives another table"
else:
    print("Open MPI is not here: its recipe is not tested")
os.chdir("/")
