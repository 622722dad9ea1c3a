"""Apache Kafka: one node that is broker and controller."""

from __future__ import annotations

import signal
import subprocess
import uuid

from support.servers.iceberg_rest import COPY, dependency, java
from support.servers.install import build_step, installed, tool
from support.servers.process import Process, ServerFailed, free_port

VERSION = "4.1.0"
DEPENDENCIES = (f"org.apache.kafka:kafka_2.13:{VERSION}", "org.slf4j:slf4j-simple:1.7.36")
USER = "floe"


def install():
    """The folder of the jars."""
    return installed("kafka", VERSION, _build) / "lib"


class KafkaServer:
    """A broker without authentication at `servers`, and one that asks `user` for `password` at `sasl_servers`."""

    def __init__(self, servers, sasl_servers, password, process):
        self.servers, self.sasl_servers = servers, sasl_servers
        self.user, self.password, self.process = USER, password, process

    def new_topic(self, partitions=3, **configuration):
        """The name of a topic that nobody else uses."""
        from confluent_kafka.admin import AdminClient, NewTopic

        name = f"lineage-{uuid.uuid4().hex[:8]}"
        topic = NewTopic(name, num_partitions=partitions, replication_factor=1, config=configuration)
        admin = AdminClient({"bootstrap.servers": self.servers, "log_level": 0})
        admin.create_topics([topic])[name].result(30)
        return name

    def messages(self, topic):
        """All messages of a topic so far: (partition, key, value), each partition in its order."""
        from confluent_kafka import Consumer, TopicPartition

        settings = {"bootstrap.servers": self.servers, "group.id": uuid.uuid4().hex, "enable.auto.commit": False}
        consumer = Consumer({**settings, "auto.offset.reset": "earliest", "log_level": 0})
        try:
            partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
            ends = {
                each: consumer.get_watermark_offsets(TopicPartition(topic, each), timeout=30)[1] for each in partitions
            }
            consumer.assign([TopicPartition(topic, each, 0) for each in partitions])
            found = []
            while len(found) < sum(ends.values()):
                message = consumer.poll(30)
                assert message is not None
                assert message.error() is None, message.error()
                found.append((message.partition(), message.key().decode(), message.value()))
            return found
        finally:
            consumer.close()


def start(folder):
    """A server that keeps its topics below `folder`; a second try, where another process took one of its ports."""
    try:
        return _start(folder / "first")
    except ServerFailed:
        return _start(folder / "second")


def _start(folder):
    lib, program = install(), java()
    folder.mkdir(parents=True)
    ports, password = [free_port() for _ in range(3)], f"planted-{uuid.uuid4().hex}"
    settings = folder / "server.properties"
    settings.write_text(_settings(folder, ports, password))
    java_command = [program, "-Xmx256m", "-cp", lib / "*"]
    _format(java_command, settings)
    servers = [f"127.0.0.1:{port}" for port in ports]
    command = [*java_command, "kafka.Kafka", settings]
    process = Process("kafka", command, folder / "kafka.log", lambda: _answers(servers[0]), stop_signal=signal.SIGTERM)
    return KafkaServer(servers[0], servers[1], password, process.start())


def _settings(folder, ports, password):
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    login = f'{module} required username="{USER}" password="{password}" user_{USER}="{password}";'
    return "\n".join(
        [
            "process.roles=broker,controller",
            "node.id=1",
            f"controller.quorum.voters=1@127.0.0.1:{ports[2]}",
            f"listeners=PLAIN://127.0.0.1:{ports[0]},SASL://127.0.0.1:{ports[1]},CONTROLLER://127.0.0.1:{ports[2]}",
            "listener.security.protocol.map=PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name=PLAIN",
            "controller.listener.names=CONTROLLER",
            "listener.name.sasl.sasl.enabled.mechanisms=PLAIN",
            f"listener.name.sasl.plain.sasl.jaas.config={login}",
            f"log.dirs={folder / 'data'}",
            "auto.create.topics.enable=false",
            "offsets.topic.replication.factor=1",
            "offsets.topic.num.partitions=1",
            "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1",
            "group.initial.rebalance.delay.ms=0",
            "",
        ]
    )


def _format(java_command, settings):
    cluster = uuid.uuid4().hex[:22]
    command = [*java_command, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", settings]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise ServerFailed(f"kafka's storage can't be formatted\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _answers(servers):
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    try:
        return bool(AdminClient({"bootstrap.servers": servers, "log_level": 0}).list_topics(timeout=2).brokers)
    except KafkaException:
        return False


def _build(folder):
    java()
    maven = tool("mvn", "Install Maven; on Debian and Ubuntu: apt-get install maven")
    (folder / "pom.xml").write_text(_pom(), encoding="utf-8")
    copy = [maven, "--batch-mode", "--quiet", "--strict-checksums", COPY, f"-DoutputDirectory={folder / 'lib'}"]
    build_step("Kafka", copy, folder)


def _pom():
    return f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dev.floe</groupId>
  <artifactId>kafka</artifactId>
  <version>{VERSION}</version>
  <dependencies>
{"".join(dependency(*each.split(":")) for each in DEPENDENCIES)}  </dependencies>
</project>
"""
