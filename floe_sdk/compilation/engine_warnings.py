"""What the engine warns of while it reads a project: in a file of its own, and one line that says so."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.observability.redaction import redactor
from floe_sdk.project.document import shown_path
from floe_sdk.project.files import write_atomic
from floe_sdk.schemas.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from floe_sdk.plugins.host import Platform


def engine_warnings(platform: Platform, engine: str, texts: Iterable[str]) -> tuple[str, ...]:
    """Write them to `logs/<engine>-warnings.log`, or remove it where there are none; the line for people, if any."""
    path = platform.context.product_state / "logs" / f"{engine}-warnings.log"
    texts = [redactor.redact(text).strip() for text in texts]
    if not texts:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        return ()
    line = f"{engine} gave {counted(len(texts), 'warning')}"
    document = "\n\n".join(texts) + "\n"
    try:
        if not (path.is_file() and path.read_text(encoding="utf-8", errors="replace") == document):
            write_atomic(path, document)
    except (FloeError, OSError):  # the file or its folder can't be read or written: what they say is not lost
        return (line, *texts)
    return (f"{line}: see {shown_path(path)}",)
