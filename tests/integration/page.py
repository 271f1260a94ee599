"""Blocks of a page in Markdown, with what the comments before them say of them.

Comments stand on lines of their own between text and block, so readers of the page do not see them:
  <!-- given: NAME = PATH -->           a copy of this file of the repository is there for the block, and from then on
  <!-- shortened: COMMAND OPTIONS | WHY -->  ringtail COMMAND is typed with these options added; as written under the label slow
  <!-- started: COMMANDS | WHY -->      these commands of ringtail are ended as soon as they simulate; run to their end under the label slow
  <!-- not typed: WHY -->               commands are only looked at; the reason is printed
  <!-- elsewhere: TEST | WHY -->        that test has it
  <!-- needs: PROGRAM.. -->             typed where there are these programs; else that is printed
  <!-- base: FILE -->                   the deployment that a fragment of YAML is put into
  <!-- below: KEY -->                   the key of that deployment under which the fragment belongs
"""
import re
from dataclasses import dataclass, field

KINDS = {"given", "shortened", "started", "not typed", "elsewhere", "needs", "base", "below"}


@dataclass
class Block:
    page: str
    line: int  # of its first fence
    language: str
    text: str = ""
    comments: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_shell(self):
        return self.language in ("console", "sh")

    def __str__(self):
        return f"{self.page}:{self.line}"

    def comment(self, kind):
        """What the only comment of a kind says; None if there is none."""
        return self.comments.get(kind, [None])[0]


def blocks_of(page, text):
    """All fenced blocks in order. Errors: ValueError for a comment of a kind that is none, or that is before no block."""
    found, inside, comments = [], None, {}
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        fence = re.match(r" *```+([^`\n]*)\n?$", line)
        comment = re.fullmatch(r"<!-- ([a-z ]+): (.*) -->\n?", line)
        if fence and inside is None:
            inside = Block(page, number, fence.group(1).strip(), comments=comments)
            comments = {}
        elif fence:
            found.append(inside)
            inside = None
        elif inside is not None:
            inside.text += line
        elif comment:
            if comment.group(1) not in KINDS:
                raise ValueError(f"{page}:{number}: '{comment.group(1)}' is none of {', '.join(sorted(KINDS))}")
            comments.setdefault(comment.group(1), []).append(comment.group(2))
        elif line.strip() and comments:
            raise ValueError(f"{page}:{number}: the comment before this line is before no block")
    return found


def commands(block):
    """Pairs of a command, which may go on after a backslash, and the lines shown below it."""
    found = []
    for line in block.text.splitlines():
        if found and found[-1][0].endswith("\\"):
            found[-1][0] += "\n" + line
        elif block.language == "sh":
            found.append([line, []])
        elif line.startswith("$ "):
            found.append([line[2:], []])
        elif found:
            found[-1][1].append(line)
        else:
            raise ValueError(f"{block}: the first line is no command")
    return found


def is_shown(shown, printed):
    """Whether lines are those printed, with "..." for any number of them, or for the rest of one."""
    pattern = ""
    for line in shown:
        parts = [re.escape(part) for part in line.rstrip().split("...")]
        pattern += r"(?:.*\n)*?" if line.strip() == "..." else ".*".join(parts) + r" *\n"
    return re.fullmatch(pattern, printed) is not None
