"""The contract of a transform plugin: the graph of a project, the same everywhere, and running its nodes."""

from __future__ import annotations

from floe_sdk.testing.contracts.transform_graph import GraphTests
from floe_sdk.testing.contracts.transform_runs import RunTests


class TransformContract(GraphTests, RunTests):
    """Inherit it, name the plugin, and say what a project of the engine looks like: `write`, `write_broken`.

    `write(folder, models)` writes a whole project, in the place of one that is there. Each `Model` is a table in the
    product's namespace with the column `n`, of `rows` rows and one more for each row of what it `reads`; where it
    `fails`, the engine must find that out when it runs the node. `write_broken(folder)` writes a project that can't be
    read, and `write_refused(folder)` one that uses what the engine has and floe can't serve; both return a word that
    the error has to hold. `compute` names an installed plugin whose profile the engine needs. `selects(name)` is how
    the engine selects one node; `guarded(profile, value)` puts a secret into the profile. Features: `compile` and
    `files` (the optional hooks), `refusing`.
    """
