"""Which files count: the git root, symlinks, FLOE_MANIFEST, and where state goes."""

import os
from pathlib import Path

import pytest

from floe_sdk.errors import FloeError
from floe_sdk.project import product_slug, resolve


def refused(project, code, exit_code, place, **options):
    with pytest.raises(FloeError) as caught:
        project.resolve(**options)
    (error,) = caught.value.errors
    assert (error.code.id, error.exit_code) == (code, exit_code)
    assert str(error.where).startswith(place)
    return error


@pytest.fixture
def outside(project, tmp_path):
    """A manifest outside of the git root that is no YAML: reading it would be another error."""
    path = tmp_path / "outside.yaml"
    path.write_text("{{{ not yaml")
    return path


def test_outside_is_refused_unread(project, outside):
    project.spec("platform: {manifest: ../../outside.yaml}\n")
    error = refused(project, "FLOE-D012", 2, "product/floe.yaml:4:22")
    assert "was not read" in error.problem
    project.spec(f"platform: {{manifest: {outside}}}\n")
    refused(project, "FLOE-D012", 2, "product/floe.yaml:4:22")
    project.spec("platform: {manifest: ../../nothing-there.yaml}\n")
    refused(project, "FLOE-D012", 2, "product/floe.yaml:4:22")


def test_a_symlink_that_leads_out(project, outside, tmp_path):
    (project.root / "linked.yaml").symlink_to(outside)
    project.spec("platform: {manifest: ../linked.yaml}\n")
    refused(project, "FLOE-D012", 2, "product/floe.yaml:4:22")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "manifest.yaml").write_text("{{{")
    (project.root / "platform").symlink_to(tmp_path / "folder")
    project.spec("platform: {manifest: ../platform/manifest.yaml}\n")
    refused(project, "FLOE-D012", 2, "product/floe.yaml:4:22")


def test_a_symlink_inside_is_followed(project):
    project.manifest("", "real/platform.yaml")
    (project.root / "linked.yaml").symlink_to("real/platform.yaml")
    project.spec("platform: {manifest: ../linked.yaml}\n")
    assert project.resolve().manifest_path == project.root / "linked.yaml"


def test_without_git_the_parent_of_the_folder_is_the_root(project, outside):
    (project.root / ".git").rmdir()
    project.spec("platform: {manifest: ../manifest.yaml}\n")
    assert project.resolve().manifest_path == project.root / "manifest.yaml"
    project.spec("platform: {manifest: ../../outside.yaml}\n")
    refused(project, "FLOE-D012", 2, "product/floe.yaml:4:22")


def test_what_the_manifest_gives_may_lie_outside(project, tmp_path):
    project.manifest("governance: {data_retention_days: 7}\n", "../parent.yaml")
    project.manifest("extends: ../parent.yaml\n")
    assert project.resolve().governance.data_retention_days == 7


def test_the_nearest_manifest_above(project):
    assert project.resolve().manifest_path == project.root / "manifest.yaml"
    (project.root / "manifest.yaml").rename(project.root.parent / "manifest.yaml")
    error = refused(project, "FLOE-D001", 2, "product/floe.yaml")
    assert "FLOE_MANIFEST" in error.fix


class TestPinned:
    def test_the_pinned_manifest_counts(self, project, tmp_path, monkeypatch):
        pinned = project.manifest("governance: {data_retention_days: 9}\n", "../central/manifest.yaml")
        monkeypatch.setenv("FLOE_MANIFEST", str(pinned))
        resolved = project.resolve()
        assert resolved.governance.data_retention_days == 9
        assert resolved.origins["platform.manifest"].source == "FLOE_MANIFEST"
        monkeypatch.setenv("FLOE_MANIFEST", str(pinned.parent))
        assert project.resolve().manifest_path == tmp_path / "central" / "manifest.yaml"

    def test_another_one_is_refused(self, project, outside, monkeypatch):
        pinned = project.manifest("", "../central/manifest.yaml")
        monkeypatch.setenv("FLOE_MANIFEST", str(pinned))
        project.spec("platform: {manifest: ../manifest.yaml}\n")
        refused(project, "FLOE-D013", 3, "product/floe.yaml:4:22")
        project.spec("platform: {manifest: ../../outside.yaml}\n")
        refused(project, "FLOE-D013", 3, "product/floe.yaml:4:22")

    def test_the_same_by_another_path(self, project, monkeypatch):
        (project.root / "linked.yaml").symlink_to("manifest.yaml")
        monkeypatch.setenv("FLOE_MANIFEST", "manifest.yaml")
        project.spec("platform: {manifest: ../linked.yaml}\n")
        project.resolve()

    def test_missing(self, project, monkeypatch):
        monkeypatch.setenv("FLOE_MANIFEST", "gone.yaml")
        refused(project, "FLOE-D001", 2, "FLOE_MANIFEST")


def test_a_spec_a_folder_or_here(project, monkeypatch):
    assert resolve(project.product / "floe.yaml").spec_path == project.product / "floe.yaml"
    assert resolve(Path("product")).spec_path == project.product / "floe.yaml"
    monkeypatch.chdir(project.product)
    assert resolve().spec_path == project.product / "floe.yaml"


def test_where_state_goes(project, tmp_path, monkeypatch):
    project.manifest("environments: {ci: }\n")
    context = project.resolve(env="ci").context
    assert context.product_slug == "prod_one"
    assert context.platform_state == project.root / ".floe" / "ci"
    assert context.product_state == project.product / ".floe"
    monkeypatch.setenv("FLOE_STATE_DIR", str(tmp_path / "state"))
    context = project.resolve(env="ci").context
    assert context.platform_state == tmp_path / "state" / "platform" / "ci"
    assert context.product_state == tmp_path / "state" / "prod-one"
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(("name", "slug"), [("customer-360", "customer_360"), ("A.b_C", "a_b_c")])
def test_slug(name, slug):
    assert product_slug(name) == slug


def test_origins_know_no_machine(project):
    project.manifest("extends: deep/parent.yaml\ngovernance: {pii_encryption: required}\n")
    project.manifest("governance: {data_retention_days: 7}\n", "deep/parent.yaml")
    project.spec("governance: {snapshot_keep_last: 3}\n")
    origins = project.resolve().origins
    assert origins["governance.pii_encryption"].file == "../manifest.yaml"
    assert origins["governance.data_retention_days"].file == "../deep/parent.yaml"
    assert origins["governance.snapshot_keep_last"].file == "floe.yaml"
    assert not any(os.sep + "repo" in (origin.file or "") for origin in origins.values())
