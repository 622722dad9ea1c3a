"""The way over HTTP: what is sent, what each answer means, and what the environment changes."""

from __future__ import annotations

import gzip
import json
import socket
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from support.tls import TlsEnd, make_certificate

from floe_lineage_openlineage import OpenLineageConfig, OpenLineagePlugin
from floe_lineage_openlineage.address import address
from floe_sdk import LineageDelayed, LineageRefused, PluginContext
from floe_sdk.schemas.secret import CONTEXT_KEY
from floe_sdk.testing import EVENTS, Answer, Cut, LineageServer, Slow, redirect

RUN = "01a2093d-8faf-707b-a4e7-92b4c65ff08e"


def event(kind="START", run_id=RUN):
    return {
        "eventType": kind,
        "eventTime": "2026-03-01T12:00:00+00:00",
        "run": {"runId": run_id, "facets": {}},
        "job": {"namespace": "acme", "name": "shop", "facets": {}},
        "inputs": [],
        "outputs": [],
        "producer": "https://floe.dev/floe-sdk/0.1.0",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    }


@pytest.fixture
def plugin(tmp_path):
    """Makes the plugin as the host does; its secrets are `planted-key`."""
    made = []

    def make(of="prod", **config):
        model = OpenLineageConfig.model_validate(config, context={CONTEXT_KEY: lambda secret: "planted-key"})
        context = PluginContext(of, "acme", "shop", "shop", tmp_path, tmp_path, tmp_path, tmp_path)
        made.append(OpenLineagePlugin(model, context))
        return made[-1]

    yield make
    for each in made:
        each.plugin_close()


def test_events_are_posted_as_json_over_one_connection(server, plugin):
    sink = plugin(url=server.uri)
    for each in (event(), event("COMPLETE")):
        sink.lineage_emit(each)
    sink.plugin_close()
    assert [each["eventType"] for each in server.events] == ["START", "COMPLETE"]
    first = server.requests[0]
    assert (first.method, first.path, first.headers["Content-Type"]) == ("POST", "/api/v1/lineage", "application/json")
    assert first.json == event()
    server.check()


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("", "/api/v1/lineage"),
        ("/", "/api/v1/lineage"),
        ("/api/v1/lineage", "/api/v1/lineage"),
        ("/openapi/openlineage", "/openapi/openlineage/api/v1/lineage"),
        ("/x/api/v1/lineage?team=a", "/x/api/v1/lineage?team=a"),
    ],
)
def test_the_api_is_below_the_address_or_is_the_address(path, target):
    assert address(f"https://marquez{path}", insecure=False).target == target


def test_the_key_is_a_bearer_token(plugin):
    with LineageServer(api_key="planted-key") as server:
        plugin(url=server.uri, api_key={"env": "KEY"}).lineage_emit(event())
        with pytest.raises(LineageDelayed, match="401: the server wants another `api_key`"):
            plugin(url=server.uri).lineage_emit(event())
        assert len(server.events) == 1


def test_gzip(server, plugin):
    plugin(url=server.uri, gzip=True).lineage_emit(event())
    (request,) = server.requests
    assert request.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(request.body)) == event()
    assert server.events == [event()]


@pytest.mark.parametrize("status", [400, 409, 413, 422])
def test_an_answer_about_the_event_is_for_good(server, status, plugin):
    server.misbehave(Answer(status, b'{"message": "no such facet"}'), EVENTS)
    with pytest.raises(LineageRefused, match=rf'answers {status} \({{"message": "no such facet"}}\)'):
        plugin(url=server.uri).lineage_emit(event())


@pytest.mark.parametrize("status", [307, 401, 403, 404, 408, 429, 500, 502, 503, 504])
def test_another_answer_may_pass(server, status, plugin):
    fault = redirect("http://127.0.0.1:9/stolen") if status == 307 else Answer(status)
    server.misbehave(fault, EVENTS)
    sink = plugin(url=server.uri)
    with pytest.raises(LineageDelayed, match=f"answers {status}"):
        sink.lineage_emit(event())
    sink.lineage_emit(event())
    assert len(server.events) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_the_time_that_a_server_asks_for_is_handed_on(server, status, plugin):
    later = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=30))
    sink = plugin(url=server.uri)
    for text, seconds in (("7", 7), (later, 30), ("soon", None), ("999999", 3600)):
        server.misbehave(Answer(status, headers={"Retry-After": text}), EVENTS)
        with pytest.raises(LineageDelayed) as caught:
            sink.lineage_emit(event())
        assert caught.value.retry_after == (seconds if seconds is None else pytest.approx(seconds, abs=2))


def test_what_keeps_a_server_from_answering_is_said(server, plugin):
    sink = plugin(url=server.uri, timeout=0.3)
    server.misbehave(Slow(5), EVENTS)
    with pytest.raises(LineageDelayed, match=rf"{server.uri}: no answer within 0.3 s"):
        sink.lineage_emit(event())
    server.misbehave(Cut(), EVENTS)
    with pytest.raises(LineageDelayed, match="the connection was cut before the answer"):
        sink.lineage_emit(event())
    server.stop()
    with pytest.raises(LineageDelayed, match="the connection was refused"):
        sink.lineage_emit(event())
    with pytest.raises(LineageDelayed, match="the name of the server is not known"):
        plugin(url="https://nobody.invalid").lineage_emit(event())


def test_an_idle_connection_that_the_server_has_closed_is_no_failure(server, plugin):
    sink = plugin(url=server.uri)
    sink.lineage_emit(event())
    server.stop()
    server.start()
    sink.lineage_emit(event("COMPLETE"))
    assert len(server.events) == 2


def test_an_event_whose_answer_was_lost_comes_again_as_it_was(server, plugin):
    server.misbehave(Cut("after"), EVENTS)
    sink = plugin(url=server.uri)
    with pytest.raises(LineageDelayed):
        sink.lineage_emit(event())
    sink.lineage_emit(event())
    assert (len(server.events), server.repeated) == (1, 1)


def test_the_environment_wins_over_the_manifest(server, monkeypatch, plugin):
    monkeypatch.setenv("OPENLINEAGE_URL", server.uri)
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "planted-other")
    monkeypatch.setenv("OPENLINEAGE_ENDPOINT", "v9/lineage")
    plugin(url="https://nobody.invalid", api_key={"env": "KEY"}).lineage_emit(event())
    (request,) = server.requests
    assert (request.path, request.headers["Authorization"]) == ("/v9/lineage", "Bearer planted-other")


def test_the_manifests_key_does_not_go_to_a_server_of_the_environment(server, monkeypatch, plugin):
    monkeypatch.setenv("OPENLINEAGE_URL", server.uri)
    plugin(url="https://marquez.example.com", api_key={"env": "KEY"}).lineage_emit(event())
    plugin(url=f"{server.uri}/api/v1/lineage", api_key={"env": "KEY"}).lineage_emit(event("COMPLETE"))
    keys = [each.headers.get("Authorization") for each in server.requests]
    assert keys == [None, "Bearer planted-key"], "the same server may have it"


def test_without_an_address_it_is_said_what_to_set(plugin):
    with pytest.raises(LineageDelayed, match="set `url` of lineage openlineage, or OPENLINEAGE_URL"):
        plugin().lineage_emit(event())


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://marquez:5000", "plain http to marquez.*`allow_insecure_http: true`"),
        ("ftp://marquez", "expected an address"),
        ("marquez:5000", "expected an address"),
        ("https://user:planted@marquez", "use `api_key`"),  # pragma: allowlist secret
        ("https://marquez:99999", "no number between"),
    ],
)
def test_an_address_that_must_not_be_used_is_refused_without_its_secrets(monkeypatch, url, reason, plugin):
    with pytest.raises(ValueError, match=reason) as caught:
        plugin(url=url)
    assert "planted" not in caught.value.errors(include_input=False)[0]["msg"]
    monkeypatch.setenv("OPENLINEAGE_URL", url)
    with pytest.raises(LineageDelayed, match=f"OPENLINEAGE_URL: .*{reason}"):
        plugin().lineage_emit(event())


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "marquez.localhost"])
def test_plain_http_to_this_machine_is_fine(host, plugin):
    assert plugin(url=f"http://{host}:5000").config.url == f"http://{host}:5000"


def test_plain_http_to_another_machine_may_be_allowed(plugin):
    assert plugin(url="http://marquez:5000", allow_insecure_http=True).config.allow_insecure_http


def test_health_is_a_round_trip_that_sends_no_event(server, plugin):
    sink = plugin(url=server.uri)
    health = sink.plugin_health(5)
    assert health.ok
    assert server.uri in health.message
    assert (server.requests[0].method, server.events) == ("GET", [])
    server.misbehave(Answer(401, b"who are you"))
    assert sink.plugin_health(5).fix == "check `api_key`"
    server.misbehave(Answer(503))
    assert not sink.plugin_health(5).ok
    server.stop()
    assert "the connection was refused" in sink.plugin_health(5).message


def test_a_server_that_is_for_another_environment_is_a_warning(plugin, caplog):
    plugin("dev", url="https://marquez.example.com", environment="prod")
    assert "lineage of dev goes to a server that is for prod" in caplog.text


def test_requests_go_through_the_proxy_of_the_environment(server, monkeypatch, plugin):
    monkeypatch.setenv("http_proxy", server.uri)
    monkeypatch.setenv("no_proxy", "")
    plugin(url="http://marquez.invalid:5000", allow_insecure_http=True).lineage_emit(event())
    assert server.requests[0].target == "http://marquez.invalid:5000/api/v1/lineage"
    assert server.requests[0].headers["Host"] == "marquez.invalid:5000"


def test_a_server_that_accepts_and_says_nothing_costs_the_timeout(plugin):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(LineageDelayed, match=r"no answer within 0\.5 s"):
            plugin(url=f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.5).lineage_emit(event())
        assert time.monotonic() - began < 5


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(server, certificate):
    end = TlsEnd(server.uri, certificate / "ca.pem", certificate / "key.pem")
    yield end
    end.close()


def test_a_server_with_the_teams_own_authority(server, tls, certificate, plugin):
    with pytest.raises(LineageDelayed, match=r"its certificate is not trusted .*see `ca_file` and `verify_ssl`"):
        plugin(url=tls.uri).lineage_emit(event())
    assert server.requests == []
    plugin(url=tls.uri, ca_file=str(certificate / "ca.pem")).lineage_emit(event())
    plugin(url=tls.uri, verify_ssl=False).lineage_emit(event("COMPLETE"))
    assert len(server.events) == 2


def test_a_file_of_authorities_that_is_missing_is_named(plugin):
    with pytest.raises(LineageDelayed, match=r"`ca_file` nowhere\.pem can't be used: No such file"):
        plugin(url="https://localhost:1", ca_file="nowhere.pem").lineage_emit(event())
