"""The wheel of a distribution that is installed as files: what its RECORD lists, without what installing added."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from email.parser import Parser
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.packaging import INSTALLED_CHANGED
from floe_sdk.packaging.wheel_file import Member, Wheel, tag_of, with_record, zipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import Distribution, PackagePath

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
    found = distribution.files
    folder = next((file.parent.name for file in found or () if file.match("*.dist-info/WHEEL")), None)
    text = distribution.read_text("WHEEL")
    if not found or folder is None or text is None:
        raise _changed(name, "it has no RECORD or no WHEEL file")
    members = with_record(dict(_members(name, found, folder, distribution)), folder)
    described = Parser().parsestr(text)
    build = [described["Build"]] if described["Build"] else []
    stem = "-".join([re.sub(r"[-_.]+", "_", name), version, *build, tag_of(described.get_all("Tag") or [])])
    return Wheel(name, version, f"{stem}.whl", zipped(members))


def _members(
    name: str, files: list[PackagePath], folder: str, distribution: Distribution
) -> Iterator[tuple[str, Member]]:
    data = folder.removesuffix(".dist-info") + ".data"
    generated = {entry.name for entry in distribution.entry_points if entry.group in {"console_scripts", "gui_scripts"}}
    for file in files:
        if file.suffix == ".pyc" or (file.parent.name == folder and file.name in ADDED):
            continue
        target = PurePosixPath(os.path.normpath(file.as_posix()))
        if target.parts[0] != "..":
            yield target.as_posix(), _member(name, file)
        elif target.parent.name in {"bin", "Scripts"}:
            if file.name.removesuffix(".exe") not in generated:
                member = _member(name, file)
                yield f"{data}/scripts/{file.name}", Member(_SHEBANG.sub(b"#!python", member.content), executable=True)
        else:
            yield f"{data}/data/{_below_prefix(target)}", _member(name, file)


def _below_prefix(target: PurePosixPath) -> str:
    """`../../../share/x` of a file in the prefix, as seen from there."""
    return PurePosixPath(*(part for part in target.parts if part != "..")).as_posix()


def _member(name: str, file: PackagePath) -> Member:
    path = Path(str(file.locate()))
    try:
        content, mode = path.read_bytes(), path.stat().st_mode
    except OSError as error:
        raise _changed(name, f"{file} can't be read: {error.strerror}") from None
    if file.hash is not None:
        digest = hashlib.new(file.hash.mode, content).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
            raise _changed(name, f"{file} is not the file that was installed")
    return Member(content, bool(mode & 0o111))


def _changed(name: str, problem: str) -> FloeError:
    fix = f"install {name} again, for instance with pip install --force-reinstall --no-deps"
    return FloeError(INSTALLED_CHANGED, f"{name}: {problem}", fix=fix)
