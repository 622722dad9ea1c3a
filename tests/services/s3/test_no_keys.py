"""A storage without keys of its own: well with a catalog that hands out some, a fault with one that can't."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from support.products import make_product, manifest_text
from support.servers.process import free_port

KEYLESS = {"access_key_id": None, "secret_access_key": None}


@pytest.fixture(autouse=True)
def nobody(monkeypatch, tmp_path):
    """AWS' own chain finds nothing here."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


def test_a_bucket_that_is_there_is_well_and_says_where_keys_must_come_from(storage):
    health = storage(**KEYLESS).plugin_health(timeout=10)
    assert health.ok
    assert health.message.startswith("the bucket is there; keys must come from the catalog: can't write below s3://")
    assert "there are no credentials: " in health.details["keys_from_catalog"]


def test_a_server_that_is_away_is_not_said_to_answer(storage):
    health = storage(**KEYLESS, endpoint=f"http://127.0.0.1:{free_port()}").plugin_health(timeout=10)
    assert not health.ok
    assert health.code == "FLOE-K042"


def test_a_bucket_that_is_missing_is_found_missing(storage):
    health = storage(**KEYLESS, bucket="floe-no-such-bucket").plugin_health(timeout=10)
    assert not health.ok
    assert health.code == "FLOE-K045"


def test_with_a_catalog_in_a_database_it_is_a_fault(s3_server, bucket, tmp_path):
    storage = {"type": "s3", "config": {"bucket": bucket, "endpoint": s3_server.endpoint}}
    text = manifest_text().replace("storage: {type: local}", f"storage: {json.dumps(storage)}")
    command = [sys.executable, "-m", "floe_sdk", "health", make_product(tmp_path / "platform", manifest=text), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 4, done.stdout + done.stderr
    (found,) = [each for each in json.loads(done.stdout)["plugins"] if each["plugin"] == "storage/s3"]
    assert (found["ok"], found["code"]) == (False, "FLOE-K043")
    assert "there are no credentials: Unable to locate credentials" in found["message"]
