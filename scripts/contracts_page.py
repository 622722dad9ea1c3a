"""The page `docs/plugins/contracts.md`: each test of each suite, what it holds, and the twin that fails it."""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parent.parent
_INTRODUCTION = """\
# What plugins promise

A contract is a class of tests. Inherit the one of your plugin's type, and that is the whole test file:

```python
import pytest

from floe_sdk.testing import StorageContract


class TestAzureLike(StorageContract):
    plugin = "azure-like"  # as it is installed; or the class

    @pytest.fixture
    def config(self, tmp_path):
        return {"path": str(tmp_path)}  # as in manifest.yaml, under `config:`
```

`pip install "floe-sdk[testing]"` brings what the suites need. They load the plugin as floe does: by its entry point,
through the host, with a configuration and secrets. What an author may give:

| name | what it is | default |
|---|---|---|
| `plugin` | the name of the installed plugin, or its class | *required* |
| `config` | fixture: the configuration, of a system that is there | `{}` |
| `unreachable` | fixture: a configuration whose system is not there | made of `config`, see below |
| `silent` | fixture: one whose system takes the connection and never answers | made of `config`, see below |
| `context` | fixture: the `PluginContext` | folders of the test |
| `not_supported` | what the plugin does not do: `{feature: reason}` | `{}` |
| `import_seconds` | processor time that its import may take | 1 |
| `slack_seconds` | how late an answer may be on a busy machine | 1 |

`unreachable` and `silent` are made of `config` where that has a URL in `endpoint`, `url`, `uri`, `address` or `server`,
or a `host` beside a `port`: the same with an address where nothing listens, and with one that never answers. A plugin
with none of these, and a `path`, `folder`, `directory`, `file` or `root`, gets a path below a file as `unreachable`.
Where neither can be made, give the fixture: without `unreachable` its tests fail, without `silent` they are skipped.
`pytest -ra`, which a new plugin's `pyproject.toml` sets, prints why each test was skipped.

Secrets in `config` are *planted*: give each a value (`monkeypatch.setenv("KEY", "planted-...")`, and `{"env": "KEY"}`
in `config`), and the suite looks for it in every message, log, pickle and error.

**Named gaps.** A plugin that lacks an optional hook, or can't be tested with something, says so and why:
`not_supported = {"health": "the vendor has no call for it"}`. The tests of that feature are skipped, and pytest lists
the gaps and reasons at its end. A gap without a reason, of an unknown feature, or of a hook that is implemented after
all, is an error. The plugin's class may have the attribute `not_supported` itself.

**Every test is proven.** For each there is a *twin*: a good plugin with one thing changed, which fails that test and
no other. They are in `tests/contracts` of floe's sources; the tables name them.
"""


def page() -> str:
    """The text of the page."""
    sys.path.insert(0, str(ROOT / "tests"))
    from contracts.proving import KINDS, SUITES, twins

    proved = {kind: twins(kind) for kind in KINDS}
    parts = [_INTRODUCTION]
    base = import_module("floe_sdk.testing").PluginContract
    parts.append(_section("Every type", base, base.features, _tests(base), proved["storage"]))
    for kind in KINDS:
        suite = SUITES[kind]
        own = {name: test for name, test in _tests(suite).items() if name not in _tests(base)}
        features = [name for name in suite.features if name not in base.features]
        parts.append(_section(f"`{suite.__name__}`", suite, features, own, proved[kind]))
    return "\n".join(parts)


def _tests(suite: type) -> dict[str, Any]:
    found = {name: getattr(suite, name) for name in dir(suite) if name.startswith("test_")}
    return dict(sorted(found.items(), key=lambda item: (item[1].__module__, item[1].__code__.co_firstlineno)))


def _section(
    title: str, suite: type, features: Iterable[str], tests: dict[str, Any], twins: dict[str, tuple[str, str]]
) -> str:
    named = ", ".join(f"`{name}`" for name in features)
    about = [" ".join((inspect.getdoc(suite) or "").split())]
    about += [f"Features that may be named as gaps: {named}."] if named else []
    rows = []
    for name, test in tests.items():
        twin, wrong = twins.get(name, ("", ""))
        rows.append(f"| `{name}` | {_cell(inspect.getdoc(test) or '')} | `{twin}`: {_cell(wrong)} |")
    table = "\n".join(["| test | what it holds | the twin that fails it |", "|---|---|---|", *rows])
    return "\n\n".join([f"\n## {title}", *about, f"{table}\n"])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
