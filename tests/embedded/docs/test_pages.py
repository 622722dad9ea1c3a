"""What the pages show is what happens."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest
from support.pages import DOCS, ROOT, Reader

SERVED = {"team-database", "object-storage", "polaris"}  # need servers: tests/services follows them
HOW_TOS = sorted(page for page in (DOCS / "how-to").glob("*.md") if page.stem not in SERVED)


def test_the_tutorial_works_from_an_empty_folder(shop):
    assert (shop / "target" / "compiled_artifacts.json").exists()


def duckdb_home(home):
    """A home folder that has the extensions which DuckDB would download: PyPI has them, too."""
    platform, version = duckdb.sql(
        "select * from pragma_platform(), (select library_version from pragma_version())"
    ).fetchone()
    folder = home / ".duckdb" / "extensions" / version / platform
    folder.mkdir(parents=True)
    for name in ("avro", "iceberg"):
        (extension,) = Path(find_spec(f"duckdb_extension_{name}").origin).parent.rglob("*.duckdb_extension")
        (folder / extension.name).symlink_to(extension)
    return {"HOME": str(home)}


@pytest.mark.parametrize("page", HOW_TOS, ids=lambda page: page.stem)
def test_a_how_to_goes_on_from_the_tutorial(page, shop, tmp_path):
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder)
    if page.stem == "package":  # somebody's own lock, so that no index is asked
        shutil.copy(ROOT / "requirements.lock", folder)
    reader = Reader(folder, **(duckdb_home(tmp_path / "home") if page.stem == "other-engines" else {}))
    if page.stem == "maintain":  # the tables of a copied catalog are the original's, and are left alone
        output = reader.run("rm -r .floe && floe run && floe run")
        assert reader.code == 0, output
    reader.follow(page)
