"""What tests of ringtail sweep and ringtail-mpi share: files of studies, tables of results, and the processes below another."""
import glob
import os
import time


def write(name, text):
    with open(name, "w", encoding="utf-8") as stream:
        stream.write(text)


def tables(folder):
    def bytes_of(file):
        with open(os.path.join(folder, file), "rb") as stream:
            return stream.read()
    return {file: bytes_of(file) for file in ("results.csv", "results.jsonl", "summary.csv")}


def status(pid):
    """State and parent of a process; nothing if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stream:
            fields = stream.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return fields[0], int(fields[1])


def is_alive(pid):
    now = status(pid)
    return now is not None and now[0] != "Z"


def processes(parent):
    """The processes below this one."""
    found = []
    for folder in glob.glob("/proc/[0-9]*"):
        pid = int(folder.split("/")[2])
        now = status(pid)
        if now and now[1] == parent:
            found += [pid, *processes(pid)]
    return found


def words_of(pid):
    """The command line of a process; nothing if it is gone."""
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8") as stream:
            return stream.read().split("\0")
    except OSError:
        return [""]


def wait_gone(pids):
    for _ in range(100):
        if not any(map(is_alive, pids)):
            return True
        time.sleep(0.05)
    return False
