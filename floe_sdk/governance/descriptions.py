"""Descriptions: every model, and every column that it declares, says what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.governance.rule import Project, Rule, about, gate_level
from floe_sdk.schemas.enforcement import Finding, FindingLevel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.schemas.governance import ResolvedGovernance


def _check_models(project: Project, governance: ResolvedGovernance) -> Iterator[Finding]:
    for node in project.own:
        if not node.description.strip():
            message = f"the {node.kind.value} has no description"
            yield about(
                "model-descriptions", gate_level(governance), node, message, fix="describe it in the project's YAML"
            )


def _check_columns(project: Project, governance: ResolvedGovernance) -> Iterator[Finding]:
    for node in project.models:
        if not node.columns:
            message = "the model declares no columns: their descriptions can't be measured"
            yield about(
                "column-descriptions",
                FindingLevel.UNMEASURED,
                node,
                message,
                fix="list its columns in the model's YAML",
            )
        for column in node.columns:
            if not column.description.strip():
                yield about(
                    "column-descriptions",
                    gate_level(governance),
                    node,
                    f"the column {column.name} has no description",
                    column=column.name,
                    fix="describe it in the model's YAML",
                )


MODEL_DESCRIPTIONS = Rule(
    "model-descriptions",
    lambda governance: governance.quality_gates.require_descriptions,
    _check_models,
    policy="documentation",
)
COLUMN_DESCRIPTIONS = Rule(
    "column-descriptions",
    lambda governance: governance.quality_gates.require_column_descriptions,
    _check_columns,
    policy="documentation",
)
