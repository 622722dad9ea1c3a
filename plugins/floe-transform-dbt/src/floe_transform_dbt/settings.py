"""Which of a project's variables a text reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CALL = r"\b{}\s*\(\s*(['\"])([^'\"]+)\1\s*[,)]"
_VAR, _ENV_VAR = (re.compile(_CALL.format(name)) for name in ("var", "env_var"))
_ANY_VAR, _ANY_ENV_VAR = re.compile(r"\bvar\b"), re.compile(r"\benv_var\b")


class Settings:
    """The variables: of `dbt_project.yml`, which may be a package's, those given to the run, and the environment's."""

    def __init__(self, of_project: object, given: Mapping[str, Any], of_environment: Mapping[str, str]) -> None:
        self._of_project = of_project or {}
        self._given = dict(given)
        self._of_environment = dict(of_environment)

    def read_by(self, texts: Iterable[str]) -> list[object]:
        """Those that these texts name; all, where one is not named by a plain string."""
        text = "\n".join(texts)
        names = _named(text, _VAR, _ANY_VAR)
        variables = [self._of_project, self._given]
        if names is not None:
            variables = [_only(each, names) for each in variables]
        names = _named(text, _ENV_VAR, _ANY_ENV_VAR)
        return [*variables, self._of_environment if names is None else _only(self._of_environment, names)]


def _named(text: str, call: re.Pattern[str], mention: re.Pattern[str]) -> set[str] | None:
    calls = call.findall(text)
    return {name for _quote, name in calls} if len(calls) == len(mention.findall(text)) else None


def _only(values: object, names: set[str]) -> object:
    """The named ones, also of the packages that have variables of their own."""
    if not isinstance(values, dict):
        return values
    found = {key: value for key, value in values.items() if key in names}
    inner = {key: _only(value, names) for key, value in values.items() if key not in names and isinstance(value, dict)}
    return {**found, **{key: value for key, value in inner.items() if value}}
