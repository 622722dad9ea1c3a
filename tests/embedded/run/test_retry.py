"""`floe run --retry-failed`: what the journal says was left, and nothing else; and selectors that can't be served."""

from __future__ import annotations

from floe_sdk.runtime.recovery import state


def ran(product):
    return {
        each["job"]["name"].split(".")[-1] for each in product.lineage()[product.seen :] if each["eventType"] == "START"
    }


def test_what_failed_or_was_skipped_is_run_again_and_nothing_else(product):
    product.seen = 0
    totals = product.root / "models" / "totals.sql"
    right = totals.read_text()
    assert product.run("--retry-failed") == 2
    assert "FLOE-R006" in product.err
    totals.write_text(right.replace("select", "select no_such_column,", 1))
    assert product.run("--full-refresh") == 1
    entry = product.journal()[-1]
    assert any(each.endswith(".totals") for each in entry["unfinished"])
    totals.write_text(right)
    product.seen = len(product.lineage())
    assert product.run("--retry-failed") == 0
    again = ran(product)
    assert "totals" in again
    assert "orders" not in again
    assert product.journal()[-1]["unfinished"] == []
    assert product.journal()[-1]["full_refresh"] is True
    product.seen = len(product.lineage())
    assert product.run("--retry-failed") == 0
    assert "totals" not in ran(product)


def test_selectors_that_need_an_earlier_dbt_run_are_refused_by_name(product):
    assert product.run("--select", "state:modified+") == 2
    assert "FLOE-T007" in product.err
    assert "`state:` needs files of an earlier dbt run" in product.err
    assert not [each for each in product.lineage() if each["job"]["name"].endswith("orders")]


def test_a_run_that_died_is_the_last_one_whatever_number_its_process_had(tmp_path):
    """In a container every run may be process 1."""
    ended = state.begin(tmp_path, "1", "shop", "dev", "shop", variables={})
    state.end(tmp_path, ended, "failed", ("model.shop.a",))
    state.begin(tmp_path, "2", "shop", "dev", "shop", variables={})  # and died
    assert state.last_run(tmp_path, "dev").run_id == "2"
    assert state.last_run(tmp_path, "dev", but="2").run_id == "1"
