#!/usr/bin/env python3
"""The manual page and the shells' completions offer what --help shows: shell.py RINGTAIL.

--help is written by the parser of options, the others by Ringtail, so that each is tested by the other.
"""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ringtail = str(Path(sys.argv[1]).resolve())
failures: list[str] = []


def expect(condition: bool, what: str) -> None:
    if not condition:
        failures.append(what)


def output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def section(text: str, title: str) -> list[str]:
    """First words of the lines below a title, up to an empty line."""
    lines = text.splitlines()
    if title not in lines:
        return []
    rest = lines[lines.index(title) + 1 :]
    below = rest[: rest.index("")] if "" in rest else rest
    return [line.split()[0] for line in below if re.match(r"  \S", line)]


def options_in(text: str) -> list[str]:
    tags = re.findall(r"^ {2,4}(-\S+)", text, re.MULTILINE)
    return [name for tag in tags for name in tag.split(",")]


def helps() -> dict[str, str]:
    """--help of every command, by its name; "" for that of no command."""
    result = {"": output(ringtail, "--help")}
    for command in section(result[""], "Subcommands:"):
        result[command] = output(ringtail, command, "--help")
        for part in section(result[command], "Subcommands:"):
            result[f"{command} {part}"] = output(ringtail, command, part, "--help")
    return result


help_of = helps()
expect(len(help_of) >= 18 and "routing fit" in help_of, f"--help has only {sorted(help_of)}")


def test_manual() -> None:
    page = output(ringtail, "man")
    if not shutil.which("groff"):
        print("no groff: the manual page is not formatted")
        return
    format_page = ["groff", "-man", "-ww", "-Tascii", "-rLL=200n", "-P-c", "-P-b", "-P-u"]
    formatted = subprocess.run(format_page, input=page, capture_output=True, text=True)
    expect(formatted.returncode == 0 and not formatted.stderr, f"groff warns: {formatted.stderr[:500]}")
    if shutil.which("man"):
        shown = subprocess.run(["man", "-l", "--warnings", "-"], input=page, capture_output=True, text=True)
        expect(shown.returncode == 0 and not shown.stderr, f"man warns: {shown.stderr[:500]}")
    chapters = re.split(r"^   (?=\S)", formatted.stdout, flags=re.MULTILINE)
    chapter_of = {chapter.splitlines()[0]: chapter for chapter in chapters}
    for command, text in help_of.items():
        if command == "":
            continue
        chapter = chapter_of.get(command, "")
        expect(f"ringtail {command} [options]" in chapter, f"the manual page has no chapter on {command}")
        for option in options_in(text):
            if option not in ("-h", "--help"):
                pattern = rf"^ +(\S+, )?{re.escape(option)}(?![\w-])"
                expect(bool(re.search(pattern, chapter, re.MULTILINE)), f"the manual page has no {command} {option}")


def completed_by_bash(words: list[str], script: Path) -> list[str]:
    program = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))\n' \
              '_ringtail "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"\n' \
              'printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", program, "bash", str(script), ringtail, *words], capture_output=True, text=True)
    expect(done.returncode == 0 and not done.stderr, f"bash, {words}: {done.stderr[:300]}")
    return done.stdout.split()


def test_bash(folder: Path) -> None:
    script = folder / "ringtail"
    script.write_text(output(ringtail, "completion", "bash"))
    for command, text in help_of.items():
        words = command.split()
        offered = completed_by_bash([*words, "-"], script)
        expect(sorted(offered) == sorted(options_in(text)), f"bash, {command}: {offered} instead of {options_in(text)}")
        parts = section(text, "Subcommands:")
        offered = completed_by_bash([*words, ""], script)
        expect(set(parts) <= set(offered), f"bash, {command}: {parts} are not offered")
    models = [line.split()[0] for line in output(ringtail, "list", "models").splitlines()]
    platforms = [line.split()[0] for line in output(ringtail, "list", "platforms").splitlines()]
    (folder / "my.yaml").touch()
    cases = {
        "simu": ["simulate"],
        "compare --format m": ["markdown"],
        "list p": ["platforms"],
        "schema r": ["runtime"],
        "completion ": ["bash", "zsh"],
        "init --model ": models,
        "init --platform ": platforms,
        f"traffic {platforms[0]}": [name for name in platforms if name.startswith(platforms[0])],
        f"simulate {folder}/my": [f"{folder}/my.yaml"],
        f"simulate --set decode.batch=max {folder}/my": [f"{folder}/my.yaml"],
        "simulate --steps ": [],
        "routing fit --fo": ["--force", "--format"],
    }
    for line, wanted in cases.items():
        offered = completed_by_bash(line.split(" "), script)
        expect(sorted(offered) == sorted(wanted), f"bash, {line!r}: {offered} instead of {wanted}")


def completed_by_zsh(words: list[str], script: Path) -> list[str]:
    """What the script hands to zsh's own functions of completion, which need a terminal and are stood in for here."""
    program = """
_arguments() { for spec; do
  [[ $spec == -s ]] || print -r -- ${${spec#\\*}%%[\\[:]*}
  [[ $spec == *:\\(*\\) ]] && print -r -- "value ${spec##*:}"
done; true }
_describe() { print -rl -- ${${(P)${@[-1]}}%%:*} }
compadd() { [[ $1 == -a ]] && print -rl -- ${(P)2} || print -rl -- "$@" }
compdef() { true }
source $1; shift
words=(ringtail "$@"); CURRENT=$#words
_ringtail
"""
    command = ["zsh", "-f", "-c", program, "zsh", str(script), *words]
    done = subprocess.run(command, capture_output=True, text=True)
    expect(done.returncode == 0 and not done.stderr, f"zsh, {words}: {done.stderr[:300]}")
    return done.stdout.splitlines()


def test_zsh(folder: Path) -> None:
    if not shutil.which("zsh"):
        print("no zsh: its completion is not tried")
        return
    script = folder / "_ringtail"
    script.write_text(output(ringtail, "completion", "zsh"))
    for command, text in help_of.items():
        offered = completed_by_zsh([*command.split(), "-"], script)
        missing = set(options_in(text)) - set(offered)
        expect(not missing, f"zsh, {command}: {sorted(missing)} are not offered")
        offered = completed_by_zsh([*command.split(), ""], script)
        parts = section(text, "Subcommands:")
        expect(set(parts) <= set(offered), f"zsh, {command}: {parts} are not offered")
    expect("value (text json csv markdown)" in completed_by_zsh(["compare", "-"], script), "zsh: no formats")


with tempfile.TemporaryDirectory() as name:
    test_manual()
    test_bash(Path(name))
    test_zsh(Path(name))
for failure in failures:
    print("FAILED", failure)
sys.exit(1 if failures else 0)
