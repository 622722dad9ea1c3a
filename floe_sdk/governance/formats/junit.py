"""JUnit XML, which Jenkins, GitLab and most CI servers show as test results: a suite each rule, a case each finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from floe_sdk.schemas.enforcement import FindingLevel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk.governance.formats.report import Item, Report

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """Errors are failures; what is waived, known or unmeasured is skipped, with the reason; warnings pass with a note.

    A rule that ran and found nothing is one case that passes.
    """
    suites = [
        _suite(report, rule.name, [each for each in report.items if each.rule == rule.name]) for rule in report.rules
    ]
    totals = {key: str(sum(int(suite.get(key, "0")) for suite in suites)) for key in ("tests", "failures", "errors")}
    root = ET.Element("testsuites", {"name": _clean(f"floe {report.product}"), **totals})
    root.extend(suites)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(report: Report, rule: str, items: Sequence[Item]) -> ET.Element:
    cases = [_case(report, item) for item in items]
    if not cases:
        cases = [ET.Element("testcase", {"name": _clean(report.product), "classname": _class(report, rule)})]
    counted = {
        "tests": len(cases),
        "failures": _count(cases, "failure"),
        "errors": _count(cases, "error"),
        "skipped": _count(cases, "skipped"),
    }
    suite = ET.Element("testsuite", {"name": _clean(rule), **{key: str(value) for key, value in counted.items()}})
    suite.extend(cases)
    return suite


def _case(report: Report, item: Item) -> ET.Element:
    case = ET.Element("testcase", {"name": _clean(item.subject), "classname": _class(report, item.rule)})
    place = f"{item.file}:{item.line}: " if item.file else ""
    text = _clean(f"{place}{item.text}")
    if item.waived is not None:
        ET.SubElement(case, "skipped", {"message": _clean(f"waived: {item.waived}")}).text = text
    elif item.known:
        ET.SubElement(case, "skipped", {"message": "known: the baseline has it"}).text = text
    elif item.level is FindingLevel.UNMEASURED:
        ET.SubElement(case, "skipped", {"message": "unmeasured"}).text = text
    elif item.level is FindingLevel.WARNING:
        ET.SubElement(case, "system-out").text = text
    else:
        tag = "error" if item.error else "failure"
        ET.SubElement(case, tag, {"type": _clean(item.rule), "message": _clean(item.message)}).text = text
    return case


def _count(cases: Sequence[ET.Element], tag: str) -> int:
    return sum(1 for case in cases if case.find(tag) is not None)


def _class(report: Report, rule: str) -> str:
    return _clean(f"{report.product}.{rule}")


def _clean(text: str) -> str:
    """Without the characters that no XML document can hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
