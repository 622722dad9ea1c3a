"""Real distributions, built by hatchling and installed by pip into a folder for PYTHONPATH, without a network."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "{version}"
requires-python = ">=3.10"
dependencies = ["floe-sdk>=0.1"]
"""


def project(folder: Path, name: str, modules: Mapping[str, str], plugins: Mapping[str, str], version: str) -> Path:
    """Write the source of a distribution: `modules` are files below `src/`, `plugins` `type/name` -> target."""
    text = PROJECT.format(name=name, version=version)
    for identity, target in plugins.items():
        kind, _, plugin = identity.partition("/")
        text += f'\n[project.entry-points."floe.{kind}"]\n{plugin} = "{target}"\n'
    packages = sorted({f"src/{path.split('/')[0]}" for path in modules})
    text += f"\n[tool.hatch.build.targets.wheel]\npackages = {packages}\n"
    for path, code in modules.items():
        file = folder / "src" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(code).lstrip("\n"), encoding="utf-8")
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def build(source: Path, kind: str = "wheel") -> Path:
    """Build a `wheel` or an `sdist` into the folder's `dist/`; returns the file."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    suffix = ".whl" if kind == "wheel" else ".tar.gz"
    return max((source / "dist").glob(f"*{suffix}"), key=lambda path: path.stat().st_mtime_ns)


def install(file: Path, target: Path, *options: str) -> Path:
    """Install a wheel, an sdist or a folder into `target`, which belongs on PYTHONPATH; returns it."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    command += ["--upgrade", "--target", str(target), *options, str(file)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target
