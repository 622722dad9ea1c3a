"""Secrets from files, as Docker and Kubernetes mount them: `{file: PATH}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from floe_sdk import SECRET_NOT_FOUND, FloeError, PluginContext, hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping


class FileSecrets:
    """Secrets from files: `{file: PATH}`, relative to manifest.yaml; one newline at the end is left out."""

    not_supported: ClassVar[Mapping[str, str]] = {
        "health": "which files are meant stands in the references alone",
        "unreachable": "a file that is not there is a missing key",
    }

    def __init__(self, context: PluginContext) -> None:
        self._root = context.platform_root

    @hookimpl
    def secrets_resolve(self, key: str) -> str:
        """The file's text."""
        path = self._root / key
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise FloeError(
                SECRET_NOT_FOUND, f"the secret file {path} can't be read: {reason}", fix=f"put the secret into {path}"
            ) from None  # a decoding error holds the bytes
        value = text[:-1].removesuffix("\r") if text.endswith("\n") else text
        if not value:
            raise FloeError(SECRET_NOT_FOUND, f"the secret file {path} is empty", fix=f"put the secret into {path}")
        return value
