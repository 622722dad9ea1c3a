"""Secrets that are planted in the configuration, and in what plugins raise, are found nowhere afterwards."""

from pathlib import Path

import pytest
from support.packages import Site
from support.planted import Arguments, found
from support.products import make_product, manifest_text

PLANTED = {
    "PLANTED_STORAGE": "planted-storage/9f+Zk= q",
    "PLANTED_LINEAGE": "planted-lineage&7Qx?m#t",
    "PLANTED_HEADER": "planted-header:Ab_12~Zz",
    "PLANTED_RAISED": "planted-raised%41\"quoted'",
}

LEAKY = """
    from urllib.parse import quote
    import base64

    from floe_sdk import PluginConfig, PluginContext, Secret, StorageAccess, hookimpl

    class StorageConfig(PluginConfig):
        key: Secret

    class Storage:
        def __init__(self, config: StorageConfig, context: PluginContext) -> None:
            self.config, self.context = config, context

        @hookimpl
        def storage_access(self):
            root = self.context.platform_state / "warehouse"
            return StorageAccess(root=f"file://{root}/", file_io={"leaky.secret-key": self.config.key})

    class SinkConfig(PluginConfig):
        token: Secret

    class Sink:
        def __init__(self, config: SinkConfig) -> None:
            self.config = config

        @hookimpl
        def lineage_emit(self, event):
            token = self.config.token.reveal()
            encoded = base64.b64encode(f"user:{token}".encode()).decode()
            raise RuntimeError(f"POST http://u:{quote(token)}@host failed, Authorization: Basic {encoded}, {token!r}")

    class PolicyConfig(PluginConfig):
        token: Secret

    class Policy:
        def __init__(self, config: PolicyConfig) -> None:
            self.config = config

        @hookimpl
        def policy_rules(self):
            return ("leaky",)

        @hookimpl
        def policy_check(self, graph, governance):
            return ()

        @hookimpl
        def node_finished(self, run_id, event):
            raise ValueError(f"could not log in with {self.config.token.reveal()}")

        @hookimpl
        def plugin_health(self, timeout):
            raise ValueError(f"could not log in with {self.config.token.reveal()}")
"""


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path / "site")
    site.install(
        "floe-leaky",
        LEAKY,
        plugins={"storage/leaky": "Storage", "lineage/leaky": "Sink", "policy/leaky": "Policy"},
    )
    return site


@pytest.fixture
def product(tmp_path):
    text = manifest_text().replace(
        "storage: {type: local}",
        "storage: {type: leaky, config: {key: {env: PLANTED_STORAGE}}}\n"
        "  lineage: [{type: leaky, config: {token: {env: PLANTED_LINEAGE}}}]\n"
        "  policy: [{type: builtin}, {type: leaky, config: {token: {env: PLANTED_RAISED}}}]",
    )
    header = "headers: {authorization: {env: PLANTED_HEADER}}"
    text = text.replace("tracing: {exporter: file}", f"tracing: {{exporter: file, {header}}}")
    return make_product(tmp_path / "platform", manifest=text)


def test_planted_secrets_are_found_nowhere(site, product, tmp_path):
    outputs = {}
    with Arguments() as arguments:
        for command in (
            ["compile", str(product), "--json"],
            ["run", str(product)],
            ["config", "show", str(product), "--origin"],
            ["tables", str(product)],
            ["query", "--product", str(product), "select * from shop.totals"],
            ["health", str(product)],
            ["--debug", "health", str(product)],
        ):
            done = site.floe(*command, **PLANTED)
            outputs[" ".join(command)] = (done.stdout + done.stderr).encode()
            if command[0] in ("compile", "run", "query"):
                assert done.returncode == 0, done.stdout + done.stderr

    run = outputs[f"run {product}"].decode()
    assert "lineage" in run, "the sink that raises is not said to have failed, so nothing was redacted"

    places = {**outputs, "process arguments": arguments.text}
    places |= {str(path): path.read_bytes() for path in (tmp_path / "platform").rglob("*") if path.is_file()}
    searched = {Path(name).name for name in places}
    assert {"compiled_artifacts.json", "lineage.jsonl", "traces.jsonl", "dbt.log", "partial_parse.msgpack"} <= searched
    assert any(name.endswith(".metadata.json") for name in searched)
    assert any(name.endswith(".duckdb") for name in searched)
    assert found(PLANTED, places) == []
