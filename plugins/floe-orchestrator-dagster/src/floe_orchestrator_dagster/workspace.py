"""`workspace.yaml`: the code locations of a product, or of all products of a platform.

A location is named by `python_file: {relative_path}`, which Dagster resolves against the file itself: it holds from any
working directory and wherever the folder is mounted.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

NAME = "workspace.yaml"
_HEAD = "# The code locations of Dagster (dagster dev -w workspace.yaml). Written by `floe compile`.\n"


def location(name: str, relative: str) -> dict[str, Any]:
    """The entry of a code location whose file is at `relative` from the workspace."""
    return {"python_file": {"relative_path": relative, "location_name": name}}


def text_of(entries: list[dict[str, Any]]) -> str:
    """The text of a workspace file."""
    return _HEAD + yaml.safe_dump({"load_from": entries}, sort_keys=False, allow_unicode=True, width=1000)


def merged(folder: Path, name: str, file: Path) -> str:
    """The text of the workspace in `folder` with the location `name`, whose file is `file`, added or replaced.

    Entries whose file is gone, or is this product's under a former name, are dropped; those of anybody else are kept.
    Products are in the order of their names, so that the text does not depend on which was compiled last.
    """
    relative = os.path.relpath(file, folder).replace(os.sep, "/")
    known = {name: location(name, relative)}
    others = []
    for entry in _entries(folder / NAME):
        place = _generated(entry)
        if place is None:
            others.append(entry)
        elif place["relative_path"] != relative and (folder / place["relative_path"]).is_file():
            known.setdefault(place["location_name"], entry)
    return text_of([*(known[each] for each in sorted(known)), *others])


def _generated(entry: dict[str, Any]) -> dict[str, Any] | None:
    """The place that an entry as `location` makes it names, or None for any other entry."""
    place = entry.get("python_file")
    if isinstance(place, dict) and set(place) == {"relative_path", "location_name"}:
        return place
    return None


def _entries(file: Path) -> list[dict[str, Any]]:
    """What a workspace file names; nothing where it is missing or none: it is made anew then."""
    try:
        data = yaml.safe_load(file.read_bytes())
    except (OSError, yaml.YAMLError, UnicodeError):
        return []
    entries = data.get("load_from") if isinstance(data, dict) else None
    return [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
