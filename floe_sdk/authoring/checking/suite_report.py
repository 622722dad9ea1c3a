"""A plugin of pytest for `floe plugins check`: runs the tests of contracts only, and writes how each ended as JSON.

Loaded by name in the child process that runs a suite (`-p`); nothing else imports it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_OPTION = "--floe-report"
_PLUGINS = "--floe-plugins"
_RANK = {"skipped": 0, "passed": 1, "failed": 2}


def pytest_addoption(parser: Any) -> None:
    """Where to write, and which plugins are meant: `type/name=module:Class`, separated by commas."""
    parser.addoption(_OPTION, required=True)
    parser.addoption(_PLUGINS, required=True)


def pytest_configure(config: Any) -> None:
    """Have the reports collected."""
    meant = dict(one.split("=") for one in config.getoption(_PLUGINS).split(",") if one)
    config.pluginmanager.register(_Reporter(Path(config.getoption(_OPTION)), meant))


class _Reporter:
    def __init__(self, path: Path, meant: dict[str, str]) -> None:
        from floe_sdk.testing import PluginContract  # before any test file: its assertions are to be rewritten

        self.contract = PluginContract
        self.path = path
        self.meant = meant
        self.plugins: dict[str, str] = {}
        self.gaps: dict[str, dict[str, str]] = {}
        self.tests: dict[str, tuple[str, str]] = {}

    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        self.plugins = {item.nodeid: identity for item in items if (identity := self._identity(item)) in self.meant}
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in self.plugins])
        items[:] = [item for item in items if item.nodeid in self.plugins]
        for item in items:
            self.gaps.setdefault(self.plugins[item.nodeid], {}).update(item.cls.not_supported)

    def _identity(self, item: Any) -> str:
        """The plugin that a test is of, as `type/name`; "" for a test of no contract."""
        kind: Any = getattr(item, "cls", None)
        if kind is None or not issubclass(kind, self.contract):
            return ""
        plugin = getattr(kind, "plugin", "")
        if isinstance(plugin, str):
            return f"{kind.kind.value}/{plugin}"
        named = (name for name, target in self.meant.items() if target.rpartition(":")[2] == plugin.__qualname__)
        return next(named, "")

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


def _reason(report: Any) -> str:
    """Why it failed or was skipped, in one line; the line of the assertion, not the whole trace."""
    if report.outcome == "passed":
        return ""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    lines = [line[1:].strip() for line in str(report.longrepr).splitlines() if line.startswith("E ")]
    return " ".join(lines[:3]) or " ".join(str(report.longrepr).split())[-300:]
