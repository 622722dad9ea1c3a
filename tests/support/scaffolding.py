"""What an author of plugins has: an environment with floe-sdk from its wheel, and the command there.

The third parties' packages are those of this environment: a line in a `.pth` puts them on the path, without the
editable installs beside them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]
NAME = "author-made"
UV = ROOT / ".tools" / "bin" / "uv"
_BUILD = """
import os, sys
from hatchling.build import build_wheel
target, *folders = sys.argv[1:]
for folder in folders:
    os.chdir(folder)
    build_wheel(target)
"""


class Author:
    """An environment in `folder`; `here` is where its commands run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.here = folder / "work"
        self.bin = folder / "venv" / "bin"
        self.wheels = folder / "wheels"

    def make(self) -> None:
        """Make the environment and install floe-sdk."""
        self.here.mkdir(parents=True)
        venv.create(self.folder / "venv", symlinks=True)
        site = sysconfig.get_path("purelib", vars={"base": str(self.folder / "venv")})
        (Path(site) / "third_parties.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
        self.install([ROOT])

    def install(self, projects: Iterable[Path]) -> None:
        """Build a wheel of each project, as `python -m build` does, and install them."""
        before = set(self.wheels.glob("*.whl"))
        done = self._run([sys.executable, "-c", _BUILD, self.wheels, *projects], ROOT)
        assert done.returncode == 0, done.stdout
        wheels = sorted(set(self.wheels.glob("*.whl")) - before)
        command = [UV, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", self.bin / "python", *wheels]
        done = self._run(command, self.here)
        assert done.returncode == 0, done.stdout

    @property
    def packages(self) -> list[Path]:
        """The folders of the packages called `NAME`, one a type."""
        return sorted(self.here.glob(f"floe-*-{NAME}"))

    def run(self, command: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        """A command of the environment (`floe`, `python`); standard output and error in one."""
        return self.run_here(self.bin / command, *arguments)

    def run_here(self, *command: object) -> subprocess.CompletedProcess[str]:
        """Any command, with those of the environment on its path."""
        return self._run(command, self.here)

    def floe(self, *arguments: object) -> str:
        """What the command says, which must end well."""
        done = self.run("floe", *arguments)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def _run(self, command: Iterable[object], where: Path) -> subprocess.CompletedProcess[str]:
        unwanted = ("FLOE_", "OTEL_", "PYTEST_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
        return subprocess.run(
            [str(part) for part in command],
            cwd=where,
            env={**clean, "PATH": f"{self.bin}{os.pathsep}{clean.get('PATH', '')}", "GIT_CONFIG_GLOBAL": os.devnull},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
