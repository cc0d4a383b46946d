"""Edits that a machine makes: conditions negated, bounds moved, statements dropped, calls swapped.

They are found in code that clang-format has laid out, by less than a grammar: what is not
understood is left alone.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mutants.edits import ROOT, Edit

ROOMS = ("load", "recover", "kafka", "verify", "checkpoint")

_HIDDEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|^[ \t]*#[^\n]*|R\"(?P<tag>[^()\s\\]{0,16})\(.*?\)(?P=tag)\""
    r"|\"(?:\\.|[^\"\\\n])*\"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'",
    re.DOTALL | re.MULTILINE,
)
_DECLARES = re.compile(
    r"^\s*(?:const |static |constexpr |auto\b|struct |class |enum |using |case |default\b|return\b"
    r"|throw\b|break\b|continue\b|static_assert|goto |public|private|protected|template|typename)"
)
_EXPRESSION = re.compile(
    r"^(?:\+\+|--|\*)?[\w:]+(?:\([^;]*?\)|\[[^\]]*\]|\.\w+|->\w+)*(?:\(| [-+|*/&]?= |\+\+;|--;)"
)
_CALL = re.compile(r"^[\w:]+(?:\(\)|\.\w+|->\w+|\[[^\]]*\])*\(")
_BOUND = re.compile(r" (<=|>=|<|>) ")
_OTHER_BOUND = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_OFFSET = re.compile(r" ([-+]) 1\b(?!')")


def hide(text: str) -> str:
    """The same text with blanks in place of comments and literals."""
    return _HIDDEN.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


@dataclass
class Site:
    begin: int
    end: int
    what: str
    switch: str  # replaces text[begin:end]; @ is the mutant's number


class Finder:
    def __init__(self, text: str) -> None:
        self.text = text
        self.code = hide(text)
        self.sites: list[Site] = []

    def run(self) -> list[Site]:
        for at in self._bodies():
            self._block(at)
        return self.sites

    def _bodies(self) -> Iterator[int]:
        """Behind the brace of each function's body, the outermost only."""
        at = 0
        pattern = re.compile(r"\)(?: const| noexcept| override| final| mutable|)* \{")
        while match := pattern.search(self.code, at):
            begin = match.end()
            before = self.code[max(0, match.start() - 400):match.start()]
            if re.search(r"constexpr [^;{}]*$", before):
                at = self._close(begin - 1)
                continue
            yield begin
            at = self._close(begin - 1)

    def _close(self, at: int) -> int:
        """The bracket that ends the one at `at`."""
        depth = 0
        while at < len(self.code):
            depth += (self.code[at] in "({[") - (self.code[at] in ")}]")
            if depth == 0:
                return at
            at += 1
        return at

    def _skip(self, at: int) -> int:
        while at < len(self.code) and self.code[at].isspace():
            at += 1
        return at

    def _block(self, at: int) -> int:
        """Statements up to the brace that ends them; behind it."""
        before: tuple[int, int] | None = None
        while True:
            at = self._skip(at)
            if at >= len(self.code) or self.code[at] == "}":
                return at + 1
            begin = at
            at, simple = self._statement(at)
            if simple and before and "\n" not in self.code[begin:at]:
                self._swap(before, (begin, at))
            before = (begin, at) if simple else None

    def _statement(self, at: int) -> tuple[int, bool]:
        """Behind it, and whether it is an expression's."""
        rest = self.code[at:at + 20]
        if rest[0] == "{":
            return self._block(at + 1), False
        if match := re.match(r"(if|while|switch|for) \(|(if) constexpr \(|\} while \(", rest):
            paren = at + match.end() - 1
            end = self._close(paren)
            if match[1] in ("if", "while"):
                self._condition(paren + 1, end)
            elif match[1] == "for":
                self._loop(paren + 1, end)
            return self._statement(self._skip(end + 1))[0], False
        if match := re.match(r"(else|do|try)\b", rest):
            return self._statement(self._skip(at + match.end()))[0], False
        if rest.startswith("catch ("):
            return self._statement(self._skip(self._close(at + 6) + 1))[0], False
        if match := re.match(r"(?:case\b[^;{}]*?|default)(?<!:):(?!:)", self.code[at:at + 200]):
            return self._statement(self._skip(at + match.end()))[0], False
        return self._simple(at)

    def _simple(self, at: int) -> tuple[int, bool]:
        begin = at
        depth = 0
        while at < len(self.code):
            char = self.code[at]
            if char == "{" and re.search(r"(?:\)|\]|mutable|const) $", self.code[begin:at]):
                at = self._block(at + 1)  # a lambda's
                continue
            depth += (char in "({[") - (char in ")}]")
            if depth < 0:
                return at, False
            if char == ";" and depth == 0:
                break
            at += 1
        end = at + 1
        statement = self.code[begin:end]
        if _EXPRESSION.match(statement) and not _DECLARES.match(statement):
            original = self.text[begin:end]
            self.sites.append(Site(begin, end, "dropped: " + self._one_line(begin, end),
                                   f"if (!ONCELOAD_MUTANT(@)) {original}"))
            return end, True
        self._bounds_of_value(begin, end)
        return end, False

    def _one_line(self, begin: int, end: int) -> str:
        return " ".join(self.text[begin:end].split())

    def _plain(self, begin: int, end: int) -> bool:
        """May be written down twice: neither a comment nor a body."""
        return "//" not in self.text[begin:end] and "{" not in self.code[begin:end]

    def _bounds_of_value(self, begin: int, end: int) -> None:
        statement = self.code[begin:end]
        match = re.match(r"return (?=[^;])", statement) or re.match(
            r"(?:const )?[\w:<>, ]+ \w+ = ", statement)
        if match and "&" not in match[0]:
            self._bounds(begin + match.end(), end - 1)

    def _bounds(self, begin: int, end: int) -> None:
        if not self._plain(begin, end):
            return
        code, text = self.code[begin:end], self.text[begin:end]
        found = [(m, _OTHER_BOUND[m[1]], m.span(1)) for m in _BOUND.finditer(code)]
        found += [(m, m[1] + (" 2" if m[1] == "+" else " 0"), (m.start(1), m.end()))
                  for m in _OFFSET.finditer(code)]
        for _, other, (first, last) in found:
            mutated = " ".join((text[:first] + other + text[last:]).split())
            self.sites.append(Site(begin, end, "bound moved: " + mutated,
                                   f"ONCELOAD_MUTANT(@) ? ({mutated}) : ({text})"))

    def _condition(self, begin: int, end: int) -> None:
        semicolon = self.code.rfind(";", begin, end)
        begin = begin if semicolon < 0 else self._skip(semicolon + 1)
        code = self.code[begin:end]
        if not self._plain(begin, end) or re.search(r"(?<![=!<>])=(?!=)", code):
            return
        mutated = self._one_line(begin, end)
        self.sites.append(Site(begin, end, "negated: " + mutated,
                               f"ONCELOAD_MUTANT(@) ? !({mutated}) : !!({self.text[begin:end]})"))
        self._bounds(begin, end)

    def _loop(self, begin: int, end: int) -> None:
        parts = self.code[begin:end].split(";")
        if len(parts) != 3 or not parts[1].strip():
            return
        first = self._skip(begin + len(parts[0]) + 1)
        self._bounds(first, begin + len(parts[0]) + 1 + len(parts[1]))

    def _swap(self, one: tuple[int, int], other: tuple[int, int]) -> None:
        a, b = self._one_line(*one), self._one_line(*other)
        # Two assignments can hardly depend on each other's place.
        are_calls = all(_CALL.match(self.code[x:y]) for x, y in (one, other))
        if a == b or not are_calls or not self._plain(one[0], other[1]):
            return
        original = self.text[one[0]:other[1]]
        self.sites.append(Site(one[0], other[1], f"swapped: {a} {b}",
                               f"if (ONCELOAD_MUTANT(@)) {{ {b} {a} }} else {{ {original} }}"))


def sites_in(file: Path) -> list[Edit]:
    text = file.read_text(encoding="utf-8")
    name = file.relative_to(ROOT).as_posix()
    edits = []
    for site in Finder(text).run():
        line = text.count("\n", 0, site.begin) + 1
        edits.append(Edit("", name, site.what, text[site.begin:site.end], "", line=line,
                          begin=site.begin, switch=site.switch))
    return edits


def sample(number: int, seed: int, lines_of: dict[str, set[int]] | None = None,
           beside: list[Edit] | None = None) -> list[Edit]:
    """Of all that can be made, so many that lie beside each other, and beside those that are given.

    `lines_of`: no others.
    """
    files = sorted(path for room in ROOMS for path in (ROOT / "src" / room).glob("*.cc"))
    edits = [edit for path in files for edit in sites_in(path)]
    if lines_of is not None:
        edits = [edit for edit in edits if edit.line in lines_of.get(edit.file, set())]
    random.Random(seed).shuffle(edits)
    taken: list[Edit] = []
    for edit in edits:
        if len(taken) == number:
            break
        if not any(overlap(edit, other) for other in [*taken, *(beside or [])]):
            edit.id = f"r{len(taken) + 1:03}"
            taken.append(edit)
    return taken


def overlap(a: Edit, b: Edit) -> bool:
    return (a.file == b.file and a.begin < b.begin + len(b.old)
            and b.begin < a.begin + len(a.old))
