"""scripts/record draws what a command has shown, and no more."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as Xml
from pathlib import Path

from project_files import ROOT

SVG = "{http://www.w3.org/2000/svg}"


def record(target: Path, script: str) -> tuple[int, list[str]]:
    words = (ROOT / "scripts/record", target, "sh", "-c", script)
    done = subprocess.run(words, capture_output=True, timeout=60, check=False)
    texts = Xml.parse(target).iter(f"{SVG}text")
    return done.returncode, [text.text or "" for text in texts]


def test_lines_are_drawn_as_they_were_shown(tmp_path: Path) -> None:
    script = r'echo "$ a <&>"; printf "10%%\r100%%\033[K\r1\033[K\n"; echo; echo end; exit 3'
    code, texts = record(tmp_path / "a.svg", script)
    assert code == 3
    assert texts[:-1] == ["$ a <&>", "1", "end"] or texts[:-1] == ["$ a <&>", "100%", "1", "end"]
    assert "pauses" in texts[-1]


def test_long_lines_are_wrapped_and_many_are_scrolled(tmp_path: Path) -> None:
    code, texts = record(tmp_path / "a.svg", 'printf "%0150d\n" 7; seq 40')
    assert code == 0
    assert texts[0] == "0" * 110 and texts[1] == "0" * 39 + "7"
    assert texts[2:-1] == [str(n) for n in range(1, 41)]
    assert "translateY(-" in (tmp_path / "a.svg").read_text()


def test_the_recording_is_of_a_run_that_went_well() -> None:
    texts = [text.text or "" for text in Xml.parse(ROOT / "docs/demo.svg").iter(f"{SVG}text")]
    shown = "\n".join(texts)
    assert shown.count("kill -KILL") == 2
    assert "proven: 1000000 rows" in shown and "each once" in shown
    assert "FAILED" not in shown and "error" not in shown
