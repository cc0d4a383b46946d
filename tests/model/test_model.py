"""The commit protocol's model, checked with spin: docs/model.md."""

from __future__ import annotations

import re
import shutil

import pytest
from check_model import DEFAULT, MODEL, MUTANTS, ROOT, Variant, check, how_to_replay

# Failpoints the model does not have, and why.
LEFT_OUT: dict[str, str] = {}


@pytest.mark.parametrize("variant", DEFAULT, ids=lambda variant: variant.name)
def test_model(variant: Variant) -> None:
    if not shutil.which("spin"):
        pytest.fail("spin is not installed; scripts/bootstrap installs it")
    result = check(variant)
    assert result.outcome == variant.expected, (
        f"{result.outcome} {result.detail}; to see it: {how_to_replay(variant)}"
    )


def test_every_failpoint_of_the_protocol_is_in_the_model() -> None:
    header = ROOT / "include/onceload/load/commit_protocol.h"
    text = header.read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:after|mid|in)_[a-z_]+\b", re.sub(r"//.*", "", text)))
    assert {"after_begin", "mid_send", "in_commit", "after_seal"} <= named - {"after_crash"}
    model = MODEL.read_text(encoding="utf-8")
    missing = {n for n in named - {"after_crash"} if not re.search(rf"\b{n}\b", model)}
    assert missing == set(LEFT_OUT)


def test_every_mutant_is_in_the_model_and_in_the_document() -> None:
    model = MODEL.read_text(encoding="utf-8")
    in_model = set(re.findall(r"^#ifn?def (\w+)", model, re.M))
    document = (ROOT / "docs/model.md").read_text(encoding="utf-8")
    for mutant in MUTANTS:
        assert mutant.name in in_model, mutant.name
        assert f"`{mutant.name}`" in document, mutant.name
