"""In a child process: import one plugin, measure that, and look at it. `python -m floe_sdk.authoring.checking.probe`.

What is imported up here counts as Python itself: the standard library, and little of it.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from floe_sdk.authoring.children import answer

HEAVY = (
    "boto3",
    "botocore",
    "dagster",
    "dbt",
    "duckdb",
    "google.cloud",
    "grpc",
    "numpy",
    "openlineage",
    "opentelemetry",
    "pandas",
    "polars",
    "pyarrow",
    "pyiceberg",
    "pyspark",
    "requests",
    "rich",
    "sqlalchemy",
    "sqlglot",
)
"""Libraries that take long to import, or that not everybody has."""


def probed(question: dict[str, Any]) -> dict[str, Any]:
    """`record` is the plugin, `names` the public names of floe_sdk that its modules import."""
    from floe_sdk.errors import FloeError
    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.loading import load_target

    record = PluginRecord(*question["record"])
    _import_names(question["names"])
    known, base = set(sys.modules), time.process_time()
    try:
        target = load_target(record)
        seconds = time.process_time() - base
        new = set(sys.modules) - known
        found = {"base": base, "seconds": seconds, "heavy": [name for name in HEAVY if name in new]}
        return {
            **found,
            "problems": [],
            **(_command(record, target) if record.type == "command" else _seen(record, target)),
        }
    except FloeError as error:
        return {"problems": [(one.code.id, one.problem) for one in error.errors]}


def _import_names(names: list[str]) -> None:
    import contextlib

    import floe_sdk

    for name in names:
        with contextlib.suppress(AttributeError, ImportError):  # another rule has found it
            getattr(floe_sdk, name)


def _command(record: Any, target: Any) -> dict[str, Any]:
    import click

    from floe_sdk.errors.plugins import invalid

    if not isinstance(target, click.Command):
        raise invalid(record, f"{record.target} is no click command")
    return {"summary": target.get_short_help_str(200)}


def _seen(record: Any, target: Any) -> dict[str, Any]:
    import inspect

    from floe_sdk.authoring.describing import gaps, keys
    from floe_sdk.plugins.configuring import config_model
    from floe_sdk.plugins.hooks import Manager, implemented

    model = config_model(record, target)
    hooks = implemented(target)
    problems = Manager().add(record, object.__new__(target))  # hooks are looked up in the class: it needs no values
    docs = (vars(target).get("__doc__") or "").strip()
    return {
        "problems": [(one.code.id, one.problem) for one in problems],
        "keys": keys(model),
        "hooks": sorted(hooks),
        "gaps": gaps(target),
        "summary": " ".join(inspect.cleandoc(docs).partition("\n\n")[0].split()),
        "untyped": sorted(name for name, (function, _) in hooks.items() if not _annotated(function)),
    }


def _annotated(function: Any) -> bool:
    import inspect

    signature = inspect.signature(function)
    arguments = list(signature.parameters.values())[1:]
    return (
        all(one.annotation is not one.empty for one in arguments) and signature.return_annotation is not signature.empty
    )


if __name__ == "__main__":
    answer(probed)
