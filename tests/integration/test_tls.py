"""Encrypted and authenticated: by -X, and by the properties file a Java client uses."""

from __future__ import annotations

from pathlib import Path

from onceload_runner import (
    CLUSTER_DIR,
    DONE,
    USAGE,
    Result,
    Scene,
    addresses,
    assert_fails,
    rows_csv,
)

USER = "loader"
CA = CLUSTER_DIR / "tls/ca.pem"


def password() -> str:
    return (CLUSTER_DIR / f"{USER}.password").read_text().strip()


def java_properties(secret: str, mechanism: str = "SCRAM-SHA-256") -> str:
    module = "scram.ScramLoginModule" if mechanism.startswith("SCRAM") else "plain.PlainLoginModule"
    return (
        "# as kafka-console-producer.sh --command-config takes it\n"
        "security.protocol=SASL_SSL\n"
        f"sasl.mechanism={mechanism}\n"
        f"sasl.jaas.config=org.apache.kafka.common.security.{module} required \\\n"
        f'    username="{USER}" password="{secret}";\n'
        "ssl.truststore.type=PEM\n"
        f"ssl.truststore.location={CA}\n"
    )


def secure(scene: Scene, verb: str, *words: object) -> Result:
    command = scene.command(verb, *words)
    command[command.index("-b") + 1] = addresses(100)
    return scene.start_command(command).wait()


def librdkafka_options(secret: str) -> list[str]:
    settings = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanisms": "SCRAM-SHA-256",
        "sasl.username": USER,
        "sasl.password": secret,
        "ssl.ca.location": str(CA),
    }
    return [word for name, value in settings.items() for word in ("-X", f"{name}={value}")]


def test_load_and_verify_by_client_library_properties(scene: Scene) -> None:
    path = scene.write(rows_csv(50))
    options = librdkafka_options(password())
    result = secure(scene, "load", *options, "--key", "user", path)
    assert result.code == DONE, result
    assert password() not in result.stdout + result.stderr
    scene.assert_exactly_once(path, "user")
    proven = secure(scene, "verify", *options, "--source", path)
    assert proven.code == DONE, proven


def test_load_by_a_java_properties_file(scene: Scene) -> None:
    path = scene.write(rows_csv(50))
    for mechanism in ("SCRAM-SHA-256", "PLAIN"):
        config = scene.write(java_properties(password(), mechanism), "client.properties")
        result = secure(scene, "load", "--command-config", config, "--key", "user", path)
        assert result.code == DONE, result
    scene.assert_exactly_once(path, "user")


def test_a_wrong_password_is_said_at_once(scene: Scene) -> None:
    """It will not become right by waiting: the retry budget is not for it."""
    config = scene.write(java_properties("wrong-secret"), "client.properties")
    result = secure(scene, "load", "--command-config", config, scene.write(rows_csv(5)))
    assert_fails(result, USAGE, "authentication")
    assert result.seconds < 30, result
    assert "wrong-secret" not in result.stderr


def test_an_unknown_certificate_authority_is_said_at_once(scene: Scene) -> None:
    options = [word for word in librdkafka_options(password())]
    options[-1] = "ssl.ca.location=/etc/ssl/certs/ca-certificates.crt"
    if not Path("/etc/ssl/certs/ca-certificates.crt").exists():
        options[-1] = "ssl.ca.location=/dev/null"
    result = secure(scene, "load", *options, scene.write(rows_csv(5)))
    assert_fails(result, USAGE, "certificate")
    assert result.seconds < 30, result


def test_a_java_keystore_is_refused_with_the_way_out(scene: Scene) -> None:
    text = java_properties(password()).replace("type=PEM", "type=JKS")
    config = scene.write(text.replace("ca.pem", "truststore.jks"), "client.properties")
    result = secure(scene, "load", "--command-config", config, scene.write(rows_csv(5)))
    assert_fails(result, USAGE, "PEM", "truststore")


def test_a_misspelt_property_in_the_file_is_named(scene: Scene) -> None:
    config = scene.write("security.protocl=SASL_SSL\n", "client.properties")
    result = secure(scene, "load", "--command-config", config, scene.write(rows_csv(5)))
    assert_fails(result, USAGE, "client.properties", "security.protocl", "security.protocol")


def test_a_tls_port_without_tls_says_so(scene: Scene) -> None:
    path = scene.write(rows_csv(5))
    result = secure(scene, "verify", path)
    assert_fails(result, USAGE, "speak another protocol", "security.protocol", "SASL_SSL")
    assert result.seconds < 10


def test_a_port_of_credentials_without_any_says_so(scene: Scene) -> None:
    path = scene.write(rows_csv(5))
    words = ("-X", "security.protocol=SSL", "-X", f"ssl.ca.location={CA}")
    result = secure(scene, "verify", *words, path)
    assert_fails(result, USAGE, "without credentials", "sasl.username")
