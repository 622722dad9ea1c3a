"""Calling dbt in this process: silent, sending nothing home, writing nothing into the project."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from floe_sdk import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType

    from dbt.cli.main import dbtRunnerResult
    from dbt_common.events.base_types import EventMsg

    from floe_transform_dbt.project import DbtProject

PROFILE = "floe"
QUIET = (
    "--no-send-anonymous-usage-stats",
    "--no-use-colors",
    "--no-print",
    "--log-level=none",
    "--log-level-file=none",
)


@dataclass(frozen=True)
class Invocation:
    """Where one dbt invocation reads and writes. `profiles_dir` is private; nothing else holds the profile."""

    project: DbtProject
    environment: str
    profiles_dir: Path
    target_dir: Path
    log_dir: Path

    def write_profile(self, profile: Mapping[str, Any]) -> None:
        """Write `profiles.yml` (JSON is YAML), readable by this user only."""
        document = {PROFILE: {"target": self.environment, "outputs": {self.environment: dict(profile)}}}
        path = self.profiles_dir / "profiles.yml"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file, default=_reference)

    def call(
        self,
        command: str,
        *options: str,
        callbacks: Sequence[Callable[[EventMsg], None]] = (),
        manifest: Any = None,
    ) -> dbtRunnerResult:
        """Run a dbt command from the project's folder, as people do: relative paths in SQL depend on it."""
        from dbt.cli.main import dbtRunner

        arguments = [
            *QUIET,
            *command.split(),
            f"--project-dir={self.project.root}",
            f"--profiles-dir={self.profiles_dir}",
            f"--profile={PROFILE}",
            f"--target={self.environment}",
            f"--target-path={self.target_dir}",
            f"--log-path={self.log_dir}",
            f"--vars={json.dumps(dict(self.project.variables))}",
            *options,
        ]
        with _in_folder(self.project.root), _unchanged_environment(), _dbt_plugins(self.project.plugins):
            return dbtRunner(manifest=manifest, callbacks=list(callbacks)).invoke(arguments)


def _reference(value: object) -> object:
    if isinstance(value, Secret):  # compile time: the adapter only needs something of the right type
        return "unresolved"
    return str(value)


@contextlib.contextmanager
def _dbt_plugins(modules: Sequence[str]) -> Iterator[None]:
    """Only these modules are dbt plugins: by itself, dbt imports all that is installed and called `dbt_...`."""
    from dbt import plugins
    from dbt.plugins import PluginManager

    def chosen(_: type[PluginManager]) -> dict[str, ModuleType]:
        return {name: import_module(name) for name in modules}

    name = "get_prefixed_modules"
    before = vars(PluginManager)[name]
    setattr(PluginManager, name, classmethod(chosen))
    plugins.PLUGIN_MANAGER = None  # of another product in this process
    try:
        yield
    finally:
        setattr(PluginManager, name, before)


@contextlib.contextmanager
def _in_folder(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextlib.contextmanager
def _unchanged_environment() -> Iterator[None]:
    before = dict(os.environ)
    try:
        yield
    finally:
        if dict(os.environ) != before:
            os.environ.clear()
            os.environ.update(before)
