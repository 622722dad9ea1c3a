"""`floe plugins new`: a package with one plugin that works, written whole or not at all."""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from floe_sdk.authoring.naming import checked_name, class_name, distribution_name, module_name
from floe_sdk.authoring.placeholders import MARK
from floe_sdk.authoring.rendering import fragment, licences, render, render_package
from floe_sdk.errors import FloeError
from floe_sdk.errors.compilation import CANNOT_WRITE
from floe_sdk.errors.scaffolding import PACKAGE_THERE, bad_option
from floe_sdk.plugins.discovery import discover
from floe_sdk.project.document import shown_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk.plugins.types import PluginType

_EMAIL = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+")
_SHOWN = 5
_LONGEST = 512  # package indexes take no longer summary


@dataclass(frozen=True)
class About:
    """What only the author knows; what is not given is left out, or marked in the package as still to be written."""

    description: str | None = None
    author: str | None = None
    email: str | None = None
    licence: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class NewPackage:
    """What is to be written below `folder`, by path; `warnings` are for the author."""

    kind: PluginType
    name: str
    distribution: str
    folder: Path
    files: Mapping[str, str]
    warnings: tuple[str, ...] = ()


def plan_package(kind: PluginType, name: str, about: About, folder: Path | None = None) -> NewPackage:
    """Decide what to write; writes nothing. Raises FloeError (exit code 2) for what the package can't be."""
    checked_name(name)
    distribution = distribution_name(kind.value, name)
    folder = (folder or Path(distribution)).absolute()
    _check_folder(folder)
    files = render_package(kind.value, _values(kind.value, name, about))
    return NewPackage(kind, name, distribution, folder, files, tuple(_clashes(kind, name, distribution)))


def write_package(package: NewPackage) -> None:
    """Write all files or none: they are put in place at once, as a folder."""
    folder = package.folder
    staging: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = folder.with_name(f".{folder.name}-{uuid.uuid4().hex[:8]}")
        staging.mkdir()
        for path, text in package.files.items():
            target = staging / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
        _check_folder(folder)  # somebody may have made it meanwhile
        staging.rename(folder)
    except OSError as error:
        problem = f"the package can't be written: {error.strerror or error}; nothing was written"
        fix = "make room or give access there, or name another folder with `--dir`"
        raise FloeError(CANNOT_WRITE, problem, where=shown_path(folder), fix=fix) from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)


def _check_folder(folder: Path) -> None:
    """The folder is not there, or empty and nobody's place to be."""
    if not os.path.lexists(folder):
        return
    there = sorted(each.name for each in folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else None
    if there == [] and not folder.samefile(Path.cwd()):
        return
    if there is None:
        what = "a file is there already"
    elif there:
        more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
        what = f"the folder is there already and holds {', '.join(there[:_SHOWN])}{more}"
    else:
        what = "the folder is the one that you are in"
    raise FloeError(PACKAGE_THERE, f"{what}; nothing was written", where=shown_path(folder), fix=PACKAGE_THERE.remedy)


def _clashes(kind: PluginType, name: str, distribution: str) -> list[str]:
    records = discover().records
    if there := next((one for one in records if one.distribution == distribution), None):
        return [f"{distribution} {there.version} is installed: to install yours replaces it; choose another name"]
    return [
        f"{one.identity} is provided by {one.distribution} {one.version}, too: where both are installed, "
        "manifests must choose one with `distribution:`"
        for one in records
        if one.type == kind.value and one.name == name
    ]


def _values(kind: str, name: str, about: About) -> dict[str, str]:
    """What the templates ask for."""
    distribution, now = distribution_name(kind, name), datetime.now().astimezone()
    licence = _licence(about.licence)
    values = {
        "type": kind,
        "name": name,
        "distribution": distribution,
        "module": module_name(kind, name),
        "Class": class_name(kind, name),
        "description": _one_line("--description", about.description) or f"The {kind} `{name}` for floe",
        "licence": licence,
        "year": str(now.year),
        "holder": _one_line("--author", about.author) or f"The authors of {distribution}",
        "range": _range(),
        "authors": _authors(about),
        "urls": "",
        "dependencies": "\n".join(f'    "{line}",' for line in fragment(kind, "dependencies.txt").splitlines()),
        "mypy_overrides": _overrides(fragment(kind, "untyped.txt").splitlines()),
    }
    values["description_toml"] = _toml(values["description"])
    values["description_mark"] = (
        "" if about.description else f"# {MARK}: say in one line what it is for; package indexes and floe show it"
    )
    if about.url:
        values["urls"] = f"\n[project.urls]\nHomepage = {_toml(_url(about.url))}"
    values["about"] = render(fragment(kind, "about.md"), values)
    return values


def _licence(licence: str | None) -> str:
    known = licences()
    if licence is None:
        return known[0]
    found = next((each for each in known if each.lower() == licence.lower()), None)
    if found is None:
        fix = f"choose one of {', '.join(known)}; for another, put its text into LICENSE afterwards"
        raise bad_option("--licence", f"no text of {licence!r} is at hand", fix)
    return found


def _authors(about: About) -> str:
    author, email = _one_line("--author", about.author), about.email
    if email and not _EMAIL.fullmatch(email):
        raise bad_option("--email", f"{email!r} is no address", "write it as name@example.com")
    fields = [f"{key} = {_toml(value)}" for key, value in (("name", author), ("email", email)) if value]
    if not fields:
        return f'# {MARK}: authors = [{{ name = "...", email = "..." }}]'
    return f"authors = [{{ {', '.join(fields)} }}]"


def _url(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s\"]+", url):
        raise bad_option("--url", f"{url!r} is no web address", "write it as https://example.com/project")
    return url


def _one_line(option: str, text: str | None) -> str | None:
    text = text.strip() if text else ""
    if not text.isprintable():
        raise bad_option(option, "it is more than one line of text", "write it in one line")
    if len(text) > _LONGEST:
        raise bad_option(option, f"it is longer than {_LONGEST} characters", "write it shorter; README.md has room")
    return text or None


def _range() -> str:
    """The versions of floe-sdk that promise to keep the plugin working, from the installed one."""
    own = Version(next(record.version for record in discover().records if record.own))
    major, minor = own.release[0], own.release[1] if len(own.release) > 1 else 0
    return f">={major}.{minor},<{f'0.{minor + 1}' if major == 0 else major + 1}"


def _overrides(modules: list[str]) -> str:
    if not modules:
        return ""
    names = ", ".join(f'"{module}"' for module in modules)
    return f"\n[[tool.mypy.overrides]]\n# Neither types nor stubs.\nmodule = [{names}]\nignore_missing_imports = true"


def _toml(text: str) -> str:
    """A basic string; JSON's escapes are TOML's, too."""
    return json.dumps(text, ensure_ascii=False)
