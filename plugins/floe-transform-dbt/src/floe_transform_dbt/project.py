"""A dbt project as its files tell it, without importing dbt."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from floe_sdk import PROJECT_NOT_FOUND, PROJECT_NOT_PARSED, FloeError, Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROJECT_FILE = "dbt_project.yml"
ROOT_FILES = (PROJECT_FILE, "packages.yml", "dependencies.yml", "package-lock.yml", "selectors.yml", ".dbtignore")
SOURCES = frozenset({".sql", ".py", ".yml", ".yaml", ".md"})
PATHS = {
    "model-paths": "models",
    "macro-paths": "macros",
    "seed-paths": "seeds",
    "snapshot-paths": "snapshots",
    "test-paths": "tests",
    "analysis-paths": "analyses",
    "function-paths": "functions",
    "docs-paths": None,
}
WITH_CSV = frozenset({"seed-paths", "test-paths"})


@dataclass(frozen=True)
class DbtProject:
    """A project at `root`; `variables` are those of the plugin's configuration and of the request.

    `plugins` are the modules of dbt plugins that take part.
    """

    root: Path
    product_root: Path
    document: Mapping[str, Any]
    variables: Mapping[str, Any]
    plugins: tuple[str, ...] = ()

    @classmethod
    def load(
        cls, root: Path, product_root: Path, variables: Mapping[str, Any], plugins: tuple[str, ...] = ()
    ) -> DbtProject:
        path = root / PROJECT_FILE
        try:
            document = yaml.safe_load(path.read_bytes())
        except FileNotFoundError:
            raise FloeError(
                PROJECT_NOT_FOUND,
                f"the folder {root} holds no {PROJECT_FILE}",
                fix="correct `project_dir` of plugins.transform, or create a project there with `dbt init`",
            ) from None
        except OSError as error:
            raise FloeError(PROJECT_NOT_FOUND, f"cannot be read: {error.strerror}", where=str(path)) from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            where = Location(str(path), mark.line + 1, mark.column + 1) if mark else Location(str(path))
            raise FloeError(PROJECT_NOT_PARSED, str(getattr(error, "problem", None) or error), where=where) from None
        if not isinstance(document, dict):
            raise FloeError(PROJECT_NOT_PARSED, "expected a mapping with `name`", where=Location(str(path)))
        return cls(root, product_root, document, variables, plugins)

    @property
    def packages(self) -> Path:
        """The folder that `dbt deps` installs into."""
        return self.root / str(self.document.get("packages-install-path") or "dbt_packages")

    def files(self) -> list[tuple[str, Path]]:
        """The files of dbt itself as (path relative to the root with `/`, path), sorted; never source data."""
        found = {name: self.root / name for name in ROOT_FILES if (self.root / name).is_file()}
        for key, default in PATHS.items():
            suffixes = SOURCES | {".csv"} if key in WITH_CSV else SOURCES
            for folder in self._paths(key, default):
                found.update(self._walk(self.root / folder, suffixes))
        found.update(self._walk(self.packages, SOURCES | {".csv"}))
        return sorted(found.items())

    def portable_files(self) -> dict[str, Path]:
        """The same by their path relative to the product's root, without those that cannot be read."""
        above = Path(os.path.relpath(self.root, self.product_root.resolve()))
        readable = ((relative, path) for relative, path in self.files() if path.is_file())
        return {os.path.normpath(above / relative).replace(os.sep, "/"): path for relative, path in readable}

    def _paths(self, key: str, default: str | None) -> list[str]:
        value = self.document.get(key)
        if value is None:
            return [default] if default else []
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]

    def _walk(self, folder: Path, suffixes: frozenset[str]) -> Iterator[tuple[str, Path]]:
        seen: set[str] = set()
        for current, folders, names in os.walk(folder, followlinks=True):
            real = os.path.realpath(current)
            if real in seen:  # a link that leads back
                folders.clear()
                continue
            seen.add(real)
            for name in names:
                path = Path(current, name)
                if path.suffix.lower() in suffixes:
                    yield os.path.relpath(path, self.root).replace(os.sep, "/"), path
