"""Running certain nodes out of what dbt's selectors choose."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def narrowed(only: frozenset[str] | None) -> Iterator[None]:
    """Let dbt select no other nodes than `only`, by id.

    dbt's selectors can't say that: there is none for an id, and selecting a model selects its tests.
    """
    if only is None:
        yield
        return
    from dbt.graph.selector import NodeSelector

    original = NodeSelector.get_selected

    def get_selected(self: NodeSelector, *arguments: Any, **options: Any) -> set[str]:
        return {each for each in original(self, *arguments, **options) if each in only}

    NodeSelector.get_selected = get_selected  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        NodeSelector.get_selected = original  # type: ignore[method-assign]
