"""Tests of every contract: from the import to the end, alone, beside another, and in another process."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from floe_sdk.plugins.loading import load_target
from floe_sdk.testing.contracts.elsewhere import Imported, imported, in_another_process, job
from floe_sdk.testing.contracts.fixtures import PluginFixtures, config_of, lifecycle
from floe_sdk.testing.contracts.gaps import given, needs
from floe_sdk.testing.contracts.installing import without
from floe_sdk.testing.contracts.telling import within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk.plugins.config import PluginContext
    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.host import Platform
    from floe_sdk.testing.contracts.fixtures import Load

HEAVY = frozenset(
    {
        *("boto3", "botocore", "dagster", "dbt", "duckdb", "grpc", "numpy", "openlineage", "opentelemetry.sdk"),
        *("pandas", "pyarrow", "pyiceberg", "pyspark", "requests", "rich", "sqlalchemy", "sqlglot"),
    }
)
"""Libraries that take long to import: a plugin imports them in the functions that use them."""
_GRACE = 1.0


class LifeTests(PluginFixtures):
    """A plugin comes and goes without a trace."""

    def test_importing_it_is_light(self, record: PluginRecord) -> None:
        """Every command that selects it imports it: no heavy library, and within `import_seconds` of processor time."""
        done = _imported(record)
        assert not HEAVY.intersection(done.modules), "import these in the functions that use them"
        assert done.seconds <= self.import_seconds

    def test_importing_it_changes_nothing(self, record: PluginRecord) -> None:
        """The import prints nothing, and leaves environment, folders, logging, warnings and threads as they were."""
        done = _imported(record)
        assert not done.printed
        assert not done.changed

    @needs("unreachable")
    def test_loading_reaches_for_nothing(self, load: Load, unreachable: Mapping[str, Any] | None) -> None:
        """A plugin is constructed at once where its system can't be reached: a compile may run elsewhere."""
        with within(0.0, self.slack_seconds, "loading it"):
            load(given(unreachable))

    def test_loading_writes_nothing(self, load: Load, context: PluginContext) -> None:
        """A compile may run on another machine: files and folders are made at run time only."""
        roots = {context.platform_root, context.product_root, context.platform_state, context.product_state}
        before = _files(roots)
        load()
        assert _files(roots) == before

    def test_loading_leaves_the_process_alone(self, load: Load) -> None:
        """Environment, working directory, signals, logging and `sys.path` are others' too."""
        before, environment, folder = _process(), dict(os.environ), Path.cwd()
        try:
            load()
            after = _process()
        finally:
            os.environ.clear()
            os.environ.update(environment)
            os.chdir(folder)
        assert [name for name, value in after.items() if value != before[name]] == []

    def test_two_share_nothing(self, load: Load) -> None:
        """Two platforms have one each, in one process; when one is closed, the other goes on."""
        one, other = load(), load()
        self.use(one)
        self.use(other)
        one.close()
        self.use(other)

    def test_another_process_is_told_the_same(self, load: Load, record: PluginRecord, context: PluginContext) -> None:
        """It keeps no state that another process would need: one that has but the artifact gets the same answers."""
        platform = load()
        self.use(platform)
        told = self.facts(platform, *self.fact_arguments())
        work = job(record, config_of(platform, record), context, self.facts, self.fact_arguments())
        assert in_another_process(work) == told

    def test_closing_twice_is_harmless(self, platform: Platform, record: PluginRecord) -> None:
        """`plugin_close` may be called again, and before anything was used."""
        lifecycle(platform, record).plugin_close()
        lifecycle(platform, record).plugin_close()

    def test_closing_ends_its_threads(self, load: Load) -> None:
        """Used and closed once more, it leaves no more threads than the first time."""
        for _ in range(2):  # a server that the test has started makes threads of its own at the first time
            before = set(threading.enumerate())
            platform = load()
            self.use(platform)
            platform.close()
        deadline = time.monotonic() + _GRACE
        while (left := set(threading.enumerate()) - before) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not left


def _imported(record: PluginRecord) -> Imported:
    module = record.target.partition(":")[0]
    load_target(record)
    file = str(getattr(sys.modules[module], "__file__", "") or "")
    return imported(module, file, without(sys.path))


def _files(roots: set[Path]) -> set[Path]:
    return {path for root in roots for path in (root, *root.rglob("*")) if path.exists()}


def _process() -> dict[str, Any]:
    return {
        "the environment": dict(os.environ),
        "the working directory": Path.cwd(),
        "sys.path": list(sys.path),
        "signals": [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)],
        "logging": (logging.root.level, list(logging.root.handlers)),
        "warnings": list(warnings.filters),
        "the hook of exceptions": sys.excepthook,
    }
