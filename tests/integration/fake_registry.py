"""A schema registry with Confluent's interface, as far as a loader needs one, and with faults."""

from __future__ import annotations

import json
import ssl
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


class FakeRegistry:
    """Faults: `status` answers everything, after `delay` seconds; `guids` gives schemas GUIDs."""

    def __init__(self, tls: Path | None = None) -> None:
        self.schemas: dict[int, dict[str, Any]] = {}
        self.subjects: dict[str, list[int]] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.status = 0
        self.delay = 0.0
        self.guids = False
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                registry.asked.append(f"{self.command} {self.path}")
                registry.headers.append(dict(self.headers))
                time.sleep(registry.delay)
                status, answer = registry.status, {"error_code": 1, "message": "as the test wants"}
                if not status:
                    status, answer = registry.reply(self.command, self.path, body)
                text = json.dumps(answer).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)
                except OSError:
                    pass  # nobody waits any more

            do_GET = do_POST = answer

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.scheme = "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls / "server.pem")
            context.load_verify_locations(tls / "ca.pem")
            context.verify_mode = ssl.CERT_REQUIRED
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def add(self, subject: str, schema: Any, kind: str = "AVRO", number: int = 0) -> int:
        text = schema if isinstance(schema, str) else json.dumps(schema)
        number = number or next(
            (i for i, known in self.schemas.items() if known["schema"] == text),
            len(self.schemas) + 1,
        )
        self.schemas[number] = {"schema": text, "schemaType": kind}
        if kind == "AVRO":
            del self.schemas[number]["schemaType"]
        if self.guids:
            self.schemas[number]["guid"] = str(uuid.uuid5(uuid.NAMESPACE_URL, text))
        self.subjects.setdefault(subject, []).append(number)
        return number

    def reply(self, command: str, path: str, body: Any) -> tuple[int, Any]:
        parts = [unquote(part) for part in urlsplit(path).path.strip("/").split("/")]
        if parts[:2] == ["schemas", "ids"]:
            known = self.schemas.get(int(parts[2]))
            return (200, known) if known else (404, {"error_code": 40403, "message": "none"})
        ids = self.subjects.get(parts[1])
        if command == "POST" and parts[2:] == ["versions"]:
            number = self.add(parts[1], body["schema"], body.get("schemaType", "AVRO"))
            return 200, {"id": number}
        if not ids:
            return 404, {"error_code": 40401, "message": f"Subject '{parts[1]}' not found."}
        if command == "POST":
            same = [i for i in ids if self.schemas[i]["schema"] == body["schema"]]
            if not same:
                return 404, {"error_code": 40403, "message": "Schema not found"}
            return 200, {"id": same[-1], "subject": parts[1], "version": 1}
        return 200, {**self.schemas[ids[-1]], "id": ids[-1], "version": len(ids)}
