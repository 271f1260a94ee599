#!/usr/bin/env python3
"""Types what a page of docs/ shows. Blocks ```yaml whose first line is a comment with a file name are written to that file; in blocks
```console each line "$ command" is run, and what it prints must be what the block shows, where a line "..." stands for any lines, and
"..." within one for any words. All of a page happens in one new folder, with ringtail on the PATH. Reports must have charts in Chromium,
if it is here. Usage: walkthrough.py RINGTAIL SOURCE_DIR PAGE [--write]: --write puts what is printed into blocks that show all of it."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ringtail, source, page = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), os.path.abspath(sys.argv[3])
with open(page, encoding="utf-8") as stream:
    text = stream.read()
work = tempfile.TemporaryDirectory()
os.chdir(work.name)
os.environ.update(PATH=os.path.dirname(ringtail) + ":" + os.environ["PATH"], RINGTAIL_DATA=source, NO_COLOR="1", COLUMNS="120")
failures = 0


def is_shown(shown, printed):
    """Whether lines are those printed, with "..." for any number of them, or for the rest of one."""
    pattern = ""
    for line in shown:
        parts = [re.escape(part) for part in line.rstrip().split("...")]
        pattern += r"(?:.*\n)*?" if line.strip() == "..." else ".*".join(parts) + r" *\n"
    return re.fullmatch(pattern, printed) is not None


def commands(block):
    """Pairs of a command, which may go on after a backslash, and the lines shown below it."""
    found = []
    for line in block.splitlines():
        if found and found[-1][0].endswith("\\"):
            found[-1][0] += "\n" + line
        elif line.startswith("$ "):
            found.append([line[2:], []])
        else:
            found[-1][1].append(line)
    return found


def type_block(match):
    global failures
    language, block = match.group(1), match.group(2)
    if language == "yaml":
        name = re.match(r"# (\S+\.yaml)\n", block)
        if name:
            with open(name.group(1), "w", encoding="utf-8") as stream:
                stream.write(block)
        return match.group(0)
    new = ""
    for command, shown in commands(block):
        done = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        new += f"$ {command}\n" + ("".join(line + "\n" for line in shown) if any("..." in line for line in shown) else done.stdout)
        if not is_shown(shown, done.stdout):
            failures += 1
            print(f"FAILED: {os.path.basename(page)} shows another output of\n$ {command}\n{done.stdout}")
    return f"```console\n{new}```\n"


new_text = re.sub(r"^```(yaml|console)\n(.*?)^```\n", type_block, text, flags=re.M | re.S)
if sys.argv[4:] == ["--write"] and new_text != text:
    with open(page, "w", encoding="utf-8") as stream:
        stream.write(new_text)

for report in glob.glob("*.html"):
    if not shutil.which("chromium"):
        print("chromium is not here: reports are not opened")
        break
    dom = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom", report],
                         capture_output=True, text=True, timeout=120).stdout
    if dom.count("<svg") < 2:
        failures += 1
        print(f"FAILED: {report} has {dom.count('<svg')} charts in Chromium")
os.chdir("/")
sys.exit(failures > 0)
