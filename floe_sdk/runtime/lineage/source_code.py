"""Where a product's files are in its git repository, read off the repository's own files: no program is started."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

_SCP = re.compile(r"(?:[^@/]+@)?([\w.-]+):(?!//)(.+)")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class SourceCode:
    """A checkout: its root, the address that a browser opens, the commit and the branch that are checked out."""

    root: Path
    address: str
    commit: str
    branch: str | None = None

    @classmethod
    def of(cls, folder: Path) -> SourceCode | None:
        """Of the repository in which a folder is; None where there is none, or where it has no origin on the web."""
        try:
            return cls._read(folder)
        except (OSError, ValueError):
            return None

    @classmethod
    def _read(cls, folder: Path) -> SourceCode | None:
        root = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), None)
        if root is None:
            return None
        own, common = _git_folders(root)
        head = (own / "HEAD").read_text(encoding="utf-8").strip()
        name = head.removeprefix("ref: ") if head.startswith("ref: ") else None
        commit = _commit_of(name, own, common) if name else head
        address = web_address(_origin(common / "config"))
        if not (address and _SHA.fullmatch(commit)):
            return None
        return cls(root, address, commit, name.removeprefix("refs/heads/") if name else None)

    def path_of(self, file: Path) -> str | None:
        """A file's path in the repository; None where it is not in it."""
        absolute = Path(os.path.normpath(file))
        if not absolute.is_relative_to(self.root) or not absolute.is_file():
            return None
        return absolute.relative_to(self.root).as_posix()

    def url_of(self, path: str) -> str:
        """The page of a file at the commit, as most hosts spell it."""
        kind = "src" if "bitbucket" in self.address else "blob"
        return f"{self.address}/{kind}/{self.commit}/{quote(path)}"


def web_address(origin: str | None) -> str | None:
    """`https://host/owner/name` of a remote's URL, without user and password; None for one that is not on the web."""
    if not origin:
        return None
    if scp := _SCP.fullmatch(origin):
        host, path = scp[1], scp[2]
    else:
        parts = urlsplit(origin)
        if parts.scheme not in ("https", "http", "ssh", "git") or not parts.hostname:
            return None
        on_web = parts.scheme in ("https", "http") and parts.port
        host, path = f"{parts.hostname}:{parts.port}" if on_web else parts.hostname, parts.path
    return f"https://{host}/{path.strip('/').removesuffix('.git')}"


def _git_folders(root: Path) -> tuple[Path, Path]:
    """Where this checkout's HEAD is, and where what all worktrees of the repository share is."""
    own = root / ".git"
    if own.is_file():
        own = root / own.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
    shared = own / "commondir"
    return own, own / shared.read_text(encoding="utf-8").strip() if shared.is_file() else own


def _commit_of(name: str, own: Path, common: Path) -> str:
    for folder in (own, common):
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8").strip()
    packed = (common / "packed-refs").read_text(encoding="utf-8")
    return next((line.split()[0] for line in packed.splitlines() if line.endswith(f" {name}")), "")


def _origin(config: Path) -> str | None:
    section, found = "", dict[str, str]()
    for line in config.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("["):
            section = text
        elif section.startswith('[remote "') and text.partition("=")[0].strip() == "url":
            found.setdefault(section, text.partition("=")[2].strip())
    return found.get('[remote "origin"]') or next(iter(found.values()), None)
