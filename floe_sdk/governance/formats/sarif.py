"""SARIF 2.1.0, which GitHub's code scanning, GitLab, Azure DevOps and editors read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from floe_sdk.schemas.enforcement import FindingLevel

if TYPE_CHECKING:
    from floe_sdk.governance.formats.report import Item, Report
    from floe_sdk.governance.texts import RuleText

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
"""The base of every path: the repository's root, wherever it is checked out."""

_STAYS = (
    "Each finding names what it found and what to do. One that has to stay for a while takes a waiver with a reason "
    "and an expiry (`governance: waivers`), or goes into the baseline (`floe compile --write-baseline FILE`)."
)
"""After a rule's own help: GitHub shows nothing else of a rule, and there is no page to link to."""

_LEVELS = {FindingLevel.ERROR: "error", FindingLevel.WARNING: "warning"}


def sarif(report: Report, *, silenced: bool = False) -> str:
    """One log with one run; no time and no path of this machine in it, so that equal findings give equal bytes.

    What is waived or known is left out unless `silenced`: GitHub's code scanning knows neither `suppressions` nor
    `baselineState`, and would show it as open.
    """
    index = {rule.name: number for number, rule in enumerate(report.rules)}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "floe",
                "semanticVersion": report.version,
                "rules": [_rule(rule) for rule in report.rules],
            }
        },
        "invocations": [{"executionSuccessful": not any(item.error for item in report.items)}],
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(item, index[item.rule], baseline=report.baseline)
            for item in report.items
            if silenced or not item.silenced
        ],
        "properties": {"product": report.product, "environment": report.environment},
    }
    category = "/".join(part for part in ("floe", report.product, report.environment) if part)
    run["automationDetails"] = {"id": f"{category}/"}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: RuleText) -> dict[str, Any]:
    return {
        "id": rule.name,
        "name": "".join(word.capitalize() for word in rule.name.replace("_", "-").split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.help},
        "help": {"text": rule.help, "markdown": f"{rule.help}\n\n{_STAYS}"},
    }


def _result(item: Item, index: int, *, baseline: bool) -> dict[str, Any]:
    # "open": the rule ran, and there was not enough to decide; such a result has no level.
    kind = {"kind": "open", "level": "none"} if item.level is FindingLevel.UNMEASURED else {"kind": "fail"}
    result: dict[str, Any] = {
        "ruleId": item.rule,
        "ruleIndex": index,
        "level": _LEVELS.get(item.level, "none"),
        **kind,
        "message": {"text": item.text},
        "locations": [_location(item)],
        "partialFingerprints": {"floeFinding/v1": item.fingerprint},
    }
    if item.waived is not None:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": item.waived}]
    if baseline:
        result["baselineState"] = "unchanged" if item.known else "new"
    return result


def _location(item: Item) -> dict[str, Any]:
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": item.subject}]}
    if item.file is not None:
        region = {"startLine": item.line} | ({"startColumn": item.column} if item.column else {})
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(item.file), "uriBaseId": ROOT},
            "region": region,
        }
    return location
