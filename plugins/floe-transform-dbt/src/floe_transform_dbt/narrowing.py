"""Which nodes a `dbt build` runs: known before it begins, and fewer than its selectors choose."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def narrowed(only: frozenset[str] | None, unit_tests: set[str]) -> Iterator[None]:
    """Let dbt select no other nodes than `only`, by id (None: all), and note the unit tests that it will run.

    dbt's selectors can't say that: there is none for an id, and selecting a model selects its tests. Unit tests run
    with their models and are in no event before they begin.
    """
    from dbt.graph.selector import NodeSelector
    from dbt.task.build import BuildTask

    select, plan = NodeSelector.get_selected, BuildTask.build_model_to_unit_test_map

    def get_selected(self: NodeSelector, *arguments: Any, **options: Any) -> set[str]:
        return {each for each in select(self, *arguments, **options) if only is None or each in only}

    def build_model_to_unit_test_map(self: BuildTask, selected: set[str]) -> None:
        plan(self, selected)  # type: ignore[no-untyped-call]
        unit_tests.update(selected)

    NodeSelector.get_selected = get_selected  # type: ignore[method-assign,assignment]
    BuildTask.build_model_to_unit_test_map = build_model_to_unit_test_map  # type: ignore[method-assign]
    try:
        yield
    finally:
        NodeSelector.get_selected = select  # type: ignore[method-assign]
        BuildTask.build_model_to_unit_test_map = plan  # type: ignore[method-assign]
