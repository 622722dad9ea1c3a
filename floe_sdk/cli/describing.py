"""What only an import can tell of a plugin: its configuration and hooks. The import happens in a child process, which
this module also is (`python -m floe_sdk.cli.describing`)."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from floe_sdk.errors import REGISTRY, FloeError
from floe_sdk.errors.plugins import import_failed, import_hangs
from floe_sdk.plugins.discovery import COMMAND, PluginRecord
from floe_sdk.plugins.loading import check_allowed, import_timeout, load_target

if TYPE_CHECKING:
    from floe_sdk.plugins.config import PluginConfig


def describe(record: PluginRecord) -> tuple[dict[str, Any], FloeError | None]:
    """A plugin's `summary`, `config` and `hooks`, or nothing and why; never raises for the plugin's sake."""
    try:
        check_allowed(record)
    except FloeError as error:
        return {}, error
    timeout = import_timeout()
    with tempfile.TemporaryFile() as answer:
        # A file, not a pipe: a grandchild that keeps a pipe open would outlive the deadline.
        command = [sys.executable, "-m", "floe_sdk.cli.describing", json.dumps(record)]
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=answer, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            child.wait(timeout)
        except subprocess.TimeoutExpired:
            return {}, import_hangs(record, timeout)
        finally:
            _end(child)
        answer.seek(0)
        text = answer.read()
    try:
        result: dict[str, Any] = json.loads(text)
    except ValueError:
        return {}, import_failed(record, f"its import ended the process (exit code {child.returncode})")
    if problem := result.pop("problem", None):
        return {}, FloeError(REGISTRY[problem["code"]], problem["problem"], fix=problem["fix"])
    return result, None


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child, and what it may have started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it, and all that it started, has ended
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.wait()


def _answer(record: PluginRecord) -> dict[str, Any]:
    """In the child: import the plugin and look at it."""
    import inspect

    from floe_sdk.plugins.configuring import config_model
    from floe_sdk.plugins.hooks import implemented
    from floe_sdk.project.config_schema import config_schema

    try:
        target = load_target(record)
        if record.type == COMMAND:
            return {"summary": target.get_short_help_str(200)}
        model = config_model(record, target)
    except FloeError as error:
        return {"problem": {"code": error.code.id, "problem": error.problem, "fix": error.fix}}
    summary = (inspect.getdoc(target) or "").partition("\n\n")[0]
    return {
        "summary": " ".join(summary.split()),
        "config": _keys(model),
        "schema": config_schema(model),
        "hooks": sorted(implemented(target)),
    }


def _keys(model: type[PluginConfig], prefix: str = "") -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = []
    for name, field in model.model_fields.items():
        key = prefix + (field.alias or name)
        options = (field.annotation, *getattr(field.annotation, "__args__", ()))
        nested = next((option for option in options if hasattr(option, "model_fields")), None)
        keys.append(
            {
                "key": key,
                "type": _type_name(field.annotation),
                "required": field.is_required(),
                "default": None if field.is_required() else field.get_default(call_default_factory=True),
                "description": field.description or "",
            }
        )
        if nested is not None:
            keys += _keys(nested, f"{key}.")
    return keys


def _type_name(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Annotated:  # the rest of it checks values
        return _type_name(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        return " | ".join(_type_name(each) for each in get_args(annotation))
    if annotation is type(None):
        return "None"
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return annotation.__name__
    return re.sub(r"\b[a-z_]\w*\.", "", str(annotation))  # without the modules' names


if __name__ == "__main__":
    answer = os.dup(1)
    os.dup2(2, 1)  # what the plugin prints must not get into the answer
    os.write(answer, json.dumps(_answer(PluginRecord(*json.loads(sys.argv[1]))), default=str).encode())
    os._exit(0)  # not the plugin's own exit handlers, nor a thread that it left behind
