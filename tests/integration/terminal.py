#!/usr/bin/env python3
"""Text on terminals of 40, 80 and 160 columns, and in pipes. Usage: terminal.py RINGTAIL SOURCE_DIR"""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

RINGTAIL, SOURCE = sys.argv[1:3]
SMALL = ["--set", "gpus=8", "--set", "parallelism={attention: {dp: 8}, ffn: {ep: 8}}", "--set", "decode.batch={total: 64}",
         "--set", "platform.gpu.hbm.capacity=1TB", "--set", "model.layers=6", "--steps", "3", "--replications", "2"]
COMMAND = [RINGTAIL, "simulate", f"{SOURCE}/workloads/deployments/deepseek-v3-64.yaml", *SMALL, "--timeline"]
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
failures = []


def check(holds, what):
    if not holds:
        failures.append(what)
        print("FAILED", what)


def on_terminal(columns, **variables):
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm-256color"} | variables
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(COMMAND, stdout=terminal, stderr=subprocess.DEVNULL, env=environment)
    os.close(terminal)
    text = b""
    while True:
        try:
            part = os.read(controller, 65536)
        except OSError:  # Linux says so when the other side is closed.
            break
        if not part:
            break
        text += part
    check(process.wait() == 0, f"exit code on {columns} columns")
    return text.decode().replace("\r\n", "\n")


def widest(text):
    return max(len(line) for line in ESCAPE.sub("", text).split("\n"))


def words(text):
    """What is said, whatever the lines, bars and colours."""
    return re.findall(r"[A-Za-z0-9.]+", ESCAPE.sub("", text))


pipe = subprocess.run(COMMAND, capture_output=True, text=True, check=True, env=os.environ | {"TERM": "xterm-256color"}).stdout
check(not ESCAPE.search(pipe), "a pipe has no colours")
shown = {columns: on_terminal(columns) for columns in (40, 80, 160)}
for columns, text in shown.items():
    check(widest(text) <= columns, f"no line is wider than {columns} columns, one has {widest(text)}")
    check(ESCAPE.search(text), f"colours on {columns} columns")
    check(re.search(r"^steps +[▁-█]{3} [▁-█]{3}$", text, re.M), f"a column for each of 2 x 3 steps on {columns} columns")
    check(re.findall(r"^  (\w+), GPU", ESCAPE.sub("", text), re.M) == ["busiest", "median", "idlest"], f"three GPUs on {columns} columns")
narrow = shown[40].split("\n")
for line in ("communication buffers", "exposed communication", "context memory", "expert up"):
    check(any(re.fullmatch(f" {line} +[0-9.]+ [a-zA-Z]+ +[0-9.]+ %", row) for row in narrow), f"{line} has a line of its own on 40 columns")
check(not re.search(r"[0-9]\n +(us|ms|s|%|k|GB)\b", shown[40]), "numbers stay with their units")
longest = {columns: max(len(run) for run in re.findall("█+", text)) for columns, text in shown.items()}
check(longest[160] > 1.5 * longest[80], f"bars grow with the terminal: {longest}")
check(longest[80] > 20, f"bars have room on 80 columns: {longest}")
plain = on_terminal(80, NO_COLOR="1")
check(not ESCAPE.search(plain), "NO_COLOR")
check(not ESCAPE.search(on_terminal(80, TERM="dumb")), "TERM=dumb")
check(plain == ESCAPE.sub("", shown[80]), "colours change nothing else")
for word in ("TPOT", "straggler", "Critical", "dispatch", "busiest", "Gini"):
    check(all(word in words(text) for text in (pipe, *shown.values())), f"{word} is everywhere")
for gpus, wanted in ((1, ["only"]), (2, ["busiest", "idlest"])):
    few = COMMAND + ["--set", f"gpus={gpus}", "--set", f"parallelism={{attention: {{dp: {gpus}}}, ffn: {{ep: {gpus}}}}}"]
    text = subprocess.run(few, capture_output=True, text=True, check=True).stdout
    check(re.findall(r"^  (\w+), GPU", text, re.M) == wanted, f"of {gpus} GPUs each once")
    check(f"on {gpus} paper-reference GPU{'s' if gpus > 1 else ''}, " in text, f"a plural for {gpus}")
    check(not re.search(r"(?<![0-9.])1 [a-z-]+s\b(?<!us)(?<!is)", text), f"one is not several: {gpus}")
if not failures:
    print("all passed")
sys.exit(bool(failures))
