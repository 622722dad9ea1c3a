"""`floe` itself with a Polaris catalog: a dbt project is provisioned, run, read, and no secret is seen anywhere."""

from __future__ import annotations

import base64
import os
import subprocess
import sys

import pytest
import yaml
from support.polaris import connected
from support.polaris_given import clearing, differences, is_given

from floe_sdk.testing import Answer, Instead
from floe_sdk.testing.polaris_wire import COMMIT

MODELS = {
    "numbers": "select i as id, i * 2 as twice from range(1000) t(i)",
    "more": "{{ config(materialized='incremental', unique_key='id') }} select * from {{ ref('numbers') }}"
    "{% if is_incremental() %} where id < 10{% endif %}",
}


class Product:
    """A dbt project under a manifest whose catalog is the server's."""

    def __init__(self, root, target, namespace):
        self.root, self.target, self.folder, self.said = root, target, root / "shop", []
        (root / ".git").mkdir(parents=True)
        (self.folder / "models").mkdir(parents=True)
        plugins = {
            name: {"type": kind}
            for name, kind in (("compute", "duckdb"), ("transform", "dbt"), ("orchestrator", "local"))
        }
        oauth2 = {**target.config()["oauth2"], "client_secret": {"env": "POLARIS_SECRET"}}
        config = target.config(namespace=namespace, oauth2=oauth2)
        plugins["catalog"] = {"type": "polaris", "config": config}
        plugins["storage"] = _storage(target)
        manifest = {"apiVersion": "floe.dev/v1", "kind": "Manifest", "plugins": plugins}
        manifest["metadata"] = {"name": "lake", "version": "1.0.0", "owner": "a@example.com"}
        (root / "manifest.yaml").write_text(yaml.safe_dump(manifest))
        spec = {"apiVersion": "floe.dev/v1", "kind": "FloeSpec", "platform": {"manifest": "../manifest.yaml"}}
        spec["metadata"] = {"name": "shop", "version": "1.0.0", "owner": "a@example.com"}
        (self.folder / "floe.yaml").write_text(yaml.safe_dump(spec))
        project = {"name": "shop", "version": "1.0", "profile": "p", "models": {"+materialized": "table"}}
        (self.folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
        for name, sql in MODELS.items():
            (self.folder / "models" / f"{name}.sql").write_text(sql)

    def floe(self, *arguments, code=0, secret=None):
        """Run the command; what it says."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLOE_", "OTEL_"))}
        done = subprocess.run(
            [sys.executable, "-m", "floe_sdk", *arguments],
            cwd=self.folder,
            env={
                **kept,
                "POLARIS_SECRET": secret or self.target.secret,
                "S3_ID": self.target.file_io.get("s3.access-key-id", ""),
                "S3_SECRET": self.target.file_io.get("s3.secret-access-key", ""),
            },
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        self.said.append(done.stdout + done.stderr)
        assert done.returncode == code, self.said[-1]
        return self.said[-1]

    def leaks(self, *secrets):
        """Where a secret can be read."""
        forms = [form for each in secrets for form in (each.encode(), base64.b64encode(each.encode()).rstrip(b"="))]
        texts = {f"output {number}": text.encode() for number, text in enumerate(self.said)}
        texts |= {str(path): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}
        return [(where, form) for where, text in texts.items() for form in forms if form in text]


def _storage(target):
    """The manifest's storage at the place of the target's tables."""
    scheme, _, place = target.root.rstrip("/").partition("://")
    if scheme == "file":
        return {"type": "local", "config": {"path": place}}
    bucket, _, prefix = place.partition("/")
    names = {"endpoint": "s3.endpoint", "region": "s3.region"}
    config = {name: target.file_io[key] for name, key in names.items() if key in target.file_io}
    if "s3.access-key-id" in target.file_io:
        config |= {"access_key_id": {"env": "S3_ID"}, "secret_access_key": {"env": "S3_SECRET"}}
    if target.endpoint_internal:
        config["endpoint_internal"] = target.endpoint_internal
    return {"type": "s3", "config": {"bucket": bucket, "prefix": prefix, **config}}


@pytest.fixture
def product(target, unique, tmp_path):
    with connected(target) as catalog, clearing(catalog, target, unique):
        yield Product(tmp_path / "platform", target, unique)


def test_a_dbt_project_is_provisioned_run_and_read(product, target, unique):
    if not (is_given() and differences()):
        assert f"would create the namespace {unique}" in product.floe("catalog", "provision", "--dry-run")
        assert f"done: create the namespace {unique}" in product.floe("catalog", "provision")
        assert "nothing to change" in product.floe("catalog", "provision")
    assert "2,000 rows published" in product.floe("run")
    assert "2 OK" in product.floe("run")
    assert "1000" in product.floe("query", f"select count(*) as n from {unique}.more", "--format", "csv")
    assert "catalog/polaris" in product.floe("health")
    assert "unauthorized_client" in product.floe("health", code=4, secret="planted-wrong-secret")
    assert "unauthorized_client" in product.floe("--debug", "run", code=4, secret="planted-wrong-secret")
    assert product.leaks(target.secret, "planted-wrong-secret") == []


def test_a_run_whose_commits_get_no_answer_shows_no_secret(polaris, proxied, unique, tmp_path):
    product = Product(tmp_path / "platform", proxied, unique)
    product.floe("run")
    polaris.misbehave(Instead(Answer(500)), COMMIT, times=None)
    assert "2 OK" in product.floe("--debug", "run")
    assert product.leaks(proxied.secret, *polaris.access.tokens) == []
