"""A plugin of pytest for `floe plugins check`: runs the tests of contracts only, and writes how each ended as JSON.

Loaded by name in the child process that runs a suite (`-p`); nothing else imports it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_OPTION = "--floe-report"
_RANK = {"skipped": 0, "passed": 1, "failed": 2}


def pytest_addoption(parser: Any) -> None:
    """Where to write."""
    parser.addoption(_OPTION, required=True)


def pytest_configure(config: Any) -> None:
    """Have the reports collected."""
    config.pluginmanager.register(_Reporter(Path(config.getoption(_OPTION))))


class _Reporter:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.plugins: dict[str, str] = {}
        self.gaps: dict[str, dict[str, str]] = {}
        self.tests: dict[str, tuple[str, str]] = {}

    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        kept = [item for item in items if _of_contract(getattr(item, "cls", None))]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
        for item in kept:
            identity = f"{item.cls.kind.value}/{getattr(item.cls.plugin, '__name__', item.cls.plugin)}"
            self.plugins[item.nodeid] = identity
            self.gaps.setdefault(identity, {}).update(item.cls.not_supported)

    def pytest_runtest_logreport(self, report: Any) -> None:
        worst, _ = self.tests.get(report.nodeid, ("", ""))
        if _RANK[report.outcome] >= _RANK.get(worst, -1) and (report.when == "call" or report.outcome != "passed"):
            self.tests[report.nodeid] = (report.outcome, _reason(report))

    def pytest_sessionfinish(self) -> None:
        tests = [
            (self.plugins[node], node.partition("::")[2], outcome, text) for node, (outcome, text) in self.tests.items()
        ]
        gaps = {plugin: named for plugin, named in self.gaps.items() if named}
        self.path.write_text(json.dumps({"tests": tests, "gaps": gaps}), encoding="utf-8")


def _of_contract(kind: type | None) -> bool:
    from floe_sdk.testing import PluginContract

    return kind is not None and issubclass(kind, PluginContract)


def _reason(report: Any) -> str:
    """Why it failed or was skipped, in one line; the line of the assertion, not the whole trace."""
    if report.outcome == "passed":
        return ""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    lines = [line[1:].strip() for line in str(report.longrepr).splitlines() if line.startswith("E ")]
    return " ".join(lines[:3]) or " ".join(str(report.longrepr).split())[-300:]
