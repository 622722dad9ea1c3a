"""The code location without files, and in a project of one's own; what FLOE_STATE_DIR moves."""

import sys

import pytest
from support.dagster_cli import validate

PROJECT = {
    "pyproject.toml": '[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "own"\n',
    "src/own/__init__.py": "",
    "src/own/defs/__init__.py": "",
    "src/own/definitions.py": """\
from pathlib import Path
import dagster as dg

@dg.definitions
def defs():
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
""",
    "src/own/defs/shop/defs.yaml": """\
type: floe_orchestrator_dagster.FloeComponent
attributes: {artifact: ../../../../../shop/target}
""",
}


@pytest.fixture(scope="module")
def shop(lakes):
    lake = lakes("location")
    lake.compile()
    return lake


@pytest.fixture
def check(home, engine):
    """`dagster definitions validate` with the tiny engine installed: (exit code, output)."""
    return lambda *arguments, **options: validate(*arguments, home=home, PYTHONPATH=str(engine.folder), **options)


@pytest.mark.parametrize("name", ["compiled_artifacts.json", ""])
def test_the_installed_package_loads_the_artifact_that_a_variable_names(shop, check, name):
    code, text = check("-m", "floe_orchestrator_dagster", FLOE_ARTIFACT=str(shop.artifact.parent / name))
    assert code == 0, text
    assert "Validation successful for code location floe_orchestrator_dagster." in text


def test_without_the_variable_it_says_what_to_set(check):
    code, text = check("-m", "floe_orchestrator_dagster")
    assert code == 1
    assert "FLOE_ARTIFACT names no artifact: set it to the compiled_artifacts.json of a product" in text


def test_the_state_folder_holds_a_location_that_knows_its_product(lake, check, tmp_path):
    state = tmp_path / "state"
    lake.floe("compile", FLOE_STATE_DIR=str(state))
    assert not (lake.product / "target").exists()
    assert not lake.shared.exists()
    for workspace in ("shop/target/dagster", "platform/target/dagster"):
        code, text = check("-w", str(state / workspace / "workspace.yaml"), FLOE_STATE_DIR=str(state))
        assert code == 0, text
        assert "Validation successful for code location shop." in text
    artifact = state / "shop" / "target" / "compiled_artifacts.json"
    code, text = check("-m", "floe_orchestrator_dagster", FLOE_STATE_DIR=str(state), FLOE_ARTIFACT=str(artifact))
    assert code == 1
    assert f"load {artifact.parent / 'dagster' / 'definitions.py'}, which knows where the product is" in text


def test_a_component_in_a_project_of_ones_own(shop, check):
    for name, text in PROJECT.items():
        path = shop.root / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    code, text = check("-d", str(shop.root / "own" / "src"), "-m", "own.definitions")
    assert code == 0, text
    shop.artifact.rename(shop.artifact.with_suffix(".kept"))
    code, text = check("-d", str(shop.root / "own" / "src"), "-m", "own.definitions")
    shop.artifact.with_suffix(".kept").rename(shop.artifact)
    assert code == 1
    assert "error[FLOE-C002]: there is no artifact" in text
    assert f"fix: run: floe compile {shop.product}" in text


def test_dagsters_registry_lists_the_component():
    from dagster.components.core.package_entry import discover_entry_point_package_objects

    names = {(key.namespace, key.name) for key in discover_entry_point_package_objects()}
    assert ("floe_orchestrator_dagster", "FloeComponent") in names


def test_definitions_of_two_products_merge(shop, monkeypatch, engine):
    from dagster import Definitions, multiprocess_executor

    from floe_orchestrator_dagster import floe_definitions

    monkeypatch.syspath_prepend(engine.folder)
    other = shop.another("books")
    other.compile()
    own = Definitions(executor=multiprocess_executor)
    merged = Definitions.merge(floe_definitions(shop.artifact), floe_definitions(other.artifact.parent), own)
    Definitions.validate_loadable(merged)
    assert merged.executor is multiprocess_executor
    assert {"floe/shop", "floe/books"} <= set(merged.metadata)


def test_floe_run_runs_in_this_process(lake):
    """The tiny engine says no; what matters is who asked it, and that nobody imported Dagster."""
    lake.compile()
    command = (sys.executable, "-X", "importtime", "-m", "floe_sdk")
    arguments = ("run", "--artifact", "target")
    _, err = lake.floe(*arguments, command=command, code=1, TINY_PASSWORD_THAT_NOBODY_SET="x")
    assert "RuntimeError: not here" in err
    assert "| floe_orchestrator_dagster" in " ".join(err.split())
    assert "| dagster" not in " ".join(err.split())
