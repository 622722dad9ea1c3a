"""Which floe.yaml somebody may have meant who named a place without one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.schemas.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPTH = 3
"""How far below a folder products are looked for."""
MOST_FOLDERS = 2000
"""How many folders are looked at: the guess may not take longer than a glance."""
SHOWN = 3
_NOT_ENTERED = frozenset({"node_modules", "target", "dbt_packages", "venv", "site-packages", "__pycache__"})


def hint(path: Path, name: str) -> str:
    """What to do about a path where no file called `name` (floe.yaml) is: the one that is meant, as far as it shows."""
    folder = path.parent if path.name == name else path
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.is_dir())
    if folder.exists() and (above := _above(there, name)):
        return f"the product is a folder above; name it: {_shown(above)}"
    found = sorted(_below(there, name))
    if not folder.exists():
        if close := nearest(folder.name, [each.name for each in found]):
            return f"did you mean {_shown(next(each for each in found if each.name == close))}?"
        if (Path() / name).is_file() and len(path.parts) == 1:
            return f"leave it out: the product is in this folder. A node is chosen so: floe run --select {path}"
    if len(found) == 1:
        return f"there is one in {_shown(found[0])}: name that folder, or run the command in it"
    if found:
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        return f"name one of these folders: {', '.join(map(_shown, found[:SHOWN]))}{more}"
    return "name a floe.yaml or its folder, or make one: floe init"


def _above(folder: Path, name: str) -> Path | None:
    """The nearest folder above that is a product; a home directory or the root of the disk is none."""
    for each in folder.parents:
        if each in (Path.home(), Path(each.anchor)):
            return None
        if (each / name).is_file():
            return each
        if (each / ".git").exists():
            return None
    return None


def _below(folder: Path, name: str) -> Iterator[Path]:
    """The folders below that hold the file, breadth first."""
    level, seen = [folder], 0
    for _ in range(DEPTH):
        level = [child for each in level for child in _folders(each)][: max(MOST_FOLDERS - seen, 0)]
        seen += len(level)
        yield from (each for each in level if (each / name).is_file())


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                Path(entry.path)
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and entry.name[0] != "." and entry.name not in _NOT_ENTERED
            )
    except OSError:
        return []


def _shown(folder: Path) -> str:
    """The folder as one would type it: relative, where it is below or at most three folders up."""
    relative = Path(os.path.relpath(folder))
    return str(folder if relative.parts.count("..") > DEPTH else relative)
