"""Edits that the tests must see: see docs/mutants.md."""
