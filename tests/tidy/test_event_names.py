"""What a run tells: every event is documented, and every line on stderr leaves from one place."""

from __future__ import annotations

import re

from cpp_text import blank_literals
from project_files import ROOT, cpp_files, name_of

HEADER = "include/onceload/report/run_events.h"
PAGE = "docs/events.md"

# report/ writes the lines; commands.cc the error that ends a command.
WRITERS = ("include/onceload/report/", "src/report/", "src/cli/commands.cc")
STDERR = re.compile(r"\b(?:std::)?(?:cerr|clog|stderr|perror)\b|\bSTDERR_FILENO\b")


def test_every_event_is_documented_and_no_other() -> None:
    """Their members are compared by unit_report, which has them as JSON."""
    header = (ROOT / HEADER).read_text(encoding="utf-8")
    in_code = re.findall(r'kName = "(\w+)"', header)
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    table = page[page.index("| event |") : page.index("## Progress as JSON")]
    in_page = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert len(in_code) > 15
    assert sorted(in_page) == sorted(in_code)


def test_every_event_is_one_of_the_variant() -> None:
    header = (ROOT / HEADER).read_text(encoding="utf-8")
    structs = re.findall(r"struct (\w+) \{\n  static constexpr std::string_view kName", header)
    variant = re.search(r"using RunEvent =\s+std::variant<(.*?)>;", header, re.DOTALL)
    assert variant and sorted(re.findall(r"\w+", variant[1])) == sorted(structs)


def test_stderr_is_written_to_from_one_place() -> None:
    wrong = [
        f"{name}:{number}: {line.strip()}"
        for path in cpp_files()
        if (name := name_of(path)).startswith(("src/", "include/"))
        and not name.startswith(WRITERS)
        for number, line in enumerate(
            blank_literals(path.read_text(encoding="utf-8")).splitlines(), start=1
        )
        if STDERR.search(line)
    ]
    assert not wrong, "\n".join(wrong)
