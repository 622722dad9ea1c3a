from datetime import date

import pytest

from floe_sdk import FindingLevel, ResolvedGovernance
from floe_sdk.builtin.policy_builtin import BuiltinPolicy
from floe_sdk.compilation.enforce import enforce
from floe_sdk.errors import FloeError

TODAY = date(2026, 3, 1)


@pytest.fixture
def judge(project):
    project.model("stg_a", columns=["id"])
    project.model("stg_b", columns=["id"])
    project.model("mart", columns=["id"], tests={"id": ["unique"]})

    def judge(today=TODAY, policies=None, **governance):
        settings = {
            "policy_enforcement_level": "strict",
            "quality_gates": {"minimum_test_coverage": 100},
            **governance,
        }
        governance = ResolvedGovernance.model_validate(settings)
        return enforce(project.graph, governance, policies or {"builtin": BuiltinPolicy()}, today=today)

    return judge


def waiver(**fields):
    return {"rule": "test-coverage", "pattern": "stg_a", "reason": "known, ticket 7", "expires": "2026-03-01", **fields}


def by_subject(result):
    return {f.subject.rpartition(".")[2]: (f.level, f.waived) for f in result.findings if f.rule == "test-coverage"}


def test_strict_fails_and_warn_does_not(judge):
    assert not judge().passed
    assert judge().counts == {"error": 2, "warning": 0, "unmeasured": 0, "waived": 0}
    warned = judge(policy_enforcement_level="warn")
    assert warned.passed
    assert warned.counts["error"] == 2


def test_off_skips(judge):
    result = judge(policy_enforcement_level="off")
    assert result.passed
    assert (result.findings, result.rules) == ((), ())


def test_a_waiver_silences_its_findings_and_keeps_the_reason(judge):
    result = judge(waivers=[waiver()])
    assert by_subject(result) == {
        "stg_a": (FindingLevel.ERROR, "known, ticket 7"),
        "stg_b": (FindingLevel.ERROR, None),
    }
    assert result.counts == {"error": 1, "warning": 0, "unmeasured": 0, "waived": 1}
    assert [(w.pattern, w.findings, w.expires) for w in result.waivers] == [("stg_a", 1, date(2026, 3, 1))]
    assert judge(waivers=[waiver(pattern="stg_*")]).passed


def test_a_waiver_of_one_column_covers_no_other(judge):
    assert judge(waivers=[waiver(column="id")]).counts["waived"] == 0  # the finding is about the model


def test_a_waiver_holds_to_the_end_of_its_day_and_is_a_finding_afterwards(judge):
    assert judge(waivers=[waiver()]).counts["waived"] == 1
    result = judge(today=date(2026, 3, 2), waivers=[waiver()])
    assert by_subject(result)["stg_a"] == (FindingLevel.ERROR, None)
    (about,) = [f for f in result.findings if f.rule == "waivers"]
    assert about.level is FindingLevel.WARNING
    assert "expired on 2026-03-01" in about.message


def test_a_waiver_of_a_rule_that_does_not_exist_is_a_finding(judge):
    (about,) = [f for f in judge(waivers=[waiver(rule="test-coverag")]).findings if f.rule == "waivers"]
    assert about.message.endswith("which does not exist; did you mean 'test-coverage'?")


def test_an_override_downgrades(judge):
    override = {"pattern": "stg_*", "action": "downgrade", "reason": "moving", "policy_types": ["coverage"]}
    result = judge(policy_overrides=[override])
    assert by_subject(result) == dict.fromkeys(("stg_a", "stg_b"), (FindingLevel.WARNING, None))
    assert result.passed
    assert not judge(policy_overrides=[{**override, "policy_types": ["naming"]}]).passed
    assert not judge(policy_overrides=[{**override, "expires": "2026-02-28"}]).passed


def test_an_override_excludes(judge):
    result = judge(policy_overrides=[{"pattern": "stg_*", "action": "exclude", "reason": "legacy"}])
    assert result.passed
    assert result.counts["waived"] == 2


def test_a_policy_that_raises_ends_the_compile(judge):
    class Broken(BuiltinPolicy):
        def policy_check(self, graph, governance):
            raise ValueError("no such table")

    with pytest.raises(FloeError, match=r"policy/broken failed: ValueError: no such table"):
        judge(policies={"broken": Broken()})


def test_a_policy_that_reports_an_unknown_rule_is_refused(judge):
    class Sloppy(BuiltinPolicy):
        def policy_rules(self):
            return ["naming"]

    with pytest.raises(FloeError, match="test-coverage"):
        judge(policies={"sloppy": Sloppy()})


def test_the_order_of_findings_does_not_depend_on_the_order_of_plugins(judge):
    class More:
        def policy_rules(self):
            return ["own"]

        def policy_check(self, graph, governance):
            from floe_sdk import Finding

            return [Finding(rule="own", level="error", subject="shop", message="x")]

    one = judge(policies={"builtin": BuiltinPolicy(), "more": More()})
    two = judge(policies={"more": More(), "builtin": BuiltinPolicy()})
    assert one == two
    assert one.findings[0].rule == "own"
