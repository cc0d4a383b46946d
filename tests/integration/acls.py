"""A user who may do what ACLs allow, and the ACLs of one load."""

from __future__ import annotations

import socket
import struct

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)
from onceload_runner import CLUSTER_DIR, Result, Running, Scene, addresses, wait_until

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
SASL_OFFSET = 100  # of the port, see scripts/cluster
DESCRIBE_ACLS = 29  # Kafka protocol, api keys


def text(value: str) -> bytes:
    return struct.pack(">h", len(value)) + value.encode()


def has_acl(address: str, acl: AclBinding) -> bool:
    """Whether this broker knows of it: each learns of a change a moment later, by itself."""
    host, port = address.rsplit(":", 1)
    body = struct.pack(">b", acl.restype.value) + text(acl.name)
    body += struct.pack(">b", acl.resource_pattern_type.value) + text(acl.principal)
    body += text(acl.host) + struct.pack(">bb", acl.operation.value, acl.permission_type.value)
    request = struct.pack(">hhih", DESCRIBE_ACLS, 1, 0, -1) + body
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        stream = connection.makefile("rb")
        reply = stream.read(struct.unpack(">i", stream.read(4))[0])
    # correlation id, throttle time, error, no message, number of resources
    _, _, error, _, count = struct.unpack_from(">iihhi", reply)
    assert error == 0, reply
    return count > 0


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

    def grant(self, rights: list[Right]) -> None:
        bindings = [self.binding(right) for right in rights]
        for done in self.scene.kafka.admin.create_acls(bindings).values():
            done.result(30)
        self.wait_for(bindings, there=True)

    def revoke(self, rights: list[Right]) -> None:
        filters = [self.binding(right, AclBindingFilter) for right in rights]
        for done in self.scene.kafka.admin.delete_acls(filters).values():
            assert done.result(30), "there was none"
        self.wait_for([self.binding(right) for right in rights], there=False)

    def forget(self) -> None:
        every = ResourceType.ANY, ResourcePatternType.ANY, AclOperation.ANY, AclPermissionType.ANY
        kind, pattern, operation, permission = every
        filters = [
            AclBindingFilter(kind, name, pattern, USER, "*", operation, permission)
            for name in self.names.values()
        ]
        for done in self.scene.kafka.admin.delete_acls(filters).values():
            done.result(30)

    def told(self, right: Right) -> str:
        """What the error must say. Of a transactional id a producer needs both rights at once."""
        on, operation = right
        if on == TRANSACTIONS:
            return f"Write and Describe on TransactionalId {self.names[on]}"
        return f"{operation} on Topic {self.names[on]}"

    def wait_for(self, bindings: list[AclBinding], there: bool) -> None:
        for address in addresses().split(","):
            for acl in bindings:
                wait_until(lambda a=address, b=acl: has_acl(a, b) == there, f"{acl} at {address}")

    def start(self, verb: str, *words: object, failpoint: str | None = None) -> Running:
        more = ("--command-config", self.client, "--progress-topic", self.names[PROGRESS])
        command = self.scene.command(verb, *more, *words)
        command[command.index("-b") + 1] = addresses(SASL_OFFSET)
        return self.scene.start_command(command, failpoint)

    def load(self, *words: object) -> Result:
        return self.start("load", "--key", "user", "--retry-budget", 20, *words).wait()
