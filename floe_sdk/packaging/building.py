"""The wheel of a distribution that is installed from its source, by its own build backend in a child process."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import parse_wheel_filename

from floe_sdk.errors import FloeError
from floe_sdk.errors.packaging import BUILD_BACKEND_MISSING, BUILD_FAILED
from floe_sdk.packaging.archive import EPOCH
from floe_sdk.packaging.wheel_file import Wheel, unzipped, zipped

if TYPE_CHECKING:
    from importlib.metadata import Distribution

SECONDS = 600
_LEGACY = {"requires": ["setuptools"], "build-backend": "setuptools.build_meta:__legacy__"}
"""What a folder without `build-system` means (PEP 517)."""
_CHILD = """
import importlib, json, sys
paths, backend, out = json.loads(sys.argv[1])
answer, sys.stdout = sys.stdout, sys.stderr
sys.path[:0] = paths
module, _, attribute = backend.partition(":")
built = importlib.import_module(module)
for part in attribute.split(".") if attribute else ():
    built = getattr(built, part)
answer.write(json.dumps(built.build_wheel(out)))
"""


def built(distribution: Distribution, source: Path) -> Wheel:
    """Build the wheel of the folder `source`, downloading nothing. Raises FloeError with what is missing or wrong."""
    name = distribution.metadata["Name"]
    system = _build_system(name, source)
    _check_backend(name, source, system)
    with tempfile.TemporaryDirectory(prefix="floe-wheel-") as out:
        filename = _build(name, source, system, out)
        content = zipped(unzipped(Path(out, filename).read_bytes()))
    version = str(parse_wheel_filename(filename)[1])
    if version != distribution.version:
        problem = f"the source of {name} makes version {version}, and {distribution.version} is installed"
        raise FloeError(BUILD_FAILED, problem, where=str(source), fix="install it again: pip install -e FOLDER")
    return Wheel(name, version, filename, content)


def _build_system(name: str, source: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        document = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        if (source / "setup.py").is_file():
            return _LEGACY
        problem = f"the source that {name} is installed from is not there"
        raise FloeError(BUILD_FAILED, problem, where=str(source), fix=f"install {name} again") from None
    except (OSError, ValueError) as error:
        raise FloeError(BUILD_FAILED, f"pyproject.toml can't be read: {error}", where=str(source)) from None
    return {**_LEGACY, **document.get("build-system", {})}


def _check_backend(name: str, source: Path, system: dict[str, Any]) -> None:
    from importlib import metadata

    missing = []
    for text in system["requires"]:
        try:
            requirement = Requirement(text)
            if requirement.marker is not None and not requirement.marker.evaluate():
                continue
            if not requirement.specifier.contains(metadata.version(requirement.name), prereleases=True):
                missing.append(text)
        except (InvalidRequirement, metadata.PackageNotFoundError):
            missing.append(text)
    top = system["build-backend"].partition(":")[0].partition(".")[0]
    if not missing and not system.get("backend-path") and importlib.util.find_spec(top) is None:
        missing.append(top)
    if missing:
        named = " ".join(f"'{text}'" for text in missing)
        raise FloeError(
            BUILD_BACKEND_MISSING,
            f"{name} is installed from its source, and building its wheel needs {', '.join(missing)}",
            where=str(source),
            fix=f"run: pip install {named}",
        )


def _build(name: str, source: Path, system: dict[str, Any], out: str) -> str:
    """Run the backend; returns the name of the file that it made in `out`."""
    paths = [str(source / each) for each in system.get("backend-path", ())]
    arguments = json.dumps([paths, system["build-backend"], out])
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _CHILD, arguments],
            cwd=source,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        last = "\n".join(str(error.stderr).strip().splitlines()[-10:])
        problem = f"building the wheel of {name} failed:\n{last}"
        raise FloeError(BUILD_FAILED, problem, where=str(source), fix=BUILD_FAILED.remedy) from None
    except subprocess.TimeoutExpired:
        problem = f"building the wheel of {name} took longer than {SECONDS} s"
        raise FloeError(BUILD_FAILED, problem, where=str(source), fix=BUILD_FAILED.remedy) from None
    return str(json.loads(done.stdout))
