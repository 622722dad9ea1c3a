"""An artifact of a pinned manifest, run later: `FLOE_MANIFEST` says where the platform is, and holds for artifacts."""

from __future__ import annotations

from support.products import SPEC, manifest_text

ARTIFACT = "target/compiled_artifacts.json"


def test_a_pinned_artifact_runs_against_the_pinned_platform(product, tmp_path, monkeypatch):
    central = tmp_path / "central"
    central.mkdir()
    (central / "lake.yaml").write_text(manifest_text())
    (product.platform / "manifest.yaml").unlink()
    spec = "\n".join(line for line in SPEC.splitlines() if "platform:" not in line)
    (product.root / "floe.yaml").write_text(spec.replace("\n    ", "\n").lstrip())
    monkeypatch.setenv("FLOE_MANIFEST", str(central / "lake.yaml"))
    assert product.floe("compile", product.root) == 0
    monkeypatch.delenv("FLOE_MANIFEST")
    artifact = product.root / ARTIFACT
    assert product.floe("run", "--artifact", artifact) == 2
    assert "set FLOE_MANIFEST to the platform's manifest" in product.err
    assert not (central / ".floe").exists()

    monkeypatch.setenv("FLOE_MANIFEST", str(central / "lake.yaml"))
    assert product.floe("run", "--artifact", artifact) == 0
    assert (central / ".floe" / "dev" / "catalog.db").exists()
    assert not (product.platform / ".floe").exists()


def test_an_artifact_of_another_manifest_than_the_pinned_one_is_refused(product, tmp_path, monkeypatch):
    (tmp_path / "other.yaml").write_text(manifest_text())
    assert product.floe("compile", product.root) == 0
    monkeypatch.setenv("FLOE_MANIFEST", str(tmp_path / "other.yaml"))
    assert product.floe("run", "--artifact", product.root / ARTIFACT) == 3
    assert "FLOE_MANIFEST pins the manifest" in product.err
    assert not (product.platform / ".floe" / "dev").exists()
