import pytest
from support.dagster_cli import dagster_home
from support.packages import Site
from support.workspace import ENGINE, MANIFEST, PLUGINS, Workspace

DAGSTER = {"plugins": {**MANIFEST["plugins"], "orchestrator": {"type": "dagster"}}}


class Lake(Workspace):
    """A platform that Dagster runs; its engine is a small package, so that a compile takes no time."""

    def write(self, *, manifest=None, **documents):
        super().write(manifest={**DAGSTER, **(manifest or {})}, **documents)

    def another(self, name):
        """A second product of this platform."""
        other = Lake.__new__(Lake)
        other.root, other.site, other.product = self.root, self.site, self.root / name
        other.artifact = other.product / "target" / "compiled_artifacts.json"
        other.write(spec={"metadata": {"name": name, "version": "1.0.0", "owner": f"{name}@example.com"}})
        return other

    @property
    def generated(self):
        return self.product / "target" / "dagster"

    @property
    def shared(self):
        return self.root / "target" / "dagster"


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    site.install("tiny-engine", ENGINE, plugins=PLUGINS)
    return site


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    return dagster_home(tmp_path_factory.mktemp("dagster-home"))


@pytest.fixture
def lake(tmp_path, engine):
    """A product `shop` below a platform, not compiled yet."""
    return Lake(tmp_path / "lake", engine)


@pytest.fixture(scope="module")
def lakes(tmp_path_factory, engine):
    """Makes a platform with the product `shop` for as long as a module's tests need it."""
    return lambda name: Lake(tmp_path_factory.mktemp(name) / "lake", engine)
