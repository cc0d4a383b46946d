"""Limits that keep the code readable, and words that have no place in it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cpp_text import blank_literals, functions
from project_files import ROOT, cpp_files, name_of, project_files

LINE_MAX = 100
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
TEST_FILE_LINES_MAX = 800

# Written so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b")
NEW_OR_DELETE = re.compile(r"\bnew\s+[\w:(]|(?<!operator )\bdelete\s*(\[\]\s*)?[\w:*(]")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def scripts() -> list[Path]:
    folders = (ROOT / "scripts", ROOT / ".ci")
    files = [path for folder in folders if folder.is_dir() for path in folder.iterdir()]
    return [path for path in files if path.is_file() and path.read_bytes()[:2] == b"#!"]


def code_files() -> list[Path]:
    return [*project_files(".h", ".cc", ".py", ".sql"), *scripts()]


def test_lines_fit_the_page() -> None:
    """Not in shell scripts: the configuration files they write have long lines."""
    long = [
        f"{name_of(path)}:{number}: {len(line)}"
        for path in project_files(".h", ".cc", ".py", ".sql")
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if len(line) > LINE_MAX and "http" not in line
    ]
    assert not long, "\n".join(long)


def test_files_are_not_too_long() -> None:
    long = []
    for path in code_files():
        limit = TEST_FILE_LINES_MAX if name_of(path).startswith("tests/") else FILE_LINES_MAX
        if (lines := text_of(path).count("\n")) > limit:
            long.append(f"{name_of(path)}: {lines} lines")
    assert not long, "\n".join(long)


def test_functions_are_not_too_long() -> None:
    long = [
        f"{name_of(path)}:{function.first_line}: {function.lines} lines: {function.head[:80]}"
        for path in cpp_files()
        for function in functions(text_of(path))
        if function.lines > FUNCTION_LINES_MAX
    ]
    assert not long, "\n".join(long)


def test_no_bare_new_or_delete() -> None:
    bare = []
    for path in cpp_files():
        for number, line in enumerate(blank_literals(text_of(path)).splitlines(), start=1):
            if NEW_OR_DELETE.search(line):
                bare.append(f"{name_of(path)}:{number}: {line.strip()}")
    assert not bare, "\n".join(bare)


def test_nothing_is_marked_unfinished() -> None:
    marked = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in code_files()
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if UNFINISHED.search(line)
    ]
    assert not marked, "\n".join(marked)


def test_cpp_is_formatted() -> None:
    if not shutil.which("clang-format"):
        pytest.skip("clang-format is not installed; scripts/bootstrap --lint installs it")
    command = ["clang-format", "--dry-run", "--Werror", *cpp_files()]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    warned = sorted(
        {line.split(":")[0] for line in done.stderr.splitlines() if ": error: " in line}
    )
    assert done.returncode == 0, "\n".join(str(Path(file).relative_to(ROOT)) for file in warned)


def test_shell_scripts_pass_shellcheck() -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed; scripts/bootstrap --lint installs it")
    shell = [path for path in scripts() if b"bash" in path.read_bytes().split(b"\n")[0]]
    done = subprocess.run(
        ["shellcheck", *shell], cwd=ROOT, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout


# --- the finder of functions is itself tested -----------------------------------------------------

SAMPLE = """
#define BODY { {
namespace a {
namespace {
constexpr int kTable[] = {1, 2, 3};
const Thing thing{1, {2, 3}};
enum class E : int { kA, kB };
std::array<int, 2> pair = {{1, 2}};
}  // namespace {
class C final : public B {
 public:
  C(int x) : x_(x), y_{x, 1}, z_{} {}
  int x() const { return x_; }
  static_assert(sizeof(int) == 4);
  auto operator<=>(const C&) const = default;

 private:
  std::function<void()> f_ = [] { Call(); };
  int x_ = '{' + 1'000;
};

template <typename T>
std::vector<T> Long(const std::string& a = "}{",
                    T b = {}) noexcept(true) {
  auto lambda = [&](int c) {
    return c;
  };
  /* { */ const char* raw = R"sql(
    { " )sql";
  if (a) {
    return {b, b};
  }
}

extern "C" void Callback(void*) {
  struct Local {
    int z;
  };
}
}  // namespace a
TEST(Suite, Name) {
  Foo();
}
"""


def test_functions_are_found() -> None:
    found = [(f.head.split("(")[0].split()[-1], f.lines) for f in functions(SAMPLE)]
    assert found == [("C", 1), ("x", 1), ("Long", 12), ("Callback", 5), ("TEST", 3)]
