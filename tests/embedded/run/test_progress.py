"""What `floe run` shows: live lines in a terminal, plain ones elsewhere, events with `--json`; the summary of each."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys

SUMMARY = r"succeeded in \d+\.\d s: 6 OK; 7 rows published, (\d\.\d KB|\d+ B)\n"
SLOWEST = r"slowest: .*\b(orders|regions|totals) \d+\.\d\d s \(\d rows, \d+ B\)"


def in_a_terminal(folder, columns=100):
    """The output of a run whose standard output is a terminal, with its control sequences."""
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "floe_sdk", "run"],
        cwd=folder,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns)},
        stdin=subprocess.DEVNULL,
        stdout=end,
        stderr=end,
    )
    os.close(end)
    parts = []
    try:
        while part := os.read(terminal, 65536):
            parts.append(part)
    except OSError:  # what reading gives when the other end is closed
        pass
    os.close(terminal)
    assert process.wait(timeout=60) == 0
    return b"".join(parts).decode().replace("\r\n", "\n")


def test_in_a_terminal_nodes_are_live_lines_above_how_far_the_run_is(product):
    text = in_a_terminal(product.root)
    assert "compiling" in text
    assert re.search(r"dbt is starting  \d\.\d s", text)
    assert re.search(r"RUN   \w+  \d+\.\d s", text)
    assert re.search(r"\b[1-5]/6  \d+\.\d s", text)
    assert "\x1b[2K" in text  # live lines are wiped
    plain = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]|\r", "", text)
    assert re.search(r"6/6 OK    \w+ \w+", plain)
    assert re.search(SUMMARY, plain)
    assert re.search(SLOWEST, plain)


def test_in_a_narrow_terminal_a_live_line_is_one_line_with_its_time(product):
    text = in_a_terminal(product.root, 30)
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", text))
    live = [line for line in lines if line.startswith("   RUN ")]
    assert any("not_null" in line for line in live)
    assert [line for line in live if not re.fullmatch(r"   RUN   \w+  \d+\.\d s *", line) or len(line) > 30] == []


def test_elsewhere_there_are_plain_lines_and_no_control_sequence(product):
    assert product.run() == 0
    assert "\x1b" not in product.out + product.err
    assert len(re.findall(r"^[1-6]/6 OK ", product.out, re.MULTILINE)) == 6
    assert "compiling" not in product.out
    assert re.search(SUMMARY, product.out)
    assert re.search(SLOWEST, product.out)


def test_events_end_with_what_the_nodes_come_to(product):
    assert product.run("--json") == 0
    events = [json.loads(line) for line in product.out.splitlines()]
    published = [each["published"] for each in events if each.get("published")]
    last = events[-1]
    assert (last["event"], last["counts"], last["rows"]) == ("run_finished", {"success": 6}, 7)
    assert last["bytes"] == sum(each["bytes"] for each in published) > 0
    assert last["seconds"] > 0


def test_a_run_without_a_node_says_why(product):
    assert product.run() == 0
    for options, said in {
        ("--changed",): "nothing to do: no node has changed since its last success\n",
        ("--changed", "--select", "totals"): "nothing to do: no node that `--select totals` matches has changed",
        ("--retry-failed",): "nothing to do: the last run left nothing that failed or was skipped\n",
        ("--select", "total"): "warning: `--select total` matches no node, so nothing is run; "
        "did you mean `--select totals`?\n",
        ("--select", "tag:none", "--exclude", "totals"): "`--select tag:none --exclude totals` matches no node, so "
        "nothing is run; `floe graph` lists the nodes\n",
    }.items():
        assert product.run(*options) == 0
        assert said in product.out, options
        assert re.search(r"succeeded in \d+\.\d s: nothing was run\n", product.out)
