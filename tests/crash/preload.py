"""Environments that preload disk_faults.c into onceload."""

from __future__ import annotations

import functools
import os
import subprocess
import threading
from pathlib import Path

from onceload_runner import ROOT

SOURCE = Path(__file__).with_name("disk_faults.c")
LIBRARY = ROOT / "build/crash/disk_faults.so"


@functools.cache
def library() -> str:
    """Built once a run; renamed into place, as two cases or two runs may build it at once."""
    LIBRARY.parent.mkdir(parents=True, exist_ok=True)
    built = LIBRARY.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
    flags = ["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["cc", *flags, SOURCE, "-o", built, "-ldl"], check=True)
    built.rename(LIBRARY)
    return str(LIBRARY)


def clock(seconds: int) -> dict[str, str]:
    return {"LD_PRELOAD": library(), "CRASH_CLOCK": str(seconds)}


def threads(limit: int) -> dict[str, str]:
    return {"LD_PRELOAD": library(), "CRASH_THREADS": str(limit)}


def fault(call: str, kind: str, n: int, *names: str) -> dict[str, str]:
    """The n-th such call on files whose paths end in one of the names."""
    spec = {"CRASH_FAULT": f"{call}:{kind}:{n}", "CRASH_PATH": ":".join(names)}
    return {"LD_PRELOAD": library(), **spec}
