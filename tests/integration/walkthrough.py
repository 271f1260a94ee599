#!/usr/bin/env python3
"""Types what a page shows, all of it in one new folder with copies of the repository's files, with ringtail on the PATH. Blocks of

  console   have lines "$ command"; what they print must be what is shown, where a line "..." stands for any lines, and "..." in one for
            any words
  sh        have a command on each line, which must succeed
  usage     have one command with its [options]: those of its --help
  yaml      are checked by `ringtail check`, or what their kind has; a fragment as part of a deployment. If the first line is a comment with
            a name they become that file
  text      are drawings, and a comment says so; no language is one that this program cannot check and no other test has

What comments before blocks say is in page.py. Reports must have charts in Chromium, if it is here.
Usage: walkthrough.py RINGTAIL SOURCE_DIR PAGE.. [--full | --write]: --full types what is shortened as it is written; --write puts what is
printed into blocks that show all of it."""
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from page import blocks_of, commands, is_shown
from yaml_blocks import BASE, checks

options = {argument for argument in sys.argv[1:] if argument.startswith("--")}
ringtail, source, *pages = (os.path.abspath(argument) for argument in sys.argv[1:] if not argument.startswith("--"))
failures = 0


def fail(what):
    global failures
    failures += 1
    print(f"FAILED {what}")


def run(command, **how):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **how)


def lay_out():
    """What a clone has that pages name, in the current folder; scripts/run does all that it does but build."""
    for folder in ("analysis", "docs", "platforms", "scripts", "workloads"):
        shutil.copytree(os.path.join(source, folder), folder, ignore=shutil.ignore_patterns("__pycache__"))
    os.makedirs("build/release")
    os.symlink(ringtail, "build/release/ringtail")
    with open("scripts/run", "w", encoding="utf-8") as stream:
        stream.write('#!/bin/sh\n[ $# = 0 ] && set -- simulate workloads/deployments/deepseek-v3-64.yaml\nexec ringtail "$@"\n')
    with open("base-of-fragments.yaml", "w", encoding="utf-8") as stream:
        stream.write(BASE)


def give(block):
    for line in block.comments.get("given", []):
        name, path = line.split(" = ")
        if os.path.dirname(name):
            os.makedirs(os.path.dirname(name), exist_ok=True)
        shutil.copy(os.path.join(source, path), name)


def calls(command, names):
    """Whether a command calls ringtail NAME with one of the names."""
    return re.search(rf"\b(ringtail|scripts/run) ({'|'.join(names)})\b", command)


def shortened(block, command):
    """The command as it is typed now, and whether that is as it is written."""
    for comment in block.comments.get("shortened", []):
        name, given = comment.split(" | ")[0].split(" ", 1)
        if "--full" not in options and calls(command, [name]):
            # Before what a shell reads otherwise: a comment, a redirection, another command.
            parts = re.match(rf"(.*?\b(?:ringtail|scripts/run) {name}\b.*?)(\s*(?:#|>|&&|\|).*)?$", command, re.S)
            return f"{parts.group(1)} {given}{parts.group(2) or ''}", False
    return command, True


def simulates(process):
    """Whether ringtail is at work below a process: it simulates in processes of its own (docs/decisions/0003-execution.md)."""
    try:
        with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as stream:
            children = stream.read().split()
        if children and os.path.basename(os.readlink(f"/proc/{process}/exe")).startswith("ringtail"):
            return True
    except (FileNotFoundError, ProcessLookupError):  # has ended
        return False
    return any(simulates(child) for child in children)


def start(block, command):
    """Types a command up to where it simulates: by then its options and files have been read and checked."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        process = subprocess.Popen(["bash", "-c", command], stdout=output, stderr=output, start_new_session=True)
        while process.poll() is None and not simulates(process.pid):
            time.sleep(0.01)
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)
        elif process.returncode != 0:
            output.seek(0)
            fail(f"{block}: exit code {process.returncode} of\n$ {command}\n{output.read()}")


def type_commands(block):
    """The block with what is printed."""
    new = ""
    for comment in block.comments.get("shortened", []):
        print(f"{block} is typed with additions: {comment}")
    names, why = (block.comment("started") or " | ").split(" | ")
    if names:
        print(f"{block}: {names} are only started: {why}")
    for written, shown in commands(block):
        if names and "--full" not in options and calls(written, names.split()):
            start(block, written)
            continue
        if names and "--full" not in options and not re.search(r"\b(ringtail|scripts/run)\b", written):
            print(f"{block}: without results of what was only started, this is not typed: {written}")
            look_at_command(block, written)
            continue
        command, whole = shortened(block, written)
        done = run(["bash", "-c", command])
        hides = any("..." in line for line in shown) or not whole
        new += f"$ {written}\n" + ("".join(line + "\n" for line in shown) if hides else done.stdout)
        if block.language == "console" and whole and not is_shown(shown, done.stdout):
            fail(f"{block} shows another output of\n$ {command}\n{done.stdout}")
        elif done.returncode != 0 and (block.language == "sh" or not whole):
            fail(f"{block}: exit code {done.returncode} of\n$ {command}\n{done.stdout}")
    return new if block.language == "console" else block.text


def look_at_command(block, command):
    """A command that is not typed is of the shell's grammar, and the files of the repository that it names are there."""
    done = run(["bash", "-n", "-c", command])
    if done.returncode != 0:
        fail(f"{block}: {done.stdout}")
    for path in re.findall(r"(?<![\w./-])(?:analysis|docs|platforms|scripts|tests|workloads)/[\w./-]+\w", command.split(" #")[0]):
        if not os.path.exists(os.path.join(source, path)):
            fail(f"{block}: there is no {path}")


def compare_usage(block):
    words = re.match(r"ringtail((?: [a-z-]+)+)", block.text).group(1).split()
    helped = set(re.findall(r"(?<![\w-])--[a-z0-9-]+", run([ringtail, *words, "--help"]).stdout))
    for option in re.findall(r"(?<![\w-])--[a-z0-9-]+", block.text):
        if option not in helped:
            fail(f"{block}: ringtail {' '.join(words)} --help has no {option}")


def check_yaml(block):
    name = re.match(r"# (\S+\.yaml)\n", block.text)
    file = name.group(1) if name else f"block-{block.line}.yaml"
    with open(file, "w", encoding="utf-8") as stream:
        stream.write(block.text)
    for command in checks(block.text, file, block.comment("base") or "base-of-fragments.yaml", block.comment("below")):
        done = run(command)
        if done.returncode not in (0, 3):  # 3: does not fit
            fail(f"{block}: {' '.join(command)}\n{done.stdout}")


def tests():
    with open(os.path.join(source, "tests/CMakeLists.txt"), encoding="utf-8") as stream:
        return stream.read()


def try_block(block):
    """Checks it; returns its text, perhaps with another output."""
    give(block)
    missing = [program for program in (block.comment("needs") or "").split() if not shutil.which(program)]
    if block.comment("elsewhere"):
        test, why = block.comment("elsewhere").split(" | ")
        print(f"{block} is left to {test}: {why}")
        if f"NAME {test} " not in tests():
            fail(f"{block}: there is no test {test}")
    elif block.comment("not typed"):
        print(f"{block} is not typed: {block.comment('not typed')}")
        for command, _ in commands(block) if block.is_shell else []:
            look_at_command(block, command)
    elif missing:
        print(f"{block} is not typed: {', '.join(missing)} is not here")
    elif block.is_shell:
        return type_commands(block)
    elif block.language == "usage":
        compare_usage(block)
    elif block.language == "yaml":
        check_yaml(block)
    else:
        fail(f"{block}: nobody checks blocks of '{block.language}'; see {os.path.basename(__file__)}")
    return block.text


def open_reports():
    for report in glob.glob("*.html"):
        if not shutil.which("chromium"):
            print("chromium is not here: reports are not opened")
            return
        dom = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom",
                              report], capture_output=True, text=True, timeout=120).stdout  # fmt: skip
        if dom.count("<svg") < 2:
            fail(f"{report} has {dom.count('<svg')} charts in Chromium")


def walk(page):
    with open(page, encoding="utf-8") as stream:
        text = stream.read()
    lines = text.splitlines(keepends=True)
    blocks = blocks_of(os.path.relpath(page, source), text)
    if not blocks:
        return
    lay_out()
    tried = [(block, try_block(block)) for block in blocks]
    for block, new in reversed(tried):
        lines[block.line : block.line + block.text.count("\n")] = [new]
    if "--write" in options and "".join(lines) != text:
        with open(page, "w", encoding="utf-8") as stream:
            stream.write("".join(lines))
    open_reports()


os.environ.update(PATH=os.path.dirname(ringtail) + ":" + os.environ["PATH"], RINGTAIL_DATA=source, NO_COLOR="1", COLUMNS="120")
for each in pages:
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        walk(each)
        os.chdir("/")
sys.exit(failures > 0)
