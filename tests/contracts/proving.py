"""The twins of a type, and the matrix: an inner pytest runs the type's suite against the good plugin and each twin."""

import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from contracts.twins.marking import FAILS, IMPORTS, twins_of

from floe_sdk import PluginType, testing

HERE = Path(__file__).parent
KINDS = [kind.value for kind in PluginType if (HERE / "twins" / f"{kind.value}.py").exists()]
SUITES = {kind: getattr(testing, f"{kind.title()}Contract") for kind in KINDS}
_OPTIONS = (
    *("-c", os.devnull, "--rootdir", str(HERE), "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "error"),
    *("--import-mode=importlib", "-o", "python_files=matrix.py", "-q", "--tb=short", "--no-header"),
)


def expected(kind):
    """The test that each twin of the type must fail."""
    return {name: test for test, (name, _) in _twins(kind)}


def twins(kind):
    """The twin of each test of the type: its name, and what is wrong with it."""
    return dict(_twins(kind))


def _twins(kind):
    module = importlib.import_module(f"contracts.twins.{kind}")
    made = [(getattr(each, FAILS), (name, inspect.getdoc(each))) for name, each in twins_of(module).items()]
    return [*made, *((test, (name, doc)) for name, (test, doc, _) in IMPORTS.items())]


def matrix(kind, folder):
    """What became of each test of each class of plugins (`Good`, the twins), and what the inner pytest printed.

    It is passed, failure, error or skipped.
    """
    modules, report = folder / "modules", folder / "report.xml"
    modules.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLOE_", "OTEL_", "PYTEST_"))}
    path = os.pathsep.join([str(HERE.parent), str(modules)])
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *_OPTIONS, f"--junit-xml={report}", f"--basetemp={folder / 'tests'}"),
            str(HERE / "matrix.py"),
        ],
        env={**kept, "PYTHONPATH": path, "FLOE_TWINS": kind, "FLOE_TWINS_FOLDER": str(modules)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.exists(), done.stdout + done.stderr
    found = {}
    for case in ET.parse(report).iter("testcase"):
        name = case.get("classname").rpartition(".")[2].removeprefix("Test")
        inner = {child.tag for child in case}
        became = next((word for word in ("failure", "error", "skipped") if word in inner), "passed")
        found.setdefault(name, {})[case.get("name")] = became
    return found, done.stdout
