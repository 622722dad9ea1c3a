"""Which files count: the product's floe.yaml, and the platform's manifest, inside the git root or pinned."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.documents import FILE_MISSING, MANIFEST_OUTSIDE, MANIFEST_PINNED, NOT_SUPPORTED
from floe_sdk.project.document import shown_path

if TYPE_CHECKING:
    from floe_sdk.errors import Location
    from floe_sdk.project.document import Document

SPEC_NAME = "floe.yaml"
MANIFEST_NAME = "manifest.yaml"
PIN = "FLOE_MANIFEST"


def find_spec(spec: Path | None = None) -> Path:
    """The absolute path of a floe.yaml, given it or its folder (None: the working directory)."""
    path = Path(spec) if spec is not None else Path()
    path = path / SPEC_NAME if path.is_dir() else path
    if not path.exists():
        from floe_sdk.project.nearby import hint

        where = shown_path(path.absolute())
        raise FloeError(FILE_MISSING, "there is no such file", where=where, fix=hint(path, SPEC_NAME))
    return real_folder(path)


def real_folder(path: Path) -> Path:
    """The absolute path, its folder without symlinks; the file itself may be one."""
    path = path.absolute()
    return path.parent.resolve() / path.name


def git_root(folder: Path) -> Path:
    """The root that a product's paths stay inside: its git root, or without one the parent of its folder."""
    folder = folder.resolve()
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), folder.parent)


def find_manifest(spec: Document, named: Path | None = None) -> Path:
    """The absolute path of the manifest that counts: FLOE_MANIFEST, `named`, `platform.manifest`, or the nearest
    manifest.yaml from the product's folder up to its git root. Raises FloeError; reads nothing."""
    own = _file(Path(named)) if named is not None else _named_by_product(spec)
    pinned = os.environ.get(PIN)
    if pinned:
        pin = find_pinned(pinned)
        if own is not None and own.resolve() != pin.resolve():
            problem = f"{PIN} pins the manifest {shown_path(pin)}, and this names another one"
            where: Location | str = spec.locate(("platform", "manifest")) if named is None else shown_path(own)
            raise FloeError(MANIFEST_PINNED, problem, where=where, fix="name the pinned manifest, or leave it out")
        return _existing(pin, PIN)
    if named is not None and own is not None:
        return _existing(own, shown_path(own))
    if own is not None:
        return _existing(_inside(spec, own), spec.locate(("platform", "manifest")))
    return _nearest(spec)


def _named_by_product(spec: Document) -> Path | None:
    reference = spec.value(("platform", "manifest"))
    if not isinstance(reference, str) or not reference:
        return None
    if "://" in reference:
        where = spec.locate(("platform", "manifest"))
        fix = "name a file in the same git repository"
        raise FloeError(NOT_SUPPORTED, "manifests from a registry are not supported yet", where=where, fix=fix)
    return _file(spec.path.parent / reference)


def _inside(spec: Document, path: Path) -> Path:
    root = git_root(spec.path.parent)
    if not path.resolve().is_relative_to(root):
        raise FloeError(
            MANIFEST_OUTSIDE,
            f"`platform.manifest` leads outside of {shown_path(root)}; the file was not read",
            where=spec.locate(("platform", "manifest")),
            fix=f"keep the manifest inside, or set {PIN} to it",
        )
    return path


def _nearest(spec: Document) -> Path:
    root = git_root(spec.path.parent)
    folder = spec.path.parent.resolve()
    while folder.is_relative_to(root):
        if (folder / MANIFEST_NAME).is_file():
            return folder / MANIFEST_NAME
        folder = folder.parent
    fix = f"add `platform: {{manifest: PATH}}`, or set {PIN}"
    problem = (
        f"the product names no manifest, and there is no {MANIFEST_NAME} in its folder or above, up to {root.name}"
    )
    raise FloeError(FILE_MISSING, problem, where=spec.locate(("platform",)), fix=fix)


def find_pinned(pin: str) -> Path:
    """The absolute path of the manifest that FLOE_MANIFEST names: a file, or the folder of a manifest.yaml."""
    return _file(Path(pin))


def _file(path: Path) -> Path:
    return real_folder(path / MANIFEST_NAME if path.is_dir() else path)


def _existing(path: Path, where: Location | str) -> Path:
    if not path.exists():
        raise FloeError(FILE_MISSING, f"there is no manifest {shown_path(path)}", where=where, fix="correct the path")
    return path
