"""Literal secrets that `--allow-literal-secrets` tolerated: the artifact holds `{manifest: POINTER}`, no value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from floe_sdk import SECRET_NOT_FOUND, FloeError, PluginContext, hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping


class ManifestSecrets:
    """Secrets that stand in the manifest, by JSON pointer; `FILE#POINTER` is in another file, relative to it."""

    not_supported: ClassVar[Mapping[str, str]] = {
        "health": "which places are meant stands in the references alone",
        "unreachable": "the manifest is there, or nothing was selected",
    }

    def __init__(self, context: PluginContext) -> None:
        self._manifest = context.manifest or context.platform_root / "manifest.yaml"

    @hookimpl
    def secrets_resolve(self, key: str) -> str:
        """The text at the pointer."""
        import yaml

        file, _, pointer = key.rpartition("#")
        path = self._manifest.parent / file if file else self._manifest
        try:
            with path.open(encoding="utf-8") as stream:
                value: Any = yaml.load(stream, yaml.BaseLoader)  # noqa: S506 - the loader that makes nothing but text
            for part in pointer.lstrip("/").split("/"):
                step = part.replace("~1", "/").replace("~0", "~")
                value = value[int(step)] if isinstance(value, list) else value[step]
        except (OSError, UnicodeDecodeError, yaml.YAMLError, LookupError, ValueError, TypeError):
            value = None
        if not isinstance(value, str):
            raise FloeError(
                SECRET_NOT_FOUND,
                f"the manifest {path} has no text at {pointer}, where a secret stood when it was compiled",
                fix="put the value into the environment and write `{env: NAME}` there, then compile again",
            )
        return value
