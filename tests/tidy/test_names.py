"""One name, one thing: what one program is linked of must not define a name twice.

Two types of one name in two files are seen by no compiler, and a linker takes either one's inline
functions for both: constructors and destructors of the one run on objects of the other.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from cpp_text import Definition, definitions
from project_files import ROOT, cpp_files, name_of

Places = dict[str, list[tuple[Path, Definition]]]


def by_name(files: list[tuple[Path, str]], *kinds: str) -> Places:
    places: Places = defaultdict(list)
    for path, text in files:
        for definition in definitions(text):
            if definition.kind in kinds:
                places[definition.name].append((path, definition))
    return places


def own_files(*suffixes: str) -> list[tuple[Path, str]]:
    """Of the program; tests are programs of their own."""
    return [
        (path, path.read_text(encoding="utf-8"))
        for path in cpp_files()
        if path.relative_to(ROOT).parts[0] in ("include", "src") and path.suffix in suffixes
    ]


def in_two_files(places: Places) -> list[str]:
    """Names that more than one file defines; aliases and constants only if they differ."""
    wrong = []
    for name, found in sorted(places.items()):
        if len({path for path, _ in found}) < 2:
            continue
        if all(d.kind in ("alias", "constant") for _, d in found):
            if len({d.text for _, d in found}) == 1:
                continue
        where = ", ".join(f"{name_of(path)}:{d.line}" for path, d in found)
        wrong.append(f"{name}: {where}")
    return wrong


def test_no_two_types_have_one_name() -> None:
    wrong = in_two_files(by_name(own_files(".h", ".cc"), "type", "alias"))
    assert not wrong, "\n".join(wrong)


def test_no_two_functions_have_one_name_and_parameters() -> None:
    """In headers: inline ones, of which the linker takes any. In .cc files: those of the members of
    two archives, of which it takes the first.
    """
    wrong = in_two_files(by_name(own_files(".h", ".cc"), "function"))
    assert not wrong, "\n".join(wrong)


def test_no_two_constants_of_headers_have_one_name() -> None:
    wrong = in_two_files(by_name(own_files(".h"), "constant"))
    assert not wrong, "\n".join(wrong)


# --- the finder of definitions is itself tested ---------------------------------------------------

SAMPLE = """
namespace a::b {
struct Declared;
struct Plain {
  struct Nested { int x; };
  int f() const { return 1; }
};
class Derived final : public Plain {};
enum class Kind : std::uint8_t { kA, kB };
template <typename T, std::size_t N = (1 > 0)>
struct Box {};
template <>
struct Box<int, 1> {};
using Name = std::vector<std::pair<int, int>>;
typedef int Number;
inline constexpr std::array<int, 2> kPair{{1, 2}};
inline constexpr int kOne = 1, kTwo = 2;
template <typename T>
inline T Twice(const T& value, int times = 2) { return value; }
std::string Twice(std::string_view) { struct Local {}; return {}; }
Derived::Derived(int x) : a_(x), b_{x} { using Inner = int; }
bool operator==(const Plain& a, const Plain& b) { return true; }
namespace {
struct Hidden {};
void Helper() {}
}  // namespace
}  // namespace a::b
extern "C" { struct OfC { int x; }; }
int Outside();
"""


def test_definitions_are_found() -> None:
    found = [(d.kind, d.name.removeprefix("a::b::")) for d in definitions(SAMPLE)]
    assert found == [
        ("type", "Plain"),
        ("type", "Derived"),
        ("type", "Kind"),
        ("type", "Box"),
        ("type", "Box<int, 1>"),
        ("alias", "Name"),
        ("alias", "Number"),
        ("constant", "kPair"),
        ("constant", "kOne"),
        ("function", "Twice(constT&,int)"),
        ("function", "Twice(std::string_view)"),
        ("function", "Derived::Derived(int)"),
        ("function", "operator==(constPlain&,constPlain&)"),
        ("type", "OfC"),
    ]


def test_a_name_in_two_files_is_found() -> None:
    hidden = "namespace { class C {}; }"
    one = f"namespace n {{ struct A {{ int x; }}; using B = int; {hidden} }}"
    two = f"namespace n {{ class A {{}}; using B = int; {hidden} }}"
    three = "namespace n { using A = long; using B = long; }"
    files = [(ROOT / f"{n}.cc", text) for n, text in enumerate((one, two, three), start=1)]
    assert in_two_files(by_name(files[:2], "type", "alias")) == ["n::A: 1.cc:1, 2.cc:1"]
    wrong = in_two_files(by_name(files, "type", "alias"))
    assert wrong == ["n::A: 1.cc:1, 2.cc:1, 3.cc:1", "n::B: 1.cc:1, 2.cc:1, 3.cc:1"]


def test_a_function_in_two_files_is_found() -> None:
    one = "namespace n { inline int F(int a, const T& b = {}) { return a; } constexpr int kA = 1; }"
    two = "namespace n { int F(int x, const T& y) { return 2; } inline constexpr int kA{2}; }"
    three = "namespace n { int F(long x, const T& y) { return 2; } constexpr int kA = 1; }"
    files = [(ROOT / f"{n}.h", text) for n, text in enumerate((one, two, three), start=1)]
    assert in_two_files(by_name(files, "function")) == ["n::F(int,constT&): 1.h:1, 2.h:1"]
    assert len(in_two_files(by_name(files[:2], "constant"))) == 1
    assert in_two_files(by_name([files[0], files[2]], "constant")) == []
