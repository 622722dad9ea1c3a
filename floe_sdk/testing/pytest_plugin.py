"""A plugin of pytest: lists the named gaps at the end of a session.

The suites bring it themselves. With pytest-xdist, where the tests are read in other processes, name it in
conftest.py: `pytest_plugins = ["floe_sdk.testing.pytest_plugin"]`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

NAME = "floe_sdk.testing.pytest_plugin"
_GAP = re.compile(r"Skipped: not supported: (?P<feature>[^:]+): (?P<reason>.*)", re.DOTALL)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line for each gap of each suite."""
    gaps: dict[tuple[str, str, str], int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        found = _GAP.search(str(report.longrepr[2])) if isinstance(report.longrepr, tuple) else None
        if found:
            key = (report.nodeid.rpartition("::")[0], found["feature"], found["reason"])
            gaps[key] = gaps.get(key, 0) + 1
    if gaps:
        terminalreporter.section("not supported")
        for (suite, feature, reason), tests in gaps.items():
            terminalreporter.line(f"{suite}: {feature} ({tests} test{'s' if tests > 1 else ''}): {reason}")
