"""What is written for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from floe_sdk.authoring.checking.rule import Finding, Level, NotApplicable, Stage, rule
from floe_sdk.plugins.discovery import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.authoring.checking.evidence import Evidence

_WORDS = 30


@rule(
    "readme",
    Level.SILVER,
    "A README is shipped, and names each plugin as a manifest does.",
    fix='write README.md (what it is for, the lines of a manifest, the keys), and `readme = "README.md"` in [project]',
)
def readme(evidence: Evidence) -> Iterator[Finding]:
    """Long enough to say something; that of floe-sdk is not about single plugins."""
    text = evidence.metadata.readme
    if not text.strip():
        yield Finding("no README is shipped")
    elif len(text.split()) < _WORDS:
        yield Finding(f"the README has fewer than {_WORDS} words")
    elif not evidence.subject.own:
        everything = "\n".join([text, *evidence.subject.documents])
        for record in evidence.subject.plugins:
            if not re.search(rf"(?<![\w-]){re.escape(record.name)}(?![\w-])", everything):
                yield Finding(f"the README does not name {record.name!r}", plugin=record.identity)


@rule(
    "documented-keys",
    Level.SILVER,
    "The README (or docs/) tells of each key of the configuration.",
    fix="add the key to the README, with what it means and its default",
    stage=Stage.IMPORT,
)
def documented_keys(evidence: Evidence) -> Iterator[Finding]:
    """By the key's name as a word, in code."""
    if evidence.subject.own and evidence.subject.project is None:
        raise NotApplicable("floe's own documentation is not shipped")
    everything = "\n".join([evidence.metadata.readme, *evidence.subject.documents])
    code = re.findall(r"```.*?```|`[^`\n]+`", everything, re.DOTALL)
    words = set(re.findall(r"\w+", " ".join(code)))
    for probe in evidence.probes:
        for key in probe.keys:
            if key["key"].rpartition(".")[2] not in words:
                yield Finding(f"the README does not tell of the key {key['key']}", plugin=probe.record.identity)


@rule(
    "described-keys",
    Level.SILVER,
    "Each key of the configuration has a description; `floe plugins show` and editors print it.",
    fix="write `Field(description=...)`",
    stage=Stage.IMPORT,
)
def described_keys(evidence: Evidence) -> Iterator[Finding]:
    """Of the configuration model and the models in it."""
    for probe in evidence.probes:
        for key in probe.keys:
            if not key["description"].strip():
                yield Finding(f"the key {key['key']} has no description", plugin=probe.record.identity)


@rule(
    "docstring",
    Level.GOLD,
    "The class says in its docstring what it is; `floe plugins show` prints it.",
    fix="write a docstring of one line for the class",
    stage=Stage.IMPORT,
)
def docstring(evidence: Evidence) -> Iterator[Finding]:
    """Of the class itself, or a command's help."""
    for probe in evidence.probes:
        if not probe.summary:
            what = "command has no help" if probe.record.type == COMMAND else "class has no docstring"
            yield Finding(f"the {what}", plugin=probe.record.identity)
