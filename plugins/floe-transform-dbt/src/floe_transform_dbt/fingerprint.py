"""The project's hash: everything that its graph depends on, and nothing of this machine."""

from __future__ import annotations

import hashlib
import json
import os
import re
from importlib import metadata
from typing import TYPE_CHECKING, Any

from floe_sdk import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from floe_sdk import GraphRequest
    from floe_transform_dbt.project import DbtProject

FORMAT = 2
"""Of the graph that the same files make: a cached one of another format is read anew."""
ENV_VAR = re.compile(rb"env_var\s*\(\s*['\"]([A-Za-z_][A-Za-z0-9_]*)['\"]")
SECRET_PREFIX = "DBT_ENV_SECRET"  # noqa: S105 - the prefix that dbt gives a meaning  # pragma: allowlist secret
READ_CACHE = "dbt_variables_read.json"


def fingerprint(project: DbtProject, request: GraphRequest) -> str:
    """SHA-256 over files, variables, environment, profile and versions; imports no dbt."""
    read = request.variables_read
    return hash_project(project, request, recorded_variables(request.cache_dir) if read is None else read)


def hash_project(project: DbtProject, request: GraphRequest, variables_read: Iterable[str]) -> str:
    """The hash, where `variables_read` adds to the environment variables that the files spell out."""
    files, spelled = _read_files(project)
    names = sorted(spelled | set(variables_read))
    content = {
        "format": FORMAT,
        "files": files,
        "vars": dict(project.variables),
        "env": {name: _environment_value(name) for name in names},
        "environment": request.environment,
        "namespace": request.namespace,
        "profile": dict(request.profile),
        "versions": {**engine_versions(request.profile), **request.versions},
        **({"plugins": project.plugins} if project.plugins else {}),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def unspelled_variables(project: DbtProject, read: Iterable[str]) -> tuple[str, ...]:
    """Those of `read`, the variables that a parse looked up, that no file names in an `env_var('NAME')`."""
    return tuple(sorted(set(read) - _read_files(project)[1]))


def recorded_variables(cache_dir: Path) -> tuple[str, ...]:
    """What the last parse on this machine recorded, or nothing."""
    try:
        names = json.loads((cache_dir / READ_CACHE).read_bytes())
    except (OSError, ValueError):
        return ()
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def record_variables(cache_dir: Path, names: tuple[str, ...]) -> None:
    """Remember them for the next `fingerprint`."""
    path = cache_dir / READ_CACHE
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(names))
    temporary.replace(path)


def engine_versions(profile: Mapping[str, Any]) -> dict[str, str]:
    """The versions of dbt and, where it is a distribution of its own, of the profile's adapter."""
    versions = {}
    for name in ("dbt-core", "dbt-adapters", "dbt-common", f"dbt-{profile.get('type')}"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _read_files(project: DbtProject) -> tuple[dict[str, str], set[str]]:
    hashes: dict[str, str] = {}
    names: set[str] = set()
    for relative, path in project.files():
        try:
            data = path.read_bytes()
        except OSError:  # a dangling link, or gone since it was listed: dbt does not see it either
            continue
        hashes[relative] = hashlib.sha256(data).hexdigest()
        if not relative.endswith(".csv"):
            names.update(match.decode() for match in ENV_VAR.findall(data))
    return hashes, names


def _environment_value(name: str) -> str | bool | None:
    # dbt keeps these out of the graph; whether one is set is all that parsing depends on.
    return name in os.environ if name.startswith(SECRET_PREFIX) else os.environ.get(name)


def _plain(value: object) -> object:
    return value.reference if isinstance(value, Secret) else str(value)
