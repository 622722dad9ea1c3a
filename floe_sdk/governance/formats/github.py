"""Annotations of GitHub Actions: a workflow command each, printed to the job's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.schemas.enforcement import FindingLevel

if TYPE_CHECKING:
    from floe_sdk.governance.formats.report import Item, Report

_COMMANDS = {FindingLevel.ERROR: "error", FindingLevel.WARNING: "warning", FindingLevel.UNMEASURED: "notice"}


def github(report: Report) -> str:
    """A line for each finding that neither a waiver nor the baseline silences."""
    return "".join(f"{_annotation(item)}\n" for item in report.items if not item.silenced)


def _annotation(item: Item) -> str:
    properties = {"title": f"{item.rule}: {item.subject}"}
    if item.file is not None:
        place = {"file": item.file, "line": str(item.line)} | ({"col": str(item.column)} if item.column else {})
        properties = {**place, **properties}
    joined = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[item.level]} {joined}::{_data(item.text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
