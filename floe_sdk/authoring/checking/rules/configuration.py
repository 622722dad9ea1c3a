"""The configuration model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from floe_sdk.authoring.checking.rule import Finding, Level, Stage, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.authoring.checking.evidence import Evidence

_SECRET = re.compile(
    r"(^|.*_)(password|passwd|passphrase|token|secret|credentials?|"
    r"(api|access|secret|private|account|storage|master|signing|encryption|shared|auth)_?key)",
    re.IGNORECASE,
)
"""Names of what must not stand in a file in the clear."""


@rule(
    "secrets",
    Level.BRONZE,
    "A key that is called password, token, secret or the like is typed `Secret`, and nothing else.",
    fix="type it `Secret` (or `Secret | None`): floe then refuses a literal, and takes the value out of every text",
    stage=Stage.IMPORT,
)
def secrets(evidence: Evidence) -> Iterator[Finding]:
    """By names and types; one that is a number or a switch holds no secret."""
    for probe in evidence.probes:
        for key in probe.keys:
            types = set(re.findall(r"\w+", key["type"]))
            named = _SECRET.fullmatch(key["key"].rpartition(".")[2])
            if named and types & {"str", "SecretStr", "Any", "bytes"}:
                yield Finding(f"the key {key['key']} is typed {key['type']}", plugin=probe.record.identity)
