"""Who includes whom: the layout's arrows go down only, and each library has its place."""

from __future__ import annotations

import re
from pathlib import Path

from project_files import ROOT, cpp_files, name_of

# Each folder and the folders it may include from, besides itself.
BELOW: dict[str, set[str]] = {
    "core": set(),
    "message": {"core"},
    "schema": {"core"},
    "registry": {"core", "schema"},
    "source": {"core"},
    "csv": {"core", "source"},
    "encode": {"core", "schema", "source", "csv", "message"},
    "rows": {"core", "schema", "source", "csv", "message", "encode"},
    "kafka": {"core", "message"},
    "checkpoint": {"core"},
    "report": {"core"},
    "metrics": {"core", "report"},
    "recover": {"core", "source", "csv", "message", "encode", "kafka", "checkpoint"},
}
BELOW["load"] = set(BELOW) - {"metrics", "registry"}
BELOW["verify"] = BELOW["load"] - {"report", "load"}
BELOW["plan"] = BELOW["load"] | {"load"}
BELOW["preflight"] = BELOW["load"] | {"load", "registry"}
BELOW["doctor"] = BELOW["preflight"] | {"preflight"}
BELOW["watch"] = BELOW["load"] | {"load"}
BELOW["certificate"] = BELOW["verify"] | {"verify"}
BELOW["locate"] = BELOW["certificate"]
BELOW["history"] = BELOW["certificate"]
BELOW["page"] = BELOW["certificate"]
BELOW["expect"] = BELOW["certificate"] | {"certificate"}
BELOW["repair"] = BELOW["load"] | {"load"}
BELOW["options"] = BELOW["preflight"] | {"preflight", "watch", "metrics", "verify"}
BELOW["run"] = BELOW["options"] | {"options"}
BELOW["cli"] = set(BELOW)

# Third-party headers and the folders of src/ that may include them; None: any .cc file.
LIBRARIES: dict[str, set[str] | None] = {
    r"librdkafka/.*": {"kafka"},
    r"openssl/.*": {"kafka", "certificate"},
    r"sqlite3\.h": {"checkpoint"},
    r"cxxopts\.hpp": {"options"},
    r"spdlog/.*|fmt/.*": {"report"},
    r"absl/.*": {"encode"},
    r"utf8proc\.h": {"encode"},
    r"prometheus/.*": {"metrics"},
    r"curl/.*": {"metrics", "registry"},
    r"google/protobuf/.*": {"schema"},
    r"jsoncons(_ext)?/.*": {"schema"},
    r"nlohmann/.*": None,
    r"xxhash\.h": {"core", "source"},
    r"(zlib|zstd|zstd_errors|bzlib|lzma)\.h": {"source"},
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
STANDARD = re.compile(r"[a-z_0-9]+")  # <vector>, <cstdint>
SYSTEM = re.compile(r"(sys/|netinet/|arpa/)?[a-z_0-9]+\.h")  # <unistd.h>, <sys/stat.h>
GENERATED = {"embedded_migrations.h": "checkpoint"}


def includes(path: Path) -> list[tuple[str, str]]:
    """(bracket, name) of each include."""
    return INCLUDE.findall(path.read_text(encoding="utf-8"))


def folder_of(path: Path) -> str | None:
    """The layout's folder of a file in include/onceload/ or src/."""
    parts = path.relative_to(ROOT).parts
    if parts[:2] == ("include", "onceload") and len(parts) == 4:
        return parts[2]
    if parts[0] == "src" and len(parts) == 3:
        return parts[1]
    return None


def own_files() -> list[tuple[Path, str]]:
    return [(path, folder) for path in cpp_files() if (folder := folder_of(path))]


def included_folder(name: str, own: str) -> str | None:
    """The folder that a quoted include names; None: a file of that name does not exist."""
    if name in GENERATED:
        return GENERATED[name]
    for base in (ROOT / "include", ROOT / "src", ROOT / "src" / own):
        if (base / name).exists():
            return folder_of(base / name)
    return None


def test_every_file_has_a_folder_of_the_layout() -> None:
    strays = [
        name_of(path)
        for path in cpp_files()
        if path.relative_to(ROOT).parts[0] in ("include", "src") and folder_of(path) not in BELOW
    ]
    assert not strays, strays


def test_arrows_go_down_only() -> None:
    wrong = []
    for path, folder in own_files():
        for bracket, name in includes(path):
            if bracket == "<":
                continue
            target = included_folder(name, folder)
            if target != folder and target not in BELOW[folder]:
                wrong.append(f"{name_of(path)} includes {name} ({target or 'not found'})")
    assert not wrong, "\n".join(wrong)


def test_a_public_header_is_used_by_another_folder() -> None:
    users: dict[Path, set[str]] = {
        path: set() for path, _ in own_files() if path.is_relative_to(ROOT / "include")
    }
    for path, folder in own_files():
        for bracket, name in includes(path):
            target = ROOT / "include" / name
            if bracket == '"' and target in users:
                users[target].add(folder)
    private = [
        f"{name_of(path)} is for src/{folder_of(path)}/"
        for path, folders in users.items()
        if not folders - {folder_of(path)}
    ]
    # A header that another public header includes is as public as that.
    needed = {
        ROOT / "include" / name
        for path, _ in own_files()
        if path.is_relative_to(ROOT / "include")
        for _, name in includes(path)
    }
    private = [line for line in private if ROOT / line.split(" is for ")[0] not in needed]
    assert not private, "\n".join(private)


def test_public_headers_name_no_third_party() -> None:
    wrong = [
        f"{name_of(path)} includes <{name}>"
        for path, _ in own_files()
        for bracket, name in includes(path)
        if path.is_relative_to(ROOT / "include") and bracket == "<"
        if not STANDARD.fullmatch(name)
    ]
    assert not wrong, "\n".join(wrong)


def test_public_headers_include_public_headers_only() -> None:
    wrong = [
        f'{name_of(path)} includes "{name}"'
        for path, _ in own_files()
        for bracket, name in includes(path)
        if path.is_relative_to(ROOT / "include") and bracket == '"'
        if not name.startswith("onceload/")
    ]
    assert not wrong, "\n".join(wrong)


def test_libraries_stay_in_their_folders() -> None:
    wrong = []
    for path, folder in own_files():
        for bracket, name in includes(path):
            for pattern, folders in LIBRARIES.items():
                if not re.fullmatch(pattern, name):
                    continue
                allowed = path.suffix == ".cc" if folders is None else folder in folders
                if not allowed or bracket != "<":
                    wrong.append(f"{name_of(path)} includes {name}")
    assert not wrong, "\n".join(wrong)


def test_no_library_is_used_that_is_not_listed() -> None:
    known = [STANDARD.pattern, SYSTEM.pattern, *LIBRARIES]
    wrong = [
        f"{name_of(path)} includes <{name}>"
        for path, _ in own_files()
        for bracket, name in includes(path)
        if bracket == "<" and not any(re.fullmatch(pattern, name) for pattern in known)
    ]
    assert not wrong, "\n".join(wrong)
