"""Hands out OAuth tokens for a client's id and secret, signed so that the brokers take them."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class TokenServer:
    def __init__(self, key: Path, client: str, secret: str) -> None:
        self.key, self.client, self.secret = key, client, secret
        self.asked = 0
        self.scopes: set[str] = set()
        self.seconds = 300
        self.audience = "kafka"
        self.away = False  # hangs up on everybody
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                server.answer(self, parse_qs(body))

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}/token"

    def close(self) -> None:
        self.http.shutdown()

    def token(self) -> str:
        now = int(time.time())
        claims = {"iss": "test", "sub": "loader", "aud": self.audience, "iat": now}
        claims["exp"] = now + self.seconds
        head = {"alg": "RS256", "typ": "JWT", "kid": "test"}
        signed = ".".join(text(json.dumps(part).encode()) for part in (head, claims))
        command = ["openssl", "dgst", "-sha256", "-sign", str(self.key)]
        done = subprocess.run(command, input=signed.encode(), capture_output=True, check=True)
        return f"{signed}.{text(done.stdout)}"

    def answer(self, request: BaseHTTPRequestHandler, form: dict[str, list[str]]) -> None:
        self.asked += 1
        if self.away:
            request.close_connection = True
            return
        self.scopes |= set(form.get("scope", []))
        good = base64.b64encode(f"{self.client}:{self.secret}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {good}":
            code, answer = 401, {"error": "invalid_client"}
        else:
            code = 200
            answer = {"access_token": self.token(), "token_type": "Bearer"}
            answer["expires_in"] = str(self.seconds)
        body = json.dumps(answer).encode()
        request.send_response(code)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
