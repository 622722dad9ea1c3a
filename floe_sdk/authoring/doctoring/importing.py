"""Why a plugin that is there does not load: the import, in a child process."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from floe_sdk.authoring.children import python
from floe_sdk.authoring.doctoring.fault import Fault
from floe_sdk.errors.plugins import PLUGIN_IMPORT, import_failed, import_hangs
from floe_sdk.plugins.discovery import normalized
from floe_sdk.plugins.loading import import_timeout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.plugins.discovery import PluginRecord

_MISSING = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")


def import_faults(record: PluginRecord) -> Iterator[Fault]:
    """What the host would say, with what mends it."""
    timeout = import_timeout()
    question = json.dumps({"record": record, "names": []})
    ended = python(["-m", "floe_sdk.authoring.checking.probe", question], timeout)
    key = normalized(record.distribution)
    if ended.code is None:
        error = import_hangs(record, timeout)
        yield Fault("import", key, record.identity, error.problem, error.fix or "", 4)
        return
    if ended.answer is None:
        error = import_failed(record, f"its import ended the process (exit code {ended.code})")
        yield Fault("import", key, record.identity, error.problem, error.fix or "", 4)
        return
    for code, problem in ended.answer["problems"]:
        kind = "import" if code == PLUGIN_IMPORT.id else "contract"
        yield Fault(kind, key, record.identity, problem, _fix(record, problem), 4)


def _fix(record: PluginRecord, problem: str) -> str:
    top = record.target.partition(":")[0].partition(".")[0].strip()
    missing = _MISSING.search(problem)
    if missing and missing[1].partition(".")[0] != top:
        module = missing[1].partition(".")[0]
        return (
            f"pip install --upgrade {record.distribution}, which installs what it requires; if {module} is not among "
            f"that, install what provides it, and tell the author to add it to `dependencies`"
        )
    if missing:
        return f"pip install --force-reinstall --no-deps {record.distribution}"
    return f"pip install --upgrade {record.distribution}, else tell its author: `floe plugins check {record.identity}`"
