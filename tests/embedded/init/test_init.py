"""`floe init`: what it writes runs at once, and it never overwrites."""

from __future__ import annotations

import json
import os

import pytest
from support.products import PROJECT, write_files

from floe_sdk.cli.app import run as run_command


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("FLOE_", "OTEL_")):
            monkeypatch.delenv(name)


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def init(*arguments):
    return run_command(["init", *map(str, arguments)])


def test_in_an_empty_folder_it_runs_at_once(tmp_path, capfd):
    folder = tmp_path / "Corner shop"
    assert init(folder, "--owner", "me@example.com", "--json") == 0
    said = json.loads(capfd.readouterr().out)
    assert (said["product"], said["template"]) == ("Corner-shop", "starter")
    assert sorted(said["files"]) == sorted(tree(folder))
    assert run_command(["run", str(folder)]) == 0
    out = capfd.readouterr().out
    assert "table mart_customers  3 rows" in out
    assert "warning" not in out


def test_around_a_dbt_project_it_compiles_and_touches_nothing(tmp_path, capfd):
    folder = write_files(tmp_path / "anything", PROJECT)
    before = tree(folder)
    assert init(folder) == 0
    assert "shop is ready" in capfd.readouterr().out
    after = tree(folder)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"floe.yaml", "manifest.yaml", ".gitignore"}
    assert run_command(["compile", str(folder)]) == 0
    assert "warning" not in capfd.readouterr().err


def test_what_dbt_warns_of_is_said_by_a_compile_also_from_the_cache(tmp_path, capfd):
    test = "{accepted_values: {values: [north]}}"
    old = f"models: [{{name: totals, columns: [{{name: name, data_tests: [{test}]}}]}}, {{name: gone}}]\n"
    folder = write_files(tmp_path / "anything", {**PROJECT, "models/old.yml": old})
    assert init(folder) == 0
    for cached in (False, True):
        capfd.readouterr()
        assert run_command(["compile", str(folder)]) == 0
        out, err = capfd.readouterr()
        assert ("graph from the cache" in out) == cached
        assert f"warning: dbt gave 2 warnings: see {folder / '.floe' / 'logs' / 'dbt-warnings.log'}\n" in err
    said = (folder / ".floe" / "logs" / "dbt-warnings.log").read_text()
    assert "Did not find matching node for patch with name 'gone'" in said
    assert "[MissingArgumentsPropertyInGenericTestDeprecation]" in said
    (folder / ".floe" / "logs" / "dbt-warnings.log").unlink()
    (folder / ".floe" / "logs" / "dbt-warnings.log").symlink_to("/proc/self/mem")  # nobody can read its begin
    assert run_command(["compile", str(folder)]) == 0
    err = capfd.readouterr().err
    assert "warning: dbt gave 2 warnings\n" in err
    assert "Did not find matching node for patch with name 'gone'" in err
    (folder / "models" / "old.yml").unlink()
    assert run_command(["compile", str(folder)]) == 0
    assert "warning" not in capfd.readouterr().err
    assert not (folder / ".floe" / "logs" / "dbt-warnings.log").exists()


def test_around_a_dbt_project_in_a_folder_below(tmp_path, capfd):
    write_files(tmp_path / "product" / "transform", PROJECT)
    assert init(tmp_path / "product") == 0
    assert run_command(["validate", "--graph", str(tmp_path / "product")]) == 0
    assert "project_dir: transform" in (tmp_path / "product" / "manifest.yaml").read_text()


def test_a_manifest_that_is_given_is_used(tmp_path, capfd, monkeypatch):
    (tmp_path / ".git").mkdir()
    assert init(tmp_path / "one") == 0
    manifest = tmp_path / "one" / "manifest.yaml"
    manifest = manifest.rename(tmp_path / "manifest.yaml")
    assert init(tmp_path / "products" / "two") == 0
    assert not (tmp_path / "products" / "two" / "manifest.yaml").exists()
    assert "manifest: ../../manifest.yaml" in (tmp_path / "products" / "two" / "floe.yaml").read_text()
    pinned = manifest.rename(tmp_path / "pinned.yaml")
    monkeypatch.setenv("FLOE_MANIFEST", str(pinned))
    assert init(tmp_path / "three") == 0
    assert "platform" not in (tmp_path / "three" / "floe.yaml").read_text()
    assert run_command(["validate", str(tmp_path / "three")]) == 0


def test_it_says_what_to_do_next(tmp_path, capfd, monkeypatch):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("*.log\ntarget\n")
    (tmp_path / "manifest.yaml").touch()
    monkeypatch.chdir(tmp_path)
    assert init("corner shop") == 0
    said = capfd.readouterr().out.splitlines()
    assert said[-2:] == ["the platform is manifest.yaml", "corner-shop is ready: floe run 'corner shop'"]
    monkeypatch.chdir(tmp_path / "corner shop")
    assert init() == 2
    assert "the folder is a product already: `floe validate`" in capfd.readouterr().err
    (tmp_path / "corner shop" / "floe.yaml").unlink()
    (tmp_path / "corner shop" / ".gitignore").write_text("*.log\ntarget\n")
    assert init() == 0
    said = capfd.readouterr().out
    assert "add to .gitignore: .floe/\n" in said
    assert "dbt deps" not in said
    (tmp_path / "corner shop" / "floe.yaml").unlink()
    (tmp_path / "corner shop" / "packages.yml").write_text(
        "packages: [{package: dbt-labs/dbt_utils, version: 1.3.0}]\n"
    )
    assert init() == 0
    assert "first: `dbt deps`, which installs what packages.yml names\n" in capfd.readouterr().out


@pytest.mark.parametrize("there", ["floe.yaml", "models/models.yml"])
def test_it_never_overwrites(tmp_path, capfd, there):
    write_files(tmp_path, {there: "mine\n"})
    before = tree(tmp_path)
    assert init(tmp_path, "--template", "starter") == 2
    error = capfd.readouterr().err
    assert "FLOE-D021" in error
    assert there in error
    assert tree(tmp_path) == before


def test_a_template_that_does_not_exist(tmp_path, capfd):
    assert init(tmp_path / "new", "--template", "none") == 2
    assert "starter" in capfd.readouterr().err
    assert not (tmp_path / "new").exists()
