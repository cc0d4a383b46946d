"""Each way to log in: rows exactly once through a kill, and a wrong credential named at once."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import TLS
from confluent_kafka.admin import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from onceload_runner import (
    CLUSTER_DIR,
    DONE,
    USAGE,
    Kafka,
    Result,
    Scene,
    addresses,
    assert_fails,
    cluster,
    rows_csv,
    wait_until,
)
from token_server import TokenServer

SASL, MTLS, OAUTH = 100, 600, 700  # of the ports, see scripts/cluster
AT_ONCE = 10.0  # seconds for what no waiting mends
WAYS = ("plain", "scram", "mtls-pem", "mtls-pkcs12", "mtls-values", "oauth", "oauth-4.1")


def password() -> str:
    return (CLUSTER_DIR / "loader.password").read_text().strip()


def jaas(module: str, **options: str) -> str:
    words = " ".join(f'{name}="{value}"' for name, value in options.items())
    return f"sasl.jaas.config=org.apache.kafka.common.security.{module} required {words};\n"


def one_line(pem: Path) -> str:
    return " ".join(pem.read_text().split("\n"))


class Clients:
    """Java's client.properties for each way, and the port that it goes to."""

    def __init__(self, scene: Scene, certificate: Path, tokens: TokenServer) -> None:
        self.scene, self.certificate, self.tokens = scene, certificate, tokens

    def sasl(self, mechanism: str, login: str) -> str:
        trust = f"ssl.truststore.type=PEM\nssl.truststore.location={TLS}/ca.pem\n"
        return f"security.protocol=SASL_SSL\nsasl.mechanism={mechanism}\n{login}{trust}"

    def keys(self, way: str) -> str:
        trust = f"ssl.truststore.type=PEM\nssl.truststore.location={TLS}/ca.pem\n"
        home = self.certificate
        if way == "mtls-pem":
            return trust + f"ssl.keystore.type=PEM\nssl.keystore.location={home}/client.pem\n"
        if way == "mtls-pkcs12":
            store = f"ssl.keystore.type=PKCS12\nssl.keystore.location={home}/client.p12\n"
            return trust + store + "ssl.keystore.password=M4RK-store\n"
        # PEM in values, a line each, as they come out of a file whose lines are joined by blanks.
        return (
            f"ssl.truststore.type=PEM\nssl.truststore.certificates={one_line(TLS / 'ca.pem')}\n"
            f"ssl.keystore.type=PEM\nssl.keystore.key={one_line(home / 'client.key')}\n"
            f"ssl.keystore.certificate.chain={one_line(home / 'client.crt')}\n"
        )

    def oauth(self, way: str, secret: str) -> str:
        if way == "oauth":
            login = jaas(
                "oauthbearer.OAuthBearerLoginModule",
                clientId=self.tokens.client,
                clientSecret=secret,
                scope="rows",
            )
            handler = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler"
            login += f"sasl.login.callback.handler.class={handler}\n"
        else:
            login = jaas("oauthbearer.OAuthBearerLoginModule")
            name = "sasl.oauthbearer.client.credentials.client"
            login += f"{name}.id={self.tokens.client}\n{name}.secret={secret}\n"
        login += f"sasl.oauthbearer.token.endpoint.url={self.tokens.url}\n"
        return self.sasl("OAUTHBEARER", login)

    def text(self, way: str) -> tuple[str, int]:
        user = {"username": "loader", "password": password()}
        if way == "plain":
            return self.sasl("PLAIN", jaas("plain.PlainLoginModule", **user)), SASL
        if way == "scram":
            return self.sasl("SCRAM-SHA-256", jaas("scram.ScramLoginModule", **user)), SASL
        if way.startswith("mtls"):
            return "security.protocol=SSL\n" + self.keys(way), MTLS
        return self.oauth(way, self.tokens.secret), OAUTH

    def command(self, verb: str, text: str, port: int, *words: object) -> list[str]:
        config = self.scene.write(text, "client.properties")
        command = self.scene.command(verb, "--command-config", config, *words)
        command[command.index("-b") + 1] = addresses(port)
        return command

    def run(self, text: str, port: int, *words: object, failpoint: str | None = None) -> Result:
        return self.scene.start_command(self.command("load", text, port, *words), failpoint).wait()


@pytest.fixture
def clients(scene: Scene, client_certificate: Path, tokens: TokenServer) -> Clients:
    return Clients(scene, client_certificate, tokens)


@pytest.mark.parametrize("way", WAYS)
def test_rows_come_exactly_once_through_a_kill(scene: Scene, clients: Clients, way: str) -> None:
    path = scene.write(rows_csv(2000))
    text, port = clients.text(way)
    words = ("--key", "user", "--chunk-rows", 200, path)
    killed = clients.run(text, port, *words, failpoint="in_commit:3")
    assert killed.code == -9, killed
    result = clients.run(text, port, *words)
    assert result.code == DONE, result
    scene.assert_exactly_once(path, "user")
    verify = clients.command("verify", text, port, "--source", path)
    assert scene.start_command(verify).wait().code == DONE


def wrong(way: str, clients: Clients, tmp: Path) -> tuple[str, int, tuple[str, ...]]:
    """The file with one thing wrong, the port, and what the error must name."""
    if way == "unknown mechanism":
        text, port = clients.text("plain")
        return text.replace("mechanism=PLAIN", "mechanism=PLIAN"), port, ("PLIAN", "PLAIN")
    if way == "no such mechanism there":
        text, port = clients.text("scram")
        return text.replace("SHA-256", "SHA-512"), port, ("SCRAM-SHA-512",)
    if way in ("plain", "scram"):
        text, port = clients.text(way)
        return text.replace(password(), "M4RK-wrong"), port, ("authentication",)
    if way == "unknown ca":
        text, port = clients.text("plain")
        return text.replace(f"{TLS}/ca.pem", f"{tmp}/client.crt"), port, ("certificate",)
    if way == "oauth secret":
        return clients.oauth("oauth", "M4RK-wrong"), OAUTH, ("token",)
    if way == "token endpoint":
        text, port = clients.text("oauth")
        return text.replace(clients.tokens.url, "http://127.0.0.1:1/token"), port, ("127.0.0.1:1",)
    if way == "pkcs12 password":
        text, port = clients.text("mtls-pkcs12")
        return text.replace("M4RK-store", "M4RK-wrong"), port, ("ssl.keystore",)
    text, port = clients.text("mtls-pem")
    return text.replace("client.pem", "none.pem"), port, ("none.pem",)


@pytest.mark.parametrize(
    "way",
    [
        "plain",
        "scram",
        "unknown mechanism",
        "no such mechanism there",
        "unknown ca",
        "oauth secret",
        "token endpoint",
        "pkcs12 password",
        "no key store",
    ],
)
def test_a_wrong_credential_is_named_at_once(
    scene: Scene, clients: Clients, client_certificate: Path, way: str
) -> None:
    text, port, parts = wrong(way, clients, client_certificate)
    result = clients.run(text, port, scene.write(rows_csv(5)))
    assert_fails(result, USAGE, *parts)
    assert result.seconds < AT_ONCE, result
    assert "M4RK" not in result.stdout + result.stderr, result


def test_a_token_for_others_is_refused_by_the_brokers(
    scene: Scene, clients: Clients, tokens: TokenServer
) -> None:
    tokens.audience = "others"
    try:
        text, port = clients.text("oauth")
        result = clients.run(text, port, scene.write(rows_csv(5)))
    finally:
        tokens.audience = "kafka"
    assert_fails(result, USAGE, "authentication", "audience")
    assert result.seconds < AT_ONCE, result


def test_tokens_are_renewed_while_a_load_runs(
    scene: Scene, clients: Clients, tokens: TokenServer
) -> None:
    path = scene.write(rows_csv(3000))
    text, port = clients.text("oauth")
    asked = tokens.asked
    tokens.seconds = 8
    try:
        result = clients.run(text, port, "--chunk-rows", 200, "--max-rate", 200, path)
    finally:
        tokens.seconds = 300
    assert result.code == DONE, result
    assert tokens.asked > asked + 7, "each client asks for its first; these are more"
    assert "rows" in tokens.scopes
    scene.assert_exactly_once(path)


def test_a_token_server_that_is_away_for_a_while(
    scene: Scene, clients: Clients, tokens: TokenServer
) -> None:
    """Connections that are made meanwhile wait for it; those that stand go on."""
    path = scene.write(rows_csv(6000))
    text, port = clients.text("oauth")
    words = ("--chunk-rows", 200, "--max-rate", 300, path)
    tokens.seconds = 8
    run = scene.start_command(clients.command("load", text, port, *words))
    try:
        scene.wait_for_messages(400, run)
        tokens.away = True
        asked = tokens.asked
        cluster("kill", "1")
        cluster("start", "1")
        wait_until(lambda: tokens.asked > asked + 3, "clients that ask in vain")
        tokens.away = False
        result = run.wait(120)
    finally:
        tokens.seconds, tokens.away = 300, False
    assert result.code == DONE, result.stderr
    scene.assert_exactly_once(path)


def test_a_password_that_is_changed_while_a_load_runs(
    scene: Scene, clients: Clients, kafka: Kafka
) -> None:
    """The next connection logs in with what the file has then."""

    def change(secret: str) -> None:
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096)
        upsert = UserScramCredentialUpsertion("rotated", info, secret.encode())
        for done in kafka.admin.alter_user_scram_credentials([upsert]).values():
            done.result(30)

    change("M4RK-before")
    kept = scene.write("M4RK-before\n", "password")
    login = jaas("scram.ScramLoginModule", username="rotated", password=f"${{file:{kept}}}")
    acls = grant_all(scene, "rotated")
    text = clients.sasl("SCRAM-SHA-256", login)
    path = scene.write(rows_csv(6000))
    words = ("--chunk-rows", 200, "--max-rate", 200, path)
    run = scene.start_command(clients.command("load", text, SASL, *words))
    try:
        scene.wait_for_messages(400, run)
        change("M4RK-after")
        scene.write("M4RK-after\n", "password")
        cluster("kill", "1")
        cluster("start", "1")
        result = run.wait(120)
    finally:
        acls()
    assert result.code == DONE, result
    scene.assert_exactly_once(path)
    assert "M4RK" not in result.stdout + result.stderr, result


def grant_all(scene: Scene, user: str):  # type: ignore[no-untyped-def]
    from confluent_kafka.admin import (
        AclBinding,
        AclBindingFilter,
        AclOperation,
        AclPermissionType,
        ResourcePatternType,
        ResourceType,
    )

    kinds = (ResourceType.TOPIC, ResourceType.TRANSACTIONAL_ID, ResourceType.BROKER)
    names = {ResourceType.BROKER: "kafka-cluster"}

    def acl(of: type, kind: ResourceType) -> AclBinding:
        name = names.get(kind, "*")
        pattern = ResourcePatternType.LITERAL
        allow = AclPermissionType.ALLOW
        return of(kind, name, pattern, f"User:{user}", "*", AclOperation.ALL, allow)

    for done in scene.kafka.admin.create_acls([acl(AclBinding, kind) for kind in kinds]).values():
        done.result(30)

    def forget() -> None:
        filters = [acl(AclBindingFilter, kind) for kind in kinds]
        for done in scene.kafka.admin.delete_acls(filters).values():
            done.result(30)

    return forget


# --- advice, followed to the letter ---------------------------------------------------------------


@pytest.mark.skipif(shutil.which("keytool") is None, reason="keytool comes with a JDK")
def test_the_conversion_of_a_java_trust_store_works(scene: Scene, clients: Clients) -> None:
    store = scene.directory / "trust.jks"
    by = ("-alias", "ca", "-file", TLS / "ca.pem", "-keystore", store, "-storepass", "M4RK-jks")
    command = ["keytool", "-importcert", "-noprompt", "-storetype", "JKS", *map(str, by)]
    subprocess.run(command, check=True, capture_output=True)
    text, port = clients.text("plain")
    java = text.replace("type=PEM", "type=JKS").replace(f"{TLS}/ca.pem", str(store))
    java += "ssl.truststore.password=M4RK-jks\n"
    path = scene.write(rows_csv(5))
    refused = clients.run(java, port, path)
    assert_fails(refused, USAGE, "keytool")
    advice = re.search(r"convert it: (keytool .*?);", refused.stderr)
    assert advice, refused
    answers = "M4RK-new\nM4RK-new\nM4RK-jks\n"
    done = subprocess.run(
        advice[1].split(), input=answers, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done
    form = r"say (\S+) and (\S+), with the new store's password as (\S+)$"
    said = re.search(form, refused.stderr)
    assert said, refused
    text = java + f"{said[1]}\n{said[2]}\n{said[3]}=M4RK-new\n"
    result = clients.run(text, port, path)
    assert result.code == DONE, result


def test_a_pem_file_stands_in_the_place_of_a_trust_store(scene: Scene, clients: Clients) -> None:
    text, port = clients.text("plain")
    java = text.replace("type=PEM", "type=JKS").replace(f"{TLS}/ca.pem", "/none/trust.jks")
    path = scene.write(rows_csv(5))
    result = clients.run(java, port, "-X", f"ssl.ca.location={TLS}/ca.pem", path)
    assert result.code == DONE, result


def test_a_pkcs12_trust_store_is_read(scene: Scene, clients: Clients) -> None:
    store = scene.directory / "ca.p12"
    by = ("-alias", "ca", "-file", TLS / "ca.pem", "-keystore", store, "-storepass", "M4RK-p12")
    command = ["keytool", "-importcert", "-noprompt", "-storetype", "PKCS12", *map(str, by)]
    subprocess.run(command, check=True, capture_output=True)
    text, port = clients.text("plain")
    java = text.replace("type=PEM", "type=PKCS12").replace(f"{TLS}/ca.pem", str(store))
    path = scene.write(rows_csv(5))
    wrong = clients.run(java + "ssl.truststore.password=M4RK-wrong\n", port, path)
    assert_fails(wrong, USAGE, "ssl.truststore.password")
    assert "M4RK" not in wrong.stderr
    result = clients.run(java + "ssl.truststore.password=M4RK-p12\n", port, path)
    assert result.code == DONE, result
