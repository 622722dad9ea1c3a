import pytest
from support.packages import STORAGE

from floe_sdk.plugins.discovery import discover


def names(site):
    return {record.identity for record in discover().records if record.distribution.startswith("x-")}


def test_a_record_comes_from_metadata_and_imports_nothing(site):
    site.install(
        "x-storage", "raise RuntimeError", requires=["Floe_SDK [local] (>=0.1,<9) ; python_version > '3'", "other"]
    )
    record = next(one for one in discover().records if one.distribution == "x-storage")
    assert record.identity == "storage/x-storage"
    assert (record.version, record.summary, record.requires) == ("1.0", "The package x-storage", ">=0.1,<9")
    assert record.target == "x_storage:Plugin"


def test_a_requirement_of_an_extra_is_no_range_of_the_plugin(site):
    site.install("x-storage", requires=["floe-sdk==7 ; extra == 'dev'"])
    assert next(one for one in discover().records if one.distribution == "x-storage").requires == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[floe.storage]\nbad\n[floe.storage]\ngood = m:P\n", "'bad'"),
        ("[floe.storage]\nbad = \ngood = m:P\n", "'bad'"),
        ("[floe.storage]\n= m:P\ngood = m:P\n", "''"),
        ("[floe.storage]\nbad = no module\n\ngood = m:P [extra]\n", "'no module'"),
        ("[floe.semantic]\ncube = m:P\n[floe.storage]\ngood = m:P\n", "'floe.semantic'"),
    ],
)
def test_odd_entry_points_are_said_and_hide_no_others(site, text, problem):
    site.install("x-odd")
    (site.folder / "x_odd-1.0.dist-info/entry_points.txt").write_text(text)
    found = discover()
    assert names(site) == {"storage/good"}
    assert any("x-odd" in note and problem in note for note in found.problems)


def test_a_distribution_without_metadata_is_listed_under_its_folder(site):
    site.install("x-bare")
    (site.folder / "x_bare-1.0.dist-info/METADATA").unlink()
    record = next(one for one in discover().records if one.name == "x-bare")
    assert (record.distribution, record.version) == ("x_bare", "unknown")


def test_metadata_that_is_not_text_breaks_only_its_own_distribution(site):
    site.install("x-good")
    site.install("x-broken")
    (site.folder / "x_broken-1.0.dist-info/METADATA").write_bytes(b"Name: \xff\xfe\n")
    assert names(site) == {"storage/x-good"}
    assert any("x_broken" in note for note in discover().problems)


def test_of_a_distribution_that_is_there_twice_the_first_counts(site, tmp_path, monkeypatch):
    site.install("x-twice", version="1.0")
    shadowed = type(site)(tmp_path / "later")
    shadowed.install("X_Twice", STORAGE, version="2.0")
    monkeypatch.syspath_prepend(str(shadowed.folder))
    assert [one.version for one in discover().records if one.distribution.lower().startswith("x")] == ["2.0"]
