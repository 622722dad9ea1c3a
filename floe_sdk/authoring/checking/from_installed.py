"""A distribution as it is installed: its metadata and the files that its record lists. Imports nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from floe_sdk.authoring.checking.evidence import Metadata, Source, Subject
from floe_sdk.authoring.checking.from_folder import PROJECT_FILE, from_folder, module_name
from floe_sdk.authoring.distributions import metadata
from floe_sdk.plugins.discovery import normalized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk.plugins.discovery import PluginRecord


_EXTRA = re.compile(r";.*\bextra\b")
"""A requirement of an extra, which is nobody's who does not ask for it."""


def from_installed(record: PluginRecord, installed: Sequence[PluginRecord]) -> Subject:
    """One plugin of an installed distribution; if that is installed by `pip install -e`, of the source."""
    distribution = metadata.distribution(record.distribution)
    folder = source_folder(distribution)
    if folder is not None:
        whole = from_folder(folder, installed)
        plugins = tuple(one for one in whole.plugins if one.identity == record.identity)
        # It is installed: an import needs nothing more on its path.
        return Subject(**{**vars(whole), "plugins": plugins or (record,), "roots": ()})
    files = [(str(one), Path(str(one.locate()))) for one in distribution.files or ()]
    top = record.target.partition(":")[0].partition(".")[0].strip()
    listed = files or _beside(distribution, top)
    return Subject(
        metadata=_metadata(distribution, record, [name for name, _ in listed]),
        plugins=(record,),
        others=tuple(one for one in installed if normalized(one.distribution) != normalized(record.distribution)),
        sources=tuple(
            Source(path, name, module_name(name))
            for name, path in sorted(listed)
            if name.endswith(".py") and path.is_file() and not name.startswith("..")
        ),
        typed=frozenset(name.partition("/")[0] for name, _ in listed if re.fullmatch(r"[^/]+/py\.typed", name)),
    )


def source_folder(distribution: Any) -> Path | None:
    """Where an editable install has its source (PEP 610); None for any other."""
    try:
        origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        return None
    if not origin.get("dir_info", {}).get("editable"):
        return None
    folder = Path(url2pathname(urlsplit(origin["url"]).path))
    return folder if (folder / PROJECT_FILE).is_file() else None


def _beside(distribution: Any, top: str) -> list[tuple[str, Path]]:
    """The files of the package, of a distribution without a record of its files."""
    root = Path(str(distribution.locate_file("")))
    places = [root / f"{top}.py", *(root / top).rglob("*")]
    return [(path.relative_to(root).as_posix(), path) for path in places if path.is_file()]


def _metadata(distribution: Any, record: PluginRecord, files: Sequence[str]) -> Metadata:
    fields = distribution.metadata

    def first(*names: str) -> str:
        return next((str(value) for name in names if (value := fields.get(name)) not in {None, "", "UNKNOWN"}), "")

    classifiers = tuple(fields.get_all("Classifier") or ())
    licence = next((one for one in classifiers if one.startswith("License ::")), "")
    return Metadata(
        name=record.distribution,
        version=record.version,
        summary=record.summary,
        licence=first("License-Expression", "License") or licence,
        authors=first("Author", "Author-email", "Maintainer", "Maintainer-email"),
        home_page=record.home_page or first("Project-URL").rpartition(", ")[2],
        requires_python=first("Requires-Python"),
        classifiers=classifiers,
        requirements=tuple(one for one in fields.get_all("Requires-Dist") or () if not _EXTRA.search(one)),
        readme=first("Description") or str(fields.get_payload() or ""),
        licence_files=tuple(name for name in files if re.search(r"dist-info/(licenses/)?(LICEN[CS]E|COPYING)", name)),
    )
