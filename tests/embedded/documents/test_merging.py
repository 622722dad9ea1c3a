"""What holds for a product: defaults, parents, manifest, environment, product, its environment, command line."""

import json

import pytest

from floe_sdk.errors import FloeError
from floe_sdk.project.show import effective_lines


def selected(resolved, kind):
    return [(each.name, dict(each.config)) for each in resolved.plugins if each.type.value == kind]


def origin(resolved, key):
    return next(source for name, _, source in effective_lines(resolved) if name == key)


def test_what_stands_in_for_a_type_that_nobody_names(project):
    resolved = project.resolve()
    names = [each.identity for each in resolved.plugins]
    assert names == [
        "compute/duckdb",
        "transform/dbt",
        "catalog/sql",
        "storage/local",
        "orchestrator/local",
        "policy/builtin",
    ]
    assert origin(resolved, "plugins.compute.duckdb.type") == "default"
    assert resolved.environment == "dev"
    assert not resolved.observability.tracing.enabled
    assert resolved.warnings == ()


def test_the_order_of_layers(project):
    project.manifest(
        """\
defaults:
  observability: {logging: {level: ERROR, format: json}, lineage: {namespace: d}}
  plugins: {storage: {type: local, config: {root: d}}, compute: {type: duckdb, config: {threads: 1}}}
observability: {logging: {level: INFO}}
""",
        "parent.yaml",
    )
    project.manifest(
        """\
extends: parent.yaml
defaults: {observability: {logging: {level: DEBUG}}}
plugins:
  compute: {type: duckdb, config: {threads: 4, path: x.duckdb}}
environments:
  ci:
    observability: {lineage: {namespace: ci}}
    plugins: {compute: {config: {threads: 8}}}
"""
    )
    resolved = project.resolve(env="ci")
    assert resolved.observability.logging.level == "INFO"  # a parent is above every `defaults`
    assert resolved.observability.logging.format == "json"
    assert resolved.observability.lineage.namespace == "ci"
    assert selected(resolved, "compute") == [("duckdb", {"threads": 8, "path": "x.duckdb"})]
    assert selected(resolved, "storage") == [("local", {"root": "d"})]
    assert origin(resolved, "plugins.compute.duckdb.config.threads") == "manifest.yaml:11:43"
    assert origin(resolved, "plugins.storage.local.config.root") == "parent.yaml:6:51"
    resolved = project.resolve(overrides={"observability": {"logging": {"level": "CRITICAL"}}})
    assert resolved.observability.logging.level == "CRITICAL"
    assert origin(resolved, "observability.logging.level") == "command line"


def test_another_plugin_replaces_the_whole_entry(project):
    project.manifest(
        "plugins: {catalog: {type: sql, config: {uri: sqlite}}}\n"
        "environments: {prod: {plugins: {catalog: {type: polaris, config: {warehouse: w}}}}}\n"
    )
    assert selected(project.resolve(env="prod"), "catalog") == [("polaris", {"warehouse": "w"})]


def test_a_reference_replaces_a_reference(project):
    project.manifest(
        "plugins: {catalog: {type: sql, config: {password: {env: A}, oauth2: {id: a}}}}\n"
        "environments: {prod: {plugins: {catalog: {config: {password: {file: /run/b}, oauth2: {scope: b}}}}}}\n"
    )
    config = dict(selected(project.resolve(env="prod"), "catalog"))["sql"]
    assert config == {"password": {"file": "/run/b"}, "oauth2": {"id": "a", "scope": "b"}}


def test_places_of_values_through_the_layers(project):
    project.manifest("plugins:\n  catalog:\n    type: sql\n    config: {uri: a, warehouse: w}\n", "parent.yaml")
    project.manifest("extends: parent.yaml\nenvironments:\n  ci:\n    plugins: {catalog: {config: {uri: b}}}\n")
    (catalog,) = [each for each in project.resolve(env="ci").plugins if each.type.value == "catalog"]
    assert str(catalog.locate(("name",))) == "parent.yaml:6:11"
    assert str(catalog.locate(("config", "uri"))) == "manifest.yaml:7:39"
    assert str(catalog.locate(("config", "warehouse"))) == "parent.yaml:7:33"
    assert str(catalog.locate(("config", "warehouse", "deeper"))) == "parent.yaml:7:33"
    assert catalog.pointer(("config", "uri")) == "/environments/ci/plugins/catalog/config/uri"
    assert catalog.pointer(("config", "warehouse")) == "parent.yaml#/plugins/catalog/config/warehouse"


def test_a_list_of_plugins(project):
    project.manifest("plugins: {lineage_backend: [{type: console}, {type: file, config: {path: a}}]}\n")
    resolved = project.resolve()
    assert selected(resolved, "lineage") == [("console", {}), ("file", {"path": "a"})]
    (file,) = [each for each in resolved.plugins if each.identity == "lineage/file"]
    assert str(file.locate(("config", "path"))) == "manifest.yaml:4:74"
    assert file.pointer(("config", "path")) == "/plugins/lineage_backend/1/config/path"


def test_names_of_the_public_documents(project):
    project.manifest(
        "plugins: {dbt: {type: core}, lineage_backend: {type: marquez, version: 0.1.0, config: {url: 'http://m:5000'}}}\n"
    )
    resolved = project.resolve()
    assert [each.identity for each in resolved.plugins if each.type.value in {"transform", "lineage"}] == [
        "transform/dbt",
        "lineage/openlineage",
    ]
    assert all(each.version is None for each in resolved.plugins)


def test_versions(project):
    project.manifest(
        "plugins: {compute: [{type: duckdb, version: '1.2'}, {type: spark, version: '>=1,<2', distribution: fs}]}\n"
    )
    duckdb, spark = (each for each in project.resolve().plugins if each.type.value == "compute")
    assert duckdb.version == ">=1.2"
    assert (spark.version, spark.distribution) == ("<2,>=1", "fs")


def test_connection_secret_ref_is_a_reference_in_the_configuration(project):
    project.manifest("plugins: {catalog: {type: polaris, connection_secret_ref: polaris-creds}}\n")
    assert selected(project.resolve(), "catalog") == [
        ("polaris", {"connection_secret_ref": {"env": "FLOE_SECRET_POLARIS_CREDS"}})
    ]


def test_defaults_of_the_public_documents(project):
    project.manifest("defaults: {compute: spark}\n")
    assert selected(project.resolve(), "compute") == [("spark", {})]


def test_camel_case(project):
    project.manifest("resourcePresets: {s: {cpuRequest: 1}}\ndefaultEnvironment: ci\nenvironments: {ci: }\n")
    project.spec(
        "transforms: [{name: a}, {name: b, dependsOn: [a], qualityChecks: [{name: c, type: unique}]}]\n"
        "outputPorts: [{name: b, schema: [{name: c, type: int, primaryKey: yes}]}]\n"
    )
    resolved = project.resolve()
    assert resolved.environment == "ci"
    assert resolved.resources == {"s": {"cpu_request": "1"}}
    assert resolved.spec.transforms[1].depends_on == ("a",)
    assert resolved.spec.transforms[1].quality_checks[0].type == "unique"
    assert resolved.spec.output_ports[0].columns[0].primary_key is True


def test_presets_flat_or_nested(project):
    project.manifest(
        "resource_presets:\n"
        "  small: {cpu_request: 100m, memory_limit: 1Gi}\n"
        "  large: {requests: {cpu: 2, memory: 4Gi}, limits: {cpu: 4}}\n"
    )
    assert project.resolve().resources == {
        "small": {"cpu_request": "100m", "memory_limit": "1Gi"},
        "large": {"cpu_request": "2", "memory_request": "4Gi", "cpu_limit": "4"},
    }


def test_keys_of_their_own(project):
    project.manifest("x-team: {any: thing}\nx-1: 2\n")
    project.spec("x-note: hello\n")
    assert project.resolve().spec.metadata.name == "prod-one"


@pytest.mark.parametrize("word", ["off", "'off'"])
def test_an_unquoted_off_is_a_level(project, word):
    project.manifest(
        f"governance: {{policy_enforcement_level: {word}}}\nobservability: {{tracing: {{enabled: {word}}}}}\n"
    )
    resolved = project.resolve()
    assert resolved.governance.policy_enforcement_level == "off"
    assert resolved.observability.tracing.enabled is False


class TestEnvironment:
    TEXT = "environments: {staging: , prod: {observability: {logging: {level: ERROR}}}}\ndefault_environment: staging\n"

    def test_order_of_choice(self, project, monkeypatch):
        project.manifest(self.TEXT)
        resolved = project.resolve()
        assert (resolved.environment, resolved.origins["environment"].source) == ("staging", "manifest.yaml:5:22")
        monkeypatch.setenv("FLOE_ENV", "prod")
        resolved = project.resolve()
        assert (resolved.environment, resolved.origins["environment"].source) == ("prod", "FLOE_ENV")
        assert resolved.observability.logging.level == "ERROR"
        resolved = project.resolve(env="dev")
        assert (resolved.environment, resolved.origins["environment"].source) == ("dev", "--env")

    @pytest.mark.parametrize("how", ["--env", "FLOE_ENV"])
    def test_unknown(self, project, monkeypatch, how):
        project.manifest(self.TEXT)
        if how == "FLOE_ENV":
            monkeypatch.setenv("FLOE_ENV", "prd")
        with pytest.raises(FloeError) as caught:
            project.resolve(env="prd" if how == "--env" else None)
        assert caught.value.code.id == "FLOE-D011"
        assert caught.value.exit_code == 2
        assert caught.value.where == how
        assert "did you mean `prod`" in caught.value.fix

    def test_a_parents_environment_and_default(self, project):
        project.manifest("extends: parent.yaml\nplugins: {compute: {type: duckdb, config: {threads: 3}}}\n")
        project.manifest(
            "default_environment: prod\n"
            "environments: {prod: {plugins: {compute: {type: duckdb, config: {threads: 9, path: p}}}}}\n",
            "parent.yaml",
        )
        resolved = project.resolve()
        assert resolved.environment == "prod"
        assert selected(resolved, "compute") == [("duckdb", {"threads": 3, "path": "p"})]  # the child overrides

    def test_of_the_product(self, project):
        project.manifest("environments: {prod: }\n")
        project.spec(
            "transforms: [{name: a, tags: [x], tier: bronze}, {name: b}]\n"
            "schedule: {cron: '0 6 * * *', timezone: Europe/Berlin}\n"
            "environments:\n"
            "  prod:\n"
            "    schedule: {enabled: no}\n"
            "    transforms: [{name: a, tier: gold}, {name: c}]\n"
        )
        resolved = project.resolve(env="prod")
        assert resolved.spec.schedule.model_dump() == {
            "cron": "0 6 * * *",
            "timezone": "Europe/Berlin",
            "enabled": False,
        }
        assert [(item.name, item.tags, item.tier) for item in resolved.spec.transforms] == [
            ("a", ("x",), "gold"),
            ("b", (), None),
            ("c", (), None),
        ]
        assert str(resolved.locate(("transforms", 2, "name"))) == "product/floe.yaml:9:48"
        assert str(resolved.locate(("transforms", 1, "name"))) == "product/floe.yaml:4:57"
        assert origin(resolved, "schedule.enabled") == "product/floe.yaml:8:25"
        assert project.resolve().spec.schedule.enabled is True


class TestApproval:
    def test_of_products(self, project):
        project.manifest("approved_products: [prod-*, other]\n")
        project.resolve()
        project.manifest("approved_products: [other]\n")
        with pytest.raises(FloeError) as caught:
            project.resolve()
        assert (caught.value.code.id, caught.value.exit_code) == ("FLOE-D019", 3)
        assert str(caught.value.where) == "manifest.yaml:4:20"

    def test_of_products_by_a_parent(self, project):
        project.manifest("approved_products: [other]\n", "parent.yaml")
        project.manifest("extends: parent.yaml\napproved_products: [prod-one]\n")
        with pytest.raises(FloeError) as caught:
            project.resolve()
        assert str(caught.value.where) == "parent.yaml:4:20"

    def test_of_plugins_narrows_from_parent_to_child(self, project):
        project.manifest("approved_plugins: {compute: ['*'], lineage_backend: [file, http]}\n", "parent.yaml")
        project.manifest("extends: parent.yaml\napproved_plugins: [compute/duckdb, lineage/*, storage/s3]\n")
        assert sorted(project.resolve().approved_plugins) == ["compute/duckdb", "lineage/file", "lineage/http"]
        project.manifest("")
        assert project.resolve().approved_plugins is None


def test_effective_values_are_plain_and_complete(project):
    project.manifest("plugins: {catalog: {type: sql, config: {password: {env: DB}}}}\n")
    project.spec("transforms: [{name: a}]\ndestinations: [{name: d, sink_type: s, connection_secret_ref: c}]\n")
    resolved = project.resolve()
    values = json.loads(json.dumps(resolved.effective()))
    assert values["plugins"]["catalog"]["sql"]["config"] == {"password": {"env": "DB"}}
    assert values["destinations"][0]["connection_secret_ref"] == {"env": "FLOE_SECRET_C"}
    assert [line for line in resolved.warnings if "destinations" in line]
