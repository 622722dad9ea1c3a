"""A compile of the demo with dbt itself."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from floe_sdk import FindingLevel, FloeError, compile_product, read_artifact
from floe_sdk.plugins.host import Platform
from floe_sdk.project import context_for
from floe_sdk.project.freshness import check_unchanged

DEMO = Path(__file__).parents[3] / "demo"
HEAVY = {
    "dagster",
    "dbt",
    "duckdb",
    "openlineage",
    "pandas",
    "pyarrow",
    "pyiceberg",
    "requests",
    "rich",
    "sqlalchemy",
    "sqlglot",
}
COMPILE = """
import gc, sys
from floe_sdk.cli.app import run
code = run(["compile", sys.argv[1]])
print("collector", gc.isenabled())
print("modules", *sorted(sys.modules))
sys.exit(code)
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The demo's folder, compiled once."""
    folder = tmp_path_factory.mktemp("compiled") / "demo"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("target", ".floe", "logs"))
    (folder / ".git").mkdir()
    with compile_product(folder / "customer-360", today=None).platform:
        pass
    return folder


@pytest.fixture
def demo(compiled, tmp_path):
    """A copy in which a test may change what it likes; the caches come along."""
    return shutil.copytree(compiled, tmp_path / "demo")


def compile_demo(folder, **options):
    result = compile_product(folder / "customer-360", **options)
    result.platform.close()
    return result


def test_the_graph_is_dbts(compiled):
    artifacts = read_artifact(compiled / "customer-360" / "target")
    nodes = {node.name: node for node in artifacts.transforms.nodes}
    assert artifacts.transforms.engine == "dbt"
    mart = nodes["mart_customer_360"]
    assert {artifacts.transforms.by_id()[parent].name for parent in mart.depends_on} >= {
        "int_customer_orders",
        "int_customer_support",
    }
    assert (mart.namespace, mart.tier, mart.published) == ("customer_360", "gold", True)
    assert "pii" in mart.tags
    assert mart.columns


def test_a_warm_compile_imports_no_engine_and_nothing_of_the_runtime(compiled):
    done = subprocess.run(
        [sys.executable, "-c", COMPILE, str(compiled / "customer-360")], capture_output=True, text=True, check=True
    )
    assert "graph from the cache" in done.stdout
    modules = done.stdout.splitlines()[-1].split()[1:]
    assert "floe_transform_dbt" in modules
    assert not {name.partition(".")[0] for name in modules} & HEAVY
    assert not [name for name in modules if name.startswith("floe_sdk.runtime")]
    assert "collector True" in done.stdout


def test_the_rules_judge_the_real_graph(demo):
    assert compile_demo(demo).findings == ()
    marts = demo / "customer-360" / "models" / "marts" / "marts.yml"
    text = marts.read_text()
    changed = text.replace("masking: sha256", "masking: none").replace(
        "description: Identifies the customer in every system.", "description: ''"
    )
    assert changed != text
    marts.write_text(changed)
    result = compile_demo(demo)
    assert not result.cached
    found = {(f.rule, f.level, f.subject, f.column, f.path) for f in result.findings}
    mart = ("model.customer_360.mart_customer_360", "models/marts/marts.yml")
    assert {(rule, level, column) for rule, level, subject, column, _ in found if subject == mart[0]} == {
        ("pii", FindingLevel.ERROR, "email_sha256"),
        ("column-descriptions", FindingLevel.WARNING, "customer_id"),
    }
    with pytest.raises(FloeError) as caught:  # the environment ci is strict
        compile_demo(demo, env="ci")
    assert caught.value.exit_code == 3


def test_a_transform_that_dbt_lacks(demo):
    spec = demo / "customer-360" / "floe.yaml"
    spec.write_text(spec.read_text().replace("name: int_customer_orders", "name: int_customer_order"))
    with pytest.raises(FloeError) as caught:
        compile_demo(demo)
    assert caught.value.code.id == "FLOE-C007"
    assert caught.value.fix == "did you mean `int_customer_orders`?"
    line = spec.read_text().splitlines().index("  - name: int_customer_order") + 1
    assert caught.value.where.line == line


def test_a_dbt_project_that_does_not_parse_leaves_the_old_artifact(demo):
    artifact = demo / "customer-360" / "target" / "compiled_artifacts.json"
    before = artifact.read_bytes()
    model = demo / "customer-360" / "models" / "marts" / "mart_customer_360.sql"
    model.write_text(model.read_text() + "\n{{ ref('int_customer_oders') }}\n")
    with pytest.raises(FloeError) as caught:
        compile_demo(demo)
    assert caught.value.exit_code == 2
    assert "int_customer_oders" in caught.value.problem
    assert artifact.read_bytes() == before


def test_an_artifact_is_refused_when_its_project_was_changed_since(demo):
    product = demo / "customer-360"
    artifacts = read_artifact(product / "target")
    with Platform.from_artifact(artifacts, context_for(artifacts, product)) as platform:
        check_unchanged(artifacts, platform)
        shutil.rmtree(product / ".floe")  # nor does it need a cache
        check_unchanged(artifacts, platform)
        model = product / "models" / "marts" / "mart_customer_360.sql"
        model.write_text(model.read_text() + "\n-- one more line\n")
        with pytest.raises(FloeError) as caught:
            check_unchanged(artifacts, platform)
    assert caught.value.exit_code == 2
    assert caught.value.fix == f"compile again: floe compile {product} --env dev"


def test_source_data_is_no_part_of_the_projects_hash(demo):
    raw = demo / "customer-360" / "raw" / "transactions.csv"
    raw.write_text(raw.read_text() + "x\n")
    assert compile_demo(demo).cached


def test_the_same_bytes_with_dbt_elsewhere(compiled, tmp_path):
    """Another folder, process, hash seed, HOME, time zone and locale; no cache came along."""
    first = (compiled / "customer-360" / "target" / "compiled_artifacts.json").read_bytes()
    copy = tmp_path / "deeper" / "place"
    shutil.copytree(compiled, copy, ignore=shutil.ignore_patterns("target", ".floe", "logs"))
    elsewhere = {
        "PYTHONHASHSEED": "4711",
        "HOME": str(tmp_path),
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "C",
        "PATH": os.environ["PATH"],
    }
    subprocess.run(
        [sys.executable, "-m", "floe_sdk", "compile", str(copy / "customer-360"), "--env", "dev"],
        cwd="/",
        env=elsewhere,
        check=True,
        capture_output=True,
    )
    second = (copy / "customer-360" / "target" / "compiled_artifacts.json").read_bytes()
    assert json.loads(second) == json.loads(first)
    assert second == first
