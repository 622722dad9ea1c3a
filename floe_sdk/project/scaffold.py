"""`floe init`: a product that compiles and runs at once, in an empty folder or around a dbt project."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from floe_sdk.errors import FloeError
from floe_sdk.errors.documents import FILE_EXISTS
from floe_sdk.project.document import shown_path
from floe_sdk.project.files import cannot_write
from floe_sdk.project.finding import MANIFEST_NAME, PIN, SPEC_NAME, git_root
from floe_sdk.project.templates import GITIGNORE, MANIFEST, SPEC, TEMPLATES, project_files

if TYPE_CHECKING:
    from collections.abc import Mapping

DBT_PROJECT = "dbt_project.yml"
NOBODY = "nobody@example.com"


@dataclass(frozen=True)
class Scaffold:
    """What is to be written below `folder`, by path; nothing of it is there yet. `manifest` is the one that counts."""

    folder: Path
    name: str
    files: Mapping[str, str]
    manifest: Path
    template: str | None


def plan_scaffold(
    folder: Path, *, name: str | None = None, owner: str | None = None, template: str | None = None
) -> Scaffold:
    """Decide what to write. Raises FloeError (exit code 2) where a file of it is there already; writes nothing.

    A folder with a dbt project, in itself or in one folder below, keeps that project; any other gets a template's.
    """
    folder = folder.absolute()
    if folder.exists():
        folder = folder.resolve()
    project = None if template else _dbt_project(folder)
    name = _product_name(name or (_project_name(project) if project else None) or folder.name)
    manifest = _known_manifest(folder)
    owner = owner or NOBODY
    files: dict[str, str] = {}
    if project is None:
        template = template or next(iter(TEMPLATES))
        files.update(project_files(template, re.sub(r"\W", "_", name).lower()))
    if not (folder / ".gitignore").exists():
        files[".gitignore"] = GITIGNORE
    if manifest is None:
        below = project.parent.relative_to(folder).as_posix() if project else "."
        transform = "{type: dbt}" if below == "." else f"{{type: dbt, config: {{project_dir: {_text(below)}}}}}"
        files[MANIFEST_NAME] = MANIFEST.format(platform=f"{name}-platform", owner=_text(owner), transform=transform)
    files[SPEC_NAME] = SPEC.format(name=_text(name), owner=_text(owner), platform=_platform(folder, manifest))
    if there := [path for path in files if os.path.lexists(folder / path)]:
        names = ", ".join(there)
        fix = "`floe init` never overwrites: choose another folder, or move the file away"
        if there == [SPEC_NAME]:
            fix = "the folder is a product already: `floe validate` checks it, `floe run` runs it"
        raise FloeError(
            FILE_EXISTS, f"{names} is there already; nothing was written", where=shown_path(folder), fix=fix
        )
    return Scaffold(folder, name, files, manifest or folder / MANIFEST_NAME, template if project is None else None)


def not_ignored(folder: Path) -> list[str]:
    """What git would take of the files that floe makes in a product's folder: those that `.gitignore` does not name."""
    try:
        lines = (folder / ".gitignore").read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        return []
    return [each for each in GITIGNORE.split() if not {each, each.rstrip("/"), f"/{each}", f"{each}*"} & {*lines}]


def packages_to_install(folder: Path) -> str | None:
    """The file that names packages of the folder's dbt project, where `dbt deps` has installed none."""
    project = _dbt_project(folder)
    if project is None or (project.parent / "dbt_packages").is_dir():
        return None
    return next((name for name in ("packages.yml", "dependencies.yml") if (project.parent / name).is_file()), None)


def write_scaffold(scaffold: Scaffold) -> None:
    """Write all files, floe.yaml last, or none. A file that somebody else makes meanwhile is kept, and nothing else."""
    made: list[Path] = []
    folders: list[Path] = []
    try:
        _make_folder(scaffold.folder, folders)
        staging = Path(tempfile.mkdtemp(prefix=".floe-init-", dir=scaffold.folder))
        try:
            for number, (path, text) in enumerate(scaffold.files.items()):
                staged, target = staging / str(number), scaffold.folder / path
                staged.write_text(text, encoding="utf-8")
                _make_folder(target.parent, folders)
                os.link(staged, target)  # unlike a rename it never replaces what is there
                made.append(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        _take_back(made, folders)
        if isinstance(error, FileExistsError):
            place = shown_path(Path(error.filename2 or error.filename or scaffold.folder))
            raise FloeError(FILE_EXISTS, "it was made meanwhile; nothing was written", where=place) from error
        raise cannot_write(Path(error.filename or scaffold.folder), error) from error
    except BaseException:
        _take_back(made, folders)
        raise


def _take_back(made: list[Path], folders: list[Path]) -> None:
    for path in made:
        path.unlink(missing_ok=True)
    for folder in reversed(folders):
        folder.rmdir()


def _make_folder(folder: Path, made: list[Path]) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir()
        made.append(each)


def _dbt_project(folder: Path) -> Path | None:
    if (folder / DBT_PROJECT).is_file():
        return folder / DBT_PROJECT
    below = sorted(each for each in folder.glob(f"*/{DBT_PROJECT}") if not each.parent.name.startswith("."))
    return below[0] if len(below) == 1 else None


def _project_name(project: Path) -> str | None:
    try:
        document = yaml.safe_load(project.read_bytes())
    except (OSError, yaml.YAMLError):
        return None  # `floe validate` says what is wrong with it
    name = document.get("name") if isinstance(document, dict) else None
    return name.replace("_", "-") if isinstance(name, str) else None


def _product_name(text: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-.")[:63]
    return name if re.match(r"[A-Za-z]", name) else f"product-{name}".rstrip("-")


def _known_manifest(folder: Path) -> Path | None:
    """The manifest that FLOE_MANIFEST names, or the nearest above; None where one is to be written."""
    if pinned := os.environ.get(PIN):
        return Path(pinned)
    root = git_root(folder)
    for place in (folder, *folder.parents):
        if not place.is_relative_to(root):
            break
        if (place / MANIFEST_NAME).is_file():
            return place / MANIFEST_NAME
    return None


def _platform(folder: Path, manifest: Path | None) -> str:
    if manifest is not None and os.environ.get(PIN):
        return ""
    path = "manifest.yaml" if manifest is None else Path(os.path.relpath(manifest, folder)).as_posix()
    return f"\nplatform:\n  manifest: {_text(path)}\n"


def _text(value: str) -> str:
    """A YAML scalar."""
    return (
        str(yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000))
        .removesuffix("...\n")
        .strip()
    )
