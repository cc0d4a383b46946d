"""A quota holds the load back: it says so, and gets on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from onceload_runner import BOOTSTRAP, DONE, Scene, cluster

QUOTA = 100_000  # bytes a second
ROWS, ROW_BYTES = 400, 1_000


@pytest.fixture
def client_id(scene: Scene) -> Iterator[str]:
    """Of a client with a quota."""
    name = f"client.{scene.topic}"
    tool = ("shell", "kafka.admin.ConfigCommand", "--bootstrap-server", BOOTSTRAP, "--alter")
    entity = ("--entity-type", "clients", "--entity-name", name)
    cluster(*tool, *entity, "--add-config", f"producer_byte_rate={QUOTA}")
    yield name
    cluster(*tool, *entity, "--delete-config", "producer_byte_rate")


def test_a_quota_is_named_and_the_load_gets_on(scene: Scene, client_id: str) -> None:
    lines = [f"{n},{'x' * ROW_BYTES}" for n in range(ROWS)]
    path = scene.write("\n".join(["id,text", *lines, ""]))
    words = ("--client-id", client_id, "-X", "compression.type=none", "--key", "id", path)
    result = scene.load(*words, "--chunk-rows", 100)
    assert result.code == DONE, result
    assert f'the brokers throttle client "{client_id}"' in result.stderr, result
    assert "beginning again" not in result.stderr, result
    assert scene.kafka.committed(scene.topic) == ROWS
