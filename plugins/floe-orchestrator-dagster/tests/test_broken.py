"""A broken artifact is an error that says what to do, in Dagster and in `floe health`, and hides no other location."""

import hashlib
import json
import subprocess
import sys

import dagster
import pytest
from dagster import DagsterInvalidDefinitionError
from support.dagster_cli import BIN, dagster_environment, validate

from floe_orchestrator_dagster import floe_location
from floe_orchestrator_dagster.workspace import location, text_of

QUERY = """{ workspaceOrError { ... on Workspace { locationEntries { name locationOrLoadError {
    __typename ... on PythonError { message } } } } } }"""
SECRET = "planted-in-the-artifact"


def _canonical_hash(data):
    metadata = {key: value for key, value in data["metadata"].items() if key != "content_hash"}
    text = json.dumps({**data, "metadata": metadata}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def cut(product):
    raw = product.artifact.read_bytes()
    product.artifact.write_bytes(raw[: len(raw) // 2])


def edited(product):
    product.artifact.write_text(
        product.artifact.read_text().replace('"namespace": "edited"', f'"namespace": "{SECRET}"')
    )


def older(product):
    data = json.loads(product.artifact.read_bytes())
    data["version"], data["metadata"]["floe_version"] = "0.9", "0.0.9"
    data["metadata"]["content_hash"] = _canonical_hash(data)
    product.artifact.write_text(json.dumps(data))


def newer(product):
    data = json.loads(product.artifact.read_bytes())
    data["version"], data["metadata"]["floe_version"], data["extra"] = "2.0", "3.1.4", SECRET
    product.artifact.write_text(json.dumps(data))


def unknown(product):
    """Of this version by its own word, with the right hash, and no artifact all the same."""
    data = json.loads(product.artifact.read_bytes())
    data["namespace"], data["extra"] = [SECRET], SECRET
    data["metadata"]["content_hash"] = _canonical_hash(data)
    product.artifact.write_text(json.dumps(data))


def missing(product):
    product.artifact.unlink()


def another(product):
    other = product.another("other")
    other.compile()
    product.artifact.write_bytes(other.artifact.read_bytes())


def changed(product):
    (product.product / "models.json").write_text('[{"name": "something_else"}]')


BREAK = {each.__name__: each for each in (cut, edited, older, newer, unknown, missing, another, changed)}
SAYS = {
    "cut": ("FLOE-C003", "the artifact is broken or cut: ", "compile again: floe compile {product}"),
    "edited": ("FLOE-C004", "it was edited after it was compiled", "compile again: floe compile {product}"),
    "older": (
        "FLOE-C005",
        "the artifact has version '0.9', this floe reads '1.0'",
        "compile again: floe compile {product}, or run it with the floe that compiled it, 0.0.9",
    ),
    "newer": (
        "FLOE-C005",
        "the artifact has version '2.0', this floe reads '1.0'",
        "compile again: floe compile {product}, or run it with the floe that compiled it, 3.1.4",
    ),
    "unknown": ("FLOE-C003", "(2 such problems)", "compile again: floe compile {product}"),
    "missing": ("FLOE-C002", "there is no artifact", "run: floe compile {product}"),
    "another": (
        "FLOE-C013",
        "this is the artifact of other, and the code location is that of another",
        "compile another again: floe compile {product}",
    ),
    "changed": ("FLOE-C006", "is not the one that the artifact was compiled from", "--env dev"),
}


@pytest.fixture(scope="module")
def products(lakes):
    """A platform with a good product, `shop`, and one for each way of being broken, by its name."""
    lake = lakes("broken")
    found = {name: lake.another(name) for name in BREAK}
    for each in (lake, *found.values()):
        each.compile()
    for name, each in found.items():
        BREAK[name](each)
    return {"shop": lake, **found}


def fix_of(name, product):
    return SAYS[name][2].format(product=product.product)


def check_message(text, name, product):
    code, problem, _ = SAYS[name]
    assert f"error[{code}]" in text
    assert problem in text
    assert f"{fix_of(name, product)}\n" in f"{text}\n"
    assert SECRET not in text


@pytest.mark.parametrize("name", BREAK)
def test_it_is_an_error_of_dagster(products, name, engine, monkeypatch):
    monkeypatch.syspath_prepend(engine.folder)
    monkeypatch.setenv("DAGSTER_IS_DEFS_VALIDATION_CLI", "1")  # as `dagster definitions validate` sets it
    with pytest.raises(DagsterInvalidDefinitionError) as caught:
        floe_location(products[name].artifact, product=name)
    check_message(str(caught.value), name, products[name])
    assert caught.value.__suppress_context__


@pytest.fixture(scope="module")
def workspace(products):
    """A good location, one whose project was changed, and two that are broken: each of those costs Dagster seconds."""
    file = products["shop"].shared / "some.yaml"
    names = ("shop", "edited", "changed", "another")
    file.write_text(text_of([location(name, f"../../{name}/target/dagster/definitions.py") for name in names]))
    return str(file)


def test_validate_says_what_to_do_and_passes_the_others(products, workspace, home, engine):
    code, text = validate("-w", workspace, home=home, PYTHONPATH=str(engine.folder))
    assert code == 1
    assert "Validation successful for code location shop." in text
    assert "Validation for 3 code locations failed." in text
    for name in ("edited", "changed", "another"):
        _, _, rest = text.partition(f"Validation failed for code location {name}:")
        check_message(rest.partition("\nStack Trace:")[0], name, products[name])
    assert SECRET not in text


def test_the_web_servers_schema_says_it_of_each_location(products, workspace, home, engine):
    done = subprocess.run(
        [BIN / "dagster-graphql", "-w", workspace, "-t", QUERY],
        cwd="/",
        env=dagster_environment(home, PYTHONPATH=str(engine.folder)),
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    (answer,) = [line for line in done.stdout.splitlines() if line.startswith("{")]
    entries = json.loads(answer)["data"]["workspaceOrError"]["locationEntries"]
    found = {each["name"]: each["locationOrLoadError"] for each in entries}
    # One that was changed since is shown: its runs are refused, with the same text.
    assert {name for name, each in found.items() if each["__typename"] == "RepositoryLocation"} == {"shop", "changed"}
    for name in ("edited", "another"):
        check_message(found[name]["message"], name, products[name])
    assert SECRET not in done.stdout


@pytest.mark.parametrize("name", BREAK)
def test_health_says_it_as_well(products, name):
    out, err = products[name].floe("health", code=4)
    code, problem, _ = SAYS[name]
    assert problem in " ".join(out.split())
    assert f"orchestrator/dagster [{code}]: " in err
    assert fix_of(name, products[name]) in err
    assert SECRET not in out + err


def test_health_loads_what_is_well(products):
    out, _ = products["shop"].floe("health", "--json", "--timeout", "60")
    (answer,) = [each for each in json.loads(out)["plugins"] if each["plugin"] == "orchestrator/dagster"]
    assert answer["ok"] is True
    assert answer["message"].startswith(f"dagster {dagster.__version__} loads shop (dev): ")


def test_health_before_the_first_compile_and_with_a_broken_file(lake):
    out, _ = lake.floe("health", "--timeout", "60")
    assert "shop is not compiled yet: run floe compile" in " ".join(out.split())
    lake.compile()
    (lake.generated / "definitions.py").write_text("import nothing_of_that_name\n")
    out, err = lake.floe("health", "--timeout", "60", code=4)
    assert "does not load: ModuleNotFoundError: No module named 'nothing_of_that_name'" in " ".join(out.split())
    assert f"compile again: floe compile {lake.product}" in err


def test_health_keeps_its_deadline(lake):
    lake.compile()
    (lake.generated / "definitions.py").write_text("import time\ntime.sleep(600)\n")
    out, _ = lake.floe("health", "--timeout", "3", code=4)
    assert "orchestrator/dagster" in out
    assert subprocess.run(["pgrep", "-f", str(lake.generated)], check=False, capture_output=True).stdout == b""


def test_dagster_that_is_not_there_is_said(lake, engine):
    lake.compile()
    blocked = (
        "import sys; sys.modules['dagster'] = None; from floe_orchestrator_dagster.probe import main; print(main())"
    )
    done = subprocess.run([sys.executable, "-c", blocked], capture_output=True, text=True, check=True)
    assert "Dagster can't be imported: " in done.stdout
