"""docs/reference is what the code says, whoever writes it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "scripts" / "reference.py"


@pytest.mark.parametrize("width", ["40", "300"])
def test_the_reference_does_not_differ_from_the_code(width):
    variables = {**os.environ, "COLUMNS": width, "TERM": "dumb", "LC_ALL": "C", "PYTHONHASHSEED": width}
    done = subprocess.run(
        [sys.executable, SCRIPT, "--check"], env=variables, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_variable_is_documented():
    sources = [*(ROOT / "floe_sdk").rglob("*.py"), *(ROOT / "plugins").glob("*/src/**/*.py")]
    read = {name for path in sources for name in re.findall(r'"(FLOE_[A-Z_]+[A-Z])"', path.read_text(encoding="utf-8"))}
    page = (ROOT / "docs" / "how-to" / "environments.md").read_text(encoding="utf-8")
    assert read
    assert {name for name in read if f"`{name}`" not in page} == set()


def test_every_decision_is_in_the_index():
    folder = ROOT / "docs" / "decisions"
    index = (folder / "index.md").read_text(encoding="utf-8")
    assert [path.name for path in sorted(folder.glob("0*.md")) if f"({path.name})" not in index] == []
