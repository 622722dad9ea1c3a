"""Tables in a folder, for one machine."""

from pathlib import Path

from pydantic import Field

from floe_sdk import STORAGE_NOT_WRITABLE, FloeError, PluginConfig, PluginContext, StorageAccess, hookimpl
from floe_sdk.testing import loaded


class FolderConfig(PluginConfig):
    """Where the folder is."""

    path: str = Field(description="The folder, relative to manifest.yaml.")


class Folder:
    """Tables in a folder."""

    def __init__(self, config: FolderConfig, context: PluginContext) -> None:
        self.folder = context.platform_root / context.expand(config.path)

    @hookimpl
    def storage_access(self) -> StorageAccess:
        return StorageAccess(root=f"{self.folder.as_uri()}/")

    @hookimpl
    def storage_ready(self, timeout: float) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FloeError(
                STORAGE_NOT_WRITABLE,
                f"the folder {self.folder} can't be made: {error.strerror}",
                fix="give access there, or name another folder with `path`",
            ) from error


# storage_access
with loaded(storage=(Folder, {"path": "warehouse/{environment}"})) as platform:
    access = platform.storage.storage_access()
    print(access.root.rpartition("/platform/")[2])
    # => warehouse/dev/

# storage_ready
with loaded(storage=(Folder, {"path": "warehouse"})) as platform:
    platform.storage.storage_ready(timeout=5)
    print((Path(platform.context.platform_root) / "warehouse").is_dir())
    # => True
