"""Policy plugins of other people: their findings are treated as those of the built-in rules."""

from __future__ import annotations

import json

import pytest
from support.formats import checked_github, checked_junit, checked_sarif
from support.packages import Site
from support.pages import DOCS, blocks
from support.workspace import ENGINE, MANIFEST, PLUGINS, Workspace

PAGE = DOCS / "how-to" / "governance.md"


def documented():
    """The plugin as the page shows it, and its entry point."""
    (code,) = [block.text for block in blocks(PAGE) if block.language == "python"]
    (project,) = [block.text for block in blocks(PAGE) if block.language == "toml"]
    return code, project


BROKEN = """
    from floe_sdk import Finding, FindingLevel, hookimpl

    class Raises:
        @hookimpl
        def policy_rules(self):
            return ["odd"]

        @hookimpl
        def policy_check(self, graph, governance):
            raise KeyError("region")

    class Undeclared:
        @hookimpl
        def policy_rules(self):
            return ["odd"]

        @hookimpl
        def policy_check(self, graph, governance):
            return [Finding(rule="other", level=FindingLevel.ERROR, subject="x", message="y")]

    class Plain:
        @hookimpl
        def policy_rules(self):
            return ["odd"]

        @hookimpl
        def policy_check(self, graph, governance):
            return [{"rule": "odd", "subject": "x"}]
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    code, project = documented()
    assert 'short-names = "floe_policy_names:ShortNames"' in project
    site.install("tiny-engine", ENGINE, plugins=PLUGINS)
    site.install("floe-policy-names", code, plugins={"policy/short-names": "ShortNames"})
    broken = {"policy/raises": "Raises", "policy/undeclared": "Undeclared", "policy/plain": "Plain"}
    site.install("floe-policy-broken", BROKEN, plugins=broken)
    return Workspace(tmp_path_factory.mktemp("lake"), site)


def write(lake, policy, level="strict", **governance):
    plugins = {**MANIFEST["plugins"], "policy": [{"type": policy}]}
    governance = {"policy_enforcement_level": level, **governance}
    models = [{"name": "a_name_that_is_much_longer_than_anybody_needs"}, {"name": "short"}]
    lake.write(manifest={"plugins": plugins, "governance": governance}, models=models)


def test_the_documented_plugin_is_about_fifteen_lines():
    code, _ = documented()
    assert len([line for line in code.splitlines() if line.strip()]) <= 16


def test_its_findings_fail_a_strict_compile_in_every_format(lake):
    write(lake, "short-names")
    run = checked_sarif(lake.floe("compile", "--format", "sarif", code=3)[0])
    (result,) = [each for each in run["results"] if each["ruleId"] == "short-names"]
    assert result["level"] == "error"
    (case,) = checked_junit(lake.floe("compile", "--format", "junit", code=3)[0]).findall(
        "testsuite[@name='short-names']/testcase"
    )
    assert case.find("failure") is not None
    (annotation,) = checked_github(lake.floe("compile", "--format", "github", code=3)[0])
    assert annotation[1]["title"].startswith("short-names: model.shop.a_name")


def test_they_are_waived_warned_about_known_and_off(lake):
    waiver = {"rule": "short-names", "pattern": "a_name*", "reason": "Old reports read it", "expires": "2099-01-01"}
    write(lake, "short-names", waivers=[waiver])
    (finding,) = lake.compile()["enforcement"]["findings"]
    assert finding["waived"] == "Old reports read it"
    write(lake, "short-names", waivers=[{**waiver, "expires": "2020-01-01"}])
    lake.floe("compile", code=3)
    assert {each["rule"] for each in lake.compile("--write-baseline", "known.json")["enforcement"]["findings"]} == {
        "short-names",
        "waivers",
    }
    lake.compile("--baseline", "known.json")
    write(lake, "short-names", level="warn")
    assert lake.compile()["enforcement"]["counts"]["error"] == 1
    write(lake, "short-names", level="off")
    assert lake.compile()["enforcement"]["findings"] == []


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("raises", "KeyError: 'region'"),
        ("undeclared", "the rule 'other', which its policy_rules"),
        ("plain", "a dict, which is no floe_sdk.Finding"),
    ],
)
def test_one_that_cannot_judge_ends_the_compile_with_its_name(lake, policy, said):
    write(lake, policy, level="warn")
    artifact = lake.artifact.read_bytes() if lake.artifact.exists() else None
    out, _ = lake.floe("compile", "--json", code=4)
    (error,) = json.loads(out)["errors"]
    assert error["code"] == "FLOE-G002"
    assert f"policy/{policy} " in error["problem"]
    assert said in error["problem"]
    assert (lake.artifact.read_bytes() if lake.artifact.exists() else None) == artifact
