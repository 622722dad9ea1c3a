"""The page docs/plugins/levels.md: every rule of `floe plugins check`, by level."""

from __future__ import annotations

from floe_sdk.authoring.checking import rules as _rules  # noqa: F401 - importing it declares the rules
from floe_sdk.authoring.checking.probe import HEAVY
from floe_sdk.authoring.checking.rule import RULES, Level, Rule, Stage

_STAGES = {
    Stage.STATIC: "files",
    Stage.IMPORT: "import",
    Stage.SUITE: "suite",
}


def levels_page() -> str:
    """Its text."""
    parts = [_INTRODUCTION]
    for level in Level:
        rows = [_row(one) for one in RULES.values() if one.level is level]
        parts.append(f"\n## {level.value.title()}\n\n{level.meaning}\n\n{_HEAD}" + "\n".join(rows) + "\n")
    parts.append(_HEAVY.format(names=", ".join(f"`{name}`" for name in HEAVY)))
    return "".join(parts)


def _row(rule: Rule) -> str:
    refused = _REFUSED if rule.loads else ""
    return f"| `{rule.id}` | {_STAGES[rule.stage]} | {_cell(rule.sentence)}{refused} | {_cell(rule.fix)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


_HEAD = "| rule | from | holds when | what to do |\n|---|---|---|---|\n"
_REFUSED = " *"
_INTRODUCTION = """# Levels

`floe plugins check` holds a plugin against rules that a machine checks. A level is reached when all its rules hold, and
those of the levels before it. A rule that has nothing to look at (a command has no contract) stands in no level's way.

```bash
floe plugins check .                       # the folder of a pyproject.toml, installed or not
floe plugins check storage/s3 --level gold # an installed plugin
```

What can be read from the files comes first, and imports nothing. Then the plugin is imported, in processes of its own
with a deadline (`FLOE_IMPORT_TIMEOUT`). The contract suite is last: the classes in `tests/` that inherit a contract of
`floe_sdk.testing`. An installed plugin brings no tests: `--tests` names them. Without, its contract runs by itself
where a configuration is enough for that: the defaults, or the keys in the file of `--config`.

Exit code 0: the level that `--level` asks for (bronze by default) is reached. 1: it is not. 4: floe would refuse the
plugin, by a rule marked *. 2: there is no plugin to check. 3: `FLOE_PLUGINS_ALLOW` leaves it out. `--json` is for
machines. `--badge` writes the level as `floe-plugin.svg`, and prints the line for a README. `--no-suite` is quick, and
can't say whether the plugin works.
"""
_HEAVY = "\nHeavy libraries, for `import-light`: {names}.\n"
