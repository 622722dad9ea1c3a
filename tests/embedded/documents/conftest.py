import os

import pytest

from floe_sdk.project import resolve

MANIFEST = """\
apiVersion: floe.dev/v1
kind: Manifest
metadata: {name: plat, version: 1.0.0}
"""
SPEC = """\
apiVersion: floe.dev/v1
kind: FloeSpec
metadata: {name: prod-one, version: 1.0.0}
"""


class Project:
    """A git root with a platform and one product below it."""

    def __init__(self, root):
        self.root = root
        self.product = root / "product"
        self.product.mkdir()
        (root / ".git").mkdir()
        self.manifest("")
        self.spec("")

    def manifest(self, text, name="manifest.yaml", head=MANIFEST):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head + text)
        return path

    def spec(self, text, head=SPEC):
        path = self.product / "floe.yaml"
        path.write_text(head + text)
        return path

    def resolve(self, **options):
        return resolve(self.product, **options)


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("FLOE_")]:
        monkeypatch.delenv(name)
    root = tmp_path / "repo"
    root.mkdir()
    monkeypatch.chdir(root)
    return Project(root)
