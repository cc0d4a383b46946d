"""An edit of the sources, and the kept list of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path(__file__).with_name("kept.edits")


class BadEdit(Exception):
    """The list says something that is not so."""


@dataclass
class Edit:
    """`old` stands once in `file`; with the edit, `new` stands there (mechanical ones: empty)."""

    id: str
    file: str
    what: str
    old: str
    new: str
    equivalent: str = ""  # why nothing changes by it
    line: int = 0
    begin: int = 0  # of `old` in the file
    switch: str = ""  # code that is `old` or `new`, by the number in it; empty: not possible

    @property
    def room(self) -> str:
        parts = self.file.split("/")
        return parts[parts.index("src") + 1] if "src" in parts else parts[2]


@dataclass
class _Entry:
    head: re.Match[str]
    said: list[str] = field(default_factory=list)
    equivalent: list[str] = field(default_factory=list)
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)


HEAD = re.compile(r"^== (?P<id>\S+) (?P<file>\S+)$")


def _entries(text: str) -> list[_Entry]:
    entries: list[_Entry] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if match := HEAD.match(line):
            entries.append(_Entry(match))
            continue
        if not line or not entries:
            continue
        entry, mark, rest = entries[-1], line[0], line[1:]
        if mark == "#":
            entry.said.append(rest.strip())
        elif mark == "=":
            entry.equivalent.append(rest.strip())
        elif mark in "-+ ":
            if mark != "+":
                entry.old.append(rest)
            if mark != "-":
                entry.new.append(rest)
        else:
            raise BadEdit(f"{KEPT.name}:{number}: begins with none of == # = - + or a space")
    return entries


def kept(path: Path = KEPT, root: Path = ROOT) -> tuple[list[Edit], list[str]]:
    """The list's edits with their places, and what is wrong: one that does not apply any more."""
    edits: list[Edit] = []
    wrong: list[str] = []
    for entry in _entries(path.read_text(encoding="utf-8")):
        edit = Edit(
            entry.head["id"], entry.head["file"], " ".join(entry.said),
            "\n".join(entry.old) + "\n", "\n".join(entry.new) + "\n", " ".join(entry.equivalent),
        )
        source = root / edit.file
        text = source.read_text(encoding="utf-8") if source.is_file() else ""
        found = ("\n" + text).count("\n" + edit.old)
        if found != 1 or any(edit.id == other.id for other in edits):
            why = f"its lines stand {found} times there" if found != 1 else "its id is not its own"
            wrong.append(f"{edit.id} does not apply to {edit.file}: {why}")
            continue
        edit.begin = ("\n" + text).index("\n" + edit.old)
        edit.line = text.count("\n", 0, edit.begin) + 1
        edit.switch = _switch(edit, entry)
        edits.append(edit)
    return edits, wrong


# Lines that may stand in a branch of their own: no declaration, whose name would end there.
_STATEMENT = re.compile(
    r"^(?:return\b|throw\b|if \(|for \(|while \(|break;|continue;|\+\+|--|else\b|\}|//"
    r"|[\w:]+(?:\([^;]*\)|\[[^\]]*\]|\.\w+|->\w+)*(?:\(| =| [-+|*/]=|\+\+;|--;|;))"
)
_COMMENT = re.compile(r"(?:^|(?<=[;{}]))\s*//.*$")  # at a line's end
_CONDITION = re.compile(r"^(?P<head>\s*(?:if|while) \()(?P<rest>[^;]*)\) \{$")
_VALUE = re.compile(r"^(?P<head>\s*(?:const )?[\w:<>]+ \w+ = )(?P<rest>[^;{]*);$")


def _balanced(lines: list[str]) -> bool:
    depth = 0
    for char in re.sub(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])+\'', "", "\n".join(lines)):
        depth += (char in "({[") - (char in ")}]")
        if depth < 0:
            return False
    return depth == 0


def _is_statements(lines: list[str]) -> bool:
    """Whole statements, none of them a declaration."""
    open_ended = False
    for line in lines:
        text = _COMMENT.sub("", line).strip()
        if not text:
            continue
        if not open_ended and not _STATEMENT.match(text):
            return False
        open_ended = not re.search(r"[;{}]$", text)
    return _balanced(lines) and not open_ended


def _switch(edit: Edit, entry: _Entry) -> str:
    old, new = entry.old, entry.new
    if _balanced(old[:-1] + [old[-1].rstrip("{")]):
        for pattern, end in ((_CONDITION, ") {"), (_VALUE, ";")):
            was, now = (pattern.match(" ".join(lines)) for lines in (old, new))
            if was and now and was["head"] == now["head"]:
                # On the old lines, so that those behind them keep their numbers.
                rest = "\n".join(old)[len(was["head"]):-len(end)]
                return f"{was['head']}ONCELOAD_MUTANT(@) ? ({now['rest']}) : ({rest}){end}\n"
    if not (_is_statements(old) and _is_statements(new)):
        return ""
    body = "\n".join(_COMMENT.sub("", line) for line in old)
    # On the old lines, so that those behind them keep their numbers.
    other = " ".join(_COMMENT.sub("", line).strip() for line in new)
    return f"if (ONCELOAD_MUTANT(@)) {{ {other} }} else {{ {body} }}\n"
