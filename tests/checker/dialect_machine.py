"""A reader of CSV dialects for the checker and the corpus: a state machine as plain as can be, that
shares nothing with ours.

A dialect is a dict as EncodeDialect() writes it: delimiter, quote, escape, comment, trim,
skip_lines, columns, null.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

LINE_END = re.compile(r"\r\n|\r|\n")


class Unreadable(AssertionError):
    """A row that needs its answer by hand."""


def after_line(text: str, at: int) -> int:
    match = LINE_END.search(text, at)
    return match.end() if match else len(text)


class Machine:
    """Valid text to records. Characters, not bytes; one after the other."""

    def __init__(self, text: str, dialect: dict[str, Any]) -> None:
        self.text = text
        self.delimiter = dialect.get("delimiter", ",")
        self.quote = dialect.get("quote", '"')
        self.escape = dialect.get("escape", "")
        self.comment = dialect.get("comment", "")
        self.blanks = " \t" if dialect.get("trim") else ""
        self.null = dialect.get("null")
        self.at = 0
        self.begin = 0  # of the record that is read
        self.stops: set[int] = set()  # records() ends before a record that begins at one
        self.empty_lines = 0
        for _ in range(dialect.get("skip_lines", 0)):
            self.at = after_line(text, self.at)

    def ahead(self, what: str) -> bool:
        return what != "" and self.text.startswith(what, self.at)

    def cell_ends(self) -> bool:
        at_end = self.at == len(self.text)
        return at_end or self.text[self.at] in "\r\n" or self.ahead(self.delimiter)

    def pass_blanks(self) -> None:
        while not self.cell_ends() and self.text[self.at] in self.blanks:
            self.at += 1

    def take(self) -> tuple[str, bool]:
        """The next character; escaped, if an escape stands before it."""
        escaped = self.ahead(self.escape) and self.at + 1 < len(self.text)
        if escaped:
            self.at += 1
        size = 2 if escaped and self.ahead("\r\n") else 1
        self.at += size
        return self.text[self.at - size : self.at], escaped

    def cell(self) -> str | None:
        self.pass_blanks()
        if self.ahead(self.quote):
            self.at += 1
            cell = ""
            while True:
                if self.ahead(self.quote + self.quote):
                    cell += self.quote
                    self.at += 2
                elif self.ahead(self.quote):
                    self.at += 1
                    break
                elif self.at >= len(self.text):
                    raise Unreadable("a quote is open at the end of the file")
                else:
                    cell += self.take()[0]
            self.pass_blanks()
            if not self.cell_ends():
                raise Unreadable("text after a quote")
            return cell
        begin, taken = self.at, []
        while not self.cell_ends():
            taken.append(self.take())
        written = self.text[begin : self.at].rstrip(self.blanks) if self.blanks else None
        while taken and not taken[-1][1] and taken[-1][0] in list(self.blanks):
            taken.pop()
        if self.null is not None and self.null == (
            self.text[begin : self.at] if written is None else written
        ):
            return None
        return "".join(part for part, _ in taken)

    def records(self) -> Iterator[tuple[list[str | None], str]]:
        """Each record's cells, None for a null, and its text without the record end."""
        while self.at < len(self.text) and self.at not in self.stops:
            if self.ahead(self.comment):
                self.at = after_line(self.text, self.at)
                self.empty_lines += 1
                continue
            self.begin = self.at
            cells = [self.cell()]
            while self.ahead(self.delimiter):
                self.at += len(self.delimiter)
                cells.append(self.cell())
            content = self.text[self.begin : self.at]
            self.at = after_line(self.text, self.at)
            blank = len(cells) == 1 and content.strip(self.blanks or "\n") == ""
            if blank:
                self.empty_lines += 1
            else:
                yield cells, content
