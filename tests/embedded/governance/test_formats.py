"""`floe compile --format`: documents for CI, each valid by its schema, with paths of the repository."""

from __future__ import annotations

import json
import re

import pytest
from support.formats import checked_github, checked_json, checked_junit, checked_sarif
from support.pages import DOCS

from floe_sdk import rule_names
from floe_sdk.governance.texts import rule_text

ODD = 'a <model>, 100%: "one"\n& \x07 two'
DESCRIBED = [{"name": "id", "description": "Identifies it."}]
MODELS = [
    {"name": "stg_orders", "columns": [{"name": "id"}]},
    {"name": "mart", "depends_on": ["model.shop.stg_orders"], "description": "Said.", "columns": DESCRIBED},
    {"name": ODD, "columns": DESCRIBED},
]
GOVERNANCE = {
    "policy_enforcement_level": "strict",
    "data_retention_days": 30,
    "quality_gates": {"require_descriptions": True, "require_column_descriptions": True},
    "waivers": [
        {"rule": "column-descriptions", "reason": "Known: elsewhere, 100%", "expires": "2099-12-31"},
        {"rule": "model-descriptions", "reason": "Was agreed on", "expires": "2020-01-31"},
    ],
}


@pytest.fixture
def judged(workspace):
    workspace.write(manifest={"governance": GOVERNANCE}, models=MODELS)
    return workspace


def by_rule(items, key):
    found = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def test_sarif(judged):
    out, err = judged.floe("compile", "--format", "sarif", "--with-silenced", code=3)
    assert "FLOE-G001" in err
    run = checked_sarif(out)
    driver = run["tool"]["driver"]
    rules = {rule["id"]: rule for rule in driver["rules"]}
    assert {"model-descriptions", "column-descriptions", "retention", "waivers"} <= set(rules)
    assert not {"naming", "pii"} & set(rules)  # nobody asked for them
    assert "require_descriptions" in rules["model-descriptions"]["help"]["text"]
    for rule in rules.values():  # there is no page to link to
        assert rule["help"]["markdown"].startswith(rule["help"]["text"])
        assert "takes a waiver with a reason" in rule["help"]["markdown"]
    results = by_rule(run["results"], lambda result: result["ruleId"])
    first = results["model-descriptions"][1]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "shop/models/stg_orders.sql", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 1}
    assert first["level"] == "error"
    (waived,) = results["column-descriptions"]
    assert waived["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "Known: elsewhere, 100%"}
    ]
    (unmeasured,) = results["retention"]
    assert (unmeasured["kind"], unmeasured["level"]) == ("open", "none")
    (expired,) = results["waivers"]
    assert expired["level"] == "warning"
    where = expired["locations"][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"] == "manifest.yaml"
    lines = (judged.root / "manifest.yaml").read_text().splitlines()
    assert "waivers:" in lines[where["region"]["startLine"] - 2]
    assert str(judged.root) not in out


def test_sarif_leaves_out_what_is_silenced_as_github_would_show_it_as_open(judged):
    run = checked_sarif(judged.floe("compile", "--format", "sarif", code=3)[0])
    assert {each["ruleId"] for each in run["results"]} == {"model-descriptions", "retention", "waivers"}
    judged.floe("compile", "--write-baseline", "baseline.json")
    run = checked_sarif(judged.floe("compile", "--baseline", "baseline.json", "--format", "sarif")[0])
    assert run["results"] == []
    assert "--with-silenced needs --format sarif" in judged.floe("compile", "--with-silenced", code=2)[1]


def test_what_a_manifest_outside_the_repository_says_stands_in_floe_yaml(judged, tmp_path):
    pinned = tmp_path / "elsewhere" / "manifest.yaml"
    pinned.parent.mkdir()
    text = (judged.root / "manifest.yaml").read_text()
    pinned.write_text(text)
    (judged.product / "floe.yaml").write_text(
        "".join(
            line
            for line in (judged.product / "floe.yaml").read_text().splitlines(keepends=True)
            if "platform" not in line and "manifest" not in line
        )
    )
    pin = {"FLOE_MANIFEST": str(pinned)}
    run = checked_sarif(judged.floe("compile", "--format", "sarif", code=3, **pin)[0])
    (expired,) = (each for each in run["results"] if each["ruleId"] == "waivers")
    assert expired["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "shop/floe.yaml"
    pinned.write_text(text + "nonsense: {}\n")
    (error,) = checked_sarif(judged.floe("compile", "--format", "sarif", code=2, **pin)[0])["results"]
    assert error["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "shop/floe.yaml"
    assert f"{pinned}:{1 + text.count(chr(10))}" in error["message"]["text"]
    (_, properties, _), *_ = checked_github(judged.floe("compile", "--format", "github", code=2, **pin)[0])
    assert (properties["file"], properties["line"]) == ("shop/floe.yaml", "1")


def test_fingerprints_stay_while_texts_and_places_change(judged):
    def fingerprints():
        out, _ = judged.floe("compile", "--format", "sarif", "--with-silenced", code=3)
        return {
            (each["ruleId"], each["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]): each[
                "partialFingerprints"
            ]["floeFinding/v1"]
            for each in checked_sarif(out)["results"]
        }

    before = fingerprints()
    assert len(set(before.values())) == len(before)
    governance = {**GOVERNANCE, "waivers": GOVERNANCE["waivers"][:1], "data_retention_days": 31}
    judged.write(
        manifest={"governance": governance, "x-note": "moves lines"},
        models=[{"name": "new", "columns": DESCRIBED}, *MODELS],
    )
    after = fingerprints()
    both = before.keys() & after.keys()
    assert len(both) >= 3
    assert {key: before[key] for key in both} == {key: after[key] for key in both}
    assert len(set(after.values())) == len(after)


def test_junit(judged):
    out, _ = judged.floe("compile", "--format", "junit", code=3)
    root = checked_junit(out)
    suites = {suite.get("name"): suite for suite in root}
    assert root.get("name") == "floe shop"
    assert root.get("failures") == suites["model-descriptions"].get("failures") == "2"
    failure = suites["model-descriptions"].findall("testcase/failure")[1]
    assert "shop/models/stg_orders.sql:1" in failure.text
    assert suites["column-descriptions"].find("testcase/skipped").get("message").startswith("waived: Known")
    assert suites["retention"].find("testcase/skipped").get("message") == "unmeasured"
    assert "expired" in suites["waivers"].find("testcase/system-out").text
    assert len(suites["quality-checks"].findall("testcase")) == 1  # ran, and found nothing
    assert "pii" not in suites  # nobody asked for it: it has not passed
    assert any("100%" in case.get("name") for case in root.iter("testcase"))


def test_github(judged):
    out, _ = judged.floe("compile", "--format", "github", code=3)
    found = by_rule(checked_github(out), lambda each: each[1]["title"].partition(":")[0])
    assert set(found) == {"model-descriptions", "retention", "waivers"}  # nothing that is waived
    assert [command for command, _, _ in found["model-descriptions"]] == ["error", "error"]
    odd, plain = found["model-descriptions"]
    assert odd[1]["title"] == f"model-descriptions: model.shop.{ODD}"
    assert plain[1] == {
        "file": "shop/models/stg_orders.sql",
        "line": "1",
        "title": "model-descriptions: model.shop.stg_orders",
    }
    assert found["retention"][0][0] == "notice"
    assert found["waivers"][0][0] == "warning"


def test_table_and_json_have_every_finding(judged):
    judged.write(
        manifest={"governance": {**GOVERNANCE, "policy_enforcement_level": "warn"}},
        models=[{"name": f"m{number:02}", "columns": DESCRIBED} for number in range(30)],
    )
    text, _ = judged.floe("compile")
    assert "... and 12 more (--format table shows all)" in text
    table, _ = judged.floe("compile", "--format", "table")
    assert sum(line.startswith("error") for line in table.splitlines()) == 30
    first, _ = judged.floe("compile", "--format", "json")
    second, _ = judged.floe("compile", "--json")
    assert json.loads(first) == json.loads(second)
    assert len(checked_json(first)["findings"]) == 32


@pytest.mark.parametrize(("name", "check"), [("sarif", checked_sarif), ("junit", checked_junit)])
def test_a_file_beside_the_usual_text(judged, name, check):
    out, err = judged.floe("compile", "--format", name, "--output", "../out/report", code=3)
    assert "FLOE-G001" in err
    assert "model-descriptions" in out + err  # people still see them
    check((judged.root / "out" / "report").read_text(encoding="utf-8"))
    before = (judged.root / "out" / "report").read_bytes()
    judged.floe("compile", "--format", name, "--output", "../out/report", code=3)
    assert (judged.root / "out" / "report").read_bytes() == before


def test_a_clean_compile_has_a_document_and_nothing_else_on_standard_output(workspace):
    out, _ = workspace.floe("compile", "--format", "sarif")
    assert checked_sarif(out)["results"] == []


@pytest.mark.parametrize("command", [["compile"], ["validate"], ["validate", "--graph"]], ids=" ".join)
def test_errors_in_documents_stand_at_their_line(workspace, command):
    text = (workspace.product / "floe.yaml").read_text()
    (workspace.product / "floe.yaml").write_text(text + "schedul: {}\ngovernance: {data_retention_days: -1}\n")
    out, err = workspace.floe(*command, "--format", "github", code=2)
    assert "FLOE-D" in err
    found = checked_github(out)
    assert len(found) == 2
    line = 1 + text.count("\n")
    assert found[0][1]["file"] == "shop/floe.yaml"
    assert found[0][1]["line"] == str(line)
    assert "schedule" in found[0][2]
    if command != ["compile"]:
        return
    run = checked_sarif(workspace.floe(*command, "--format", "sarif", code=2)[0])
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == line
    assert run["results"][0]["ruleId"].startswith("FLOE-D")
    root = checked_junit(workspace.floe(*command, "--format", "junit", code=2)[0])
    assert root.get("errors") == "2"


def test_validate_has_documents_of_nothing(workspace):
    out, err = workspace.floe("validate", "--format", "sarif")
    assert checked_sarif(out)["results"] == []
    assert "is valid" in err


def test_options_that_contradict_each_other(workspace):
    assert "contradict" in workspace.floe("compile", "--json", "--format", "sarif", code=2)[0]
    assert "--output needs" in workspace.floe("compile", "--output", "x", code=2)[1]


def test_a_baseline_lets_only_new_findings_fail(judged):
    judged.floe("compile", code=3)
    out, err = judged.floe("compile", "--write-baseline", "baseline.json")
    assert "baseline baseline.json: 4 findings" in err
    assert judged.artifact.exists()
    text = (judged.product / "baseline.json").read_bytes()
    judged.floe("compile", "--write-baseline", "baseline.json")
    assert (judged.product / "baseline.json").read_bytes() == text

    data = judged.compile("--baseline", "baseline.json")
    assert data["enforcement"]["counts"]["known"] == 4
    run = checked_sarif(
        judged.floe("compile", "--baseline", "baseline.json", "--format", "sarif", "--with-silenced")[0]
    )
    assert {each["baselineState"] for each in run["results"] if "suppressions" not in each} == {"unchanged"}
    assert judged.floe("compile", "--baseline", "baseline.json", "--format", "github")[0] == ""

    judged.write(manifest={"governance": GOVERNANCE}, models=[*MODELS[1:], {"name": "fresh", "columns": DESCRIBED}])
    out, err = judged.floe("compile", "--baseline", "baseline.json", "--format", "sarif", code=3)
    new = [each for each in checked_sarif(out)["results"] if each["baselineState"] == "new"]
    assert [each["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] for each in new] == ["model.shop.fresh"]
    out, err = judged.floe("compile", "--baseline", "baseline.json", code=3)
    assert "1 finding of level error" in err
    judged.write(manifest={"governance": GOVERNANCE}, models=MODELS[1:])
    _, err = judged.floe("compile", "--baseline", "baseline.json")
    assert "1 finding of the baseline is there no more" in err


def test_a_baseline_that_is_none(judged):
    assert "FLOE-G003" in judged.floe("compile", "--baseline", "none.json", code=2)[1]
    assert "FLOE-G003" in judged.floe("compile", "--baseline", "floe.yaml", code=2)[1]


def test_every_built_in_rule_is_explained_in_the_report_and_in_the_documentation():
    page = (DOCS / "how-to" / "governance.md").read_text(encoding="utf-8")
    for name in (*rule_names(), "waivers"):
        text = rule_text(name)
        assert text.title != name
        assert text.help.endswith(".")
        assert re.search(rf"`{name}`", page), name
