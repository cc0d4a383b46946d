"""A file's name leads to its definitions: foo.cc defines what foo.h declares."""

from __future__ import annotations

import re
from collections import defaultdict

from cpp_text import definitions
from project_files import ROOT, cpp_files, name_of

from test_includes import folder_of, includes

# Public headers whose source is named for a private one that has the rest of it.
ALSO = {"onceload/kafka/answers_table.h": "src/kafka/answers.cc"}

# A function at the left margin that ends with its line, in a header.
DECLARATION = re.compile(r"(?! |//|using|static_).*\(.*;")

# Sources that have no header of their own: one of several that stand behind one header, each named
# for its part or for what it is made with.
BEHIND = {
    "src/cli/main.cc": "cli/commands.h",
    "src/encode/avro_value.cc": "encode/value_encoder.h",
    "src/encode/json_schema_value.cc": "encode/value_encoder.h",
    "src/encode/json_value.cc": "encode/value_encoder.h",
    "src/encode/proto_value.cc": "encode/value_encoder.h",
    "src/encode/raw_value.cc": "encode/value_encoder.h",
    "src/kafka/progress_codec.cc": "onceload/kafka/progress_log.h",
    "src/kafka/rdkafka_producer.cc": "onceload/kafka/transactional_producer.h",
    "src/kafka/rdkafka_progress_log.cc": "onceload/kafka/progress_log.h",
    "src/kafka/rdkafka_scan.cc": "onceload/kafka/committed_scan.h",
    "src/options/command_line.cc": "onceload/options/invocation.h",
    "src/options/completion.cc": "onceload/options/option_pages.h",
    "src/options/help.cc": "onceload/options/option_pages.h",
    "src/schema/avro_json.cc": "onceload/schema/avro_schema.h",
    "src/options/option_search.cc": "onceload/options/option_table.h",
    "src/options/manual.cc": "onceload/options/option_pages.h",
}


def header_of(source: str, folder: str) -> str:
    stem = source.rsplit("/", 1)[1].removesuffix(".cc")
    if folder == "cli" and stem.endswith(("_command", "_commands")):
        return "cli/commands.h"
    public = f"onceload/{folder}/{stem}.h"
    return public if (ROOT / "include" / public).exists() else f"{folder}/{stem}.h"


def sources() -> list[tuple[str, str]]:
    return [
        (name_of(path), folder)
        for path in cpp_files()
        if path.suffix == ".cc" and (folder := folder_of(path))
    ]


def test_a_source_includes_the_header_it_is_named_for() -> None:
    wrong = []
    for source, folder in sources():
        header = BEHIND.get(source, header_of(source, folder))
        if ('"', header) not in includes(ROOT / source):
            wrong.append(f"{source} does not include {header}")
    assert not wrong, "\n".join(wrong)


def test_a_public_header_that_declares_functions_has_its_source() -> None:
    known = {source for source, _ in sources()} | set(BEHIND)
    behind = set(BEHIND.values()) | set(ALSO)
    wrong = []
    for path in cpp_files():
        folder = folder_of(path)
        if not path.is_relative_to(ROOT / "include") or not folder:
            continue
        text = path.read_text(encoding="utf-8")
        declares = any(DECLARATION.fullmatch(line) for line in text.splitlines())
        name = str(path.relative_to(ROOT / "include"))
        if declares and f"src/{folder}/{path.stem}.cc" not in known and name not in behind:
            wrong.append(f"{name} declares what no {path.stem}.cc defines")
    assert not wrong, "\n".join(wrong)


def compiled_apart() -> set[str]:
    """Sources that src/CMakeLists.txt keeps out of a room's one unit."""
    text = (ROOT / "src/CMakeLists.txt").read_text(encoding="utf-8")
    listed = re.search(r"set\(compiled_apart\s+(.*?)\)", text, re.S)
    assert listed
    return {f"src/{name}" for name in listed[1].split()}


def test_sources_of_a_room_can_be_one_unit() -> None:
    """As the preset `quick` compiles them: what is a file's own has a name of its own there."""
    apart = compiled_apart()
    assert apart <= {source for source, _ in sources()}
    places = defaultdict(set)
    for source, folder in sources():
        if source in apart:
            continue
        for definition in definitions((ROOT / source).read_text(encoding="utf-8"), anonymous=True):
            if definition.kind != "alias":  # the same thing twice, else no room would have it
                places[folder, definition.name].add(source)
    twice = [f"{name} ({', '.join(sorted(at))})" for (_, name), at in places.items() if len(at) > 1]
    assert not twice, "\n".join(twice)


def test_what_is_a_files_own_hides_no_type_of_a_header() -> None:
    """Alone the file compiles, for it does not include that header; beside others it does not."""
    of_headers = {
        definition.name
        for path in cpp_files()
        if path.suffix == ".h" and folder_of(path)
        for definition in definitions(path.read_text(encoding="utf-8"))
        if definition.kind == "type"
    }
    apart = compiled_apart()
    hiding = [
        f"{definition.name} ({source})"
        for source, _ in sources()
        if source not in apart
        for definition in definitions((ROOT / source).read_text(encoding="utf-8"), anonymous=True)
        if definition.kind in ("type", "function")
        and definition.name.split("(")[0] in of_headers
    ]
    assert not hiding, "\n".join(hiding)


def test_no_exception_is_left_over() -> None:
    known = {source for source, _ in sources()}
    assert set(BEHIND) <= known, set(BEHIND) - known
    for header, source in ALSO.items():
        assert ('"', header) in includes(ROOT / source), header
