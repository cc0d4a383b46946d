"""No password or key comes back: not in what is told, not in what is kept, not in Kafka."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from onceload_runner import (
    BOOTSTRAP,
    CLUSTER_DIR,
    DONE,
    INPUT,
    KAFKA,
    STOPPED,
    USAGE,
    Result,
    Running,
    Scene,
    addresses,
    rows_csv,
)

MARK = "M4RKED"
SASL = 100  # of the port, see scripts/cluster
KEY = f"-----BEGIN PRIVATE KEY-----\n{MARK}\n-----END PRIVATE KEY-----\n"

# Nothing of them is needed where the connection is plain, so that the load gets on.
IDLE = {
    "sasl.password": MARK,
    "sasl.jaas.config": f'x.PlainLoginModule required username="u" password="{MARK}";',
    "ssl.key.pem": KEY,
    "ssl.keystore.key": KEY,
    "ssl.keystore.password": MARK,
    "ssl.key.password": MARK,
    "sasl.oauthbearer.client.secret": MARK,
    "sasl.oauthbearer.config": f"principal=u secret={MARK}",
    "sasl.oauthbearer.assertion.private.key.pem": KEY,
    "sasl.oauthbearer.assertion.private.key.passphrase": MARK,
    "sasl.oauthbearer.token.endpoint.url": f"http://u:{MARK}@127.0.0.1:1/token",
    "basic.auth.user.info": f"u:{MARK}",
    "schema.registry.url": f"http://u:{MARK}@127.0.0.1:1",
}


def kept(scene: Scene) -> bytes:
    """All that is on the disk but for what the test has written, and all of the topics."""
    written = {"client.properties", "password", "secret.json"}
    files = [path for path in scene.directory.rglob("*") if path.is_file()]
    data = b"".join(path.read_bytes() for path in files if path.name not in written)
    for topic in [scene.topic, "onceload.progress"]:
        for partition in range(len(scene.kafka.ends(topic))):
            for message in scene.kafka.messages(topic, partition):
                data += (message.key() or b"") + (message.value() or b"")
    return data


def cmdline(run: Running) -> bytes:
    return Path(f"/proc/{run.pid}/cmdline").read_bytes()


def assert_kept_to_itself(scene: Scene, *results: Result) -> None:
    for result in results:
        assert MARK not in result.stdout + result.stderr, result
    assert MARK.encode() not in kept(scene)


def options(properties: dict[str, str]) -> list[str]:
    return [word for name, value in properties.items() for word in ("-X", f"{name}={value}")]


@pytest.mark.slow
def test_secrets_on_the_command_line_are_warned_of_and_told_nowhere(scene: Scene) -> None:
    """Through a kill, a stop, a bad row, an outage and an end, and in every way of telling."""
    words = ("--key", "user", "--chunk-rows", 20, *options(IDLE))
    path = scene.write(rows_csv(400) + "bad\n")
    results = [scene.crash("after_commit:2", *words, path)]
    run = scene.start(*words, "--max-rate", 50, path)
    scene.wait_for_messages(60, run)
    run.signal(signal.SIGINT)
    results.append(run.wait())
    assert results[-1].code == STOPPED and "to go on" in results[-1].stderr, results[-1]
    results.append(scene.load(*words, "--log-format", "json", path))
    assert results[-1].code == INPUT, results[-1]
    away = scene.command("load", *words, "--retry-budget", 1, path)
    away[away.index("-b") + 1] = "127.0.0.1:1"
    results.append(scene.start_command(away).wait())
    assert results[-1].code == KAFKA and "to go on" in results[-1].stderr, results[-1]
    scene.write(rows_csv(400))
    results.append(scene.load(*words, "--json", path))
    assert results[-1].code == DONE, results[-1]
    assert "sasl.password stands on the command line" in results[-1].stderr
    results.append(scene.verify(*options(IDLE), "--json", path))
    results.append(scene.status("-b", BOOTSTRAP, *options(IDLE), "--json"))
    assert {result.code for result in results[-2:]} == {DONE}, results[-2:]
    assert_kept_to_itself(scene, *results)


def test_secrets_in_files_and_variables_are_not_even_in_the_command_line(scene: Scene) -> None:
    secret = (CLUSTER_DIR / "loader.password").read_text().strip()
    os.environ["ONCELOAD_TEST_SECRET"] = secret
    file = scene.write(f"{secret}\n", "password")
    tls = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "loader",
        "ssl.ca.location": f"{CLUSTER_DIR}/tls/ca.pem",
    }
    ways = (f"@{file}", "${env:ONCELOAD_TEST_SECRET}", f"${{file:{file}}}")
    for number, way in enumerate(ways):
        path = scene.write(rows_csv(40, first=1 + 40 * number), f"rows{number}.csv")
        command = scene.command("load", *options({**tls, "sasl.password": way}), path)
        command[command.index("-b") + 1] = addresses(SASL)
        run = scene.start_command(command)
        assert secret.encode() not in cmdline(run)
        result = run.wait()
        assert result.code == DONE, result
        assert "warning" not in result.stderr and secret not in result.stderr, result
    del os.environ["ONCELOAD_TEST_SECRET"]
    assert secret.encode() not in kept(scene)


@pytest.mark.parametrize(
    "slip",
    [
        ("-X", f"sasl.password:{MARK}"),
        ("-X", f"sasl.password {MARK}"),
        (f"-X=sasl.password={MARK}",),
        ("-X", f"sasl.pasword={MARK}"),
        ("-X", f"sasl.password{MARK}"),
        ("-X", f"SASL.PASSWORD={MARK}"),
        ("-X", f"ssl.key.pem={KEY}", "-X", "linger.ms=soon"),
        (f"--sasl.password={MARK}",),
        ("-X", f"ssl.ca.location=http://u:{MARK}@h/ca.pem", "-X", "security.protocol=ssl"),
    ],
    ids=str,
)
def test_a_slip_shows_no_secret(scene: Scene, slip: tuple[str, ...]) -> None:
    result = scene.load(*slip, scene.write(rows_csv(5)))
    assert result.code == USAGE, result
    assert MARK not in result.stderr, result
