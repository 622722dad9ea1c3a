"""The package of each type, from its scaffold to a product that runs on it, with nothing but wheels."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from xml.etree import ElementTree as ET

import pytest
import yaml
from filelock import FileLock
from support.pages import blocks
from support.products import write_files
from support.scaffolding import NAME

from floe_sdk import PluginType
from floe_sdk.authoring.scaffold import About, plan_package, write_package

TYPES = list(PluginType)
NOTHING_TO_TEST = (
    "the plugin (takes no secret|has no [a-z_]+)$|not supported: |not tried, as `config` has no address: |"
    "a folder of this machine: |its FileIO has no `filesystem"
)
PLATFORM = """\
apiVersion: floe.dev/v1
kind: Manifest
metadata: {name: lake, version: 1.0.0, owner: platform@example.com}
plugins:
"""
PRODUCT = {
    "floe.yaml": """
        apiVersion: floe.dev/v1
        kind: FloeSpec
        metadata: {name: shop, version: 1.0.0, owner: shop@example.com}
        platform: {manifest: manifest.yaml}
        schedule: {cron: "0 6 * * *"}
    """,
    "models/orders.csv": "id,customer,amount\n1,ada,5\n2,bob,7\n3,ada,1\n",
    "models/paid.py": '''
        """What every customer paid."""

        import pyarrow as pa


        def model(orders: pa.Table) -> pa.Table:
            return orders.group_by("customer").aggregate([("amount", "sum")])
    ''',
}


@pytest.fixture(scope="session")
def verdicts(author):
    """How each test of each package's suite ended, by the package's folder: one run of pytest for all of them."""
    with FileLock(f"{author.folder}.suites.lock"):
        report = author.folder / "suites.xml"
        if not report.exists():
            done = author.run(
                *("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "junit_family=xunit1"),
                *(
                    f"--junitxml={report}",
                    f"--rootdir={author.here}",
                    "-c",
                    author.packages[0] / "pyproject.toml",
                    *author.packages,
                ),
            )
            (author.folder / "suites.txt").write_text(done.stdout)
    cases = {}
    for case in ET.parse(report).iter("testcase"):
        ended = [f"{part.tag}: {part.get('message')}" for part in case if not _leave_out(part)]
        package = re.search(rf"floe-\w+-{NAME}", case.get("classname"))[0]
        cases.setdefault(package, {})[case.get("name")] = (ended, float(case.get("time")))
    return cases


def _leave_out(part):
    """What a test says that is no problem: output, and that the plugin has no such thing, or names a gap."""
    if part.tag == "skipped":
        return re.match(NOTHING_TO_TEST, part.get("message"))
    return part.tag.startswith(("system-", "propert"))


@pytest.fixture(scope="session")
def listed(author):
    found = json.loads(author.floe("plugins", "list", "--json"))
    assert found["problems"] == []
    return {one["type"]: one for one in found["plugins"] if one["name"] == NAME}


def test_every_type_has_a_package(author, listed):
    assert {kind.value for kind in TYPES} == set(listed)
    assert [f"floe-{kind}-{NAME}" for kind in sorted(listed)] == [package.name for package in author.packages]


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.value)
def test_the_wheel_of_each_type_is_listed(author, listed, kind):
    one = listed[kind.value]
    assert (one["distribution"], one["version"]) == (f"floe-{kind.value}-{NAME}", "0.1.0")
    assert one["requires_floe_sdk"] == "<0.2,>=0.1"
    (wheel,) = author.wheels.glob(f"floe_{kind.value}_author_made-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert f"floe_{kind.value}_author_made/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.value)
def test_the_suite_of_each_type_is_green(author, verdicts, kind):
    ended = verdicts[f"floe-{kind.value}-{NAME}"]
    assert {name: problems for name, (problems, _) in ended.items() if problems} == {}, (
        author.folder / "suites.txt"
    ).read_text()
    assert len(ended) > 20


def test_a_product_runs_on_all_of_them(author, tmp_path):
    """Each plugin is configured as its README shows."""
    readmes = [(package / "README.md") for package in author.packages]
    examples = [block.text for each in readmes for block in blocks(each) if block.language == "yaml"]
    shown = [example.partition("plugins:\n")[2] for example in examples]
    manifest = PLATFORM + "".join(shown).replace("[failed, aborted, recovered]", "[succeeded]")
    (tmp_path / "manifest.yaml").write_text(manifest)
    assert set(re.findall(r"^  (\w+):$", manifest, re.MULTILINE)) == {kind.value for kind in TYPES}
    write_files(tmp_path, PRODUCT)
    (tmp_path / ".git").mkdir()
    assert "2 OK" in author.floe("run", tmp_path)
    rows = author.floe("query", "select * from paid order by customer", "--spec", tmp_path, "--format", "csv")
    assert rows.split() == ["customer,amount_sum", "ada,6", "bob,7"]
    script = tmp_path / "target" / NAME / "run.sh"
    crontab = author.run_here("sh", script, "crontab").stdout.splitlines()
    assert crontab == ["CRON_TZ=UTC", f"0 6 * * * sh '{script}'"]
    assert "1 OK" in author.run_here("sh", script, "--select", "paid").stdout
    assert "shop succeeded in dev" in (tmp_path / "alerts" / "dev.jsonl").read_text()
    events = [json.loads(line)["eventType"] for line in (tmp_path / "lineage" / "dev.jsonl").read_text().splitlines()]
    assert sorted(events) == ["COMPLETE"] * 5 + ["START"] * 5
    assert "run.product" in (tmp_path / "traces" / "dev.jsonl").read_text()
    assert list((tmp_path / "lake" / "dev").rglob("*.parquet"))
    assert (tmp_path / "catalog" / "dev.db").exists()


@pytest.mark.parametrize("name", ["it", "a" * 30], ids=["short", "long"])
def test_ruff_has_nothing_to_say(author, tmp_path, name):
    for kind in TYPES:
        write_package(plan_package(kind, name, About(), tmp_path / kind.value))
    for command in (["check"], ["format", "--check"]):
        done = author.run("python", "-m", "ruff", *command, "--no-cache", tmp_path)
        assert done.returncode == 0, done.stdout


def test_mypy_has_nothing_to_say(author, tmp_path):
    """All packages at once, against the installed floe-sdk; their tests are renamed, as one run takes a name once."""
    sources = []
    for package in author.packages:
        module = package.name.replace("-", "_")
        shutil.copytree(package / "src" / module, tmp_path / module)
        shutil.copy(package / "tests" / "test_plugin.py", tmp_path / f"test_{module}.py")
        sources += [module, f"test_{module}.py"]
    untyped = '[[tool.mypy.overrides]]\nmodule = ["pyarrow.*"]\nignore_missing_imports = true\n'
    (tmp_path / "pyproject.toml").write_text(f"[tool.mypy]\nstrict = true\n{untyped}")
    command = ["-m", "mypy", "--config-file", tmp_path / "pyproject.toml", "--python-executable", author.bin / "python"]
    done = author.run("python", *command, *(tmp_path / source for source in sources))
    assert done.returncode == 0, done.stdout
    assert f"no issues found in {sum(1 for _ in tmp_path.rglob('*.py'))} source files" in done.stdout


def test_the_workflow_runs_what_is_green_here(author):
    for package in author.packages:
        workflow = yaml.safe_load((package / ".github" / "workflows" / "ci.yml").read_text())
        commands = [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step]
        install = 'pip install -e ".[test]"'
        assert commands == [install, "ruff check .", "ruff format --check .", "mypy", "pytest", "floe plugins check ."]
