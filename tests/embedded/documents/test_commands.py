"""`floe validate`, `floe config show`, `floe schema` as a person runs them: output, exit code, no traceback."""

import json
import os
import subprocess
import sys

import jsonschema
import pytest
import yaml


@pytest.fixture
def floe(project):
    project.manifest("plugins: {telemetry: {type: console}, lineage: {type: console}}\n")

    def run(*arguments, **variables):
        result = subprocess.run(
            [sys.executable, "-c", "from floe_sdk.cli import main; main()", *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=project.root,
            env={**os.environ, **variables},
            check=False,
        )
        assert "Traceback" not in result.stdout + result.stderr
        return result

    return run


def test_validate(project, floe):
    result = floe("validate", "product")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("prod-one 1.0.0 is valid for dev (")
    assert not (project.root / ".floe").exists()
    assert not (project.product / ".floe").exists()


def test_validate_json(project, floe):
    project.spec("governance: {policy_enforcement_level: off}\n")
    result = floe("validate", "product", "--json")
    data = json.loads(result.stdout)
    assert (result.returncode, data["product"], data["environment"]) == (0, "prod-one", "dev")
    assert "looser" in data["warnings"][0]
    assert {"type": "compute", "name": "duckdb"}.items() <= data["plugins"][1].items()


def test_validate_tells_all_problems(project, floe):
    project.spec("transfroms: []\nschedule: {cron: x}\n")
    result = floe("validate", "product")
    assert result.returncode == 2
    assert "product/floe.yaml:4:1: error[FLOE-D006]: unknown key `transfroms`" in result.stderr
    assert "fix: did you mean `transforms`?" in result.stderr
    assert result.stderr.rstrip().endswith("2 errors")
    entries = json.loads(floe("validate", "product", "--json").stdout)["errors"]
    assert [(each["code"], each["line"], each["column"]) for each in entries] == [
        ("FLOE-D006", 4, 1),
        ("FLOE-D008", 5, 18),
    ]


def test_validate_configurations_of_plugins(project, floe):
    project.manifest("plugins:\n  compute: {type: duckdb, config: {thraeds: 2}}\n  catalog: {type: nobodys}\n")
    result = floe("validate", "product")
    assert result.returncode == 2
    assert "manifest.yaml:6:19" in result.stderr
    assert "pip install" in result.stderr
    project.manifest("plugins:\n  compute: {type: duckdb, config: {thraeds: 2}}\n")
    result = floe("validate", "product")
    assert result.returncode == 2
    assert "manifest.yaml:5:45" in result.stderr
    assert "threads" in result.stderr


def test_validate_a_product_without_a_project(project, floe):
    project.spec("transforms: [{name: a}, {name: b, dependsOn: [aa]}]\n")
    result = floe("validate", "product")
    assert result.returncode == 2
    assert "product/floe.yaml:4:47: error[FLOE-D016]: `b` depends on `aa`, which does not exist" in result.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\xff\xfe", "not UTF-8: byte 0xff at offset 0"),
        (b"a: " + b"[" * 20_000, "nested more than 100 deep"),
        (b"a: b: c\n", "no YAML"),
        (b"a: 1\na: 2\n", "stands twice"),
    ],
)
def test_bad_files(project, floe, content, words):
    (project.product / "floe.yaml").write_bytes(content)
    result = floe("validate", "product")
    assert result.returncode == 2
    assert result.stderr.startswith("product/floe.yaml:")
    assert words in result.stderr


def test_exit_code_3_for_a_pinned_manifest(project, floe):
    project.manifest("", "central/manifest.yaml")
    project.spec("platform: {manifest: ../manifest.yaml}\n")
    result = floe("validate", "product", FLOE_MANIFEST="central/manifest.yaml")
    assert result.returncode == 3
    assert "product/floe.yaml:4:22: error[FLOE-D013]" in result.stderr


def test_config_show(project, floe):
    project.manifest("plugins: {catalog: {type: sql}}\nenvironments: {ci: {governance: {data_retention_days: 7}}}\n")
    lines = floe("config", "show", "product", "--origin", "--env", "ci").stdout.splitlines()
    table = {line.split()[0]: line.split(maxsplit=2)[1:] for line in lines[1:]}
    assert table["environment"] == ["ci", "--env"]
    assert table["governance.data_retention_days"] == ["7", "manifest.yaml:5:55"]
    assert table["plugins.catalog.sql.type"] == ["sql", "manifest.yaml:4:27"]
    assert table["governance.audit_logging"] == ["disabled", "default"]
    data = json.loads(floe("config", "show", "product", "--json", "--origin", FLOE_ENV="ci").stdout)
    assert data["governance"]["data_retention_days"] == 7
    assert data["origins"]["environment"] == "FLOE_ENV"


def test_schemas_are_valid_and_accept_documents(project, floe):
    project.manifest(
        "plugins: {dbt: {type: core}, compute: [{type: duckdb}]}\n"
        "resource_presets: {s: {cpu_request: 1}, l: {requests: {cpu: 1}}}\n"
        "approved_plugins: {compute: [duckdb]}\nx-a: 1\n"
    )
    project.spec("transforms: [{name: a, dependsOn: []}]\noutputPorts: [{name: a, schema: [{name: b, type: c}]}]\n")
    for document, path in (("manifest", project.root / "manifest.yaml"), ("spec", project.product / "floe.yaml")):
        schema = json.loads(floe("schema", document).stdout)
        validator = jsonschema.Draft202012Validator(schema)
        validator.check_schema(schema)
        data = yaml.safe_load(path.read_text())
        assert list(validator.iter_errors(data)) == []
        assert list(validator.iter_errors({**data, "nonsense": 1}))
    assert json.loads(floe("schema", "artifacts").stdout)["title"] == "CompiledArtifacts"
