"""What a newcomer is told of the code is there, and what is there is told: docs/architecture.md and CONTRIBUTING.md."""

import re
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[3]
ARCHITECTURE, CONTRIBUTING = ROOT / "docs" / "architecture.md", ROOT / "CONTRIBUTING.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BESIDE = {"builtin", "testing"}
"""Packages that are in no layer."""


def code(page):
    """What a page shows in backticks."""
    return re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8"))


def section(page, title):
    return page.read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]


def modules(folder):
    return {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}


def packages(folder):
    return {path.parent.name for path in folder.glob("*/__init__.py")}


def test_the_layers_are_those_that_lint_holds():
    table = [line for line in section(ARCHITECTURE, "Layers").splitlines() if line.startswith("| `")]
    told = [set(re.findall(r"`floe_sdk\.(\w+)`", line.split(" | ")[0])) for line in table]
    (layers,) = [each["layers"] for each in PROJECT["tool"]["importlinter"]["contracts"] if each["type"] == "layers"]
    assert told == [set(re.findall(r"\w+", layer)) for layer in layers]
    assert set().union(*told) | BESIDE == packages(ROOT / "floe_sdk")


def test_each_folder_of_the_runtime_is_told_with_modules_that_are_there():
    runtime = ROOT / "floe_sdk" / "runtime"
    _, *table = [line.split(" | ") for line in section(ARCHITECTURE, "Running").splitlines() if line.startswith("| ")]
    told = {name for folders, _ in table for name in re.findall(r"`(\w+)/`", folders)}
    assert told == packages(runtime)
    for folders, content in table:
        places = [runtime / name for name in re.findall(r"`(\w+)/`", folders)] or [runtime]
        assert set(re.findall(r"`(\w+)`", content)) <= set().union(*map(modules, places)), folders


@pytest.mark.parametrize("page", [ARCHITECTURE, CONTRIBUTING], ids=lambda page: page.stem)
def test_every_path_that_is_named_is_there(page):
    inside = [ROOT / "floe_sdk" / name for name in (".", "plugins", "runtime")]  # as one says it
    folders = [ROOT, *inside, *ROOT.glob("plugins/floe-*")]
    named = {each for each in code(page) if re.fullmatch(r"[\w.*-]+(/[\w.*-]+)*/?", each) and "/" in each}
    made = {"site/", ".tools/"}
    missing = {each for each in named - made if not any([*folder.glob(each)] for folder in folders)}
    assert len(named) > 5
    assert missing == set()


def test_every_target_that_is_named_is_one_of_make():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    told = set(re.findall(r"\bmake ([a-z-]+)", CONTRIBUTING.read_text(encoding="utf-8")))
    assert {each for each in targets if each.startswith("test")} <= told <= targets | {"and"}


def test_the_tests_that_are_named_are_there():
    named = re.findall(r"pytest (tests/[\w/.]+)", CONTRIBUTING.read_text(encoding="utf-8"))
    assert named
    assert [each for each in named if not (ROOT / each).exists()] == []


@pytest.mark.parametrize("plugin", sorted(ROOT.glob("plugins/*/pyproject.toml")), ids=lambda path: path.parent.name)
def test_each_distribution_is_checked(plugin):
    """mypy and import-linter know no patterns: what nobody names there, nobody checks."""
    source = f"plugins/{plugin.parent.name}/src"
    assert f"$MYPY_CONFIG_FILE_DIR/{source}" in PROJECT["tool"]["mypy"]["mypy_path"].split(":")
    (package,) = {path.parent.name for path in (ROOT / source).glob("*/__init__.py")}
    lint = PROJECT["tool"]["importlinter"]
    boxed, alone = (
        next(each for each in lint["contracts"] if each["type"] == kind) for kind in ("forbidden", "independence")
    )
    assert package in lint["root_packages"]
    assert package in boxed["source_modules"]
    assert package in alone["modules"]
