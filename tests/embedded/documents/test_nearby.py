"""A folder that is no product: the command guesses which one was meant."""

from __future__ import annotations

import pytest

from floe_sdk.cli.app import run as run_command

PRODUCTS = (
    "demo/customer-360",
    "demo/flights",
    "other/deep/down",
    "node_modules/pack",
    ".hidden/one",
    "a/b/c/too-deep",
)

GUESSES = [
    ("demo", ["validate", "flight"], "did you mean flights?"),
    ("demo", ["validate", "../demo/custmer-360"], "did you mean customer-360?"),
    ("demo/flights", ["validate", "models/marts"], "the product is a folder above; name it: ."),
    ("demo/flights/models/marts", ["validate"], "the product is a folder above; name it: ../.."),
    ("demo/flights", ["validate", "mart_delays"], "A node is chosen so: floe run --select mart_delays"),
    ("other", ["validate"], "there is one in deep/down: name that folder, or run the command in it"),
    (".", ["validate"], "name one of these folders: demo/customer-360, demo/flights, other/deep/down\n"),
    ("empty", ["validate"], "name a floe.yaml or its folder, or make one: floe init"),
    ("empty", ["validate", "floe.yaml"], "name a floe.yaml or its folder, or make one: floe init"),
]


@pytest.mark.parametrize(("folder", "arguments", "said"), GUESSES, ids=[" ".join(each[1]) for each in GUESSES])
def test_the_product_that_may_be_meant_is_named(tmp_path, monkeypatch, capfd, folder, arguments, said):
    (tmp_path / ".git").mkdir()
    for product in PRODUCTS:
        (tmp_path / product).mkdir(parents=True)
        (tmp_path / product / "floe.yaml").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "demo" / "flights" / "models" / "marts").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / folder)
    assert run_command(arguments) == 2
    error = capfd.readouterr().err
    assert "FLOE-D001" in error
    assert f"fix: {said}" in error or said in error


def test_nothing_is_looked_for_above_the_repository(tmp_path, monkeypatch, capfd):
    (tmp_path / "floe.yaml").touch()
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "repository" / "models").mkdir()
    monkeypatch.chdir(tmp_path / "repository" / "models")
    assert run_command(["validate"]) == 2
    assert "make one: floe init" in capfd.readouterr().err


def test_a_huge_tree_is_not_searched_to_its_end(tmp_path, monkeypatch, capfd):
    for number in range(30):
        for other in range(80):
            (tmp_path / f"{number:02}" / f"{other:02}").mkdir(parents=True)
    (tmp_path / "29" / "79" / "floe.yaml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("floe_sdk.project.nearby.MOST_FOLDERS", 1000)
    assert run_command(["validate"]) == 2
    assert "make one: floe init" in capfd.readouterr().err
