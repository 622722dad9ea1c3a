"""A tarball whose bytes depend on names and contents only: sorted, one owner, one time, two modes."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, cast

from floe_sdk.project.files import cannot_write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EPOCH = 315_532_800
"""1980-01-01, the first moment that a zip can hold: the time of everything in a package."""
COMPRESSED = (".gz", ".tgz")


@dataclass(frozen=True)
class Entry:
    """A file of the package: what it holds, or the file that it is copied from."""

    content: bytes | Path
    executable: bool = False


def write_archive(path: Path, entries: Mapping[str, Entry]) -> str:
    """Write the entries, by their path in the package, whole or not at all; returns the file's SHA-256.

    A name that ends in `.gz` or `.tgz` is compressed. Raises FloeError (exit code 1) where it can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "w+b") as file:
                with _compressed(file, path) as stream:
                    _write(stream, entries)
                file.flush()
                os.fsync(file.fileno())
                digest = _digest(file)
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise cannot_write(Path(error.filename or path), error) from error
    return digest


@contextmanager
def _compressed(file: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    if not path.name.endswith(COMPRESSED):
        yield file
        return
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as stream:
        yield cast("IO[bytes]", stream)


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def _write(stream: IO[bytes], entries: Mapping[str, Entry]) -> None:
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for folder in _folders(entries):
            archive.addfile(_described(folder, 0o755, kind=tarfile.DIRTYPE))
        for name, entry in sorted(entries.items()):
            info = _described(name, 0o755 if entry.executable else 0o644)
            if isinstance(entry.content, Path):
                with entry.content.open("rb") as file:
                    info.size = os.fstat(file.fileno()).st_size
                    archive.addfile(info, file)
            else:
                info.size = len(entry.content)
                archive.addfile(info, io.BytesIO(entry.content))


def _folders(entries: Mapping[str, Entry]) -> list[str]:
    """All folders above the entries, each before what is in it."""
    above = {str(parent) for name in entries for parent in PurePosixPath(name).parents}
    return sorted(above - {"."})


def _described(name: str, mode: int, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.mtime = kind, mode, EPOCH
    return info
