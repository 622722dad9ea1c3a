"""The platform's manifest and its parents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError, raise_all
from floe_sdk.errors.documents import FILE_MISSING, NOT_SUPPORTED, PARENT_INVALID
from floe_sdk.project.checking import validate
from floe_sdk.project.document import shown_path
from floe_sdk.project.finding import MANIFEST_NAME, real_folder
from floe_sdk.project.yaml import read_yaml
from floe_sdk.schemas.manifest import Manifest

if TYPE_CHECKING:
    from pathlib import Path

    from floe_sdk.project.document import Document


@dataclass(frozen=True)
class LoadedManifest:
    """A manifest with its document."""

    document: Document
    model: Manifest


def load_manifests(path: Path) -> tuple[LoadedManifest, ...]:
    """The manifest at `path` and its parents, the topmost first. Raises FloeError with all that is wrong."""
    chain: list[LoadedManifest] = []
    seen: list[Path] = []
    problems: list[FloeError] = []
    while True:
        seen.append(path.resolve())
        document = read_yaml(path)
        try:
            model = validate(document, Manifest, "Manifest")
            problems += _check_scope(document, model)
            chain.insert(0, LoadedManifest(document, model))
        except FloeError as error:
            problems.append(error)
        reference = document.value(("extends",))
        if not isinstance(reference, str) or not reference:
            raise_all(problems)
            return tuple(chain)
        path = _parent(document, reference, seen)


def _parent(document: Document, reference: str, seen: list[Path]) -> Path:
    where = document.locate(("extends",))
    if "://" in reference:
        fix = "name a file"
        raise FloeError(NOT_SUPPORTED, "parent manifests from a registry are not supported yet", where=where, fix=fix)
    parent = document.path.parent / reference
    parent = real_folder(parent / MANIFEST_NAME if parent.is_dir() else parent)
    if not parent.exists():
        problem = f"there is no parent manifest {shown_path(parent)}"
        raise FloeError(FILE_MISSING, problem, where=where, fix="correct the path")
    if parent.resolve() == document.path.resolve():
        raise FloeError(PARENT_INVALID, "the manifest extends itself", where=where, fix="remove `extends`")
    if parent.resolve() in seen:
        circle = " -> ".join(place.name if place.parent == parent.parent else str(place) for place in seen)
        problem = f"the parents close a circle: {circle} -> {parent.name}"
        raise FloeError(PARENT_INVALID, problem, where=where, fix="remove one `extends`")
    return parent


def _check_scope(document: Document, model: Manifest) -> list[FloeError]:
    problems = []
    if model.scope == "enterprise" and model.extends is not None:
        problem = "a manifest of scope `enterprise` is at the top and can't extend another"
        where = document.locate(("extends",))
        problems.append(FloeError(PARENT_INVALID, problem, where=where, fix="remove `extends`, or change `scope`"))
    if model.scope == "domain" and model.extends is None:
        problem = "a manifest of scope `domain` extends the enterprise's"
        where = document.locate(("scope",))
        problems.append(FloeError(PARENT_INVALID, problem, where=where, fix="add `extends`, or remove `scope`"))
    return problems
