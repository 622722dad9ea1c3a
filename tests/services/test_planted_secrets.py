"""Keys of S3, a session token, an OAuth client's secret and its tokens: used by every command, found nowhere."""

from __future__ import annotations

import pytest
from support.lakes import Lake, Place
from support.planted import Arguments, found

WRONG = {"LAKE_SECRET": "planted-wrong/s3+secret= 9", "LAKE_CLIENT_SECRET": 'planted-wrong&client?"secret%41'}
CODES = {"LAKE_SECRET": 1, "LAKE_CLIENT_SECRET": 4}
SESSION = "planted-session/token+of=s3&x"
FILES = {
    "models/orders.sql": "select o.*, name from {{ ref('stg_orders') }} o join {{ ref('regions') }} using (region)"
}


@pytest.fixture
def lake(s3_server, rest_catalog):
    made = Lake(s3_server, rest_catalog)
    with made.polaris:
        yield made


def commands(namespace):
    """What works when all is well."""
    return (
        ("compile", "--json"),
        ("run",),
        ("--debug", "run"),
        ("config", "show", "--origin"),
        ("tables",),
        ("query", f"select * from {namespace}.totals"),
        ("health",),
        ("--debug", "health"),
    )


def test_planted_secrets_are_found_nowhere(lake, unique, tmp_path):
    place = Place(lake, tmp_path / "lake", unique, FILES)
    tokens = Place(lake, tmp_path / "tokens", f"{unique}_token", FILES, more={"session_token": {"env": "LAKE_TOKEN"}})
    outputs = {}
    with Arguments() as arguments:
        for command in commands(unique):
            outputs[" ".join(command)] = place.floe(*command)
        for name, wrong in WRONG.items():
            outputs[f"run, wrong {name}"] = place.floe("--debug", "run", code=CODES[name], **{name: wrong})
            outputs[f"health, wrong {name}"] = place.floe("--debug", "health", code=4, **{name: wrong})
        for command, code in ((("--debug", "run"), 1), (("health",), 4)):
            outputs[f"{command}, a session that is not known"] = tokens.floe(*command, code=code, LAKE_TOKEN=SESSION)
    issued = lake.polaris.access.tokens
    assert len(issued) >= 8
    planted = {**place.environment, "LAKE_TOKEN": SESSION, **{f"wrong {name}": each for name, each in WRONG.items()}}
    planted.pop("LAKE_KEY_ID")  # an access key's id names a user, as a login does
    planted |= {f"token {number}": token for number, token in enumerate(issued)}

    client, bucket = lake.s3.client, lake.bucket
    places = {f"output of {name}": text.encode() for name, text in outputs.items()}
    places["process arguments"] = arguments.text
    places |= {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    places |= {f"s3://{bucket}/{key}": client.get(bucket, key) for key in client.keys(bucket)}
    searched = {name.rpartition("/")[2] for name in places}
    assert {"compiled_artifacts.json", "lineage.jsonl", "traces.jsonl", "dbt.log", "partial_parse.msgpack"} <= searched
    assert any(name.endswith(".duckdb") for name in searched)
    for kind in (".metadata.json", ".avro", ".parquet"):
        assert any(name.startswith("s3://") and name.endswith(kind) for name in places)
    assert found(planted, places) == []
