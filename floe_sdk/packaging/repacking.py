"""The wheel of a distribution that is installed as files: what its RECORD lists, without what installing added."""

from __future__ import annotations

import base64
import csv
import hashlib
import posixpath
import re
from email.parser import Parser
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from floe_sdk.errors import FloeError
from floe_sdk.errors.packaging import INSTALLED_CHANGED
from floe_sdk.packaging.wheel_file import Member, Wheel, tag_of, with_record, zipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import Distribution

ADDED = frozenset(
    {
        "RECORD",
        "INSTALLER",
        "REQUESTED",
        "direct_url.json",
        "uv_cache.json",
        "uv_build.json",
        "RECORD.jws",
        "RECORD.p7s",
    }
)
"""What an installer writes into the `.dist-info`."""
_SHEBANG = re.compile(rb"\A#!.*python[^\n]*")


def repacked(distribution: Distribution) -> Wheel:
    """The wheel, with the same files for everybody who installed the same. Raises FloeError where they were changed."""
    name, version = distribution.metadata["Name"], distribution.version
    record, described = distribution.read_text("RECORD"), Parser().parsestr(distribution.read_text("WHEEL") or "")
    files = [File(PurePosixPath(row[0]), row[1]) for row in csv.reader((record or "").splitlines()) if len(row) > 1]
    folder = next((file.path.parent.name for file in files if file.path.match("*.dist-info/RECORD")), None)
    tags = described.get_all("Tag")
    if folder is None or not tags:
        raise _changed(name, "it has no RECORD or no WHEEL file")
    members = with_record(dict(_members(files, folder, distribution)), folder)
    build = [described["Build"]] if described["Build"] else []
    filename = "-".join([folder.removesuffix(".dist-info"), *build, tag_of(tags)]) + ".whl"
    return Wheel(name, version, filename, zipped(members))


class File(NamedTuple):
    """A line of RECORD: the path below site-packages, and `sha256=...` or nothing."""

    path: PurePosixPath
    hash: str


def _members(files: Iterable[File], folder: str, distribution: Distribution) -> Iterator[tuple[str, Member]]:
    data = folder.removesuffix(".dist-info") + ".data"
    generated = {entry.name for entry in distribution.entry_points if entry.group in {"console_scripts", "gui_scripts"}}
    for file in files:
        path = file.path
        if path.suffix == ".pyc" or (path.parent.name == folder and path.name in ADDED):
            continue
        target = PurePosixPath(posixpath.normpath(path))
        if target.parts[0] != "..":
            yield target.as_posix(), _member(file, distribution)
        elif target.parent.name in {"bin", "Scripts"}:
            if path.name.removesuffix(".exe") not in generated:
                member = _member(file, distribution)
                yield f"{data}/scripts/{path.name}", Member(_SHEBANG.sub(b"#!python", member.content), executable=True)
        else:
            below_prefix = [part for part in target.parts if part != ".."]
            yield posixpath.join(data, "data", *below_prefix), _member(file, distribution)


def _member(file: File, distribution: Distribution) -> Member:
    name, path = distribution.metadata["Name"], Path(str(distribution.locate_file(file.path)))
    try:
        content, mode = path.read_bytes(), path.stat().st_mode
    except OSError as error:
        raise _changed(name, f"{file.path} can't be read: {error.strerror}") from None
    kind, _, expected = file.hash.partition("=")
    if expected:
        digest = hashlib.new(kind, content).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != expected:
            raise _changed(name, f"{file.path} is not the file that was installed")
    return Member(content, bool(mode & 0o111))


def _changed(name: str, problem: str) -> FloeError:
    fix = f"install {name} again, for instance with pip install --force-reinstall --no-deps"
    return FloeError(INSTALLED_CHANGED, f"{name}: {problem}", fix=fix)
