"""A user with the rights that docs/architecture.md lists, and with one of them missing."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)
from onceload_runner import (
    CLUSTER_DIR,
    DONE,
    USAGE,
    Kafka,
    Result,
    Running,
    Scene,
    addresses,
    assert_fails,
    rows_csv,
)

USER = "User:limited"
TARGET, PROGRESS, TRANSACTIONS = "target", "progress", "transactional id"

# Of docs/architecture.md, what is not optional.
LOAD = [
    (TRANSACTIONS, "Write"),
    (TRANSACTIONS, "Describe"),
    (TARGET, "Write"),
    (TARGET, "Describe"),
    (PROGRESS, "Read"),
    (PROGRESS, "Write"),
    (PROGRESS, "Describe"),
]
VERIFY = [*LOAD, (TARGET, "Read")]
Right = tuple[str, str]


class Acls:
    """The rights of one test's load: its names are its own, and so are its ACLs."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.names = {
            TARGET: scene.topic,
            PROGRESS: f"{scene.topic}.progress",
            TRANSACTIONS: f"onceload-{scene.topic}",
        }
        scene.topics.append(self.names[PROGRESS])
        scene.kafka.create(self.names[PROGRESS], 16, **{"cleanup.policy": "compact"})
        password = (CLUSTER_DIR / "limited.password").read_text().strip()
        self.client = scene.write(
            "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n"
            f"sasl.username=limited\nsasl.password={password}\n"
            f"ssl.ca.location={CLUSTER_DIR}/tls/ca.pem\n",
            "limited.properties",
        )

    def binding(self, right: Right, kind: type = AclBinding) -> AclBinding:
        on, operation = right
        resource = ResourceType.TRANSACTIONAL_ID if on == TRANSACTIONS else ResourceType.TOPIC
        pattern = (
            ResourcePatternType.PREFIXED if on == TRANSACTIONS else ResourcePatternType.LITERAL
        )
        operations = AclOperation[operation.upper()]
        allow = AclPermissionType.ALLOW
        return kind(resource, self.names[on], pattern, USER, "*", operations, allow)

    def grant(self, rights: Iterable[Right]) -> None:
        bindings = [self.binding(right) for right in rights]
        for done in self.scene.kafka.admin.create_acls(bindings).values():
            done.result(30)

    def revoke(self, rights: Iterable[Right]) -> None:
        filters = [self.binding(right, AclBindingFilter) for right in rights]
        for done in self.scene.kafka.admin.delete_acls(filters).values():
            assert done.result(30), "there was none"

    def start(self, verb: str, *words: object, failpoint: str | None = None) -> Running:
        more = ("--command-config", self.client, "--progress-topic", self.names[PROGRESS])
        command = self.scene.command(verb, *more, *words)
        command[command.index("-b") + 1] = addresses(100)
        return self.scene.start_command(command, failpoint)

    def load(self, *words: object) -> Result:
        return self.start("load", "--key", "user", "--retry-budget", 20, *words).wait()


@pytest.fixture
def acls(scene: Scene) -> Iterable[Acls]:
    acls = Acls(scene)
    yield acls
    every = [AclBindingFilter(
        ResourceType.ANY, name, ResourcePatternType.ANY, USER, "*", AclOperation.ANY,
        AclPermissionType.ANY,
    ) for name in acls.names.values()]
    for done in scene.kafka.admin.delete_acls(every).values():
        done.result(30)


def test_the_listed_rights_are_enough(scene: Scene, acls: Acls) -> None:
    acls.grant(VERIFY)
    path = scene.write(rows_csv(50))
    result = acls.load(path)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user")
    proven = acls.start("verify", "--source", path).wait()
    assert proven.code == DONE, proven


@pytest.mark.parametrize("missing", LOAD, ids=lambda right: "-".join(right).replace(" ", "-"))
def test_a_missing_right_is_named_and_granting_it_is_enough(
    scene: Scene, acls: Acls, missing: Right
) -> None:
    on, operation = missing
    # Kafka lets nobody write or read what he may not describe, so those imply it.
    implying = [right for right in LOAD if right[0] == on and operation == "Describe"]
    acls.grant(right for right in LOAD if right != missing and right not in implying)
    path = scene.write(rows_csv(50))
    assert_fails(acls.load(path), USAGE, operation, acls.names[on], "grant")
    assert scene.kafka.committed(scene.topic) == 0
    acls.grant([missing, *implying])
    result = acls.load(path)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user")
