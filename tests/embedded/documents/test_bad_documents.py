"""Documents that are wrong: exit code, place, a message to act on; nothing of a value that may be a secret."""

import os
import re

import pytest

from floe_sdk.errors import FloeError

SPEC_CASES = [
    ("transforms: [{name: a, tagz: [x]}]", "FLOE-D006", "4:24", "tagz", "did you mean `tags`"),
    ("transfroms: []", "FLOE-D006", "4:1", "transfroms", "did you mean `transforms`"),
    ("transforms: [{name: a, dependOn: [x]}]", "FLOE-D006", "4:24", "dependOn", "did you mean `dependsOn`"),
    ("transforms: [{name: a, dependsOn: [b], depends_on: [b]}]", "FLOE-D006", None, "given twice", "keep one"),
    ("transforms: [{name: 3}]", "FLOE-D008", "4:21", "must be text", "stg_customers"),
    ("transforms: {name: a}", "FLOE-D008", "4:13", "must be a list", ""),
    ("transforms: [a]", "FLOE-D008", "4:14", "must be a mapping", ""),
    ("transforms: [{tier: gold}]", "FLOE-D007", "4:14", "`transforms[0].name` is missing", ""),
    ("transforms: [{name: a, tier: golden}]", "FLOE-D008", "4:30", "`bronze`, `silver`, `gold`", "did you mean `gold`"),
    ("transforms: [{name: a b}]", "FLOE-D008", "4:21", "form", "stg_customers"),
    ("schedule: {cron: '61 * * * *'}", "FLOE-D008", "4:18", "no cron expression", "0 6 * * *"),
    ("schedule: {cron: '* * *'}", "FLOE-D008", "4:18", "no cron expression", "0 6 * * *"),
    ("schedule: {timezone: Mars/Base}", "FLOE-D008", "4:22", "no IANA time zone", "Europe/Berlin"),
    ("schedule: {timezone: ../../etc/passwd}", "FLOE-D008", "4:22", "no IANA time zone", ""),
    ("schedule: {timezone: ''}", "FLOE-D008", "4:22", "no IANA time zone", ""),
    ("schedule: {enabled: maybe}", "FLOE-D008", "4:21", "must be true or false", ""),
    ("schedule: daily", "FLOE-D008", "4:11", "must be a mapping", ""),
    ("ingestion: {sources: [{a: 1}]}", "FLOE-D010", "4:1", "`ingestion` is not supported yet", "remove the section"),
    ("governance: {rbac: {a: {b: 1}}}", "FLOE-D010", "4:14", "`governance.rbac` is not supported yet", ""),
    ("governance: {data_retention_days: '30'}", "FLOE-D008", "4:35", "whole number", ""),
    ("governance: {data_retention_days: true}", "FLOE-D008", "4:35", "whole number", ""),
    ("governance: {data_retention_days: 0}", "FLOE-D008", "4:35", "at least 1", ""),
    ("governance: {waivers: [{rule: x, reason: y}]}", "FLOE-D007", "4:24", "expires` is missing", ""),
    ("governance: {waivers: [{rule: x, reason: ' ', expires: 2099-01-01}]}", "FLOE-D008", "4:42", "not be blank", ""),
    ("governance: {waivers: [{rule: x, reason: y, expires: soon}]}", "FLOE-D008", "4:54", "date such as", ""),
    ("output_ports: [{name: a, schema: []}]", "FLOE-D008", "4:34", "must not be empty", ""),
    ("platform: {manifest: ''}", "FLOE-D008", "4:22", "must not be empty", "manifest.yaml"),
    ("platform: {manifest: 'oci://registry/platform:1'}", "FLOE-D010", "4:22", "registry", "name a file"),
    ("platform: {manifest: ../gone.yaml}", "FLOE-D001", "4:22", "no manifest", "correct the path"),
    ("transforms: [{name: a}, {name: b}, {name: a}]", "FLOE-D015", "4:43", "two entries", "rename"),
    (
        "destinations: [&d {name: a, sink_type: s, connection_secret_ref: c}, *d]",
        "FLOE-D015",
        None,
        "two entries",
        "rename",
    ),
    (
        "transforms: [{name: a, depends_on: [b]}, {name: b, depends_on: [a]}]",
        "FLOE-D017",
        None,
        "circle: ",
        "remove one",
    ),
    ("transforms: [{name: a, depends_on: [a]}]", "FLOE-D017", "4:36", "circle: a -> a", "remove one"),
    ("transforms: [{name: a, compute: spark}]", "FLOE-D020", "4:33", "which the platform lacks", "duckdb"),
    ("environments: {prd: {schedule: {enabled: off}}}", "FLOE-D011", "4:16", "no environment `prd`", ""),
    ("environments: {dev: {plugins: {}}}", "FLOE-D006", "4:22", "environments.dev.plugins", ""),
]


@pytest.mark.parametrize(("text", "code", "place", "words", "fix"), SPEC_CASES)
def test_spec(project, text, code, place, words, fix):
    project.spec(text + "\n")
    _refused(project, code, f"product/floe.yaml:{place}" if place else None, words, fix)


MANIFEST_CASES = [
    ("plugins: {compute: {typ: duckdb}}", "FLOE-D006", "4:21", "plugins.compute.typ", "did you mean `type`"),
    ("plugins: {comptue: {type: duckdb}}", "FLOE-D006", "4:11", "plugins.comptue", "did you mean `compute`"),
    (
        "plugins: {compute: {config: {a: 1}}}",
        "FLOE-D007",
        "4:20",
        "`plugins.compute.type` is missing",
        "name the plugin",
    ),
    ("plugins: {compute: duckdb}", "FLOE-D008", "4:20", "must be a list|must be a mapping", ""),
    (
        "plugins: {compute: {type: duckdb, version: abc}}",
        "FLOE-D008",
        "4:44",
        "neither a version nor a specifier",
        ">=1.2,<2",
    ),
    ("plugins: {compute: {type: duckdb, version: 1.0}}", "FLOE-D008", "4:44", "must be text", ">=1.2,<2"),
    ("plugins: {catalog: [{type: sql}, {type: polaris}]}", "FLOE-D008", "4:20", "takes one plugin", "keep one"),
    (
        "plugins: {lineage: [{type: file, config: {path: a}}, {type: file, config: {path: b}}]}",
        "FLOE-D018",
        "4:54",
        "twice with different configuration, first at manifest.yaml:4:21",
        "keep one",
    ),
    ("plugins: {ingestion: {type: dlt}}", "FLOE-D010", "4:11", "`plugins.ingestion` is not supported yet", ""),
    (
        "plugins: {semantic_layer: {type: cube}}",
        "FLOE-D010",
        "4:11",
        "`plugins.semantic_layer` is not supported yet",
        "",
    ),
    ("artifacts: {registry: {uri: x}}", "FLOE-D010", "4:1", "`artifacts` is not supported yet", ""),
    ("approved_sinks: [a]", "FLOE-D010", "4:1", "`approved_sinks` is not supported yet", ""),
    ("environments: {dev: {plugins: {quality: {type: x}}}}", "FLOE-D010", "4:32", "quality` is not supported yet", ""),
    (
        "governance: {policy_enforcement_level: stric}",
        "FLOE-D008",
        "4:40",
        "`off`, `warn`, `strict`",
        "did you mean `strict`",
    ),
    ("governance: {quality_gates: {minimum_test_coverage: 101}}", "FLOE-D008", "4:53", "at most 100", ""),
    ("governance: {naming: {pattern: custom}}", "FLOE-D008", "4:32", "`custom_patterns` is missing", "add"),
    (
        "governance: {naming: {pattern: custom, custom_patterns: ['(']}}",
        "FLOE-D008",
        "4:58",
        "no regular expression",
        "",
    ),
    (
        "governance: {custom_rules: [{type: require_tags}]}",
        "FLOE-D008",
        "4:36",
        "must be one of",
        "require_tags_for_prefix",
    ),
    ("governance: {custom_rules: [{prefix: a}]}", "FLOE-D007", "4:29", "type` is missing", ""),
    ("observability: {tracing: {sample_ratio: 2}}", "FLOE-D008", "4:41", "at most 1", ""),
    ("observability: {logging: {level: loud}}", "FLOE-D008", "4:34", "`DEBUG`", ""),
    ("resource_presets: {small: {cpu_request: lots}}", "FLOE-D008", "4:41", "form", ""),
    ("approved_plugins: [duckdb]", "FLOE-D008", "4:20", "form", "compute/"),
    ("scope: global", "FLOE-D008", "4:8", "`enterprise`, `domain`", ""),
    ("scope: domain", "FLOE-D014", "4:8", "extends the enterprise's", "add `extends`"),
    ("scope: enterprise\nextends: other.yaml", "FLOE-D014", "5:10", "can't extend", "remove"),
    ("extends: manifest.yaml", "FLOE-D014", "4:10", "extends itself", "remove"),
    ("extends: gone.yaml", "FLOE-D001", "4:10", "no parent manifest", "correct the path"),
    ("default_environment: prod", "FLOE-D011", "4:22", "`prod` is not in manifest.yaml", "dev"),
    ("x_mine: 1", "FLOE-D006", "4:1", "x_mine", ""),
]


@pytest.mark.parametrize(("text", "code", "place", "words", "fix"), MANIFEST_CASES)
def test_manifest(project, text, code, place, words, fix):
    project.manifest("apiVersion: floe.dev/v1\nkind: Manifest\nmetadata: {name: a, version: 1.0.0}\n", "other.yaml", "")
    project.manifest(text + "\n")
    _refused(project, code, f"manifest.yaml:{place}" if place else None, words, fix)


def _refused(project, code, place, words, fix):
    with pytest.raises(FloeError) as caught:
        project.resolve()
    (error,) = caught.value.errors
    assert error.code.id == code
    assert error.exit_code == 2
    assert re.search(words if "|" in words else re.escape(words), error.problem)
    assert fix in (error.fix or "")
    if place:
        assert str(error.where) == place


def test_all_problems_of_both_documents_at_once_in_order(project):
    project.spec("transfroms: []\nschedule: {cron: x}\n")
    project.manifest("governance: {policy_enforcement_level: stric}\nplugnis: {}\n")
    with pytest.raises(FloeError) as caught:
        project.resolve()
    places = [str(error.where) for error in caught.value.errors]
    assert places == ["product/floe.yaml:4:1", "product/floe.yaml:5:18", "manifest.yaml:4:40", "manifest.yaml:5:1"]


def test_no_value_is_printed(project):
    secret = "hunter2-s3cr3t"  # pragma: allowlist secret
    project.manifest(
        f"observability: {{tracing: {{protocol: {secret}, endpoint: [{secret}], headers: {{key: {secret}}}}}}}\n"
        f"plugins: {{compute: {{type: [{secret}], version: {secret}, config: {secret}}}}}\n"
        f"governance: {{pii_encryption: {secret}, data_retention_days: {secret}}}\n"
    )
    with pytest.raises(FloeError) as caught:
        project.resolve()
    assert len(caught.value.errors) == 8
    assert secret not in caught.value.render()


def test_a_literal_in_a_secret_header_is_s001(project):
    project.manifest("observability: {tracing: {headers: {Authorization: Bearer abc, x-team: data}}}\n")
    _refused(project, "FLOE-S001", "manifest.yaml:4:52", "headers.Authorization", "{env: NAME}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind: Manifest\napiVersion: floe.dev/v1\n", "`kind` is `Manifest`, expected `FloeSpec`"),
        ("kind: Pod\napiVersion: floe.dev/v1\n", "`kind` is wrong, expected `FloeSpec`"),
        ("apiVersion: floe.dev/v1\n", "`kind` is missing, expected `FloeSpec`"),
        ("kind: FloeSpec\n", "`apiVersion` is missing"),
        ("kind: FloeSpec\napiVersion: v2\n", "`apiVersion` is not one"),
    ],
)
def test_wrong_kind_is_the_only_error(project, text, words):
    project.spec("nonsense: 1\n" + text, head="")
    _refused(project, "FLOE-D009", None, words, "")


def test_missing_spec(project):
    (project.product / "floe.yaml").unlink()
    _refused(project, "FLOE-D001", "product/floe.yaml", "no such file", "name a floe.yaml")


def test_not_utf8(project):
    (project.product / "floe.yaml").write_bytes(b"a: b\nname: caf\xe9\n")
    _refused(project, "FLOE-D002", "product/floe.yaml:2:10", "byte 0xe9 at offset 14", "UTF-8")


def test_a_byte_order_mark_is_fine(project):
    path = project.product / "floe.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert project.resolve().spec.metadata.name == "prod-one"


def test_a_100_mb_file_is_refused_unread(project):
    path = project.product / "floe.yaml"
    with path.open("r+b") as file:
        file.truncate(100 * 1024 * 1024)
    _refused(project, "FLOE-D002", "product/floe.yaml", "100 MiB, more than the 32 MiB", "right file")


def test_a_folder_and_a_pipe_are_no_documents(project):
    project.spec("platform: {manifest: ../pipe}\n")
    os.mkfifo(project.root / "pipe")
    _refused(project, "FLOE-D002", "pipe", "no regular file", "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(project):
    (project.root / "manifest.yaml").chmod(0)
    _refused(project, "FLOE-D002", "manifest.yaml", "can't be read: Permission denied", "")


def test_parents_in_a_circle(project):
    project.manifest("extends: b.yaml\n")
    project.manifest("extends: c.yaml\n", "b.yaml")
    project.manifest("extends: manifest.yaml\n", "c.yaml")
    _refused(project, "FLOE-D014", "c.yaml:4:10", "manifest.yaml -> b.yaml -> c.yaml -> manifest.yaml", "remove one")


def test_problems_of_parents_and_child_at_once(project):
    project.manifest("extends: b.yaml\nplugnis: {}\n")
    project.manifest("governace: {}\n", "b.yaml")
    with pytest.raises(FloeError) as caught:
        project.resolve()
    assert [str(error.where) for error in caught.value.errors] == ["manifest.yaml:5:1", "b.yaml:4:1"]
