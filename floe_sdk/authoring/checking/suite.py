"""Run the contract suites of a plugin with pytest, in a child process."""

from __future__ import annotations

import ast
import json
import tempfile
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from floe_sdk.authoring.children import python
from floe_sdk.plugins.discovery import COMMAND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from floe_sdk.authoring.checking.evidence import Evidence, Probe, Subject

SECONDS = 900.0
"""How long the suites of one distribution may take."""


_BY_CONFIGURATION = {"alert", "catalog", "lineage", "storage", "telemetry"}
"""The types whose contract needs no more of its author than a configuration."""

_PLAIN = "it ships no tests, so its contract ran by itself, with {}"


class ContractTest(NamedTuple):
    """A test of a contract: of which plugin (`type/name`), its name, how it ended, and the reason."""

    plugin: str
    name: str
    outcome: str
    text: str


@dataclass(frozen=True)
class SuiteResult:
    """What ran. `gaps` are the features that the suite of a plugin names as not supported, with the reasons; `problem`
    is why nothing could run, `note` what was run in place of tests of its own."""

    tests: Sequence[ContractTest] = ()
    gaps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    seconds: float = 0.0
    problem: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class SuiteOptions:
    """What the caller gives: `tests`, a file or folder with contract classes, or the `config` of the contract alone."""

    tests: Path | None = None
    config: Mapping[str, Any] | None = None


def run_suite(evidence: Evidence, path: Sequence[Path], options: SuiteOptions) -> SuiteResult:
    """The contract classes among the plugin's tests; where it ships none, the contract alone, if that is enough."""
    if find_spec("pytest") is None:
        return SuiteResult(problem="pytest is not installed here: pip install 'floe-sdk[testing]'")
    subject = evidence.subject
    own = None if subject.own or options.config is not None else subject.tests
    tests = options.tests or own
    if tests is None:
        return _alone(subject, evidence.probes, path, options.config)
    files = _contract_files(tests)
    if not files:
        return SuiteResult(problem=f"no test in {tests.name} inherits a contract")
    return _pytest(subject, files, (subject.project if tests is own else None) or Path.cwd(), path)


def _contract_files(folder: Path) -> list[str]:
    found = []
    for file in sorted(folder.rglob("*.py")) if folder.is_dir() else [folder]:
        try:
            tree = ast.parse(file.read_text(encoding="utf-8", errors="replace"))
        except (SyntaxError, ValueError):
            continue
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        if any(ast.unparse(base).endswith("Contract") for one in classes for base in one.bases):
            found.append(str(file.resolve()))
    return found


def _alone(
    subject: Subject, probes: Sequence[Probe], path: Sequence[Path], config: Mapping[str, Any] | None
) -> SuiteResult:
    """A suite made for an installed plugin: its contract as it is. Says what that lacks, where it is not enough."""
    kinds = sorted({one.type for one in subject.plugins} - _BY_CONFIGURATION - {COMMAND})
    keys = [key for one in probes for key in one.keys]
    needed = [key["key"] for key in keys if key["required"] and "." not in key["key"]]
    needed = needed or [key["key"] for key in keys if "Secret" in key["type"]]
    lacks = f"more than a configuration ({', '.join(kinds)})" if kinds else f"values for {', '.join(needed)}"
    if kinds or (needed and config is None):
        how = "--tests PATH" if kinds else "--tests PATH or --config FILE"
        problem = f"there is no suite to run: it ships no tests, and its contract needs {lacks}; give that by {how}"
        return SuiteResult(problem=problem)
    lines = ["import pytest"]
    for number, record in enumerate(one for one in subject.plugins if one.type != COMMAND):
        contract = f"{record.type.title()}Contract"
        lines += [f"from floe_sdk.testing import {contract}", f"class Test{number}({contract}):"]
        lines += [f"    plugin = {record.name!r}", f"    distribution = {record.distribution!r}"]
        lines += ["    @pytest.fixture", "    def config(self):", f"        return {dict(config or {})!r}", ""]
    with tempfile.TemporaryDirectory(prefix="floe-check-") as made:
        folder = Path(made)
        (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        file = folder / "test_installed.py"
        file.write_text("\n".join(lines), encoding="utf-8")
        result = _pytest(subject, [str(file)], folder, path, {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    return SuiteResult(**{**vars(result), "note": _PLAIN.format("the defaults" if config is None else "--config")})


def _pytest(
    subject: Subject,
    files: Sequence[str],
    folder: Path,
    path: Sequence[Path],
    variables: Mapping[str, str] | None = None,
) -> SuiteResult:
    """An author's own tests have the plugins of pytest that are installed; a suite that is made here has none."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="floe-suite-") as made:
        report = Path(made) / "report.json"
        plugins = ",".join(f"{one.identity}={one.target}" for one in subject.plugins)
        arguments = ["-m", "pytest", "-q", "-p", "floe_sdk.authoring.checking.suite_report", "-p", "no:cacheprovider"]
        arguments += [f"--floe-report={report}", f"--floe-plugins={plugins}", *files]
        ended = python(arguments, SECONDS, path=path, folder=folder, variables=variables)
        data = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else None
    seconds = time.monotonic() - began
    if ended.code is None:
        return SuiteResult(seconds=seconds, problem=f"the suite did not end within {SECONDS:g} s")
    if data is None or (not data["tests"] and ended.code not in {0, 5}):
        lines = (ended.output.decode(errors="replace") + ended.errors).strip().splitlines()
        return SuiteResult(seconds=seconds, problem=f"the suite can't run: {_last(lines)}")
    tests = [ContractTest(*one) for one in data["tests"]]
    return SuiteResult(tests, data["gaps"], seconds, None if tests else "no test of a contract was collected")


def _last(lines: Sequence[Any]) -> str:
    for start in ("E  ", "INTERNALERROR>", "ERROR", ""):
        found = [line for line in lines if line.startswith(start)]
        if found:
            return " ".join(str(found[-1]).removeprefix(start).split())
    return "pytest said nothing"
