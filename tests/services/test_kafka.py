"""`floe run` with lineage to a topic of a real Kafka: all events, each run's in order, also after Kafka was away."""

from __future__ import annotations

import json

import pytest
from support.crashing import ENGINE, PLUGINS
from support.forking import Forks
from support.lineage_runs import Product
from support.packages import Site

from floe_sdk.runtime.lineage.checking import Checker


@pytest.fixture(scope="module")
def shelf_site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    site.install("shelf-engine", ENGINE, plugins=PLUGINS)
    return site


@pytest.fixture(scope="module")
def shelf_forks(shelf_site):
    with Forks(path=[shelf_site.folder]) as made:
        yield made


@pytest.fixture
def product(tmp_path, shelf_site, shelf_forks):
    return Product(tmp_path / "lake", shelf_site, shelf_forks)


def kafka_of(server, topic, **more):
    return {"kafka": {"bootstrap_servers": server.servers, "topic": topic, **more}}


def check(server, topic, runs, strangers=()):
    """Every event once, valid; of each run in one partition and in order."""
    messages = server.messages(topic)
    checkers = {}
    partitions = {}
    for partition, key, value in messages:
        event = json.loads(value)
        checker = checkers.setdefault(partition, Checker(strangers))
        assert checker.problems(event) == []
        partitions.setdefault(key, set()).add(partition)
    assert all(checker.states.open() == [] for checker in checkers.values())
    assert all(len(each) == 1 for each in partitions.values())
    assert len(partitions) == runs
    return [json.loads(value) for *_, value in messages]


def test_every_event_of_a_run_is_in_the_topic_in_order(product, kafka):
    topic = kafka.new_topic()
    product.configure(kafka_of(kafka, topic, compression="gzip"), {"type": "file"})
    for _ in range(4):
        assert "lineage" not in product.floe("run")
    events = check(kafka, topic, runs=4)
    assert sorted(map(str, events)) == sorted(map(str, product.evidence.lineage()))
    assert len(events) == 24


def test_a_scheduled_run_and_its_nodes_share_a_partition(product, kafka):
    topic = kafka.new_topic()
    scheduler = "01a2093d-8faf-707b-a4e7-92b4c65ff08e"
    product.configure(kafka_of(kafka, topic))
    product.floe("run", OPENLINEAGE_PARENT_ID=f"dags/nightly/{scheduler}")
    check(kafka, topic, runs=1, strangers=[scheduler])
    assert {key for _, key, _ in kafka.messages(topic)} == {scheduler}


def test_kafka_that_is_away_costs_no_run_and_gets_everything_later(product, kafka):
    topic = kafka.new_topic()
    product.configure(kafka_of(kafka, topic), flush=30)
    with kafka.process.stopped():
        output = product.floe("run")
        assert "lineage/openlineage: 6 events kept on disk" in output
        lines = [line for line in output.splitlines() if "lineage" in line or "rdkafka" in line]
        assert len(lines) == 1, "one line, and nothing of the client's own"
        assert "Connection refused" in lines[0]
        assert product.seconds < 15
        assert "6 events still waiting" in product.floe("lineage", "flush", "--timeout", "5", code=4)
    product.floe("run")
    check(kafka, topic, runs=2)
    assert product.waiting == []


def test_a_user_with_a_password(product, kafka):
    topic = kafka.new_topic()
    login = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN", "sasl_username": kafka.user}
    login |= {"sasl_password": {"env": "KAFKA_PASSWORD"}, "bootstrap_servers": kafka.sasl_servers}
    product.configure(kafka_of(kafka, topic, **login))
    wrong = product.floe("run", KAFKA_PASSWORD="planted-wrong")
    assert "6 events kept" in wrong
    assert "Authentication failed" in wrong
    product.floe("run", KAFKA_PASSWORD=kafka.password)
    check(kafka, topic, runs=2)
    left = [path.read_bytes() for path in product.shelf.root.rglob("*") if path.is_file()]
    assert not [text for text in [*left, wrong.encode()] if kafka.password.encode() in text or b"planted-wrong" in text]


def test_a_message_that_is_too_large_is_set_aside(product, kafka):
    topic = kafka.new_topic(**{"max.message.bytes": "2000"})
    product.configure(kafka_of(kafka, topic))
    output = product.floe("run")
    assert "refused for good" in output
    assert "set aside" in output
    assert product.waiting == []


def test_a_topic_that_is_missing_is_said_and_waited_for(product, kafka):
    product.configure(kafka_of(kafka, "nobody-made-it"))
    output = product.floe("run")
    assert "6 events kept" in output
    assert "topic nobody-made-it" in output


def test_health_asks_for_the_topic(product, kafka):
    topic = kafka.new_topic()
    product.configure(kafka_of(kafka, topic))
    (line,) = [line for line in product.floe("health").splitlines() if line.startswith("lineage/openlineage")]
    assert f"topic {topic} has 3 partitions" in line
    product.configure(kafka_of(kafka, "nobody-made-it"))
    assert "lineage/openlineage" in product.floe("health", code=4).splitlines()[-1]
