"""A quota holds the load back: it says so, and gets on."""

from __future__ import annotations

import pytest
from onceload_runner import BOOTSTRAP, DONE, Scene, cluster

QUOTA = 20_000  # bytes a second, of eleven seconds together
ROWS, ROW_BYTES = 300, 1_000


@pytest.fixture
def client_id(bare_scene: Scene) -> str:
    """Of a client with a quota, which each broker counts for itself: all rows go to one."""
    bare_scene.kafka.create(bare_scene.topic, partitions=1)
    name = f"client.{bare_scene.topic}"
    tool = ("shell", "kafka.admin.ConfigCommand", "--bootstrap-server", BOOTSTRAP, "--alter")
    entity = ("--entity-type", "clients", "--entity-name", name)
    cluster(*tool, *entity, "--add-config", f"producer_byte_rate={QUOTA}")
    return name  # of nobody else: it may stay


def test_a_quota_is_named_and_the_load_gets_on(bare_scene: Scene, client_id: str) -> None:
    scene = bare_scene
    lines = [f"{n},{'x' * ROW_BYTES}" for n in range(ROWS)]
    path = scene.write("\n".join(["id,text", *lines, ""]))
    words = ("--client-id", client_id, "-X", "compression.type=none", "--key", "id", path)
    result = scene.load(*words, "--chunk-rows", 100)
    assert result.code == DONE, result
    assert f'the brokers throttle client "{client_id}"' in result.stderr, result
    assert "beginning again" not in result.stderr, result
    assert scene.kafka.committed(scene.topic) == ROWS
