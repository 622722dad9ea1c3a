"""The texts of a new package, from the templates beside this file.

A template is a file `NAME.tmpl`. `{{key}}` stands for a value; a line that holds nothing but one is left out where the
value is empty. What `common/` has is in every package; the folder of a type adds to it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATES = Path(__file__).parent / "templates"
_SUFFIX = ".tmpl"
_KEY = re.compile(r"\{\{(\w+)\}\}")
_KEY_LINE = re.compile(r"^\{\{(\w+)\}\}\n", re.MULTILINE)
_FOLDERS = {"gitignore": ".gitignore", "github": ".github"}
"""Names that tools would take for their own, were they called so among the templates."""


def render_package(kind: str, values: Mapping[str, str]) -> dict[str, str]:
    """Every file of a package of that type: its path, relative to the package's folder, and its text."""
    texts: dict[str, str] = {}
    for folder in (TEMPLATES / "common", TEMPLATES / kind):
        for path in sorted(folder.rglob(f"*{_SUFFIX}")):
            target = _target(path.relative_to(folder), values["module"])
            texts[target] = render(path.read_text(encoding="utf-8"), values)
    texts["LICENSE"] = render((TEMPLATES / "licences" / f"{values['licence']}.txt").read_text(encoding="utf-8"), values)
    return dict(sorted(texts.items()))


def fragment(kind: str, name: str) -> str:
    """A text of the type that becomes a part of a common file; empty where the type has none."""
    path = TEMPLATES / kind / name
    return path.read_text(encoding="utf-8").rstrip("\n") if path.exists() else ""


def render(text: str, values: Mapping[str, str]) -> str:
    """Put the values in. Raises KeyError for a key that has none: templates are held by tests."""
    text = _KEY_LINE.sub(lambda match: f"{values[match[1]]}\n" if values[match[1]] else "", text)
    return _KEY.sub(lambda match: values[match[1]], text)


def licences() -> list[str]:
    """The identifiers of the licences whose texts are at hand, the usual one first."""
    names = sorted(path.stem for path in (TEMPLATES / "licences").iterdir())
    return sorted(names, key=lambda name: name != "Apache-2.0")


def _target(path: Path, module: str) -> str:
    first, *rest = path.with_name(path.name.removesuffix(_SUFFIX)).parts
    if first == "package":
        return "/".join(["src", module, *rest])
    return "/".join([_FOLDERS.get(first, first), *rest])
