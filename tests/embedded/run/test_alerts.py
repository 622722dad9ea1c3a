"""People are told how a run ended; what a chat does to that changes nothing of the run."""

from __future__ import annotations

import re
import socket
import subprocess

import pytest
from support.alerts import BAD, ENGINE, GOOD, PATH, PLUGINS, Alerting, Chat
from support.packages import Site

from floe_sdk.testing import Answer, Calls, Cut, Slow, redirect

RUN = re.compile(r"run ([0-9a-f-]{36}) (failed|was interrupted|succeeded)")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    site.install("ends-engine", ENGINE, plugins=PLUGINS)
    return site


@pytest.fixture
def shop(tmp_path, site):
    return Alerting(tmp_path / "lake", site)


@pytest.fixture
def chat():
    with Chat() as chat:
        yield chat


def warnings(output):
    lines = [line for line in output.splitlines() if "alert" in line.lower() or "webhook" in line.lower()]
    assert len(lines) <= 1, output
    return lines[0] if lines else ""


def test_a_failed_run_is_told_in_words(shop, chat):
    output, _ = shop.set_up(BAD, environments={"prod": None}).run(chat.url, "--env", "prod")
    run_id = RUN.search(output)[1]
    (text,) = chat.texts
    assert text.splitlines() == [
        "shop failed in prod after 0 s: 1 of 3 nodes failed, 1 skipped",
        "- totals: Database Error in model totals (models/totals.sql): no such column: amount",
        f"floe runs show {run_id}",
    ]
    assert warnings(output) == ""
    (request,) = chat.requests
    assert (request.target, request.headers["Content-Type"]) == (PATH, "application/json")


def test_the_command_in_the_text_shows_the_run(shop, chat):
    shop.set_up(BAD).run(chat.url)
    out, _ = shop.floe(*chat.texts[0].splitlines()[-1].split()[1:])
    assert "no such column: amount" in out


def test_an_engine_that_goes_down_is_told_with_its_reason(shop, chat):
    shop.set_up([*GOOD, {"name": "totals", "status": "raises"}]).run(chat.url)
    assert "- totals: RuntimeError: the engine is gone" in chat.texts[0]


def test_an_interrupted_run_is_told(shop, chat):
    shop.set_up([*GOOD, {"name": "totals", "status": "interrupted"}]).run(chat.url, code=130)
    assert chat.texts[0].startswith("shop was interrupted in dev after ")


def test_a_success_is_not_told_unless_it_is_asked_for(shop, chat):
    shop.set_up(GOOD).run(chat.url, code=0)
    assert chat.requests == []
    shop.set_up(GOOD, on=["succeeded"]).run(chat.url, code=0)
    assert chat.texts[0].startswith("shop succeeded in dev after 0 s\n")


def test_the_first_success_after_a_failure_is_a_recovery_and_the_second_is_none(shop, chat):
    shop.set_up(BAD, on=["recovered"]).run(chat.url)
    shop.set_up(GOOD, on=["recovered"]).run(chat.url, code=0)
    shop.run(chat.url, code=0)
    (text,) = chat.texts
    assert text.startswith("shop succeeded again in dev")


def test_a_secret_in_an_error_is_masked_and_the_rest_can_be_left_out(shop, chat):
    leaky = [{"name": "totals", "status": "error", "message": "no login with $SHOP_PASSWORD"}]
    shop.set_up(leaky, others=[]).run(chat.url, SHOP_PASSWORD=chat.url)
    assert "no login with ***" in chat.texts[0]
    shop.set_up(BAD, reasons=False).run(chat.url)
    assert chat.texts[1].splitlines()[1] == "- totals"


@pytest.mark.parametrize(
    ("form", "where"),
    [
        ("discord", lambda post: post["content"]),
        ("teams", lambda post: "\n".join(each["text"] for each in post["attachments"][0]["content"]["body"])),
        ("json", lambda post: post["text"]),
    ],
)
def test_other_chats_are_posted_to_in_their_form(shop, chat, form, where):
    shop.set_up(BAD, format=form).run(chat.url)
    assert where(chat.posts[0]).startswith("shop failed in dev")


def test_a_receiver_of_ones_own_gets_the_facts(shop, chat):
    output, _ = shop.set_up(BAD, format="json").run(chat.url)
    (post,) = chat.posts
    assert (
        post.items()
        >= {
            "kind": "failed",
            "platform": "lake",
            "product": "shop",
            "environment": "dev",
            "run_id": RUN.search(output)[1],
            "nodes": 3,
            "skipped": 1,
            "failed": [{"id": "model.shop.totals", "name": "totals", "status": "error"}],
        }.items()
    )


POSTS = Calls("POST")


def test_an_overloaded_chat_is_asked_again(shop, chat):
    chat.misbehave(Answer(503), POSTS, times=2)
    output, _ = shop.set_up(BAD).run(chat.url)
    assert (len(chat.posts), warnings(output)) == (3, "")


def test_tries_are_bounded(shop, chat):
    chat.misbehave(Answer(503), POSTS, times=None)
    output, _ = shop.set_up(BAD, retries=1).run(chat.url)
    assert len(chat.posts) == 2
    assert f"alert/webhook told nobody how this run ended: {chat.uri} answers 503" in warnings(output)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Answer(404), "answers 404: there is no such webhook"),
        (Answer(429, headers={"Retry-After": "60"}), "answers 429"),
        (Answer(429, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), "answers 429"),
        (Cut("after"), "the connection was cut before the answer"),
        (redirect("http://127.0.0.1:1/elsewhere", 302), "answers 302"),
    ],
    ids=["gone", "patience", "date", "cut", "redirect"],
)
def test_what_was_not_taken_is_one_warning_and_posted_once(shop, chat, fault, reason):
    chat.misbehave(fault, POSTS, times=None)
    output, _ = shop.set_up(BAD).run(chat.url)
    assert reason in warnings(output)
    assert "a-token-that-is-secret" not in output
    assert len(chat.posts) == 1


def test_a_chat_that_is_away_costs_a_line(shop, chat):
    chat.stop()
    output, _ = shop.set_up(BAD).run(chat.url)
    assert f"{chat.uri}: the connection was refused" in warnings(output)


def test_a_chat_that_hangs_delays_the_end_by_the_deadline_at_most(shop, chat):
    chat.misbehave(Slow(30), POSTS, times=None)
    _, good = shop.set_up(GOOD).run(chat.url, code=0)
    output, seconds = shop.set_up(BAD, timeout=60, flush=1).run(chat.url)
    assert "no answer" in warnings(output)
    assert seconds - good < 10


def test_a_plugin_that_hangs_or_exits_changes_nothing(shop, chat, site):
    site.install(
        "floe-alert-bad",
        """
        import os, sys, time
        from floe_sdk import hookimpl

        class Exits:
            @hookimpl
            def alert_send(self, alert):
                sys.exit(3)

        class Tells:
            @hookimpl
            def alert_send(self, alert):
                raise RuntimeError(f"no access to {os.environ['CHAT_URL']}\\nwith more lines")

        class Hangs:
            @hookimpl
            def alert_kinds(self):
                time.sleep(60)

            @hookimpl
            def alert_send(self, alert):
                pass
        """,
        plugins={"alert/exits": "Exits", "alert/hangs": "Hangs", "alert/tells": "Tells"},
    )
    others = [{"type": "exits"}, {"type": "hangs"}, {"type": "tells"}]
    output, _ = shop.set_up(BAD, others=others, flush=1).run(chat.url)
    assert len(chat.posts) == 1
    assert "alert/exits told nobody how this run ended: 3" in output
    assert "alert/hangs told nobody how this run ended: no answer within 0.9 s" in output
    assert "alert/tells told nobody how this run ended: no access to ***: with more lines" in output


def test_plain_http_to_another_machine_is_refused_unless_it_is_allowed(shop):
    output, _ = shop.set_up(BAD).run("http://chat.invalid/hooks/a-token-that-is-secret")
    assert "plain http to chat.invalid, which is another machine" in warnings(output)
    assert "a-token" not in output
    output, _ = shop.set_up(BAD, allow_insecure_http=True).run("http://chat.invalid/hooks/a-token-that-is-secret")
    assert "the name of the server is not known" in warnings(output)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "chat.example.com/x", "http://127.0.0.1:99999/a", "http://127.0.0.1/a b"]
)
def test_an_address_that_is_none_is_said_without_it(shop, url):
    output, _ = shop.set_up(BAD).run(url)
    assert "alert/webhook told nobody" in warnings(output)
    assert url.removeprefix("file://") not in output


def test_a_literal_address_is_refused(shop, chat):
    shop.set_up(BAD, url=chat.url)
    _, error = shop.floe("run", code=2)
    assert "FLOE-S001" in error
    assert PATH not in error


def test_health_asks_without_posting(shop, chat):
    shop.set_up(GOOD)
    out, _ = shop.floe("health", CHAT_URL=chat.url)
    assert re.search(r"alert/webhook +ok .*answers \(405 to a GET\); nothing was posted", out)
    assert chat.posts == []
    chat.stop()
    out, _ = shop.floe("health", CHAT_URL=chat.url, code=4)
    assert "the connection was refused" in out


def test_a_chat_behind_a_port_that_says_nothing_is_a_fault_of_health(shop):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        shop.set_up(GOOD, timeout=0.5)
        out, _ = shop.floe("health", CHAT_URL=f"http://127.0.0.1:{listening.getsockname()[1]}/x", code=4)
    assert "no answer in time" in out


def test_the_address_stays_out_of_the_artifact_and_of_what_runs_leave(shop, chat):
    shop.set_up(BAD).run(chat.url)
    found = subprocess.run(
        ["grep", "-rl", "a-token-that-is-secret", shop.root], capture_output=True, text=True, check=False
    )
    assert found.stdout == ""
