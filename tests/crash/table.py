"""Makes named faults against a real cluster of three brokers and judges what became of each row."""

from __future__ import annotations

from crash import (
    address_faults,
    answer_faults,
    broker_faults,
    disk_faults,
    habits,
    input_faults,
    loader_faults,
    network_faults,
)

TABLES = (
    *(loader_faults, broker_faults, network_faults, address_faults, answer_faults),
    *(disk_faults, input_faults, habits),
)
CASES = [case for table in TABLES for case in table.CASES]
assert len({case.name for case in CASES}) == len(CASES), "two faults of one name"
