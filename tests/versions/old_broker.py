"""One broker of any version of Kafka, from Maven Central, as scripts/cluster has three of one.

All of them run on Java 17. Kafka 0.11 needs jaxb-api beside it; versions before 3.3 a ZooKeeper,
which comes with them; the others format their storage for KRaft.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

from onceload_runner import ROOT

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>onceload</groupId><artifactId>kafka-{version}</artifactId><version>1</version>
<packaging>pom</packaging><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_{scala}</artifactId>
<version>{version}</version></dependency>{more}</dependencies></project>
"""
JAXB = """<dependency><groupId>javax.xml.bind</groupId><artifactId>jaxb-api</artifactId>
<version>2.3.1</version></dependency>"""

PROPERTIES = """listeners=CLIENT://127.0.0.1:{port}{controller_listener}
advertised.listeners=CLIENT://127.0.0.1:{port}
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
log.cleaner.dedupe.buffer.size=16777216
log.retention.ms=-1
"""
ZOOKEEPER = """broker.id=1
zookeeper.connect=127.0.0.1:{zookeeper}
zookeeper.connection.timeout.ms=60000
"""
KRAFT = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
"""
CLUSTER_ID = "b25jZWxvYWQtdmVyc2lvbg"
READY_SECONDS = 120
STOP_SECONDS = 60


def jars(version: str) -> Path:
    """Fetched once, by Maven."""
    folder = ROOT / "build/kafka-versions" / version
    if (folder / "complete").exists():
        return folder / "libs"
    folder.mkdir(parents=True, exist_ok=True)
    scala = "2.12" if version.startswith("0.") else "2.13"
    more = JAXB if version.startswith("0.") else ""
    (folder / "pom.xml").write_text(POM.format(version=version, scala=scala, more=more))
    goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
    into = f"-DoutputDirectory={folder}/libs"
    command = ["mvn", "-B", "-q", "-f", folder / "pom.xml", goal, into]
    subprocess.run(command, check=True)
    (folder / "complete").touch()
    return folder / "libs"


def answers(port: int) -> bool:
    with socket.socket() as connection:
        connection.settimeout(1)
        return connection.connect_ex(("127.0.0.1", port)) == 0


class OldBroker:
    def __init__(self, version: str, directory: Path, port: int) -> None:
        self.directory, self.port = directory, port
        self.controller_port, self.zookeeper_port = port + 1, port + 2
        self.processes: list[subprocess.Popen] = []
        self.start(version)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self, version: str) -> None:
        """On the data that are there: an upgrade if another version has left them."""
        self.version = version
        self.libs = jars(version)
        kraft = int(version.split(".")[0]) > 3 or version.startswith(("3.3", "3.6", "3.9"))
        data = self.directory / "data"
        text = PROPERTIES.format(
            port=self.port,
            data=data,
            controller_listener=f",CONTROLLER://127.0.0.1:{self.controller_port}" if kraft else "",
        )
        text += KRAFT.format(controller=self.controller_port) if kraft else ""
        text += "" if kraft else ZOOKEEPER.format(zookeeper=self.zookeeper_port)
        properties = self.directory / "server.properties"
        properties.write_text(text)
        if not kraft:
            self.start_zookeeper()
        elif not data.exists():
            words = ("format", "-t", CLUSTER_ID, "-c", str(properties))
            self.java("format", "kafka.tools.StorageTool", *words).wait(READY_SECONDS)
        self.processes.append(self.java("broker", "kafka.Kafka", str(properties)))
        self.wait_for(self.port)

    def start_zookeeper(self) -> None:
        properties = self.directory / "zookeeper.properties"
        properties.write_text(
            f"dataDir={self.directory}/zookeeper\nclientPort={self.zookeeper_port}\n"
            "clientPortAddress=127.0.0.1\nadmin.enableServer=false\nmaxClientCnxns=0\n"
        )
        main = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
        self.processes.append(self.java("zookeeper", main, str(properties)))
        self.wait_for(self.zookeeper_port)

    def java(self, name: str, main: str, *words: str) -> subprocess.Popen:
        command = ["java", "-Xmx384m", "-XX:+UseSerialGC", "-cp", f"{self.libs}/*", main, *words]
        with (self.directory / f"{name}.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self.directory)

    def wait_for(self, port: int) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not answers(port):
            assert time.monotonic() < deadline, f"no answer from {port}: {self.directory}"
            assert self.processes[-1].poll() is None, f"ended early: {self.directory}"
            time.sleep(0.2)

    def stop(self) -> None:
        """The broker before its ZooKeeper."""
        while self.processes:
            process = self.processes.pop()
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def end(self) -> None:
        self.stop()
        shutil.rmtree(self.directory / "data", ignore_errors=True)
