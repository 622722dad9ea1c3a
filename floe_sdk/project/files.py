"""Writing files whole or not at all, and where."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.compilation import CANNOT_WRITE

if TYPE_CHECKING:
    from floe_sdk.plugins.config import PluginContext

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def write_atomic(path: Path, data: bytes | str) -> None:
    """Put `data` at `path`: a reader sees the old file or the new one, also after a crash; folders are made.

    Raises FloeError (exit code 1) where the folder can't be written or the disk is full; nothing is left behind.
    """
    raw = data.encode() if isinstance(data, str) else data
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise cannot_write(path, error) from error


def writable_folder(path: Path) -> Path:
    """Make a folder; raises FloeError (exit code 1) that names FLOE_STATE_DIR where it can't be made or written to."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise cannot_write(path, error) from error
    return path


def is_full(error: OSError) -> bool:
    """Whether the disk, or what a user may have of it, has no more room."""
    return error.errno in _FULL


def cannot_write(path: Path, error: OSError) -> FloeError:
    """The error for a path that could not be written, with what the system said and what to do."""
    if is_full(error):
        fix = "make room on that disk, or set FLOE_STATE_DIR to a folder on another one"
    else:
        fix = "make the folder writable, or set FLOE_STATE_DIR to a folder that is"
    return FloeError(CANNOT_WRITE, f"can't write {path.name}: {error.strerror or error}", where=str(path), fix=fix)


def target_dir(context: PluginContext) -> Path:
    """Where a compile writes: `target/` beside floe.yaml, or in the product's state where `FLOE_STATE_DIR` moves it."""
    return (context.product_state if os.environ.get("FLOE_STATE_DIR") else context.product_root) / "target"


def platform_target_dir(context: PluginContext) -> Path:
    """Where compiles write what the products of a platform share: `target/` beside manifest.yaml, or in its state."""
    return (context.platform_state.parent if os.environ.get("FLOE_STATE_DIR") else context.platform_root) / "target"
