"""A folder of files, and what people do to them between two runs of a load.

A text is a number: its row n is a function of both, so that a file is told by looking into it, each
row of a round is like no other, and texts of as many rows have as many bytes.
"""

from __future__ import annotations

import gzip
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

HEADER = "id,user,text\n"
USERS = 5


@dataclass(frozen=True)
class Shape:
    """What kind of files a round has."""

    name: str
    files: tuple[int, int]  # at first; least and most
    rows: tuple[int, int]
    pad: int  # bytes of a row's last column, about
    packed: float  # how many of them
    hive: bool  # all have one base name, each in a folder of its own
    chunk_rows: int


SHAPES = (
    Shape("small", (5, 12), (1, 12), 8, 0.0, False, 7),
    Shape("large", (2, 3), (60, 240), 600, 0.4, False, 25),
    Shape("hive", (3, 6), (5, 40), 20, 0.1, True, 9),
)
# The progress record has no room for the names of so many: they are kept in records of their own.
MANY_FILES = 70
MANY_FILES_CHANCE = 0.1


def row_of(text: int, number: int, pad: int) -> dict[str, str]:
    """The row as a reader of the topic is given it."""
    filler = "é" * (pad * (1 + number % 3) // 4)
    return {
        "id": f"{text:05d}-{number:05d}",
        "user": f"user-{number % USERS}",
        "text": filler,
    }


@dataclass(frozen=True)
class Seen:
    """A file with all names that lead to it; the load is to know it by the first of them."""

    paths: tuple[Path, ...]
    inode: int
    text: int
    rows: int

    @property
    def path(self) -> Path:
        return self.paths[0]


class World:
    """`root` is what the load is given, with all that is below it."""

    def __init__(self, directory: Path, shape: Shape, chance: random.Random) -> None:
        self.directory = directory
        self.root = directory / "in"
        self.root.mkdir()
        self.shape = shape
        self.chance = chance
        self.longest: dict[int, int] = {}  # rows of each text, as many as a file of it ever had
        self.names = 0
        self.story: list[str] = []
        # Of these a copy is known for what it is; two files of one text that nobody has read are
        # two inputs. Whoever judges the topic says which.
        self.loaded: Callable[[int], int] = lambda text: 0
        many = not shape.hive and shape.pad < 10 and chance.random() < MANY_FILES_CHANCE
        for _ in range(MANY_FILES if many else chance.randint(*shape.files)):
            self.add_file()
        self.story = [f"at first: {self.listing()}"]

    # --- what is there ---

    def paths(self) -> Iterator[Path]:
        """All names, links too; those of nothing that exists are links that lead nowhere."""
        for folder, _, names in os.walk(self.root):
            yield from (Path(folder) / name for name in names)

    def dangling(self) -> list[Path]:
        return sorted(path for path in self.paths() if not path.exists())

    def files(self) -> list[Seen]:
        """As a load sees them: each once, under the first of its names, links last."""
        by_inode: dict[int, list[Path]] = {}
        for path in self.paths():
            if path.exists():
                by_inode.setdefault(path.stat().st_ino, []).append(path)
        seen = []
        for inode, paths in by_inode.items():
            paths.sort(key=lambda path: (path.is_symlink(), str(path)))
            seen.append(Seen(tuple(paths), inode, *self.look_into(paths[0])))
        return sorted(seen, key=lambda file: str(file.path))

    def look_into(self, path: Path) -> tuple[int, int]:
        """Text and rows of a file; it holds a text's begin, or this program is at fault."""
        lines = self.content(path).decode().split("\n")
        ids = [line.split(",", 1)[0] for line in lines[1:] if line]
        text = int(ids[0].split("-")[0])
        assert ids == [f"{text:05d}-{n:05d}" for n in range(1, len(ids) + 1)], path
        return text, len(ids)

    @staticmethod
    def content(path: Path) -> bytes:
        content = path.read_bytes()
        return gzip.decompress(content) if is_packed(content) else content

    def plain_names(self) -> list[Path]:
        return sorted(path for path in self.paths() if not path.is_symlink())

    def one(self) -> Path:
        return self.chance.choice(self.plain_names())

    def folders(self) -> list[Path]:
        return sorted({path.parent for path in self.plain_names()})

    def free_name(self, folder: Path, stem: str = "file") -> Path:
        self.names += 1
        return folder / f"{stem}-{self.names}.csv"

    def name(self, path: Path) -> str:
        return str(path.relative_to(self.directory))

    def listing(self) -> str:
        texts = [
            f"{' = '.join(map(self.name, file.paths))} (text {file.text}, {file.rows} rows)"
            for file in self.files()
        ]
        return ", ".join(texts) if len(texts) < 20 else f"{len(texts)} files"

    def tell(self, event: str) -> None:
        self.story.append(event)

    # --- texts ---

    def lines(self, text: int, first: int, last: int) -> str:
        self.longest[text] = max(self.longest.get(text, 0), last)
        rows = (row_of(text, n, self.shape.pad) for n in range(first, last + 1))
        return "".join(",".join(row.values()) + "\n" for row in rows)

    def write(
        self, path: Path, text: int, rows: int, packed: bool | None = None, whole: bool = False
    ) -> None:
        """`whole`: with the last line's end, which a file that was loaded may have had."""
        if packed is None:
            packed = self.chance.random() < self.shape.packed
        content = HEADER + self.lines(text, 1, rows)
        if not whole and self.chance.random() < 0.15:
            content = content.removesuffix("\n")  # until more comes
        data = content.encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(data, self.chance.randint(1, 9)) if packed else data)

    def new_text(self) -> tuple[int, int]:
        text = 1 + max(self.longest, default=0)
        self.longest[text] = 0
        return text, self.chance.randint(*self.shape.rows)

    def add_file(self, path: Path | None = None) -> None:
        if path is None and self.shape.hive:
            self.names += 1
            path = self.root / f"dt={self.names}" / "part-0.csv"
        text, rows = self.new_text()
        path = path or self.free_name(self.chance.choice([self.root, *self.folders()]))
        self.write(path, text, rows)
        self.tell(f"new: {self.name(path)} (text {text}, {rows} rows)")

    # --- habits: each returns whether it could ---

    def act(self) -> None:
        while not self.chance.choices(HABITS, WEIGHTS)[0](self):
            pass


def is_packed(content: bytes) -> bool:
    return content[:2] == b"\x1f\x8b"


def is_linked(path: Path) -> bool:
    """Has further names, which would stay: gzip, for one, refuses such a file."""
    return path.stat().st_nlink > 1


def is_taken(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def keep_time(path: Path, stat: os.stat_result) -> None:
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def new_file(world: World) -> bool:
    world.add_file()
    return True


def rename(world: World) -> bool:
    path = world.one()
    new = path.with_name(path.name + ".done")
    if new.exists() or world.chance.random() < 0.6:
        new = world.free_name(path.parent, "renamed")
    path.rename(new)
    world.tell(f"rename: {world.name(path)} to {world.name(new)}")
    return True


def swap(world: World) -> bool:
    a, b = world.one(), world.one()
    if a == b:
        return False
    third = world.directory / "third"
    a.rename(third)
    b.rename(a)
    third.rename(b)
    world.tell(f"swap the names of {world.name(a)} and {world.name(b)}")
    return True


def move(world: World) -> bool:
    """Within a file system or from one to another, where it becomes another inode."""
    path = world.one()
    folder = world.chance.choice(["archive", "done", "2026/11", f"dt={world.names + 900}"])
    new = world.root / folder / path.name
    if is_taken(new):
        return False
    new.parent.mkdir(parents=True, exist_ok=True)
    far = not is_linked(path) and world.chance.random() < 0.4
    if far:
        shutil.copy2(path, new)
        path.unlink()
    else:
        path.rename(new)
    clear_folder(world, path.parent)
    world.tell(f"move{' (cp -p, rm)' if far else ''}: {world.name(path)} to {world.name(new)}")
    return True


def clear_folder(world: World, folder: Path) -> None:
    while folder != world.root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def move_folder(world: World) -> bool:
    folder = world.chance.choice([world.root, *world.folders()])
    world.names += 1
    new = folder.with_name(f"{folder.name.split('-')[0]}-{world.names}")
    folder.rename(new)
    world.tell(f"move the folder {world.name(folder)} to {world.name(new)}")
    if folder == world.root:
        world.root = new
    return True


def pack(world: World) -> bool:
    path = world.one()
    new = path.with_name(path.name + ".gz")
    content = path.read_bytes()
    if is_packed(content) or is_linked(path) or is_taken(new):
        return False
    stat = path.stat()
    new.write_bytes(gzip.compress(content, world.chance.randint(1, 9)))
    keep_time(new, stat)  # as gzip does
    path.unlink()
    world.tell(f"pack: {world.name(path)} to {world.name(new)}")
    return True


def pack_all(world: World) -> bool:
    """Some of it may be packed already."""
    for path in world.plain_names():
        new = path.with_name(path.name + ".gz")
        content = path.read_bytes()
        if not (is_packed(content) or is_linked(path) or is_taken(new)):
            new.write_bytes(gzip.compress(content))
            path.unlink()
    world.tell("pack all")
    return True


def unpack(world: World) -> bool:
    path = world.one()
    content = path.read_bytes()
    new = path.with_name(path.name.removesuffix(".gz"))
    if not is_packed(content) or is_linked(path) or (new != path and is_taken(new)):
        return False
    path.unlink()
    new.write_bytes(gzip.decompress(content))
    world.tell(f"unpack: {world.name(path)} to {world.name(new)}")
    return True


def copy(world: World) -> bool:
    path = world.one()
    if not world.loaded(world.look_into(path)[0]):
        return False
    folder = world.chance.choice([path.parent, world.root / "backup"])
    folder.mkdir(exist_ok=True)
    new = world.free_name(folder, "copy")
    if world.chance.random() < 0.3:
        new.write_bytes(gzip.compress(world.content(path)))
    else:
        (shutil.copy2 if world.chance.random() < 0.5 else shutil.copyfile)(path, new)
    world.tell(f"copy: {world.name(path)} to {world.name(new)}")
    return True


def hard_link(world: World) -> bool:
    path = world.one()
    new = world.free_name(world.chance.choice(world.folders()), "hard")
    os.link(path, new)
    world.tell(f"hard link: {world.name(new)} is {world.name(path)}")
    return True


def symlink(world: World) -> bool:
    path = world.one()
    new = path.parent / world.chance.choice(["latest.csv", "a-link.csv"])
    new.unlink(missing_ok=True)
    new.symlink_to(path.name if world.chance.random() < 0.5 else path)
    world.tell(f"symlink: {world.name(new)} to {world.name(path)}")
    return True


def grow(world: World) -> bool:
    path = world.one()
    content = path.read_bytes()
    text, rows = world.look_into(path)
    last = rows + world.chance.randint(1, max(2, rows))
    more = world.lines(text, rows + 1, last)
    if not world.content(path).endswith(b"\n"):
        more = "\n" + more
    if is_packed(content):
        if world.chance.random() < 0.5:
            path.write_bytes(content + gzip.compress(more.encode()))  # a further member
        else:
            path.write_bytes(gzip.compress(gzip.decompress(content) + more.encode()))
    else:
        with path.open("ab") as file:
            file.write(more.encode())
    world.tell(f"grow: {world.name(path)} from {rows} to {last} rows")
    return True


def replace(world: World) -> bool:
    """Another text under the name, in one of the ways in which programs save files."""
    path = world.one()
    before, (_, rows) = path.stat(), world.look_into(path)
    text, other_rows = world.new_text()
    way = world.chance.choice(["in place", "by rename", "of the same size and time"])
    if way == "in place":
        world.write(path, text, other_rows)
    else:
        same = way != "by rename"
        new = world.directory / "new"
        world.write(new, text, rows if same else other_rows)
        if same:
            keep_time(new, before)
        new.rename(path)
    world.tell(f"replace {way}: {world.name(path)} is text {text} now")
    return True


def rotate(world: World) -> bool:
    """As logrotate does: the old text under another name, a new one under the old name."""
    path = world.one()
    old = world.free_name(path.parent, path.name.split(".")[0])
    text, rows = world.new_text()
    way = "create"
    if world.loaded(world.look_into(path)[0]) and world.chance.random() < 0.5:
        way = "copytruncate"
        shutil.copyfile(path, old)
    else:
        path.rename(old)
    world.write(path, text, rows, packed=False)
    world.tell(f"rotate ({way}): {world.name(path)} is {world.name(old)} now, and text {text}")
    return True


def touch(world: World) -> bool:
    path = world.one()
    os.utime(path)
    world.tell(f"touch: {world.name(path)}")
    return True


def delete(world: World) -> bool:
    path = world.one()
    if len(world.plain_names()) < 2:
        return False
    path.unlink()
    clear_folder(world, path.parent)
    world.tell(f"delete: {world.name(path)}")
    return True


def recreate(world: World) -> bool:
    path = world.one()
    path.unlink()
    world.tell(f"delete, and create with other rows: {world.name(path)}")
    world.add_file(path)
    return True


HABITS: dict[Callable[[World], bool], float] = {
    rename: 3, swap: 1, move: 3, move_folder: 2, pack: 3, pack_all: 1, unpack: 2, copy: 2,
    hard_link: 1, symlink: 1, grow: 4, replace: 1.5, rotate: 1.5, touch: 1, delete: 1.5,
    recreate: 1, new_file: 3,
}  # fmt: skip
WEIGHTS = list(HABITS.values())
HABITS = list(HABITS)
