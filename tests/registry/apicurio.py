"""Apicurio Registry with Confluent's interface: scripts/bootstrap --registry fetches it."""

from __future__ import annotations

import os
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from onceload_runner import ROOT, wait_until

APICURIO = ROOT / ".deps/apicurio"


class Apicurio:
    """Keeps its schemas in memory: a new one knows none."""

    def __init__(self, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/apis/ccompat/v7"
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        jar = next(APICURIO.glob("*-runner.jar"), None)
        assert jar, "run scripts/bootstrap --registry"
        env = {**os.environ, "QUARKUS_HTTP_PORT": str(self.port), "QUARKUS_HTTP_HOST": "127.0.0.1"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["java", "-Xmx400m", "-jar", jar], stdout=log, stderr=log, env=env
            )
        wait_until(self.answers, f"Apicurio answers (see {self.log})", 120)

    def answers(self) -> bool:
        try:
            return urllib.request.urlopen(f"{self.url}/subjects", timeout=5).status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(30)
            self.process = None
