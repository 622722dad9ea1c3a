"""A run that Dagster has made is told as one of `floe run` is."""

from __future__ import annotations

from support.alerts import Chat
from support.dagster_shop import MANIFEST, Shop

ALERT = "  alert: {type: webhook, config: {url: {env: CHAT_URL}}}\n"
BROKEN = "select *, error('no ' || id) as x from {{ ref('stg_orders') }}"


def test_a_failed_run_is_told_once_with_the_command_that_shows_it(tmp_path, monkeypatch):
    manifest = MANIFEST.replace("observability:\n", f"{ALERT}observability:\n", 1)
    with Chat() as chat:
        monkeypatch.setenv("CHAT_URL", chat.url)
        shop = Shop(tmp_path / "lake", manifest=manifest)
        shop.write("models/orders.sql", BROKEN)
        shop.compile()
        result = shop.materialize()
        assert not result.success
        (text,) = chat.texts
    lines = text.splitlines()
    assert lines[0].startswith("shop failed in dev after ")
    assert "1 of " in lines[0]
    assert lines[1].startswith("- orders: Runtime Error in model orders")
    assert lines[-1].startswith("floe runs show ")
