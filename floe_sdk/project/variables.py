"""Variables of the command line: `--vars`, as dbt takes it."""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

from floe_sdk.errors import FloeError
from floe_sdk.errors.secrets import LITERAL_SECRET
from floe_sdk.errors.transform import VARIABLES_MALFORMED

_SECRET = re.compile(
    r"(^|[_-])(password|passwd|secret|token|credentials?|(api|access|private)[_-]?key)$", re.IGNORECASE
)


def parse_variables(text: str | None) -> dict[str, Any]:
    """The mapping that the text is as YAML or JSON; dates are text, as they are once a template shows them.

    Raises FloeError for a text that is no mapping, and for a secret: variables stand in the artifact.
    """
    if text is None or not text.strip():
        return {}
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        # its own text would quote the value
        raise _malformed(f"--vars is no YAML: {getattr(error, 'problem', None) or 'it can not be read'}") from None
    if not isinstance(found, dict):
        raise _malformed(f"--vars is a {_kind(found)}, not a mapping")
    for name, value in found.items():
        if not isinstance(name, str):
            raise _malformed(f"--vars: the name {name!r} is not a text")
        if value is None and ":" in name:
            raise _malformed(f"--vars: {name.partition(':')[0]!r} has no space after its colon")
    _refuse_secrets(found, "")
    return {name: _plain(value) for name, value in found.items()}


def _malformed(problem: str) -> FloeError:
    return FloeError(VARIABLES_MALFORMED, problem, fix=VARIABLES_MALFORMED.remedy)


def _kind(value: object) -> str:
    return "list" if isinstance(value, list) else "text" if isinstance(value, str) else type(value).__name__


def _refuse_secrets(value: Any, path: str) -> None:
    if isinstance(value, list):
        for item in value:
            _refuse_secrets(item, path)
    if not isinstance(value, dict):
        return
    for name, item in value.items():
        key = f"{path}{name}"
        if isinstance(item, str) and item and _SECRET.search(str(name)):
            variable = f"DBT_ENV_SECRET_{re.sub(r'[^A-Z0-9]+', '_', str(name).upper())}"
            raise FloeError(
                LITERAL_SECRET,
                f"--vars: {key!r} is a secret by its name, and variables are written into the artifact",
                fix=f"set {variable} and read it with env_var('{variable}'), or give the variable another name",
            )
        _refuse_secrets(item, f"{key}.")


def _plain(value: Any) -> Any:
    """JSON-like data, equal in the artifact and in dbt's own hands."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, set)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
