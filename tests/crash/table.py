"""Makes named faults against a real cluster of three brokers and judges what became of each row."""

from __future__ import annotations

from crash import broker_faults, loader_faults, network_faults

CASES = [*loader_faults.CASES, *broker_faults.CASES, *network_faults.CASES]
assert len({case.name for case in CASES}) == len(CASES), "two faults of one name"
