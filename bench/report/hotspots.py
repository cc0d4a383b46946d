"""Where the processor time of a load goes, by stage: perf's samples, sorted by function name."""

from __future__ import annotations

import re
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

from .contest import KEY
from .lab import Failed, Lab, Unavailable, measure, program, say, tool
from .loads import CEILING_SETTINGS

SAMPLES_PER_SECOND = 1999  # no divisor of a timer's rate
TOP = 25  # functions listed
# The first pattern that is found in "library function" names the stage.
STAGES = (
    (
        "read CSV",
        r"RecordReader|ReadBuffer|ReaderCore|RecordScanner|ByteScanner|RecordEnd|Utf8|RowFindings"
        r"|SourceFile|FileStream",
    ),
    ("read and encode (ceiling, inlined)", r"^ceiling .*(main|Run|Messages|Cells|AppendQuoted)"),
    ("SQLite", r"sqlite3|CheckpointStore|LoadLedger"),
    ("hash (digest, fingerprint)", r"xxhash|XXH|Digest|PrefixHasher|onceload::Extend"),
    ("partition and key", r"[Mm]urmur2|Partitioner|PartitionOf|partition_key"),
    ("encode", r"RowEncoder|AppendEscaped|CopyPlain|RowLayout|RowSource|MessageBatch|EncodedBatch"),
    ("compress", r"lz4|LZ4|zstd|ZSTD|deflate|snappy"),
    ("checksum", r"crc32"),
    (
        "delivery reports",
        r"rd_kafka_dr|DeliveryReport|OnDelivery|rd_kafka_msg_destroy|rd_kafka_poll|rd_kafka_q_"
        r"|rd_kafka_op_|rd_kafka_msgq_purge|rd_kafka_message_|rd_kafka_event",
    ),
    (
        "hand over",
        r"rd_kafka_produce|rd_kafka_msg_new|rd_kafka_msg_partitioner|msgq_enq|rd_kafka_toppar_enq"
        r"|RdkafkaProducer|Producer::(Send|HandOver|Keep)",
    ),
    (
        "build batches",
        r"rd_kafka_msgset|rd_buf|rd_slice|rd_segment|rd_kafka_msgq|rd_kafka_toppar"
        r"|rd_kafka_ProduceRequest|rd_kafka_handle_Produce|rd_uvarint|rd_varint|rd_kafka_broker",
    ),
    ("locks and clocks", r"mutex|pthread|futex|lll_|cnd_|mtx_|rwlock|clock_gettime|rd_clock|vdso"),
    (
        "allocation",
        r"malloc|_int_free|\bfree\b|cfree|calloc|realloc|operator new|operator delete"
        r"|unlink_chunk|arena|tcache",
    ),
    ("copies", r"memcpy|memmove|memset|_M_append|_M_replace|basic_string"),
    ("librdkafka, other", r"rd_|librdkafka"),
    ("kernel: sockets", r"\[kernel.*(tcp|sock|skb|inet|ip_|_nft|nf_|net_|napi|copy_from_iter)"),
    ("kernel: files", r"\[kernel.*(ext4|filemap|folio|copy_to_iter|vfs_read|jbd2|fsync)"),
    ("kernel: memory", r"\[kernel.*(page|fault|clear_|vma|mm_|madvise|zap_|charge)"),
    ("kernel: other", r"\[kernel"),
)


def stage_of(library: str, function: str) -> str:
    for stage, pattern in STAGES:
        if re.search(pattern, f"{library} {function}"):
            return stage
    return "other"


def parse_report(text: str) -> list[tuple[float, str, str, str]]:
    """(share, thread, library, function) of `perf report -F overhead,comm,dso,sym`."""
    found = []
    for line in text.splitlines():
        fields = re.match(r"\s*([\d.]+)%\s*;\s*(.*?)\s*;\s*(.*?)\s*;\s*\[.\] (.*?)\s*$", line)
        if fields:
            share, thread, library, function = fields.groups()
            found.append((float(share), thread, library, function))
    return found


def profile(command: list[object], data: Path, rows: int) -> dict[str, Any]:
    record = [tool("perf"), "record", "-q", "-e", "cpu-clock", "-F", SAMPLES_PER_SECOND]
    usage = measure([*record, "-o", data, "--", *command])
    words = [tool("perf"), "report", "-i", data, "--stdio", "-q", "-t", ";", "-g", "none"]
    words += ["--percent-limit", "0", "-F", "overhead,comm,dso,sym"]
    shown = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False
    )
    samples = parse_report(shown.stdout)
    if not samples:
        raise Failed(f"perf report: {shown.stderr[-500:]}")
    microseconds = usage.cpu / rows * 1e6  # of one row; perf's own are among them
    stages: dict[str, float] = defaultdict(float)
    threads: dict[str, float] = defaultdict(float)
    for share, thread, library, function in samples:
        stages[stage_of(library, function)] += share / 100
        threads[thread] += share / 100
    return {
        "microseconds_per_row": microseconds,
        "stages": dict(stages),
        "threads": dict(threads),
        "functions": [
            {"share": share / 100, "thread": thread, "library": library, "function": function,
             "stage": stage_of(library, function)}
            for share, thread, library, function in sorted(samples, reverse=True)[:TOP]
        ],
    }


def hot_spots(lab: Lab, rows: int) -> dict[str, Any]:
    """The section "profile"."""
    path = lab.clicks(rows)
    loads: dict[str, list[object]] = {
        "onceload": [],
        "onceload-10k": ["--chunk-rows", 10000],
        "onceload-2k": ["--chunk-rows", 2000],
    }
    profiles = {}
    try:
        with lab.topic() as topic:
            command: list[object] = [program("bench/ceiling"), path, "-b", lab.bootstrap]
            command += ["-t", topic, *KEY, *CEILING_SETTINGS, "-X", "compression.type=lz4"]
            say("profile: ceiling")
            profiles["ceiling"] = profile(command, lab.work / "perf.data", rows)
        for name, words in loads.items():
            say(f"profile: {name}")
            with lab.topic() as topic:
                load = lab.onceload("load", topic, "--progress", "none", *KEY, *words, path)
                profiles[name] = profile(load, lab.work / "perf.data", rows)
    except (Unavailable, Failed) as error:
        return {"rows": rows, "left_out": str(error)}
    return {"rows": rows, "stages": [stage for stage, _ in STAGES] + ["other"],
            "profiles": profiles}
