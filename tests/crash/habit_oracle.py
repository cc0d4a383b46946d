"""What a load must have done, and what it must refuse, with files as people leave them.

The rules of docs/guarantees.md, written down once more and for themselves: a file is the text in
it. An input that a run has finished may be gone, or lie anywhere under any name; one that no run
has finished has to be there. Not all can be known of a run that was killed: then both is right.
"""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from onceload_runner import INPUT, USAGE, Result

from crash.habit_world import Seen


class Is(enum.Enum):
    NO = 0
    PERHAPS = 1
    SURE = 2


class Fault(Exception):
    """The program has done what it must not; says what."""


class WrongCode(Fault):
    """It has refused where it must not, or has not where it must."""


@dataclass
class Input:
    """A text that the load knows, or may know."""

    text: int
    known: Is  # PERHAPS: of a run that was killed before anything shows that it came that far
    unfinished: Is
    loaded: int = 0  # rows of it in the topic
    paths: set[Path] = field(default_factory=set)  # where the load last saw it; several: perhaps

    def is_named(self, line: str) -> bool:
        return any(names(line, path) for path in self.paths)

    def __str__(self) -> str:
        return (
            f"text {self.text}: {self.loaded} rows are loaded, known {self.known.name}, "
            f"unfinished {self.unfinished.name}"
        )


class Kind(enum.Enum):
    TWIN = "a copy beside the file"
    OTHER_TEXT = "another text under a finished file's path"
    MISSING = "an unfinished file is missing, or has changed"
    DANGLING = "a link leads nowhere"


@dataclass(frozen=True)
class Refusal:
    kind: Kind
    paths: frozenset[Path]
    named: int = 1  # so many of them must be in the message
    input: int = 0  # text
    sure: bool = True  # or the program may know better

    @property
    def code(self) -> int:
        return USAGE if self.kind is Kind.TWIN else INPUT

    def matches(self, result: Result) -> bool:
        if result.code != self.code or len(result.errors) != 1:
            return False
        line = result.errors[0]
        return sum(names(line, path) for path in self.paths) >= self.named

    def __str__(self) -> str:
        names = ", ".join(sorted(path.name for path in self.paths))
        return f"exit {self.code}, {self.kind.value}: {names}"


def names(line: str, path: Path) -> bool:
    """Not as the begin of another name."""
    text = str(path)
    at = line.find(text)
    while at >= 0 and line[at + len(text) :][:1] not in ("", " ", ";", ",", ":"):
        at = line.find(text, at + 1)
    return at >= 0


def plain(path: Path) -> str:
    """Its name, which packing does not change."""
    return path.name.removesuffix(".gz")


class Oracle:
    def __init__(self) -> None:
        self.inputs: dict[int, Input] = {}

    def loaded(self, text: int) -> int:
        return self.inputs[text].loaded if text in self.inputs else 0

    # --- before a run ---

    def refusals(self, files: Sequence[Seen], dangling: Sequence[Path]) -> list[Refusal]:
        """Any one of those that are sure must come; of the others none has to."""
        due = [Refusal(Kind.DANGLING, frozenset([path])) for path in dangling]
        homes: dict[int, list[Seen]] = defaultdict(list)
        strangers, perhaps = [], []
        for file in files:
            if file.text in self.inputs and file.rows >= self.loaded(file.text):
                homes[file.text].append(file)
                if self.inputs[file.text].known is not Is.SURE:
                    perhaps.append(file)
            else:
                strangers.append(file)
        for known in self.inputs.values():
            here = homes[known.text]
            if len(here) > 1:
                assert known.loaded, f"two files of text {known.text}, which nobody has read"
                paths = frozenset(path for file in here for path in file.paths)
                due.append(Refusal(Kind.TWIN, paths, 2, known.text))
        lost = [known for known in self.inputs.values() if not homes[known.text]]
        due += self.missing(lost, strangers)
        for file in strangers:
            due += self.other_text(file, lost, True)
        for file in perhaps:
            due += self.other_text(file, lost, False)
        return due

    @staticmethod
    def missing(lost: Sequence[Input], strangers: Sequence[Seen]) -> list[Refusal]:
        """Of an input without a row in the topic, another file of its name may take the place.

        Packed or not: nobody could bring back a text that was replaced before it was read.
        """
        due = []
        of_name = Counter(plain(file.path) for file in strangers)
        for known in lost:
            if known.unfinished is Is.NO:
                continue
            base_names = {path.name for path in known.paths}
            paths = {path for file in strangers for path in file.paths if path.name in base_names}
            sure = known.unfinished is Is.SURE
            if not known.loaded:
                plain_names = {plain(path) for path in known.paths}
                taken = any(of_name[name] > 0 for name in plain_names)
                of_name.subtract(plain_names)
                sure = known.known is Is.SURE and not taken
            due.append(
                Refusal(Kind.MISSING, frozenset(known.paths | paths), 1, known.text, sure)
            )
        return due

    @staticmethod
    def other_text(file: Seen, lost: Sequence[Input], sure: bool) -> list[Refusal]:
        before = [known for known in lost if file.path in known.paths]
        unread = [known for known in before if not known.loaded]
        paths = frozenset(file.paths)
        return [
            Refusal(
                Kind.OTHER_TEXT,
                paths,
                1,
                known.text,
                sure and known.paths == {file.path} and not unread,
            )
            for known in before
            if known.loaded and known.unfinished is not Is.SURE  # else it is missing anyway
        ]

    # --- after a run ---

    def refused(self, result: Result, due: Sequence[Refusal]) -> Refusal:
        for refusal in due:
            if refusal.matches(result):
                return refusal
        line = result.errors[0] if result.errors else result.stderr[-1000:]
        wanted = "; or ".join(map(str, due)) or "none"
        told = "".join(f"; {known}" for known in self.inputs.values() if known.is_named(line))
        raise WrongCode(f"exit {result.code} is no right refusal (right: {wanted}): {line}{told}")

    @staticmethod
    def went_on(due: Sequence[Refusal]) -> None:
        sure = [str(refusal) for refusal in due if refusal.sure]
        if sure:
            raise WrongCode(f"no refusal, but right were: {'; and '.join(sure)}")

    def finished(self, files: Sequence[Seen], topic: dict[int, int]) -> None:
        """Exit 0: all that is there is in the topic."""
        for file in files:
            if topic.get(file.text, 0) != file.rows:
                rows = f"{topic.get(file.text, 0)} of {file.rows} rows"
                raise Fault(f"exit 0, and of {file.path} (text {file.text}) the topic has {rows}")
        self.compare_gone(topic, {file.text for file in files})
        self.inputs = {text: known for text, known in self.inputs.items() if known.loaded}
        for known in self.inputs.values():
            known.unfinished = Is.NO
        for file in files:
            self.inputs[file.text] = Input(file.text, Is.SURE, Is.NO, file.rows, {file.path})

    def compare_gone(self, topic: dict[int, int], there: set[int]) -> None:
        for text, rows in topic.items():
            if text not in there and rows != self.loaded(text):
                raise Fault(f"of text {text}, whose file is gone, the topic has {rows} rows now")

    def stands_still(self, topic: dict[int, int]) -> None:
        """A run that refuses loads nothing."""
        self.compare_gone(topic, set())

    def killed(self, files: Sequence[Seen], topic: dict[int, int], came_far: bool) -> None:
        """`came_far`: for certain it has told Kafka of all its inputs."""
        self.compare_gone(topic, {file.text for file in files})
        came_far = came_far or any(rows != self.loaded(text) for text, rows in topic.items())
        there = {file.text for file in files}
        for known in list(self.inputs.values()):
            if known.loaded or known.text in there:
                continue
            known.known = Is.PERHAPS
            if came_far:  # another file has taken its place
                del self.inputs[known.text]
        for file in files:
            self.met(file, topic.get(file.text, 0), came_far)

    def met(self, file: Seen, loaded: int, came_far: bool) -> None:
        known = self.inputs.setdefault(file.text, Input(file.text, Is.PERHAPS, Is.PERHAPS))
        if loaded > file.rows:
            raise Fault(f"of {file.path} the topic has {loaded} rows, it has {file.rows}")
        moved, known.loaded = loaded != known.loaded, loaded
        if loaded < file.rows:
            known.unfinished = Is.SURE if came_far else max_of(known.unfinished, Is.PERHAPS)
        elif moved or known.unfinished is not Is.NO:
            known.unfinished = Is.PERHAPS  # all of it is there; was that its end?
        known.known = Is.SURE if came_far else known.known
        known.paths = {file.path} if came_far else known.paths | {file.path}


def max_of(a: Is, b: Is) -> Is:
    return max(a, b, key=lambda value: value.value)


# --- the topic ------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What a reader of the topic was given, judged row by row."""

    expected: Callable[[int, int], dict[str, str]]  # row of a text and its number
    seen: Counter[tuple[int, int]] = field(default_factory=Counter)
    newest: dict[tuple[int, int], int] = field(default_factory=dict)  # of partition and text
    homes: dict[str, int] = field(default_factory=dict)  # partition of each key
    doubled: int = 0
    reordered: int = 0
    misplaced: int = 0
    changed: int = 0

    def add(self, partition: int, key: str, row: dict[str, str]) -> None:
        text, number = (int(part) for part in row["id"].split("-"))
        if self.seen[text, number]:
            self.doubled += 1
        elif number < self.newest.get((partition, text), 0):
            self.reordered += 1
        if key != row["user"] or row != self.expected(text, number):
            self.changed += 1
        if self.homes.setdefault(key, partition) != partition:
            self.misplaced += 1
        self.seen[text, number] += 1
        self.newest[partition, text] = max(number, self.newest.get((partition, text), 0))

    def rows(self) -> dict[int, int]:
        """Of each text so many, from its first row on; else rows are lost or in excess."""
        if self.doubled or self.reordered or self.misplaced or self.changed:
            raise Fault(
                f"{self.doubled} rows doubled ({self.doubles()}), {self.reordered} reordered, "
                f"{self.misplaced} misplaced, {self.changed} changed"
            )
        numbers: dict[int, list[int]] = defaultdict(list)
        for text, number in self.seen:
            numbers[text].append(number)
        for text, found in numbers.items():
            if len(found) != max(found):
                gap = min(set(range(1, max(found) + 1)) - set(found))
                raise Fault(f"lost: row {gap} of text {text}, of which later ones are there")
        return {text: len(found) for text, found in numbers.items()}

    def lost(self, files: Sequence[Seen]) -> int:
        """At the end, of the files that are there."""
        rows = {file.text: file.rows for file in files}
        return sum(not self.seen[text, n] for text in rows for n in range(1, rows[text] + 1))

    def doubles(self) -> str:
        texts = Counter(text for (text, _), times in self.seen.items() if times > 1)
        return ", ".join(f"{count} of text {text}" for text, count in texts.items())
