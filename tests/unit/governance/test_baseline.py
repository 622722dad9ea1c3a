"""Baselines: what is known stays known while texts and levels change, and nothing else is."""

from __future__ import annotations

import pytest

from floe_sdk import Finding, FindingLevel
from floe_sdk.errors import FloeError
from floe_sdk.governance.baseline import baseline_of, baseline_text, read_baseline
from floe_sdk.schemas.enforcement import Enforcement


def finding(rule="naming", subject="model.shop.a", level=FindingLevel.ERROR, **fields):
    return Finding(rule=rule, level=level, subject=subject, message=fields.pop("message", "wrong"), **fields)


def enforcement(*findings, level="strict"):
    return Enforcement(level=level, findings=findings)


def known(baseline, *findings):
    return [each.known for each in baseline.apply(enforcement(*findings)).findings]


def test_a_finding_is_known_by_rule_subject_and_column():
    baseline = baseline_of(enforcement(finding(column="id")))
    assert known(baseline, finding(column="id", message="other words", level=FindingLevel.WARNING)) == [True]
    assert known(baseline, finding()) == [False]
    assert known(baseline, finding(column="name")) == [False]
    assert known(baseline, finding("pii", column="id")) == [False]
    assert known(baseline, finding(subject="model.shop.b", column="id")) == [False]


def test_one_more_of_the_same_identity_is_new():
    baseline = baseline_of(enforcement(finding(), finding(message="also")))
    assert known(baseline, finding(), finding(), finding()) == [True, True, False]


def test_only_new_errors_fail():
    baseline = baseline_of(enforcement(finding()))
    judged = baseline.apply(enforcement(finding()))
    assert judged.passed
    assert judged.counts == {"error": 0, "warning": 0, "unmeasured": 0, "waived": 0, "known": 1}
    assert not baseline.apply(enforcement(finding(), finding(subject="model.shop.new"))).passed


def test_what_a_waiver_covers_is_the_waivers_business():
    waived = finding(waived="until spring")
    assert baseline_of(enforcement(waived)).known == {}
    baseline = baseline_of(enforcement(finding()))
    assert known(baseline, waived, finding()) == [False, True]


def test_findings_that_are_gone_are_counted():
    baseline = baseline_of(enforcement(finding(), finding(subject="model.shop.b")))
    assert baseline.gone(enforcement(finding())) == 1
    assert baseline.gone(enforcement(finding(), finding(subject="model.shop.b"))) == 0


def test_the_file_is_sorted_and_says_the_same_again(tmp_path):
    some = [finding(), finding("naming", "model.shop.ä", column="x"), finding(), finding("alpha", "z")]
    baseline = baseline_of(enforcement(*some))
    text = baseline_text(baseline)
    assert text == baseline_text(baseline_of(enforcement(*reversed(some))))
    path = tmp_path / "baseline.json"
    path.write_text(text, encoding="utf-8")
    assert read_baseline(path).known == baseline.known
    assert baseline_text(read_baseline(path)) == text
    assert [line.strip() for line in text.splitlines()[3:6]] == [
        '{"rule": "alpha", "subject": "z"},',
        '{"rule": "naming", "subject": "model.shop.a", "count": 2},',
        '{"rule": "naming", "subject": "model.shop.ä", "column": "x"}',
    ]
    assert baseline_text(baseline_of(enforcement())) == '{\n  "version": 1,\n  "findings": []\n}\n'


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 2, "findings": []}', '{"version": 1, "findings": [{"rule": "a"}]}',
     '{"version": 1, "findings": [{"rule": "a", "subject": "b", "count": 0}]}'],
)  # fmt: skip
def test_something_else_is_no_baseline(tmp_path, text):
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(FloeError, match="FLOE-G003"):
        read_baseline(path)


def test_a_baseline_that_is_not_there(tmp_path):
    with pytest.raises(FloeError, match="--write-baseline") as caught:
        read_baseline(tmp_path / "none.json")
    assert caught.value.exit_code == 2
