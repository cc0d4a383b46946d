"""Just enough of C++'s grammar to find functions in code that clang-format has laid out."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Comments and literals, the longest forms first. A digit separator (1'000) is no literal.
LITERAL = re.compile(
    r"""
      //[^\n]*
    | /\*.*?\*/
    | R"(?P<tag>[^()\s\\]{0,16})\(.*?\)(?P=tag)"
    | "(?:\\.|[^"\\\n])*"
    | (?<![0-9A-Za-z_])(?:u8|u|U|L)?'(?:\\.|[^'\\\n])+'
    """,
    re.VERBOSE | re.DOTALL,
)


def blank_literals(text: str) -> str:
    """The same lines without comments, strings and preprocessor directives."""

    def blank(match: re.Match[str]) -> str:
        kept = '""' if match[0].startswith(('"', "R")) else " "
        return kept + "\n" * match[0].count("\n")

    text = LITERAL.sub(blank, text)
    return re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", lambda m: "\n" * m[0].count("\n"), text, flags=re.M)


@dataclass(frozen=True)
class Function:
    head: str
    first_line: int
    last_line: int

    @property
    def lines(self) -> int:
        return self.last_line - self.first_line + 1


SCOPE = re.compile(r"^(?:template\s*<.*>\s*)?(?:inline\s+)?(?:namespace|class|struct|union|enum)\b")


def without_brackets(head: str) -> str:
    """Drops parameters and template arguments, whose defaults may hold anything."""
    before = None
    while before != head:
        before, head = head, re.sub(r"\([^()]*\)|<[^<>()=]*(?:=[^<>()=]+)?>", " ", head)
    return head


def is_initializer(head: str, before: str) -> bool:
    """Is the brace after `head` one of a value, and not of a body?"""
    if before.isalnum() or before in "_>](,={":
        return True
    bare = without_brackets(head)
    return "operator" not in bare and re.search(r"(?<![=!<>])=(?!=)", bare) is not None


def functions(text: str) -> list[Function]:
    """Functions with bodies, each from its head's first line to its closing brace.

    Lambdas and local classes belong to the function around them. A brace that follows a name, an
    operator or a parenthesis without a space is an initializer.
    """
    found: list[Function] = []
    open_scopes = 0  # namespaces and classes around
    depth = 0  # braces inside a function body or an initializer
    inside: tuple[str, int] | None = None
    head_at = 0  # where the text since the last ; { or } begins
    line = 1
    code = blank_literals(text)
    for at, char in enumerate(code):
        if char == "\n":
            line += 1
        elif char == "{":
            if depth > 0:
                depth += 1
                continue
            head = re.sub(r"^(\s|public:|private:|protected:)+", "", code[head_at:at])
            before = code[at - 1] if at > 0 else ""
            if is_initializer(head, before):
                depth = 1  # an initializer; the head goes on after it
            elif "(" not in head.split("{")[0] or SCOPE.match(head):
                open_scopes += 1
                head_at = at + 1
            else:
                first = line - head.count("\n")
                inside = (" ".join(head.split()), first)
                depth = 1
        elif char == "}":
            if depth > 0:
                depth -= 1
                if depth == 0 and inside:
                    found.append(Function(*inside, line))
                    inside = None
                    head_at = at + 1
            else:
                open_scopes -= 1
                head_at = at + 1
        elif char == ";" and depth == 0:
            head_at = at + 1
    assert depth == 0 and open_scopes == 0, f"braces do not match: {depth}, {open_scopes}"
    return found
