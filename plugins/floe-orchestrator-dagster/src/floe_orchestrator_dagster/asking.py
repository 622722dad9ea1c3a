"""Asking a command of floe that answers with one document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from floe_orchestrator_dagster.child import Child
from floe_orchestrator_dagster.failures import died, refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_orchestrator_dagster.product import Product


def ask(command: str, product: Product, options: Sequence[str], key: str) -> Any:
    """What the answer has under `key`. Raises Failure, in floe's words, where there is none."""
    with Child(command, product, options) as child:
        text = "".join(child.lines())
        code = child.wait()
    try:
        answer = json.loads(text)
    except ValueError:
        answer = {}
    if errors := answer.get("errors"):
        raise refused(errors, code)
    if key not in answer:
        raise died(command, code, list(child.tail))
    return answer[key]
