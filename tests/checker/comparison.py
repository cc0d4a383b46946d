"""What a topic holds against what it should: which rows are lost, doubled, changed, and so on.

Both sides are numbers by now, see Sequence; which rows and which topic is check_topic.py's matter.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

EXAMPLES_PER_KIND = 5
LOAD_BEGUN = -1  # the time of rows whose timestamp cell is empty: one for all, which only Kafka has
NO_TIME = -2  # a record that has no time of its own


class Sequence:
    """Messages of one partition in order: fingerprints, places (row or offset), keys' hashes."""

    def __init__(self, headers: bool = False) -> None:
        self.bare = array("q")  # without headers
        self.prints = array("q") if headers else self.bare
        self.places = array("q")
        self.keys = array("q")
        self.times = array("q")  # empty if they are not judged
        # Offsets of messages with what no row has.
        self.nulls = array("q")
        self.odd_headers = array("q")
        self.odd_times = array("q")
        self.loads: Counter[bytes] = Counter()

    def add(self, print_: int, place: int, key: bytes | None, headers: tuple | None = None) -> None:
        self.bare.append(print_)
        if self.prints is not self.bare:
            self.prints.append(hash((print_, headers)))
        self.places.append(place)
        self.keys.append(hash(key))

    def __len__(self) -> int:
        return len(self.prints)


@dataclass
class Report:
    """What differs. A row is counted under one heading only, except for its order."""

    topic: str
    rows: int = 0  # in the file
    messages: int = 0  # committed in the topic
    letters: int = 0  # committed dead letters of the load
    lost: int = 0
    doubled: int = 0
    misplaced: int = 0  # in a partition that is not its own
    changed: int = 0  # right key and partition, other content
    foreign: int = 0  # no row of the file
    header: int = 0  # right key, value and partition, other headers
    time: int = 0  # all right but the record's time
    dead_letter: int = 0  # not as it should be, or not there
    out_of_order: int = 0  # least number of rows to move to get each partition into file order
    key_out_of_order: int = 0  # rows that come after a later row of their key
    open_transactions: list[int] = field(default_factory=list)  # partitions held by one
    expected: list[int] = field(default_factory=list)  # per partition
    found: list[int] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    seconds: float = 0.0

    KINDS = (
        "lost doubled misplaced changed foreign header time dead_letter "
        "out_of_order key_out_of_order open_transactions"
    ).split()

    @property
    def ok(self) -> bool:
        return not any(getattr(self, kind) for kind in self.KINDS)

    def note(self, kind: str, text: str) -> None:
        """One more difference of the kind, with its place."""
        count = getattr(self, kind) + 1
        setattr(self, kind, count)
        if count <= EXAMPLES_PER_KIND:
            self.examples.append(f"{kind.replace('_', ' ')}: {text}")

    def table(self) -> str:
        lines = [f"{'partition':>9} {'expected':>10} {'found':>10}"]
        for p, (expected, found) in enumerate(zip(self.expected, self.found, strict=True)):
            lines.append(f"{p:>9} {expected:>10} {found:>10}")
        lines.append(f"{'all':>9} {self.rows:>10} {self.messages:>10}")
        if self.letters:
            lines.append(f"{'dead letters':>31} {self.letters:>10}")
        lines += [f"{kind:>17}: {getattr(self, kind) or 0}" for kind in self.KINDS]
        lines += [f"  {example}" for example in self.examples]
        verdict = "every row exactly once, in order" if self.ok else "DIFFERENCES"
        lines.append(f"{self.topic}: {verdict} ({self.seconds:.1f} s)")
        return "\n".join(lines)


class Comparison:
    """Matches messages with rows; used only when the plain comparison has failed."""

    def __init__(self, report: Report, expected: list[Sequence], found: list[Sequence]) -> None:
        self.report = report
        self.expected = expected
        self.found = found
        # (index of the row, index of the message) by partition
        self.matched: list[list[tuple[int, int]]] = []
        self.shown = 0

    def run(self) -> None:
        lost: list[tuple] = []  # (print, row, partition, key)
        left_over: list[tuple] = []  # (print, offset, partition, key)
        for partition in range(len(self.expected)):
            self.match_in_partition(partition, lost, left_over)
        lost, foreign = self.match_elsewhere(lost, left_over)
        self.match_changed(lost, foreign)
        self.judge_order()

    def match_in_partition(self, partition: int, lost: list[tuple], left_over: list[tuple]) -> None:
        """The n-th message of some content is the n-th row of that content; then those that differ
        by their headers alone.
        """
        want, have = self.expected[partition], self.found[partition]
        pairs, rows, messages = match(
            want.prints, range(len(want)), have.prints, range(len(have))
        )
        others, rows, messages = match(want.bare, rows, have.bare, messages)
        for i, j in others:
            place = f"partition {partition}, offset {have.places[j]}"
            self.report.note("header", f"row {want.places[i]}, {place}")
        self.matched.append(sorted(pairs + others, key=lambda pair: pair[1]))
        lost += [(want.bare[i], want.places[i], partition, want.keys[i]) for i in rows]
        left_over += [(have.bare[j], have.places[j], partition, have.keys[j]) for j in messages]

    def match_elsewhere(self, lost: list[tuple], left_over: list[tuple]) -> tuple[list, list]:
        """A lost row that turns up in another partition is misplaced; one too many is doubled."""
        missing: dict[int, deque[tuple]] = defaultdict(deque)
        for entry in lost:
            missing[entry[0]].append(entry)
        known = {print_ for sequence in self.expected for print_ in sequence.bare}
        foreign = []
        for entry in left_over:
            print_, offset, partition, _ = entry
            place = f"partition {partition}, offset {offset}"
            if missing.get(print_):
                _, row, right, _ = missing[print_].popleft()
                self.report.note("misplaced", f"row {row} of partition {right} is in {place}")
            elif print_ in known:
                self.report.note("doubled", place)
            else:
                foreign.append(entry)
        return [entry for queue in missing.values() for entry in queue], foreign

    def match_changed(self, lost: list[tuple], foreign: list[tuple]) -> None:
        """A lost row and a foreign message of the same key in the same partition are one change."""
        missing: dict[tuple[int, int], deque[tuple]] = defaultdict(deque)
        for entry in sorted(lost, key=lambda entry: entry[1]):
            missing[entry[2:]].append(entry)
        for entry in foreign:
            place = f"partition {entry[2]}, offset {entry[1]}"
            if entry[1] in self.found[entry[2]].nulls:
                place += ": its value is null"
            if missing.get(entry[2:]):
                _, row, _, _ = missing[entry[2:]].popleft()
                self.report.note("changed", f"row {row}, {place}")
            else:
                self.report.note("foreign", place)
        for queue in missing.values():
            for _, row, partition, _ in queue:
                self.report.note("lost", f"row {row} of partition {partition}")

    def judge_order(self) -> None:
        no_key = hash(None)
        for partition, matched in enumerate(self.matched):
            want, have = self.expected[partition], self.found[partition]
            rising: list[int] = []  # last elements of the longest rising runs
            newest: dict[int, int] = {}
            for i, j in matched:
                row, offset, key = want.places[i], have.places[j], have.keys[j]
                at = bisect_right(rising, row)
                if at < len(rising):
                    rising[at] = row
                    self.show_disorder(f"row {row}, partition {partition} at {offset}")
                else:
                    rising.append(row)
                if key == no_key:
                    continue
                if row < newest.get(key, 0):
                    self.report.key_out_of_order += 1
                else:
                    newest[key] = row
            self.report.out_of_order += len(matched) - len(rising)

    def show_disorder(self, text: str) -> None:
        """How many are out of order shows at the end only."""
        self.shown += 1
        if self.shown <= EXAMPLES_PER_KIND:
            self.report.examples.append(f"out of order: {text}")


class Same:
    """The n-th message is the n-th row."""

    def __init__(self, length: int) -> None:
        self.length = length

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((i, i) for i in range(self.length))


Indices = range | list[int]


def match(
    want: array[int], rows: Indices, have: array[int], messages: Indices
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """The n-th of `messages` with some print and the n-th of `rows` with it, as indices; then the
    rows and messages that have no other.
    """
    waiting: dict[int, deque[int]] = defaultdict(deque)
    for i in rows:
        waiting[want[i]].append(i)
    pairs, left_over = [], []
    for j in messages:
        if queue := waiting.get(have[j]):
            pairs.append((queue.popleft(), j))
        else:
            left_over.append(j)
    return pairs, sorted(i for queue in waiting.values() for i in queue), left_over


def judge_times(
    report: Report,
    expected: list[Sequence],
    found: list[Sequence],
    matched: list[Iterable[tuple[int, int]]],
) -> None:
    """Those of rows without a time of their own are one and the same: that of most of them."""
    begun = Counter(
        have.times[j]
        for want, have, pairs in zip(expected, found, matched, strict=True)
        if LOAD_BEGUN in want.times
        for i, j in pairs
        if want.times[i] == LOAD_BEGUN
    )
    common = begun.most_common(1)[0][0] if begun else LOAD_BEGUN
    for partition, (want, have, pairs) in enumerate(zip(expected, found, matched, strict=True)):
        for i, j in pairs:
            right = common if want.times[i] == LOAD_BEGUN else want.times[i]
            if have.times[j] == right > 0 or want.times[i] == have.times[j] == 0:
                continue
            place = f"row {want.places[i]}, partition {partition}, offset {have.places[j]}"
            what = "none of its own" if have.times[j] == NO_TIME else str(have.times[j])
            report.note("time", f"{place}: {what}, not {right}")


def compare(report: Report, expected: list[Sequence], found: list[Sequence], times: bool) -> None:
    matched: list[Iterable[tuple[int, int]]]
    if any(want.prints != have.prints for want, have in zip(expected, found, strict=True)):
        comparison = Comparison(report, expected, found)
        comparison.run()
        matched = comparison.matched
    else:
        matched = [Same(len(want)) for want in expected]
    if times:
        judge_times(report, expected, found, matched)
    for partition, sequence in enumerate(found):
        for offset in sequence.odd_headers:
            report.note("header", f"partition {partition}, offset {offset}: there should be none")
        for offset in sequence.odd_times:
            report.note("time", f"partition {partition}, offset {offset}: none")
