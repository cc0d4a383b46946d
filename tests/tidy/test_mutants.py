"""The list of edits that the tests must see keeps up with the code. scripts/mutants plays it."""

from __future__ import annotations

import sys
from pathlib import Path

from project_files import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from mutants import edits, mechanical


def test_each_edit_applies_to_the_code_of_today() -> None:
    found, wrong = edits.kept()
    assert not wrong, "\n".join(wrong)
    assert len(found) > 100


def test_an_edit_of_declarations_is_played_alone(tmp_path: Path) -> None:
    """Not both ways in one build: a name ends with its branch, and a comment hides the rest."""
    source = tmp_path / "src/load/x.cc"
    source.parent.mkdir(parents=True)
    source.write_text("  a.reset();  // first\n  Outcome o = b.get();\n  c();  // why\n")
    head, first, second = "== X1 src/load/x.cc\n# swapped\n", "a.reset();", "Outcome o = b.get();"
    kept = tmp_path / "kept.edits"
    kept.write_text(f"{head}-  {first}  // first\n   {second}\n+  {first}\n")
    [edit], wrong = edits.kept(kept, tmp_path)
    assert not wrong and not edit.switch, edit
    kept.write_text("== X2 src/load/x.cc\n# dropped\n-  c();  // why\n")
    [edit], wrong = edits.kept(kept, tmp_path)
    assert not wrong and edit.switch.endswith("else {   c(); }\n"), edit


def test_places_for_mechanical_edits_are_found() -> None:
    sample = mechanical.sample(200, seed=1)
    assert len(sample) == 200
    assert {edit.what.split(":")[0] for edit in sample} == {
        "negated", "bound moved", "dropped", "swapped"}
    assert sample == mechanical.sample(200, seed=1), "a seed is a sample"


def test_an_edit_beside_another_stays_beside_it() -> None:
    found, _ = edits.kept()
    for edit in mechanical.sample(100, seed=2, beside=found):
        assert not any(mechanical.overlap(edit, other) for other in found), edit
