"""`floe health --env staging` on the demo: what a user reads when all is well, and when one thing is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from floe_sdk.testing import PolarisServer

DEMO = Path(__file__).parents[2] / "demo"
WELL = {
    "catalog/polaris": "'floe-demo' at {catalog}: {namespaces} namespaces",
    "compute/duckdb": "DuckDB 1.",
    "lineage/file": "wrote and read beside ",
    "storage/s3": "wrote, read and deleted an object in s3://{bucket}/",
    "telemetry/file": "wrote and read beside ",
    "transform/dbt": "dbt 1.",
    "tracing": "spans reach a real tracer",
}
KEYS = (
    "correct what the storage's `access_key_id` (env DEMO_S3_ACCESS_KEY_ID), "
    "`secret_access_key` (env DEMO_S3_SECRET_ACCESS_KEY) refer to"
)


class Staging:
    """A copy of the demo whose environment `staging` is at the servers of this session, with OAuth."""

    def __init__(self, folder, s3, polaris, bucket):
        self.s3, self.polaris, self.bucket = s3, polaris, bucket
        left_out = shutil.ignore_patterns("target", ".floe", "logs", "__pycache__")
        self.folder = shutil.copytree(DEMO, folder / "demo", ignore=left_out)
        (folder / ".git").mkdir()
        path = self.folder / "manifest.yaml"
        manifest = yaml.safe_load(path.read_text())
        plugins = manifest["environments"]["staging"]["plugins"]
        plugins["storage"]["config"] |= {"endpoint": s3.endpoint, "bucket": bucket}
        oauth2 = {"client_id": polaris.client.id, "client_secret": {"env": "DEMO_CLIENT_SECRET"}}
        plugins["catalog"]["config"] |= {"uri": polaris.catalog_uri, "oauth2": oauth2}
        path.write_text(yaml.safe_dump(manifest, sort_keys=False))

    def health(self, **secrets):
        """The exit code, what stands in each plugin's line (its state, and the text), and what follows the table."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLOE_", "OTEL_", "AWS_"))}
        keys = {"DEMO_S3_ACCESS_KEY_ID": self.s3.access_key_id, "DEMO_S3_SECRET_ACCESS_KEY": self.s3.secret_access_key}
        done = subprocess.run(
            [sys.executable, "-m", "floe_sdk", "health", "customer-360", "--env", "staging"],
            cwd=self.folder,
            env={**kept, **keys, "DEMO_CLIENT_SECRET": self.polaris.client.secret, **secrets},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "planted" not in done.stdout + done.stderr
        lines = {}
        for line in done.stdout.splitlines()[1:]:
            name, rest = line.split(None, 1)
            state = next(each for each in ("ok", "FAULT", "no check") if rest.startswith(each))
            lines[name] = state, rest.removeprefix(state).strip().lstrip("0123456789.").strip()
        return done.returncode, lines, done.stderr.splitlines()

    def filled(self, text):
        catalog, server = self.polaris.uri, self.s3.endpoint
        return text.format(catalog=catalog, s3=server, bucket=self.bucket, namespaces=0)


@pytest.fixture
def staging(s3_server, bucket, tmp_path):
    with PolarisServer(catalog="floe-demo", base_location=f"s3://{bucket}/", storage={"storageType": "S3"}) as polaris:
        yield Staging(tmp_path, s3_server, polaris, bucket)


@contextmanager
def s3_stopped(staging):
    with staging.s3.process.stopped():
        yield {}


@contextmanager
def wrong_secret_of_s3(_):
    yield {"DEMO_S3_SECRET_ACCESS_KEY": "planted-wrong"}


@contextmanager
def wrong_secret_of_the_client(_):
    yield {"DEMO_CLIENT_SECRET": "planted-wrong"}


@contextmanager
def catalog_stopped(staging):
    staging.polaris.stop()
    yield {}
    staging.polaris.start()


@contextmanager
def no_bucket(staging):
    staging.s3.client.delete(staging.bucket, "")
    yield {}


def test_all_is_well(staging):
    code, lines, said = staging.health()
    assert (code, said) == (0, [])
    assert {name for name, (state, _) in lines.items() if state == "ok"} == set(WELL)
    for name, text in WELL.items():
        assert lines[name][1].startswith(staging.filled(text))
    assert {state for state, _ in lines.values()} == {"ok", "no check"}


@pytest.mark.parametrize(
    ("spoil", "name", "problem", "fix"),
    [
        (
            s3_stopped,
            "storage/s3",
            "can't write below s3://{bucket}/ at {s3}: the server can't be reached: ",
            (
                "[FLOE-K042]: Check the storage's `endpoint` (and `ca_file`) in the manifest and that its server runs; "
                "`floe health` tries again."
            ),
        ),
        (
            wrong_secret_of_s3,
            "storage/s3",
            "can't write below s3://{bucket}/ at {s3}: the secret is wrong: ",
            f"[FLOE-K043]: {KEYS}",
        ),
        (
            wrong_secret_of_the_client,
            "catalog/polaris",
            (
                "{catalog}/api/catalog/v1/oauth/tokens gives no token (unauthorized_client: "
                "The client is not authorized); tried client 'root' with the scope 'PRINCIPAL_ROLE:ALL'"
            ),
            (
                "[FLOE-K080]: check `oauth2.client_id` and what `oauth2.client_secret` refers to "
                "(env DEMO_CLIENT_SECRET); `floe health` tries again"
            ),
        ),
        (
            catalog_stopped,
            "catalog/polaris",
            "the catalog's server at {catalog} can't be reached: the connection was refused",
            "[FLOE-K001]: check `uri` of catalog polaris and that its server runs",
        ),
        (
            no_bucket,
            "storage/s3",
            "can't write below s3://{bucket}/ at {s3}: the bucket does not exist: ",
            (
                "[FLOE-K045]: the next `floe run` creates it (`create_bucket: true`), unless `bucket` is not the one "
                "that was meant"
            ),
        ),
    ],
    ids=["S3 stopped", "wrong secret of S3", "wrong secret of the client", "catalog stopped", "no bucket"],
)
def test_one_thing_is_not_well(staging, spoil, name, problem, fix):
    with spoil(staging) as secrets:
        code, lines, said = staging.health(**secrets)
    assert code == 4
    assert [each for each, (state, _) in lines.items() if state == "FAULT"] == [name]
    assert lines[name][1].startswith(staging.filled(problem))
    assert said == [f"1 of 10 have a fault: {name}", f"{name} {fix}"]
