"""What ships with floe keeps the rules that it asks others to keep."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.authors import broken

ROOT = Path(__file__).parents[3]
FOLDERS = [ROOT, *sorted(path.parent for path in (ROOT / "plugins").glob("*/pyproject.toml"))]
NO_PAGE = "home-page"
"""There is no page to name yet; it is all that stands between these and gold."""
NEED_A_SERVER = {
    "floe-storage-s3": "tests/services/s3/test_contract.py",
    "floe-catalog-polaris": "tests/services/test_polaris_contract.py",
}
"""Those whose contract is held where a server is started, not in their own tests."""


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name if folder != ROOT else "floe-sdk")
def test_the_files_and_the_import_of_each_are_gold_but_for_a_page(folder):
    command = [sys.executable, "-m", "floe_sdk", "plugins", "check", str(folder), "--no-suite", "--json"]
    if folder.name in NEED_A_SERVER:
        command += ["--tests", str(ROOT / NEED_A_SERVER[folder.name])]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    report = json.loads(ended.stdout)
    assert broken(report) == {NO_PAGE}
    assert ended.returncode == 0
