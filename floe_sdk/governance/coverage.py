"""Test coverage: enough of a model's declared columns have a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.governance.rule import Project, Rule, about, gate_level, layer_of
from floe_sdk.schemas.enforcement import Finding, FindingLevel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.schemas.governance import ResolvedGovernance
    from floe_sdk.schemas.graph import Node

_SHOWN = 5


def _layer_threshold(node: Node, governance: ResolvedGovernance) -> int | None:
    layer = layer_of(node)
    return getattr(governance.quality_gates.layer_thresholds, layer) if layer else None


def _minimum_asked(governance: ResolvedGovernance) -> bool:
    return governance.quality_gates.minimum_test_coverage is not None


def _layers_asked(governance: ResolvedGovernance) -> bool:
    return any(value is not None for _, value in governance.quality_gates.layer_thresholds)


def _check_minimum(project: Project, governance: ResolvedGovernance) -> Iterator[Finding]:
    minimum = governance.quality_gates.minimum_test_coverage or 0
    for node in project.models:
        if _layer_threshold(node, governance) is None:  # a layer's own threshold comes before the minimum
            yield from _judge("test-coverage", project, node, minimum, governance)


def _check_layers(project: Project, governance: ResolvedGovernance) -> Iterator[Finding]:
    unknown = []
    for node in project.models:
        threshold = _layer_threshold(node, governance)
        if threshold is not None:
            yield from _judge("layer-thresholds", project, node, threshold, governance)
        elif layer_of(node) is None:
            unknown.append(node.name)
    if unknown:
        yield Finding(
            rule="layer-thresholds",
            level=FindingLevel.UNMEASURED,
            subject=project.graph.name,
            message=f"no layer is known of {_some(unknown)}: their thresholds were not measured",
            fix="give them a tier in floe.yaml, a tag bronze, silver or gold, or such a prefix",
        )


def _judge(
    rule: str, project: Project, node: Node, threshold: int, governance: ResolvedGovernance
) -> Iterator[Finding]:
    declared = [column.name for column in node.columns]
    if not declared:
        if governance.quality_gates.zero_column_coverage_behavior == "report_na":
            message = "the model declares no columns: its coverage can't be measured"
            yield about(rule, FindingLevel.UNMEASURED, node, message, fix="list its columns in the model's YAML")
        return
    tested = project.tested_columns(node)
    missing = [name for name in declared if name.lower() not in tested]
    # in whole numbers: 2 of 3 columns is below 67 percent, without a float's rounding
    if (len(declared) - len(missing)) * 100 < threshold * len(declared):
        yield about(
            rule,
            gate_level(governance),
            node,
            f"{len(declared) - len(missing)} of {len(declared)} columns have a test, {threshold} percent are asked for",
            expected=f"{threshold}%",
            actual=f"{(len(declared) - len(missing)) * 100 // len(declared)}%",
            fix=f"add tests to {_some(missing)}",
        )


def _some(names: list[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


TEST_COVERAGE = Rule("test-coverage", _minimum_asked, _check_minimum, policy="coverage")
LAYER_THRESHOLDS = Rule("layer-thresholds", _layers_asked, _check_layers, policy="coverage")
