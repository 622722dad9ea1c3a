import shutil
import subprocess
from pathlib import Path

import pytest
from support.in_process import InProcess
from support.products import make_product

from floe_sdk.cli.app import run as run_command

LOCK = Path(__file__).parents[3] / "requirements.lock"
"""Has the hashes of all that is installed here, so that no index is asked."""


class Packaged(InProcess):
    """The product `shop` on disk, packaged by the command in this process."""

    def __init__(self, root, capfd):
        super().__init__(capfd)
        self.platform, self.root = root, root / "shop"

    @property
    def artifact(self):
        return self.root / "target" / "compiled_artifacts.json"

    def floe(self, *arguments, code=0):
        assert super().floe(*arguments) == code, self.out + self.err
        return self.out

    def package(self, *arguments, code=0, lock=LOCK):
        return self.floe("package", self.root, *(["--lock", lock] if lock else []), *arguments, code=code)

    def refused(self, code, *arguments, exit_code=2, lock=LOCK):
        """Package, which is refused with the error `code`; what is said."""
        self.package(*arguments, code=exit_code, lock=lock)
        assert f"error[{code}]" in self.err
        return " ".join(self.err.split())


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    root = tmp_path_factory.mktemp("packaged") / "lake"
    make_product(root)
    assert run_command(["compile", str(root / "shop")]) == 0
    return root


@pytest.fixture
def shop(compiled, tmp_path, capfd):
    """A compiled product that a test may change."""
    return Packaged(shutil.copytree(compiled, tmp_path / "lake"), capfd)


@pytest.fixture
def unpack(tmp_path):
    def unpacked(path, name="unpacked"):
        folder = tmp_path / name
        folder.mkdir()
        subprocess.run(["tar", "-xf", path, "-C", folder], check=True)
        return folder

    return unpacked
