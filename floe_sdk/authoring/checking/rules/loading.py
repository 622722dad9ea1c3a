"""What an import in a child process shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.authoring.checking.rule import Finding, Level, NotApplicable, Stage, rule
from floe_sdk.errors.plugins import PLUGIN_HOOKS, PLUGIN_IMPORT, PLUGIN_INVALID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.authoring.checking.evidence import Evidence
    from floe_sdk.errors import ErrorCode

SLOW = 2.0
"""Processor seconds that an import may add before it is too slow for silver."""


def _refused(evidence: Evidence, code: ErrorCode) -> Iterator[Finding]:
    for probe in evidence.probes:
        for found, problem in probe.problems:
            if found == code.id:
                yield Finding(problem, plugin=probe.record.identity)


@rule(
    "import",
    Level.BRONZE,
    "It can be imported, within FLOE_IMPORT_TIMEOUT, without ending the process.",
    fix="do nothing at import but define; name what it imports in `dependencies`, and install that",
    stage=Stage.IMPORT,
    loads=True,
)
def importable(evidence: Evidence) -> Iterator[Finding]:
    """As the host imports it."""
    return _refused(evidence, PLUGIN_IMPORT)


@rule(
    "constructor",
    Level.BRONZE,
    "It is a class whose constructor takes `config: <a PluginConfig>` and `context: PluginContext`, or less.",
    fix="annotate `config` with your subclass of PluginConfig, and ask for nothing else",
    stage=Stage.IMPORT,
    loads=True,
)
def constructor(evidence: Evidence) -> Iterator[Finding]:
    """As the host builds it."""
    return _refused(evidence, PLUGIN_INVALID)


@rule(
    "hooks",
    Level.BRONZE,
    "The hooks are those of its type, with the arguments of the contract, and the required ones are there.",
    fix="compare with the page of the hooks: names and arguments are exactly those of the contract",
    stage=Stage.IMPORT,
    loads=True,
)
def hooks(evidence: Evidence) -> Iterator[Finding]:
    """As the host registers it."""
    return _refused(evidence, PLUGIN_HOOKS)


@rule(
    "import-time",
    Level.SILVER,
    f"Importing it takes less than {SLOW:g} seconds of processor time more than floe_sdk itself.",
    fix="import heavy libraries inside the functions that use them",
    stage=Stage.IMPORT,
)
def import_time(evidence: Evidence) -> Iterator[Finding]:
    """The least of several runs."""
    for probe in evidence.probes:
        if probe.seconds >= SLOW:
            heavy = f" ({', '.join(probe.heavy)})" if probe.heavy else ""
            yield Finding(f"its import takes {probe.seconds:.1f} s{heavy}", plugin=probe.record.identity)


@rule(
    "import-light",
    Level.GOLD,
    "Importing it imports no heavy library, and costs no more than floe_sdk itself.",
    fix="import heavy libraries inside the functions that use them: `floe validate` and `compile` import every plugin",
    stage=Stage.IMPORT,
)
def import_light(evidence: Evidence) -> Iterator[Finding]:
    """By what is in `sys.modules` afterwards, and by processor time."""
    for probe in evidence.probes:
        if probe.heavy:
            yield Finding(f"its import brings {', '.join(probe.heavy)}", plugin=probe.record.identity)
        elif probe.seconds > probe.base:
            problem = f"its import takes {probe.seconds:.2f} s, floe_sdk itself {probe.base:.2f} s"
            yield Finding(problem, plugin=probe.record.identity)


@rule(
    "annotated-hooks",
    Level.GOLD,
    "Each hook is annotated: arguments and result.",
    fix="annotate it as the contract does, for who reads it and for `mypy --strict`, which checks its body by that",
    stage=Stage.IMPORT,
)
def annotated(evidence: Evidence) -> Iterator[Finding]:
    """By the signatures."""
    if not any(probe.hooks for probe in evidence.probes):
        raise NotApplicable("it has no hooks")
    for probe in evidence.probes:
        for hook in probe.untyped:
            yield Finding(f"{hook} is not annotated", plugin=probe.record.identity)
