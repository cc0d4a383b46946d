"""The CSV corpus is what its generator writes."""

from __future__ import annotations

import subprocess
import sys

from project_files import ROOT


def test_the_corpus_is_what_its_generator_writes() -> None:
    command = [sys.executable, ROOT / "tests/data/make_csv_corpus.py", "--check"]
    done = subprocess.run(command, text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
