"""The mapping file's schema agrees with the parser, and its document with the schema."""

from __future__ import annotations

import json
import re

import pytest
from jsonschema import Draft202012Validator
from project_files import ROOT

SCHEMA = json.loads((ROOT / "docs/mapping.schema.json").read_text(encoding="utf-8"))
# The same table is put to the parser by tests/unit/encode/encode_options_test.cc.
TABLE = json.loads((ROOT / "tests/data/mappings.json").read_text(encoding="utf-8"))
DOCUMENT = (ROOT / "docs/mapping.md").read_text(encoding="utf-8")


def accepts(mapping: object) -> bool:
    return Draft202012Validator(SCHEMA).is_valid(mapping)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("mapping", TABLE["good"], ids=json.dumps)
def test_good_mappings_are_accepted(mapping: object) -> None:
    assert accepts(mapping)


@pytest.mark.parametrize("mapping", [bad["mapping"] for bad in TABLE["bad"]], ids=json.dumps)
def test_bad_mappings_are_refused(mapping: object) -> None:
    assert not accepts(mapping)


def test_examples_in_the_document_are_accepted() -> None:
    examples = re.findall(r"```json\n(.*?)```", DOCUMENT, re.S)
    assert examples
    for example in examples:
        assert accepts(json.loads(example)), example


def test_the_document_names_every_member() -> None:
    defs = SCHEMA["$defs"]
    names = set(SCHEMA["properties"]) | set(defs["column"]["properties"])
    names |= set(defs["key"]["properties"]) | set(defs["column"]["properties"]["type"]["enum"])
    missing = [name for name in sorted(names) if not re.search(rf"[`.]{name}[`.]", DOCUMENT)]
    assert not missing
