"""A plan of many nodes: what changed is shown, what follows is cut short."""

from __future__ import annotations

from floe_sdk.cli.plan import plan_lines
from floe_sdk.runtime.plan.model import Action, NodeChange, Plan


def node(name, action, **more):
    return NodeChange(f"model.p.{name}", name, "table", f"p.{name}", action, **more)


PLAN = Plan(
    "p",
    "dev",
    "the last runs",
    nodes=(
        node("first", Action.CHANGED, sql=("-a", "+b")),
        *(node(f"down_{number}", Action.DOWNSTREAM, because=("first",)) for number in range(30)),
        *(node(f"changed_{number}", Action.CHANGED, sql=("-a", "+b")) for number in range(25)),
    ),
)


def test_what_changed_comes_first_and_whole_and_what_follows_is_cut_short():
    lines = list(plan_lines(PLAN, everything=False))
    assert sum(line.startswith("~ changed") for line in lines) == 26
    assert [line for line in lines if line.startswith(">")][-1] == "> downstream     10 more; --all lists them"
    assert sum("table down_" in line for line in lines) == 20
    assert lines.index("~ changed        table changed_24 (SQL)") < lines.index(
        "> downstream     table down_0 <- first"
    )


def test_all_of_it_on_request():
    lines = list(plan_lines(PLAN, everything=True))
    assert sum("table down_" in line for line in lines) == 30
    assert not any("more" in line for line in lines)
