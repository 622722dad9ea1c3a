"""Ask child processes what the import of a plugin shows; ours imports none of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from floe_sdk.authoring.checking.evidence import Probe
from floe_sdk.authoring.checking.imports import imported
from floe_sdk.authoring.children import python
from floe_sdk.errors.plugins import PLUGIN_IMPORT, import_failed, import_hangs
from floe_sdk.plugins.loading import import_timeout

if TYPE_CHECKING:
    from pathlib import Path

    from floe_sdk.authoring.checking.evidence import Subject
    from floe_sdk.plugins.discovery import PluginRecord

RUNS = 3
"""How often an import is measured; the least counts."""


def probe(subject: Subject, record: PluginRecord, path: list[Path]) -> Probe:
    """Import one plugin of the distribution; never raises for its sake."""
    found = {one.name for source in subject.code for one in imported(source.tree, source.module) if _public(one.module)}
    question = json.dumps({"record": record, "names": sorted(name for name in found if name and name != "*")})
    answers: list[dict[str, Any]] = []
    while len(answers) < RUNS:
        timeout = import_timeout()
        ended = python(["-m", "floe_sdk.authoring.checking.probe", question], timeout, path=path)
        if ended.code is None:
            return Probe(record, [(PLUGIN_IMPORT.id, import_hangs(record, timeout).problem)])
        if ended.answer is None:
            error = import_failed(record, f"its import ended the process (exit code {ended.code})")
            return Probe(record, [(PLUGIN_IMPORT.id, error.problem)])
        answers.append(ended.answer)
        if ended.answer["problems"]:
            break
    least = {key: min(one[key] for one in answers) for key in ("base", "seconds") if key in answers[0]}
    return Probe(record, **{**answers[0], **least})


def _public(module: str) -> bool:
    return module == "floe_sdk"
