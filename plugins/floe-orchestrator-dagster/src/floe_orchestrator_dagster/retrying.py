"""What a retry of a step has still to do: what the attempts before it made need not be made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster import DagsterEventType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster import AssetCheckKey, AssetExecutionContext, AssetKey, DagsterEvent


def done_before(context: AssetExecutionContext) -> frozenset[AssetKey | AssetCheckKey]:
    """What earlier attempts of this step materialized, and the checks that did not fail in them.

    Empty in a first attempt. Another run of Dagster, such as a re-execution from its page, begins anew: whoever started
    that has chosen what to run.
    """
    if not context.op_execution_context.retry_number:
        return frozenset()
    events = context.instance.all_logs(
        context.run.run_id, {DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_CHECK_EVALUATION}
    )
    return frozenset(key for each in events if each.dagster_event for key in _done(each.dagster_event))


def _done(event: DagsterEvent) -> Iterator[AssetKey | AssetCheckKey]:
    if event.event_type is DagsterEventType.ASSET_MATERIALIZATION:
        key = event.step_materialization_data.materialization.asset_key
        if key is not None:
            yield key
    else:
        evaluation = event.asset_check_evaluation_data
        if evaluation.passed or evaluation.severity.value == "WARN":
            yield evaluation.asset_check_key
