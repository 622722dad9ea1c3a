"""Documents checked against their schemas: SARIF, JUnit XML, and GitHub's workflow commands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import xmlschema

from floe_sdk.project.json_schema import json_schema

SCHEMAS = Path(__file__).parent / "schemas"

_COMMAND = re.compile(r"::(error|warning|notice) ((?:[a-z]+=[^,:\r\n]*)(?:,[a-z]+=[^,:\r\n]*)*)::([^\r\n]*)")


def checked_sarif(text: str) -> dict:
    """The log's only run; AssertionError where the log is not valid SARIF 2.1.0."""
    log = json.loads(text)
    schema = json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    errors = [f"{error.json_path}: {error.message}" for error in jsonschema.Draft4Validator(schema).iter_errors(log)]
    assert not errors, errors
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for result in run["results"]:  # what the specification says in words only
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["kind"] == "fail" or result["level"] == "none"
    _check_for_github(run)
    return run


def _check_for_github(run: dict) -> None:
    """What GitHub's code scanning asks for beyond the schema: without it, it refuses the log or shows it wrongly."""
    assert re.fullmatch(r"floe/.+/", run["automationDetails"]["id"])
    for rule in run["tool"]["driver"]["rules"]:
        assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help")), rule["id"]
    for result in run["results"]:
        assert result["partialFingerprints"], result
        for location in result["locations"] or [{}]:
            place = location["physicalLocation"]  # "expected a physical location" otherwise, for the whole log
            uri, base = place["artifactLocation"]["uri"], place["artifactLocation"]["uriBaseId"]
            assert base == "%SRCROOT%"
            assert re.fullmatch(r"(?!/|\.\./)(?:[A-Za-z0-9._~/+-]|%[0-9A-F]{2})+", uri), uri
            assert place["region"]["startLine"] >= 1


def checked_json(text: str) -> dict:
    """What was judged; AssertionError where it is not what the published schema of artifacts calls Enforcement."""
    enforcement = json.loads(text)["enforcement"]
    schema = {"$ref": "#/$defs/Enforcement", "$defs": json_schema("artifacts")["$defs"]}
    found = jsonschema.Draft202012Validator(schema).iter_errors(enforcement)
    errors = [f"{error.json_path}: {error.message}" for error in found]
    assert not errors, errors
    return enforcement


def checked_junit(text: str):
    """The root element; AssertionError where it is not what Jenkins' schema says, or its counts are wrong."""
    schema = xmlschema.XMLSchema(str(SCHEMAS / "junit-10.xsd"))
    errors = [str(error) for error in schema.iter_errors(text)]
    assert not errors, errors
    root = xmlschema.XMLResource(text).root
    for suite in root.iter("testsuite"):
        counts = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error"}
        assert {key: int(suite.get(key)) for key in counts} == {
            key: len(suite.findall(at)) for key, at in counts.items()
        }
        assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))
    return root


def checked_github(text: str) -> list[tuple[str, dict[str, str], str]]:
    """(command, properties, message) of each line, unescaped as GitHub's runner does."""
    found = []
    for line in text.splitlines():
        match = _COMMAND.fullmatch(line)
        assert match, line
        command, properties, message = match.groups()
        assert not re.search(r"%(?!25|0D|0A|3A|2C)", properties + message), line
        pairs = (each.split("=", 1) for each in properties.split(","))
        found.append((command, {name: unquote(value) for name, value in pairs}, unquote(message)))
    return found
