"""`floe run` with a good server: what it gets, beside other sinks, from the short form, and nothing secret."""

from __future__ import annotations

import json

import pytest
import yaml

from floe_sdk.testing import EVENTS, Answer, LineageServer, Slow


def test_every_event_is_valid_and_in_order_and_the_file_has_the_same(product, server):
    product.configure({"url": server.uri}, {"type": "file"}, {"type": "console"})
    output = product.floe("run")
    server.check()
    own = [json.loads(line) for line in (product.evidence.state / "lineage.jsonl").read_text().splitlines()]
    printed = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    assert server.events == own == printed
    assert len(own) == 6
    assert product.waiting == []


def test_the_short_form_and_the_name_marquez_are_this_plugin(product, server):
    product.configure({"url": server.uri})
    manifest = product.shelf.root / "manifest.yaml"
    for transport in ("http", "marquez"):
        document = yaml.safe_load(manifest.read_text())
        document["plugins"].pop("lineage", None)
        document["observability"]["lineage"] = {"transport": transport, "endpoint": server.uri}
        manifest.write_text(yaml.safe_dump(document))
        before = len(server.events)
        product.floe("run")
        assert len(server.events) == before + 6


def test_one_sink_that_is_away_does_not_keep_events_from_the_others(product, server):
    server.stop()
    product.configure({"url": server.uri}, {"type": "file"})
    output = product.floe("run")
    assert "lineage/openlineage: 6 events kept" in output
    assert "lineage/file" not in output
    assert len(product.evidence.lineage()) == 6
    server.start()
    product.floe("run")
    assert len(server.events) == 12
    assert len(product.evidence.lineage()) == 12
    server.check()


def test_two_that_are_away_cost_no_more_than_one(product, server):
    server.stop()
    (product.shelf.root / "elsewhere").mkdir()
    product.configure({"url": server.uri}, {"type": "file", "config": {"path": "elsewhere"}}, flush=30)
    output = product.floe("run")
    assert "lineage/openlineage: 6 events kept" in output
    assert "lineage/file: 6 events kept" in output
    assert product.seconds < 20


def test_the_key_is_in_nothing_that_a_run_leaves(product, server):
    with LineageServer(api_key="planted-lineage-key") as strict:
        product.configure({"url": strict.uri, "api_key": {"env": "LINEAGE_KEY"}}, {"type": "file"})
        strict.misbehave(Answer(400, b"Bearer planted-lineage-key is not liked"), EVENTS, after=2)
        output = product.floe("--debug", "run", LINEAGE_KEY="planted-lineage-key")
        assert len(strict.events) == 5
    texts = {str(path): path.read_bytes() for path in product.shelf.root.rglob("*") if path.is_file()}
    assert "is not liked" in output
    assert [name for name, text in {**texts, "output": output.encode()}.items() if b"planted-lineage" in text] == []


def test_an_unset_key_ends_the_run_before_it_begins(product, server):
    product.configure({"url": server.uri, "api_key": {"env": "LINEAGE_KEY"}})
    assert "LINEAGE_KEY" in product.floe("run", code=2)
    assert server.requests == []


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"url": "http://marquez:5000"}, "plain http to marquez"),
        ({"url": "https://marquez", "kafka": {"bootstrap_servers": "x:9092"}}, "keep one"),
        ({"url": "https://marquez", "api_key": "planted-key"}, "FLOE-S001"),
        (
            {"kafka": {"bootstrap_servers": "x:9092", "properties": {"sasl.password": "planted-x"}}},
            "use `sasl_password`",
        ),
        ({"kafka": {"bootstrap_servers": "x:9092", "security_protocol": "SASL_SSL"}}, "needs `sasl_mechanism`"),
        ({"url": "https://marquez", "drain_timeou": 3}, "drain_timeout"),
    ],
)
def test_a_wrong_configuration_is_told_with_its_line(product, config, reason):
    product.configure(config)
    output = product.floe("compile", code=2)
    assert reason in output
    assert "manifest.yaml:" in output
    assert "planted" not in output


def test_lineage_is_off_where_openlineage_is(product, server):
    product.configure({"url": server.uri}, {"type": "file"})
    product.floe("run", OPENLINEAGE_DISABLED="true")
    assert (server.requests, product.evidence.lineage()) == ([], [])


def test_a_limit_of_its_own_at_the_end_of_a_run(product, server):
    server.misbehave(Slow(60), EVENTS, times=None)
    product.configure({"url": server.uri, "timeout": 60, "drain_timeout": 0.2}, flush=30)
    assert "6 events kept" in product.floe("run")
    assert product.seconds < 20
