"""What ships in the box, and in packages beside it, passes the suites that its authors' competitors are given."""

import ast
from pathlib import Path

import pytest
from contracts.proving import KINDS

from floe_sdk.plugins.discovery import discover

ROOT = Path(__file__).parents[2]
PACKAGES = {"floe-sdk", *(folder.name for folder in (ROOT / "plugins").iterdir())}
SHIPPED = [record for record in discover().records if record.distribution in PACKAGES and record.type in KINDS]


def held():
    """`type/name` of each plugin that a test class in the repository names beside a contract."""
    for path in [*ROOT.glob("tests/**/test_*contract*.py"), *ROOT.glob("plugins/*/tests/test_*contract*.py")]:
        for made in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(made, ast.ClassDef):
                bases = [base.id for base in made.bases if isinstance(base, ast.Name)]
                names = [each.value.value for each in made.body if _names_the_plugin(each)]
                yield from (
                    f"{base.removesuffix('Contract').lower()}/{name}"
                    for base in bases
                    for name in names
                    if base.endswith("Contract")
                )


def _names_the_plugin(each):
    return (
        isinstance(each, ast.Assign)
        and [getattr(target, "id", None) for target in each.targets] == ["plugin"]
        and isinstance(each.value, ast.Constant)
    )


@pytest.mark.parametrize("identity", [record.identity for record in SHIPPED])
def test_a_shipped_plugin_is_held_to_its_contract(identity):
    assert identity in set(held())
