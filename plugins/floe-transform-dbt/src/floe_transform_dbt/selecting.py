"""What a run chooses: dbt's selectors on the command line and those of selectors.yml, checked before anything runs."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import yaml

from floe_sdk import NO_SUCH_SELECTOR, SELECTOR_NOT_SUPPORTED, FloeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk import TransformRequest
    from floe_transform_dbt.project import DbtProject

METHODS = ("state", "result", "source_status")
EARLIER_RUN = re.compile(rf"[\d+@]*({'|'.join(METHODS)})(\.\w+)?:")
SELECTORS = "selectors.yml"


def selection(project: DbtProject, request: TransformRequest) -> list[str]:
    """What to tell dbt of what is selected.

    Raises FloeError for a selector that compares with files of an earlier dbt run, and for a name that selectors.yml
    does not have.
    """
    options = []
    for name, values in (("--select", request.select), ("--exclude", request.exclude)):
        words = [word for value in values for word in value.split()]
        for word in words:
            _check_word(word)
        options += [name, *words] if words else []
    if request.selector is not None:
        _check_named(request.selector, _defined(project), project)
        return [*options, f"--selector={request.selector}"]
    if not options:  # dbt takes the default one
        defined = _defined(project) or {}
        for name in [name for name, each in defined.items() if str(each.get("default", "")).lower() == "true"]:
            _check_named(name, defined, project)
    return options


def _check_word(word: str) -> None:
    for part in word.split(","):
        if found := EARLIER_RUN.match(part):
            raise _earlier_run(f"the selector {part!r}", found[1])


def _earlier_run(selector: str, method: str, where: str | None = None) -> FloeError:
    problem = f"{selector}: `{method}:` needs files of an earlier dbt run"
    return FloeError(SELECTOR_NOT_SUPPORTED, problem, where=where, fix=SELECTOR_NOT_SUPPORTED.remedy)


def _defined(project: DbtProject) -> dict[str, dict[str, Any]] | None:
    """The selectors of selectors.yml by name; None where dbt is going to say that the file is wrong."""
    try:
        document = yaml.safe_load((project.root / SELECTORS).read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
    entries = document.get("selectors") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        return None
    return {str(each["name"]): each for each in entries if isinstance(each, dict) and "name" in each}


def _check_named(name: str, defined: dict[str, dict[str, Any]] | None, project: DbtProject) -> None:
    if defined is None:
        return
    where = str(project.root / SELECTORS)
    if name not in defined:
        close = get_close_matches(name, defined, n=1)
        known = f"known are {', '.join(sorted(defined))}" if defined else "there is none: define it there"
        problem = f"selectors.yml has no selector {name!r}"
        raise FloeError(NO_SUCH_SELECTOR, problem, where=where, fix=f"did you mean {close[0]!r}?" if close else known)
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each in seen or each not in defined:  # what is not there, dbt says
            continue
        seen.add(each)
        for method, value in _criteria(defined[each].get("definition")):
            if method in METHODS:
                raise _earlier_run(f"the selector {each!r}", method, where)
            if method == "selector":
                waiting.append(value)


def _criteria(definition: Any) -> Iterator[tuple[str, str]]:
    """The methods of a definition with their values, in whichever of dbt's three spellings."""
    if isinstance(definition, str):
        for part in definition.split(","):
            method, _, value = part.lstrip("0123456789+@").partition(":")
            yield method.partition(".")[0], value
    elif isinstance(definition, list):
        for each in definition:
            yield from _criteria(each)
    elif isinstance(definition, dict):
        if "method" in definition:
            yield str(definition["method"]).partition(".")[0], str(definition.get("value"))
        for key, value in definition.items():
            if key in ("union", "intersection", "exclude"):
                yield from _criteria(value)
            elif "method" not in definition:
                yield str(key).partition(".")[0], str(value)
