"""--html: one page that needs nothing else and says what the audit has found."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image
from onceload_runner import DIFFERENCES, DONE, USAGE, Scene, assert_fails

ROWS = 400
NAME = "<i>rows & more</i>.csv"
SECTIONS = ["verdict", "loaded", "runs", "partitions", "rejected", "differences"]
VOID = {"meta"}
PICTURES = Path(__file__).with_name("pictures")
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

WIDTHS = (390, 1440)
GROUNDS = {"light": (255, 255, 255), "dark": (13, 17, 23)}
MARGIN = 4  # pixels at the left and right that are the ground


def screenshot(html: Path, width: int, height: int, scheme: str) -> Image.Image:
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
    with Image.open(shot) as image:  # a window wider than the frame shows the desk beside it
        return image.convert("RGB").crop((0, 0, width, image.height))


# What another run says otherwise: times, ids, places, and how long a run was.
OTHERWISE = [
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", "2026-01-31 12:00:00"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
     "01234567-89ab-cdef-0123-456789abcdef"),
    (r"left:[\d.]+%;width:[\d.]+%", "left:20%;width:30%"),
    (r"pid \d+ on [\w.-]+", "pid 4711 on host"),
    (r"(?:/[\w.-]+)+/", "/data/"),
    (r"test-[\w.-]+", "a-load"),
    (r"[\d,.]+ rows/s", "1,000 rows/s"),
    (r"\d+ rows, (killed|exit)", r"100 rows, \1"),
    (r"\b\d+(\.\d+)? (ms|s)\b", "1 s"),
    (r"offsets? \d+( to \d+)?", "offset 7"),
]
SQUARE = 8  # pixels: what is smaller than that is a letter's edge
UNLIKE = 24  # of 255: a square's mean brightness


def squares(image: Image.Image) -> list[int]:
    """Mean brightness of each square of SQUARE pixels."""
    return list(image.convert("L").reduce(SQUARE).getdata())


def fonts() -> str:
    """What a browser draws with here: other letters make another picture."""
    names = [subprocess.run(["fc-match", family], capture_output=True, text=True, check=False)
             for family in ("system-ui", "sans-serif", "monospace")]
    return "; ".join(name.stdout.strip() for name in names)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_the_page_looks_as_in_its_pictures(scene: Scene) -> None:
    """ONCELOAD_NEW_PICTURES=1 takes new ones, which are then to be looked at."""
    take, drawn_with = os.environ.get("ONCELOAD_NEW_PICTURES") == "1", PICTURES / "fonts"
    if take:
        PICTURES.mkdir(exist_ok=True)
        drawn_with.write_text(fonts() + "\n", encoding="utf-8")
    elif drawn_with.read_text(encoding="utf-8").strip() != fonts():
        pytest.skip("this machine has other fonts than the pictures")
    html = scene.directory / "page.html"
    page_of_a_hard_life(scene, html)
    text = html.read_text(encoding="utf-8")
    for pattern, always in OTHERWISE:
        text = re.sub(pattern, always, text)
    html.write_text(text, encoding="utf-8")
    for width in WIDTHS:
        for scheme in GROUNDS:
            seen = screenshot(html, width, 1600, scheme)
            picture = PICTURES / f"page-{width}-{scheme}.png"
            if take:
                seen.quantize(64).save(picture, optimize=True)
            with Image.open(picture) as kept:
                assert kept.size == seen.size
                pairs = list(zip(squares(kept.convert("RGB")), squares(seen), strict=True))
            unlike = sum(abs(a - b) > UNLIKE for a, b in pairs)
            assert unlike <= len(pairs) // 200, f"{unlike} of {len(pairs)} squares: {picture}"


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_nothing_is_cut_at_either_width_in_either_scheme(scene: Scene) -> None:
    html = scene.directory / "page.html"
    page_of_a_hard_life(scene, html)
    for width in WIDTHS:
        for scheme, ground in GROUNDS.items():
            seen = screenshot(html, width, 900, scheme)
            for left in (0, width - MARGIN):
                margin = seen.crop((left, 0, left + MARGIN, seen.height))
                assert margin.getcolors() == [(MARGIN * seen.height, ground)], (
                    f"{width} {scheme}: something lies at the edge")
            assert len(seen.getcolors(maxcolors=1 << 20)) > 100, "nothing is shown"
