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


@dataclass(frozen=True)
class Definition:
    """Of a type, function or constant at namespace scope, anonymous namespaces excepted."""

    kind: str  # "type", "alias", "function", "constant"
    name: str  # qualified; a function's with the types of its parameters
    text: str  # head, or the whole of what is one statement
    line: int


NAMESPACE = re.compile(r'^(?:inline\s+)?namespace\b\s*(?:\[\[.*\]\]\s*)?([\w:]*)$|^extern\s+""$')
TYPE = re.compile(
    r"^(?:typedef\s+)?(?:struct|class|union|enum(?:\s+(?:class|struct))?)\s+"
    r"(?:\[\[.*?\]\]\s*|alignas\([^)]*\)\s*)*([\w:]+(?:<.*?>)?(?=\s*(?:final\b|:(?!:)|$)))"
)
ALIAS = re.compile(r"^using\s+(\w+)\s*=|^typedef\b.*?(\w+)$")
CONSTANT = re.compile(
    r"^(?:(?:inline|constexpr|const|static|constinit)\s)+.*?(\w+)\s*(?:\[.*?\]\s*)?[={]"
)


def without_template(head: str) -> str:
    """Drops `template <...>` from the front."""
    while match := re.match(r"template\s*<", head):
        at, depth, parentheses = match.end(), 1, 0
        while depth > 0:
            parentheses += {"(": 1, ")": -1}.get(head[at], 0)
            depth += {"<": 1, ">": -1}.get(head[at], 0) if parentheses == 0 else 0
            at += 1
        head = re.sub(r"^\s*requires\s+[\w:<>]+\s*", "", head[at:]).strip()
    return head


def split_parameters(text: str) -> list[str]:
    parts, depth = [""], 0
    for char in text:
        depth += {"<": 1, "(": 1, "{": 1, ">": -1, ")": -1, "}": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]


def signature(head: str) -> str | None:
    """Name and types of the parameters; None if it is no function's head."""
    head = without_template(head)
    match = re.search(r"([~\w:]+|operator\s*(?:\(\)|[^\s(]+))\s*\(", head)
    if match is None:
        return None
    depth, at = 1, match.end()
    while depth > 0 and at < len(head):
        depth += {"(": 1, ")": -1}.get(head[at], 0)
        at += 1
    types = []
    for parameter in split_parameters(head[match.end() : at - 1]):
        bare = parameter.split("=")[0].strip()
        types.append(re.sub(r"(?<=[\s&*>])\w+$", "", bare).replace(" ", "") or bare)
    return f"{match[1]}({','.join(types)})"


def definition_of(head: str, ends: str) -> tuple[str, str] | None:
    """Kind and name of what `head` begins or is; `ends`: the character behind it."""
    bare = without_template(head)
    if ends == "{" and (match := TYPE.match(bare)):
        return "type", match[1]
    if ends == ";" and (match := ALIAS.match(bare)):
        return "alias", match[1] or match[2]
    if ends == "{" and (name := signature(head)):
        return "function", name
    if ends == ";" and (match := CONSTANT.match(bare)):
        return "constant", match[1]
    return None


def definitions(text: str, anonymous: bool = False) -> list[Definition]:
    """Those that another file could have, too, under the same name; or a file's own alone."""
    found: list[Definition] = []
    scopes: list[str | None] = []  # names of namespaces; None: an anonymous one
    depth = 0  # braces of anything else
    value = False  # they belong to a statement that goes on behind them
    head_at, line = 0, 1
    code = blank_literals(text)

    def add(at: int, ends: str) -> None:
        head = " ".join(code[head_at:at].split())
        if (None in scopes) != anonymous or (named := definition_of(head, ends)) is None:
            return
        name = "::".join([scope for scope in scopes if scope] + [named[1]])
        found.append(Definition(named[0], name, head, line))

    for at, char in enumerate(code):
        if char == "\n":
            line += 1
        elif char == "{":
            if depth == 0:
                head = " ".join(code[head_at:at].split())
                if match := NAMESPACE.match(head):
                    scopes.append("" if head.startswith("extern") else match[1] or None)
                    head_at = at + 1
                    continue
                value = is_initializer(head, code[at - 1])
                if not value:
                    add(at, char)
            depth += 1
        elif char == "}":
            if depth == 0:
                scopes.pop()
            else:
                depth -= 1
            if depth == 0 and not value:
                head_at = at + 1
        elif char == ";" and depth == 0:
            add(at, char)
            head_at, value = at + 1, False
    assert depth == 0 and not scopes, f"braces do not match: {depth}, {scopes}"
    return found
