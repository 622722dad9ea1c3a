"""`observability.tracing.exporter` and `observability.lineage.transport` as plugins, merged with the full form."""

import pytest

from floe_sdk.errors import FloeError


def sinks(resolved):
    return {each.identity: each for each in resolved.plugins if each.type.value in {"telemetry", "lineage"}}


def test_exporter_and_transport_select_plugins(project):
    project.manifest(
        "observability:\n"
        "  tracing: {exporter: otlp, endpoint: 'http://o:4317', protocol: grpc, headers: {x: y, auth: {env: A}},"
        " sample_ratio: 0.5}\n"
        "  lineage: {transport: http, endpoint: 'http://m:5000/api/v1/lineage', namespace: n}\n"
    )
    resolved = project.resolve()
    chosen = sinks(resolved)
    assert sorted(chosen) == ["lineage/openlineage", "telemetry/otlp"]
    assert chosen["telemetry/otlp"].offered == {
        "endpoint": "http://o:4317",
        "protocol": "grpc",
        "headers": {"x": "y", "auth": {"env": "A"}},
        "sample_ratio": 0.5,
    }
    assert chosen["lineage/openlineage"].offered["url"] == "http://m:5000/api/v1/lineage"
    assert str(chosen["telemetry/otlp"].locate(("name",))) == "manifest.yaml:5:23"
    assert str(chosen["telemetry/otlp"].locate(("config", "endpoint"))) == "manifest.yaml:5:39"
    assert str(chosen["lineage/openlineage"].locate(("config", "url"))) == "manifest.yaml:6:40"
    tracing = resolved.observability.tracing
    assert (tracing.enabled, tracing.exporter, tracing.protocol, tracing.sample_ratio) == (True, "otlp", "grpc", 0.5)
    assert tracing.headers["auth"].reference == {"env": "A"}
    assert resolved.observability.lineage.enabled


@pytest.mark.parametrize("name", ["none", "noop"])
def test_no_plugin(project, name):
    project.manifest(f"observability: {{tracing: {{exporter: {name}}}, lineage: {{transport: {name}}}}}\n")
    resolved = project.resolve()
    assert sinks(resolved) == {}
    assert not resolved.observability.tracing.enabled


def test_the_full_form_adds_more(project):
    project.manifest(
        "observability: {tracing: {exporter: console}}\nplugins: {telemetry: [{type: file}, {type: otlp}]}\n"
    )
    assert sorted(sinks(project.resolve())) == ["telemetry/console", "telemetry/file", "telemetry/otlp"]


def test_a_plugin_alone_enables(project):
    project.manifest("plugins: {telemetry_backend: {type: console}, lineage: {type: file}}\n")
    observability = project.resolve().observability
    assert observability.tracing.enabled
    assert observability.lineage.enabled


def test_disabled_selects_nothing(project):
    project.manifest(
        "observability: {tracing: {enabled: no, exporter: otlp}, lineage: {enabled: off}}\n"
        "plugins: {telemetry: {type: file}, lineage: {type: file}}\n"
    )
    resolved = project.resolve()
    assert sinks(resolved) == {}
    assert not resolved.observability.tracing.enabled
    assert not resolved.observability.lineage.enabled


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("http://m:5000", "http://m:5000/api/v1/lineage"),
        ("http://m:5000/api/v1/lineage", "http://m:5000"),
        ("http://M:5000/", "http://m:5000"),
        ("https://m", "https://m:443/x"),
    ],
)
def test_one_origin_is_one_sink(project, url, endpoint):
    project.manifest(
        f"plugins: {{lineage_backend: {{type: marquez, config: {{url: '{url}', api_key: {{env: K}}}}}}}}\n"
        f"observability: {{lineage: {{transport: http, endpoint: '{endpoint}'}}}}\n"
    )
    (chosen,) = sinks(project.resolve()).values()
    assert chosen.identity == "lineage/openlineage"
    assert chosen.config == {"url": url, "api_key": {"env": "K"}}


@pytest.mark.parametrize(
    ("plugins", "short"),
    [
        (
            "lineage_backend: {type: marquez, config: {url: 'http://a:1'}}",
            "lineage: {transport: http, endpoint: 'http://b:1'}",
        ),
        (
            "lineage: {type: openlineage, config: {url: 'http://a:1'}}",
            "lineage: {transport: http, endpoint: 'http://a:2'}",
        ),
        (
            "lineage: {type: openlineage, config: {url: 'http://a'}}",
            "lineage: {transport: http, endpoint: 'https://a'}",
        ),
        ("telemetry: {type: otlp, config: {protocol: grpc}}", "tracing: {exporter: otlp, protocol: http}"),
    ],
)
def test_contradictions_name_both_places(project, plugins, short):
    project.manifest(f"plugins: {{{plugins}}}\nobservability: {{{short}}}\n")
    with pytest.raises(FloeError) as caught:
        project.resolve()
    (error,) = caught.value.errors
    assert (error.code.id, error.exit_code) == ("FLOE-D018", 2)
    assert str(error.where).startswith("manifest.yaml:5:")
    assert "(manifest.yaml:4:" in error.problem
