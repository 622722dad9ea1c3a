"""`floe` itself with a Polaris catalog: a dbt project is provisioned, run, read, and no secret is seen anywhere."""

from __future__ import annotations

import base64
import os
import subprocess
import sys

import pytest
import yaml

from floe_sdk.testing import Answer, Instead
from floe_sdk.testing.polaris_wire import COMMIT

MODELS = {
    "numbers": "select i as id, i * 2 as twice from range(1000) t(i)",
    "more": "{{ config(materialized='incremental', unique_key='id') }} select * from {{ ref('numbers') }}"
    "{% if is_incremental() %} where id < 10{% endif %}",
}


class Product:
    """A dbt project under a manifest whose catalog is the server's."""

    def __init__(self, root, server, namespace):
        self.root, self.server, self.folder, self.said = root, server, root / "shop", []
        (root / ".git").mkdir(parents=True)
        (self.folder / "models").mkdir(parents=True)
        plugins = {
            name: {"type": kind}
            for name, kind in (("compute", "duckdb"), ("transform", "dbt"), ("orchestrator", "local"))
        }
        oauth2 = {"client_id": "root", "client_secret": {"env": "POLARIS_SECRET"}}
        config = {"uri": server.catalog_uri, "warehouse": "lake", "namespace": namespace, "oauth2": oauth2}
        plugins["catalog"] = {"type": "polaris", "config": config}
        plugins["storage"] = {"type": "local", "config": {"path": "warehouse"}}
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
            env={**kept, "POLARIS_SECRET": secret or self.server.client.secret},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        self.said.append(done.stdout + done.stderr)
        assert done.returncode == code, self.said[-1]
        return self.said[-1]

    def leaks(self):
        """Where a secret or a token of the server can be read."""
        secrets = [self.server.client.secret, "planted-wrong-secret", *self.server.access.tokens]
        forms = [form for each in secrets for form in (each.encode(), base64.b64encode(each.encode()).rstrip(b"="))]
        texts = {f"output {number}": text.encode() for number, text in enumerate(self.said)}
        texts |= {str(path): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}
        return [(where, form) for where, text in texts.items() for form in forms if form in text]


@pytest.fixture
def product(polaris, unique, tmp_path):
    return Product(tmp_path, polaris, unique)


def test_a_dbt_project_runs_and_no_secret_is_seen(product, polaris, unique):
    assert "would create the namespace" in product.floe("catalog", "provision", "--dry-run")
    assert "done: create the namespace" in product.floe("catalog", "provision")
    assert "nothing to change" in product.floe("catalog", "provision")
    assert "2,000 rows published" in product.floe("run")
    polaris.misbehave(Instead(Answer(500)), COMMIT, times=None)
    assert "2 OK" in product.floe("--debug", "run")
    polaris.behave()
    assert "1000" in product.floe("query", f"select count(*) as n from {unique}.more", "--format", "csv")
    assert "catalog/polaris" in product.floe("health")
    assert "unauthorized_client" in product.floe("health", code=4, secret="planted-wrong-secret")
    assert "unauthorized_client" in product.floe("--debug", "run", code=4, secret="planted-wrong-secret")
    assert product.leaks() == []
