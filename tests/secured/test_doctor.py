"""Set-ups with one thing wrong each, which `onceload doctor` names; and a sound one."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from acls import LOAD, PROGRESS, TARGET, TRANSACTIONS, Acls
from crash import preload
from onceload_runner import (
    BOOTSTRAP,
    CLUSTER,
    DIFFERENCES,
    DONE,
    USAGE,
    Result,
    Scene,
    addresses,
)

NO_LOCKS = Path(__file__).with_name("no_locks.c")
PROXIED = 400  # of the port: those who come there are told addresses where nobody listens


class Patient:
    """A set-up, and what the doctor says of it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.environment: dict[str, str] = {}
        self.progress = f"{scene.topic}.progress"
        scene.topics.append(self.progress)

    def make_progress(self, partitions: int = 16, **settings: str) -> None:
        settings = {"cleanup.policy": "compact", **settings}
        self.scene.kafka.create(self.progress, partitions, **settings)

    def doctor(self, *words: object, port: int = 0) -> Result:
        more = ("--progress-topic", self.progress, "--json")
        command = self.scene.command("doctor", *more, *words)
        command[command.index("-b") + 1] = addresses(port)
        run = self.scene.start_command(["env", *self.assignments(), *command])
        return run.wait()

    def assignments(self) -> list[str]:
        return [f"{name}={value}" for name, value in self.environment.items()]

    def assert_named(self, result: Result, health: str, about: str, *parts: str) -> None:
        code = {"problem": USAGE, "warning": DIFFERENCES}[health]
        assert result.code == code, result
        checks: list[dict[str, Any]] = result.json()["checks"]
        bad = [check for check in checks if check["health"] != "ok"]
        named = [c for c in bad if c["about"] == about and c["health"] == health]
        assert named, result
        text = " ".join(f"{check['found']} {check['remedy']}" for check in named)
        for part in parts:
            assert part in text, f"no {part!r} in: {result}"
        assert all(check["remedy"] for check in bad), result


@pytest.fixture
def patient(scene: Scene) -> Patient:
    return Patient(scene)


def test_a_sound_set_up(patient: Patient, scene: Scene) -> None:
    patient.make_progress()
    sample = scene.write("id,user\n" + "1,a\n" * 100)
    result = patient.doctor("--sample", sample)
    assert result.code == DONE, result
    about = {check["about"] for check in result.json()["checks"]}
    assert about >= {"state", "disk", "sample", "connect", "addresses", "versions", "topics"}
    assert about >= {"settings", "limits", "rights", "quotas", "clock"}, result
    assert scene.kafka.committed(scene.topic) == 0
    assert not [p for p in scene.directory.iterdir() if "doctor" in p.name], "scratch files"
    loaded = scene.load("--progress-topic", patient.progress, sample)
    assert loaded.code == DONE, loaded
    text = scene.command("doctor", "--progress-topic", patient.progress)
    assert "0 problems, 0 warnings" in scene.start_command(text).wait().stdout


def test_1_no_broker_there(patient: Patient) -> None:
    command = patient.scene.command("doctor", "--json")
    command[command.index("-b") + 1] = "127.0.0.1:1"
    result = patient.scene.start_command(command).wait()
    patient.assert_named(result, "problem", "connect", "127.0.0.1:1")


def test_2_advertised_addresses_that_cannot_be_reached(patient: Patient) -> None:
    result = patient.doctor(port=PROXIED)
    patient.assert_named(result, "problem", "addresses", "broker 1", "advertised.listeners")


def test_3_a_wrong_password(patient: Patient) -> None:
    config = patient.scene.write(
        "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.username=loader\n"
        "sasl.password=M4RK\n",
        "client.properties",
    )
    tls = Acls(patient.scene).client.read_text().splitlines()
    text = "\n".join("sasl.password=M4RK" if "sasl.password" in line else line for line in tls)
    config.write_text(text + "\n")
    result = patient.doctor("--command-config", config, port=100)
    patient.assert_named(result, "problem", "connect", "uthentication", "password")
    assert "M4RK" not in result.stdout + result.stderr


def test_4_and_5_missing_rights(scene: Scene) -> None:
    acls = Acls(scene)
    patient = Patient(scene)
    words = ("--command-config", acls.client, "--name", scene.topic)
    patient.progress = acls.names[PROGRESS]
    try:
        acls.grant([right for right in LOAD if right[0] != TRANSACTIONS])
        result = patient.doctor(*words, port=100)
        patient.assert_named(result, "problem", "rights", "TransactionalId")
        acls.grant([right for right in LOAD if right[0] == TRANSACTIONS])
        acls.revoke([(TARGET, "Write")])
        result = patient.doctor(*words, port=100)
        patient.assert_named(result, "problem", "rights", f"Write on Topic {scene.topic}")
    finally:
        acls.forget()


def test_6_no_such_topic(patient: Patient) -> None:
    result = patient.doctor("-t", "no-such-topic")
    patient.assert_named(result, "problem", "topics", "no-such-topic", "--create-topic")


def test_7_settings_that_weaken_the_guarantee(patient: Patient, scene: Scene) -> None:
    patient.make_progress(**{"cleanup.policy": "delete"})
    scene.kafka.create(f"{scene.topic}.weak", **{"min.insync.replicas": "1"})
    scene.topics.append(f"{scene.topic}.weak")
    result = patient.doctor("-t", f"{scene.topic}.weak")
    patient.assert_named(result, "warning", "settings", "min.insync.replicas=1")
    patient.assert_named(result, "warning", "settings", "cleanup.policy=delete", "compact")


def test_8_rows_that_do_not_fit(patient: Patient, scene: Scene) -> None:
    topic = f"{scene.topic}.small"
    scene.kafka.create(topic, **{"max.message.bytes": "2000"})
    scene.topics.append(topic)
    sample = scene.write("id,text\n1,short\n2," + "x" * 3000 + "\n")
    result = patient.doctor("-t", topic, "--sample", sample)
    patient.assert_named(result, "problem", "limits", "row 2", "max.message.bytes", "2000")


def test_9_a_progress_topic_with_too_few_partitions(patient: Patient) -> None:
    patient.make_progress(4)
    patient.assert_named(patient.doctor(), "problem", "topics", "4 partitions", "--progress-topic")


@pytest.mark.parametrize(("shift", "word"), [(7200, "behind"), (-7200, "ahead")])
def test_10_a_clock_that_is_off(patient: Patient, shift: int, word: str) -> None:
    patient.make_progress()
    patient.environment = preload.clock(shift)
    patient.assert_named(patient.doctor(), "warning", "clock", word, "NTP")


def test_11_a_state_file_without_locks(patient: Patient, tmp_path: Path, scene: Scene) -> None:
    library = tmp_path / "no_locks.so"
    flags = ["-O1", "-Wall", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["cc", *flags, str(NO_LOCKS), "-o", str(library), "-ldl"], check=True)
    patient.environment = {"LD_PRELOAD": str(library)}
    patient.assert_named(patient.doctor(), "problem", "state", "no locks", "--state")
    load = scene.command("load", scene.write("id\n1\n"))
    result = scene.start_command(["env", *patient.assignments(), *load]).wait()
    assert result.code == USAGE and "no locks" in result.stderr, result
    assert "local disk with --state" in result.stderr, result


def test_12_a_quota(patient: Patient) -> None:
    patient.make_progress()
    set_quota({"producer_byte_rate": "50000"})
    try:
        result = patient.doctor()
    finally:
        set_quota({})
    patient.assert_named(result, "warning", "quotas", "producer_byte_rate")


def test_13_a_registry_that_cannot_be_reached(patient: Patient, scene: Scene) -> None:
    patient.make_progress()
    config = scene.write("schema.registry.url=http://127.0.0.1:1\n", "client.properties")
    result = patient.doctor("--command-config", config)
    patient.assert_named(result, "warning", "registry", "127.0.0.1:1", "schema.registry.url")


def test_14_an_unwritable_place_for_the_state(patient: Patient, scene: Scene) -> None:
    in_the_way = scene.write("", "in-the-way")
    result = patient.doctor("--state", in_the_way / "state.db")
    patient.assert_named(result, "problem", "state", "--state")


def set_quota(limits: dict[str, str]) -> None:
    """Of client id `onceload`. The Python client has no call for it: Kafka's own tool."""
    words = ["--bootstrap-server", BOOTSTRAP, "--alter", "--entity-type", "clients"]
    words += ["--entity-name", "onceload"]
    if limits:
        words += ["--add-config", ",".join(f"{name}={value}" for name, value in limits.items())]
    else:
        words += ["--delete-config", "producer_byte_rate"]
    command = [CLUSTER, "shell", "kafka.admin.ConfigCommand", *words]
    subprocess.run(command, check=True, capture_output=True, timeout=60)

