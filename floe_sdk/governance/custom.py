"""The manifest's own rules: tags for a prefix, a meta field, tests of a type."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeVar

from floe_sdk.governance.rule import Project, Rule, about
from floe_sdk.schemas.enforcement import Finding, FindingLevel
from floe_sdk.schemas.governance import RequireMetaField, RequireTagsForPrefix, RequireTestsOfType, ResolvedGovernance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.schemas.graph import Node

_Rule = TypeVar("_Rule", RequireTagsForPrefix, RequireMetaField, RequireTestsOfType)


def _applied(kind: type[_Rule], project: Project, governance: ResolvedGovernance) -> Iterator[tuple[_Rule, Node]]:
    for rule in governance.custom_rules:
        if isinstance(rule, kind):
            yield from ((rule, node) for node in project.models if fnmatchcase(node.name, rule.applies_to))


def _has(kind: type[_Rule], governance: ResolvedGovernance) -> bool:
    return any(isinstance(rule, kind) for rule in governance.custom_rules)


def _check_tags(project: Project, governance: ResolvedGovernance) -> Iterator[Finding]:
    for rule, node in _applied(RequireTagsForPrefix, project, governance):
        missing = sorted(set(rule.required_tags) - set(node.tags))
        if node.name.startswith(rule.prefix) and missing:
            yield about(
                "require-tags",
                FindingLevel.ERROR,
                node,
                f"models that begin with {rule.prefix!r} need the tags {', '.join(missing)}",
                expected=", ".join(sorted(rule.required_tags)),
                actual=", ".join(node.tags) or "no tags",
                fix="add the tags to the model",
            )


def _check_meta(project: Project, governance: ResolvedGovernance) -> Iterator[Finding]:
    for rule, node in _applied(RequireMetaField, project, governance):
        # an owner may be given in other places than meta (a group, the product); the graph knows it
        value = node.meta.get(rule.field, node.owner if rule.field == "owner" else None)
        if value is None or (rule.required and value in ("", [], {})):
            yield about(
                "require-meta",
                FindingLevel.ERROR,
                node,
                f"the model has no `meta: {rule.field}`",
                expected=rule.field,
                fix=f"set `meta: {{{rule.field}: ...}}` on the model",
            )


def _check_tests(project: Project, governance: ResolvedGovernance) -> Iterator[Finding]:
    for rule, node in _applied(RequireTestsOfType, project, governance):
        by_type = [project.tested_columns(node, frozenset({kind})) for kind in rule.test_types]
        columns = set.intersection(*by_type)
        if len(columns) < rule.min_columns:
            kinds = " and ".join(rule.test_types)
            yield about(
                "require-tests",
                FindingLevel.ERROR,
                node,
                f"{len(columns)} columns have the tests {kinds}, {rule.min_columns} are asked for",
                expected=str(rule.min_columns),
                actual=str(len(columns)),
                fix=f"add {kinds} to a column of the model",
            )


REQUIRE_TAGS = Rule(
    "require-tags",
    lambda governance: _has(RequireTagsForPrefix, governance),
    _check_tags,
    "custom",
    needs_project=False,
)
REQUIRE_META = Rule("require-meta", lambda governance: _has(RequireMetaField, governance), _check_meta, "custom")
REQUIRE_TESTS = Rule("require-tests", lambda governance: _has(RequireTestsOfType, governance), _check_tests, "custom")
