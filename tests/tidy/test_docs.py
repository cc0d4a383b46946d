"""What the documents say is what the program does."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from project_files import ROOT, name_of, project_files

BINARY = Path(os.environ.get("ONCELOAD_BINARY", ROOT / "build/release/onceload"))
VERBS = ("load", "verify", "status", "plan", "doctor")


def run(*words: str) -> str:
    if not BINARY.exists():
        pytest.fail(f"{BINARY} is not built")
    done = subprocess.run([BINARY, *words], text=True, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


def document(name: str) -> str:
    path = ROOT / name
    assert path.exists(), f"there is no {name}"
    return path.read_text(encoding="utf-8")


def block(text: str, begin: str, end: str) -> str | None:
    """What stands between two markers, without a fence of ``` around it."""
    match = re.search(rf"<!-- {re.escape(begin)} -->\n(.*?)<!-- {re.escape(end)} -->", text, re.S)
    if match is None:
        return None
    return re.sub(r"^```\w*\n|^```$", "", match[1].strip() + "\n", flags=re.M)


def plain(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def test_exit_codes_are_those_of_the_code() -> None:
    header = document("include/onceload/core/error.h")
    body = re.search(r"enum class ExitCode[^{]*\{(.*?)\};", header, re.S)
    assert body
    in_code = {int(value) for value in re.findall(r"\bk\w+ = (\d+)", body[1])}
    readme = document("README.md")
    section = re.search(r"^#+ [^\n]*exit codes?.*?(?=^#|\Z)", readme, re.S | re.M | re.I)
    assert section, "README.md has no section on exit codes"
    in_readme = [int(value) for value in re.findall(r"^\|\s*`?(\d+)`?\s*\|", section[0], re.M)]
    assert sorted(in_readme) == sorted(in_code)


@pytest.mark.parametrize("verb", VERBS)
def test_help_in_the_documents_is_the_programs(verb: str) -> None:
    found = 0
    for path in project_files(".md"):
        text = block(path.read_text(encoding="utf-8"), f"help:{verb}", "/help")
        if text is None:
            continue
        found += 1
        assert plain(text) == plain(run(verb, "--help")), name_of(path)
    if verb == "load":
        assert found, "no document shows the help of `onceload load`"


def test_the_protocol_in_the_documents_is_the_programs() -> None:
    table = block(document("docs/commit-protocol.md"), "steps", "/steps")
    assert table is not None, "docs/commit-protocol.md has no <!-- steps --> block"
    assert plain(table) == plain(run("failpoints", "--table"))


def test_the_settings_in_the_documents_are_the_programs() -> None:
    table = block(document("docs/guarantees.md"), "guarantees", "/guarantees")
    assert table is not None, "docs/guarantees.md has no <!-- guarantees --> block"
    assert plain(table) == plain(run("guarantees"))


def test_the_properties_in_the_documents_are_the_programs() -> None:
    table = block(document("docs/properties.md"), "properties", "/properties")
    assert table is not None, "docs/properties.md has no <!-- properties --> block"
    assert plain(table) == plain(run("properties"))


def test_the_answers_in_the_documents_are_the_programs() -> None:
    table = block(document("docs/answers.md"), "answers", "/answers")
    assert table is not None, "docs/answers.md has no <!-- answers --> block"
    assert plain(table) == plain(run("answers"))


def test_the_schema_of_the_load_file_is_the_programs() -> None:
    assert document("docs/load-file.schema.json") == run("config", "schema")


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path in project_files(".md"):
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if "://" not in target and not (path.parent / target).exists():
                broken.append(f"{name_of(path)}: {target}")
    assert not broken, "\n".join(broken)


def anchors_of(path: Path) -> set[str]:
    """What GitHub makes of the headings."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    headings = re.findall(r"^#+ (.+?)\s*$", text, re.M)
    names = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", name).replace(" ", "-") for name in names}


def test_links_to_a_heading_lead_to_one() -> None:
    broken = []
    for path in project_files(".md"):
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
        for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", text):
            page = path.parent / target if target else path
            if "://" in target or page.suffix != ".md" or not page.exists():
                continue
            if anchor not in anchors_of(page):
                broken.append(f"{name_of(path)}: {target}#{anchor}")
    assert not broken, "\n".join(broken)


def test_pictures_are_there() -> None:
    broken = []
    for path in project_files(".md"):
        for target in re.findall(r'<img[^>]* src="([^"]+)"', path.read_text(encoding="utf-8")):
            if "://" not in target and not (path.parent / target).exists():
                broken.append(f"{name_of(path)}: {target}")
    assert not broken, "\n".join(broken)


def test_the_first_page_stays_short() -> None:
    assert document("README.md").count("\n") < 250


def test_each_page_is_linked_from_another() -> None:
    linked = {
        (path.parent / target).resolve()
        for path in project_files(".md")
        for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
        if "://" not in target
    }
    pages = [path for path in project_files(".md") if name_of(path).startswith("docs/")]
    lost = [p for p in pages if p.resolve() not in linked and p.parent.name != "decisions"]
    assert not lost, lost


def test_no_file_names_a_place_on_a_developers_machine() -> None:
    places = [f"/{folder}/" for folder in ("work", "root")]
    named = []
    for path in project_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), start=1):
            if any(place in line for place in places):
                named.append(f"{name_of(path)}:{number}: {line.strip()[:80]}")
    assert not named, "\n".join(named)
