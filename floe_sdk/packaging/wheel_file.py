"""A wheel whose bytes depend on its contents only: sorted, one time, two modes, stored and not compressed.

Compression would make the bytes depend on the version of zlib.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from floe_sdk.trust.files import counts, digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TIME = (1980, 1, 1, 0, 0, 0)
_EXECUTABLE = 0o111
_INTO_LIBRARY = re.compile(r"^[^/]+\.data/(?:pure|plat)lib/")


@dataclass(frozen=True)
class Wheel:
    """A wheel: its file's name and bytes, and what it is a wheel of."""

    name: str
    version: str
    filename: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The hash that pip compares."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Member:
    """A file in a wheel."""

    content: bytes
    executable: bool = False


def zipped(members: Mapping[str, Member]) -> bytes:
    """The members as a zip; what is in `.dist-info` comes last, as the wheel format asks."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members, key=lambda name: (".dist-info/" in name, name)):
            info = zipfile.ZipInfo(name, _TIME)
            info.create_system = 3  # Unix, also where it isn't
            mode = 0o755 if members[name].executable else 0o644
            info.external_attr = (0o100000 | mode) << 16
            archive.writestr(info, members[name].content)
    return buffer.getvalue()


def unzipped(content: bytes) -> dict[str, Member]:
    """The members of a wheel that was built somehow."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            info.filename: Member(archive.read(info), bool(info.external_attr >> 16 & _EXECUTABLE))
            for info in archive.infolist()
            if not info.is_dir()
        }


def files_digest(wheel: Wheel) -> str:
    """The hash of its source files as a lock of plugins has it, once the wheel is installed."""
    placed = {_INTO_LIBRARY.sub("", name): member.content for name, member in unzipped(wheel.content).items()}
    return digest({name: content for name, content in placed.items() if counts(name)})


def with_record(members: Mapping[str, Member], folder: str) -> dict[str, Member]:
    """The members and a RECORD of them in `folder`, the `.dist-info`."""
    record = f"{folder}/RECORD"
    lines = [f"{_quoted(name)},{_hash(each.content)},{len(each.content)}" for name, each in sorted(members.items())]
    return {**members, record: Member("".join(f"{line}\n" for line in [*lines, f"{record},,"]).encode())}


def tag_of(tags: Iterable[str]) -> str:
    """The tags of a WHEEL file in the compressed form that a file's name has: `py2.py3-none-any`."""
    parts = zip(*(tag.split("-", 2) for tag in tags), strict=True)
    return "-".join(".".join(sorted(dict.fromkeys(part))) for part in parts)


def _hash(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""')) if any(mark in name for mark in ',"') else name
