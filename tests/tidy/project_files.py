"""The project's own files, for the tests beside this one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HIDDEN_BUT_OURS = {".ci", ".github"}


def is_ours(directory: Path) -> bool:
    """Neither made by a build or a tool, nor the repository itself."""
    if directory.name.startswith("."):
        return directory.name in HIDDEN_BUT_OURS
    return directory.name not in ("build", "__pycache__")


def project_files(*suffixes: str) -> list[Path]:
    """All files, or those with one of the suffixes, in a stable order."""

    def walk(directory: Path) -> Iterator[Path]:
        for path in sorted(directory.iterdir()):
            if path.is_symlink():
                continue
            if path.is_dir():
                if is_ours(path):
                    yield from walk(path)
            elif path.name == ".git":  # a work tree's pointer to the repository
                continue
            elif not suffixes or path.suffix in suffixes:
                yield path

    return list(walk(ROOT))


def cpp_files() -> list[Path]:
    return project_files(".h", ".cc")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))
