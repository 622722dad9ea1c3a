"""What the pages show is what happens."""

import shutil

import pytest
from support.pages import DOCS, ROOT, Reader

SERVED = {"team-database"}  # needs a server: tests/services follows it
HOW_TOS = sorted(page for page in (DOCS / "how-to").glob("*.md") if page.stem not in SERVED)


def test_the_tutorial_works_from_an_empty_folder(shop):
    assert (shop / "target" / "compiled_artifacts.json").exists()


@pytest.mark.parametrize("page", HOW_TOS, ids=lambda page: page.stem)
def test_a_how_to_goes_on_from_the_tutorial(page, shop, tmp_path):
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder)
    if page.stem == "package":  # somebody's own lock, so that no index is asked
        shutil.copy(ROOT / "requirements.lock", folder)
    reader = Reader(folder)
    if page.stem == "maintain":  # the tables of a copied catalog are the original's, and are left alone
        output = reader.run("rm -r .floe && floe run && floe run")
        assert reader.code == 0, output
    reader.follow(page)
