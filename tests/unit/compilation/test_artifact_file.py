import json

import pytest

from floe_sdk import (
    Column,
    CompiledArtifacts,
    FloeError,
    Graph,
    Node,
    NodeKind,
    ObservabilityConfig,
    ResolvedGovernance,
    read_artifact,
)
from floe_sdk.schemas.artifact_file import seal
from floe_sdk.schemas.artifacts import ArtifactMetadata
from floe_sdk.schemas.enforcement import Enforcement
from floe_sdk.schemas.spec import OutputPort


def artifacts(**fields):
    meta = {"b": 1, "a": {"z": 0.1, "y": [1e22, -0.0, None]}, "ü": "\u2028"}
    graph = Graph(
        name="shop",
        engine="dbt",
        engine_version="1",
        project_hash="p",
        nodes=(Node(id="model.shop.a", name="a", kind=NodeKind.MODEL, meta=meta, columns=(Column(name="id"),)),),
    )
    metadata = ArtifactMetadata(
        product="shop",
        product_slug="shop",
        product_version="1.0.0",
        platform="lake",
        platform_version="1.0.0",
        platform_root="..",
        manifest="../manifest.yaml",
        floe_version="0.1.0",
        project_hash="p",
    )
    port = OutputPort.model_validate({"name": "mart", "schema": [{"name": "id", "type": "string"}]})
    values = {
        "metadata": metadata,
        "environment": "dev",
        "namespace": "shop",
        "plugins": (),
        "transforms": graph,
        "profiles": {"duckdb": {"type": "floe", "b": {"env": "X"}, "a": 1}},
        "governance": ResolvedGovernance(),
        "enforcement": Enforcement(level="warn"),
        "observability": ObservabilityConfig(),
        "output_ports": (port,),
    }
    return seal(CompiledArtifacts(**{**values, **fields})).artifacts


def artifact_bytes(artifacts):
    return seal(artifacts).file_bytes()


def written(tmp_path, data=None):
    path = tmp_path / "compiled_artifacts.json"
    path.write_bytes(artifact_bytes(artifacts()) if data is None else data)
    return path


def refused(path):
    with pytest.raises(FloeError) as caught:
        read_artifact(path)
    assert caught.value.exit_code == 2
    assert str(caught.value.where) == str(path)
    return caught.value.code.id, caught.value.problem


def test_what_is_read_is_what_was_written(tmp_path):
    path = written(tmp_path)
    assert read_artifact(path) == artifacts()
    assert read_artifact(tmp_path) == artifacts()
    assert artifact_bytes(read_artifact(path)) == path.read_bytes()


def test_the_order_of_keys_makes_no_difference():
    other = artifacts(profiles={"duckdb": {"a": 1, "b": {"env": "X"}, "type": "floe"}})
    assert artifact_bytes(other) == artifact_bytes(artifacts())


def test_the_hash_is_over_everything_but_itself():
    one = artifacts()
    assert len(one.metadata.content_hash) == 64
    assert seal(one).artifacts == one
    assert artifacts(environment="ci").metadata.content_hash != one.metadata.content_hash


def test_it_is_sorted_text_for_people_too():
    text = artifact_bytes(artifacts()).decode()
    assert text.endswith("\n}\n")
    data = json.loads(text)
    assert list(data) == sorted(data)
    assert text.count("\n") > 50


def test_a_missing_one(tmp_path):
    code, problem = refused(tmp_path / "none.json")
    assert (code, problem) == ("FLOE-C002", "there is no artifact")
    assert refused(tmp_path / "compiled_artifacts.json")[0] == "FLOE-C002"


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 20_000, b'{"version": "1.0"'],
    ids=["empty", "cut", "list", "null", "not utf-8", "nested", "cut later"],
)
def test_a_broken_one(tmp_path, data):
    assert refused(written(tmp_path, data))[0] == "FLOE-C003"


def test_one_that_was_cut(tmp_path):
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:-200])
    code, problem = refused(path)
    assert code == "FLOE-C003"
    assert "line" in problem


def test_one_that_was_edited(tmp_path):
    path = written(tmp_path)
    path.write_text(path.read_text().replace('"pii_encryption": "optional"', '"pii_encryption": "required"'))
    assert refused(path)[0] == "FLOE-C004"
    path.write_bytes(artifact_bytes(artifacts()).replace(b'"namespace": "shop"', b'"namespace": "shop", "more": 1', 1))
    assert refused(path)[0] == "FLOE-C004"


def test_reformatting_is_no_edit(tmp_path):
    path = written(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()), sort_keys=False))
    assert read_artifact(path) == artifacts()


@pytest.mark.parametrize("version", ["0.9", "2.0", None])
def test_one_of_another_version(tmp_path, version):
    path = written(tmp_path)
    data = json.loads(path.read_text())
    data["version"] = version
    path.write_text(json.dumps(data))
    code, problem = refused(path)
    assert code == "FLOE-C005"
    assert repr(version) in problem


def test_one_that_floe_did_not_make(tmp_path):
    from floe_sdk.schemas import artifact_file

    data = json.loads(artifact_bytes(artifacts()))
    data["unknown"] = 1
    data["metadata"]["content_hash"] = artifact_file._hash(data)
    code, problem = refused(written(tmp_path, json.dumps(data).encode()))
    assert code == "FLOE-C003"
    assert "unknown" in problem


def test_not_a_number_becomes_null(tmp_path):
    graph = artifacts().transforms
    node = graph.nodes[0].model_copy(update={"meta": {"x": float("nan"), "y": float("inf")}})
    path = written(tmp_path, artifact_bytes(artifacts(transforms=graph.model_copy(update={"nodes": (node,)}))))
    assert read_artifact(path).transforms.nodes[0].meta == {"x": None, "y": None}
