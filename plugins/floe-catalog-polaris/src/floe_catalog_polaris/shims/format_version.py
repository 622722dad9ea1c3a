"""Tables of format version 3 are refused before anything is sent or written.

For: every PyIceberg so far (0.10 to 0.12), which can't write them and finds out after the files are there. Upstream:
iceberg-python #1551.
Goes when: tests/test_upstream.py::test_pyiceberg_does_not_write_format_version_3 fails for every supported version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from floe_sdk import FORMAT_VERSION, FloeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HIGHEST = 2
_PROPERTY = "format-version"


def check(identifier: str | Sequence[str], properties: Mapping[str, Any]) -> None:
    """Refuse a table that would be made so."""
    _refuse_above(_name(identifier), properties.get(_PROPERTY, HIGHEST))


def check_table(identifier: Sequence[str], metadata: Any, updates: Sequence[Any]) -> None:
    """Refuse to change a table that is so, or to make it so."""
    wanted = [getattr(each, "format_version", HIGHEST) for each in updates]
    for version in (metadata.format_version, *wanted):
        _refuse_above(_name(identifier), version)


def _refuse_above(name: str, version: Any) -> None:
    if str(version).isdigit() and int(version) > HIGHEST:
        problem = f"{name}: tables of Iceberg's format version {version} can be read, not written"
        raise FloeError(FORMAT_VERSION, problem, fix=FORMAT_VERSION.remedy)


def _name(identifier: str | Sequence[str]) -> str:
    return identifier if isinstance(identifier, str) else ".".join(identifier)
