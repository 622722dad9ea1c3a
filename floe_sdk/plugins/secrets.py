"""Turning a reference into a value, at run time: through the secrets plugin of its scheme, and past the redactor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.errors.secrets import SECRET_FAILED, SECRET_NOT_FOUND
from floe_sdk.observability.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Callable

    from floe_sdk.plugins.config import PluginContext
    from floe_sdk.schemas.secret import Secret

IMPLICIT = ("env", "file")
"""Schemes whose plugins come with floe-sdk and need no selection."""
MANIFEST = "manifest"
"""Scheme of a literal that `--allow-literal-secrets` left in the manifest; the host itself reads it."""


def reveal(secret: Secret, resolve: Callable[[str], Any]) -> str:
    """The value of `secret` by its plugin's `resolve`; the redactor knows it before the caller does."""
    try:
        value = resolve(secret.key)
    except FloeError:
        raise
    except Exception as error:  # the text is left out: it may hold the value
        raise _failed(secret, f"raised {type(error).__name__}") from error
    if not isinstance(value, str):
        raise _failed(secret, f"gave a {type(value).__name__} instead of text")
    redactor.add(value)
    return value


def _failed(secret: Secret, reason: str) -> FloeError:
    return FloeError(
        SECRET_FAILED, f"the secrets plugin {secret.scheme!r} {reason} for {secret!r}", fix="run `floe health`"
    )


def from_manifest(context: PluginContext, reference: str) -> str:
    """The literal that a `{manifest: POINTER}` stands for; `FILE#POINTER` is in another file beside the manifest."""
    import yaml

    manifest = context.manifest or context.platform_root / "manifest.yaml"
    file, _, pointer = reference.rpartition("#")
    path = manifest.parent / file if file else manifest
    try:
        with path.open(encoding="utf-8") as stream:
            value: Any = yaml.load(stream, yaml.BaseLoader)  # noqa: S506 - the loader that makes nothing but text
        for part in pointer.lstrip("/").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            value = value[int(key)] if isinstance(value, list) else value[key]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, LookupError, ValueError, TypeError):
        value = None
    if not isinstance(value, str):
        raise FloeError(
            SECRET_NOT_FOUND,
            f"the manifest {path} has no text at {pointer}, where a secret stood when it was compiled",
            fix="put the value into the environment and write `{env: NAME}` there, then compile again",
        )
    return value
