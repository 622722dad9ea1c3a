"""The job for GitHub Actions in docs/how-to/ci.md does what the page says, in the shell that GitHub runs it in."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support.pages import DOCS, Reader, blocks

CHANGES = {"nothing": None, "compatible": ("count(*)", "count(*) + 0"), "breaking": ("sum(amount)", "max(amount)")}
LABEL = "${{ contains(github.event.pull_request.labels.*.name, 'breaking') }}"
GH = """#!/bin/sh
case "$2" in
list) echo 7 ;;
download) mkdir -p main && cp main.json main/compiled_artifacts.json ;;
esac
"""


def steps():
    """The job's steps that run floe: what compiles, and what plans on a pull request."""
    (job,) = (yaml.safe_load(block.text) for block in blocks(DOCS / "how-to" / "ci.md") if "\njobs:" in block.text)
    return [step["run"] for step in job["jobs"]["plan"]["steps"] if re.search(r"\bfloe [a-z]", step.get("run", ""))]


@pytest.fixture(scope="module")
def checkout(shop, tmp_path_factory):
    """A pull request's folder: main's artifact, and tables of main in the catalog of the environment `ci`."""
    folder = tmp_path_factory.mktemp("ci") / "shop"
    shutil.copytree(shop, folder)
    manifest = yaml.safe_load((folder / "manifest.yaml").read_text())
    (folder / "manifest.yaml").write_text(yaml.safe_dump({**manifest, "environments": {"ci": {}}}))
    reader = Reader(folder)
    for command in ("floe run --env ci", steps()[0], "cp target/compiled_artifacts.json main.json"):
        output = reader.run(command)
        assert reader.code == 0, output
    (folder / "bin").mkdir()
    (folder / "bin" / "gh").write_text(GH)  # a service of GitHub's, which no test has
    (folder / "bin" / "gh").chmod(0o755)
    return folder


def run_step(script: str, folder: Path) -> tuple[int, str]:
    """As GitHub runs a step whose `shell` is not given: with -e, without pipefail."""
    (folder / "step.sh").write_text(script)
    path = os.pathsep.join([str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLOE_", "OTEL_"))}
    done = subprocess.run(
        ["bash", "-e", "step.sh"],
        cwd=folder,
        env={**kept, "PATH": path, "GITHUB_STEP_SUMMARY": str(folder / "summary.md")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("change", "label", "passes"),
    [
        ("nothing", "false", True),
        ("compatible", "false", True),
        ("breaking", "false", False),
        ("breaking", "true", True),
    ],
)
def test_a_breaking_change_passes_only_with_the_label(checkout, change, label, passes):
    model = checkout / "models" / "mart_customers.sql"
    before = model.read_text()
    plan = steps()[1]
    assert LABEL in plan
    try:
        model.write_text(before.replace(*CHANGES[change]) if CHANGES[change] else before)
        code, output = run_step(plan.replace(LABEL, label), checkout)
    finally:
        model.write_text(before)
    assert (code == 0) is passes, output
    assert ("mart_customers" in output) is (change != "nothing"), output
    assert output.strip() in (checkout / "summary.md").read_text()
    assert ("breaking" in output) is (change == "breaking")
