"""The scenes of the integration tests."""

from integration.conftest import bare_scene, binary, clicks, kafka, scene  # noqa: F401
