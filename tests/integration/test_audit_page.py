"""--html: one page that needs nothing else and says what the audit has found."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from onceload_runner import DIFFERENCES, DONE, USAGE, Scene, assert_fails

ROWS = 400
NAME = "<i>rows & more</i>.csv"
SECTIONS = ["verdict", "loaded", "runs", "partitions", "rejected", "differences"]
VOID = {"meta"}
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


class Page(HTMLParser):
    """Elements as they nest, and the texts of each section."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.sections: dict[str, str] = {}
        self.section = ""
        self.feed(text)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)
        if section := dict(attrs).get("id"):
            self.section = section
            self.sections[section] = ""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.section:
            self.sections[self.section] += data


def page_of_a_hard_life(scene: Scene, html: Path) -> Page:
    """Kills, rejected rows, and a record of somebody else's among the load's."""
    lines = [f"{n},user-{n % 7},{'no number <b>' if n % 100 == 3 else n}" for n in range(ROWS)]
    path = scene.write("\n".join(["id,user,amount", *lines, ""]), "rows.csv")
    path = path.rename(path.with_name(NAME.replace("/", "_")))
    words = ("--key", "user", "--type", "amount=integer", "--on-error", "skip", "--chunk-rows", 40)
    scene.crash("after_commit:3", *words, path)
    scene.crash("after_intend:2", *words, path)
    scene.kafka.produce(scene.topic, [(2, b"x", b"<script>alert(1)</script>")])
    assert scene.load(*words, path).code == DIFFERENCES  # for its rejected rows
    result = scene.verify("--source", "--html", html, path)
    assert result.code == DIFFERENCES, result
    return Page(html.read_text(encoding="utf-8"))


def test_the_page_tells_what_has_happened(scene: Scene) -> None:
    page = page_of_a_hard_life(scene, scene.directory / "page.html")
    assert list(page.sections) == SECTIONS
    assert "Not proven: 1 difference" in page.sections["verdict"]
    assert "<i>rows & more<" in page.sections["loaded"]  # as text
    assert "3 runs, 2 of them ended without a word" in page.sections["runs"]
    assert "exit code 1" in page.sections["runs"]
    for partition in range(5):
        assert re.search(rf"^{partition}$|{partition}\d+", page.sections["partitions"])
    assert "byte 0" not in page.sections["rejected"]
    assert "type4" in page.sections["rejected"] and "no number <b>" in page.sections["rejected"]
    assert "foreign" in page.sections["differences"]
    assert not page.tags & {"script", "link", "img", "iframe", "i", "b", "object"}
    assert not page.attributes & {"src", "href", "onclick", "onload"}


def test_a_page_is_of_one_load_and_has_to_be_written(scene: Scene) -> None:
    path = scene.write("a\n1\n")
    assert scene.load(path).code == DONE
    assert_fails(scene.verify("--html", scene.directory / "p.html"), USAGE, "of one load")
    there = scene.directory / "none/page.html"
    assert_fails(scene.verify("--html", there, path), USAGE, "cannot be written", "none")
    result = scene.verify("--html", scene.directory / "p.html", path)
    assert result.code == DONE, result
    page = Page((scene.directory / "p.html").read_text(encoding="utf-8"))
    assert "Proven" in page.sections["verdict"] and "rejected" not in page.sections


# --- as a browser shows it ------------------------------------------------------------------------

Pixels = list[bytes]  # a row of RGB each


def unpacked(png: bytes) -> Pixels:
    """8 bits a channel, not interlaced, as Chromium writes it."""
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", png[16:29])
    assert depth == 8 and not interlaced
    channels = {2: 3, 6: 4}[kind]
    data, at = b"", 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        if name == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    raw, size = zlib.decompress(data), width * channels
    rows: list[bytearray] = [bytearray(size)]
    for y in range(height):
        filtered = raw[y * (size + 1)]
        line = bytearray(raw[y * (size + 1) + 1 : (y + 1) * (size + 1)])
        above = rows[-1]
        for x in range(size):
            left = line[x - channels] if x >= channels else 0
            corner = above[x - channels] if x >= channels else 0
            line[x] = (line[x] + predicted(filtered, left, above[x], corner)) & 0xFF
        rows.append(line)
    return [bytes(b for x in range(width) for b in row[x * channels : x * channels + 3])
            for row in rows[1:]]


def predicted(kind: int, left: int, above: int, corner: int) -> int:
    if kind == 4:
        paeth = left + above - corner
        return min((left, above, corner), key=lambda value: abs(paeth - value))
    return (0, left, above, (left + above) // 2)[kind]


def screenshot(html: Path, width: int, height: int, scheme: str) -> Pixels:
    """Within a frame of that width: a browser's window has a least one."""
    frame = html.with_name(f"frame-{width}-{scheme}.html")
    frame.write_text(
        f'<body style="margin:0"><iframe src="{html.name}" width="{width}" height="{height}" '
        f'style="border:0;display:block"></iframe>'
    )
    shot = html.with_name(f"{html.stem}-{width}-{scheme}.png")
    dark = "0" if scheme == "dark" else "1"
    subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
         f"--blink-settings=preferredColorScheme={dark}", f"--screenshot={shot}",
         f"--window-size={max(width, 600)},{height}", frame.as_uri()],
        check=True, capture_output=True, timeout=120,
    )
    return [row[: 3 * width] for row in unpacked(shot.read_bytes())]


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_nothing_is_cut_at_either_width_in_either_scheme(scene: Scene) -> None:
    html = scene.directory / "page.html"
    page_of_a_hard_life(scene, html)
    for width in (390, 1440):
        for scheme, ground in (("light", b"\xff\xff\xff"), ("dark", b"\x0d\x11\x17")):
            rows = screenshot(html, width, 900, scheme)
            margins = {row[:12] for row in rows} | {row[-12:] for row in rows}
            assert margins == {4 * ground}, f"{width} {scheme}: something lies at the edge"
            assert len(set(rows)) > 100, "nothing is shown"
