"""From what somebody asked for to one installed plugin: by name, distribution and version. Imports no plugin."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.plugins import PLUGIN_CLASH, PLUGIN_NOT_FOUND, PLUGIN_VERSION
from floe_sdk.plugins.discovery import OWN_DISTRIBUTION, normalized

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from floe_sdk.errors import Location
    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.selection import PluginSelection


def choose(
    records: Sequence[PluginRecord],
    type: str,  # noqa: A002 - a plugin's type
    name: str,
    distribution: str | None = None,
    *,
    where: Location | None = None,
) -> PluginRecord:
    """The one installed plugin of this type and name; raises FloeError with what to do when there is none or several."""
    named = [record for record in records if (record.type, record.name) == (type, name)]
    found = [
        record for record in named if not distribution or normalized(record.distribution) == normalized(distribution)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        providers = ", ".join(f"{record.distribution} {record.version}" for record in found)
        raise FloeError(
            PLUGIN_CLASH,
            f"{type}/{name} is provided by several distributions: {providers}",
            where=where,
            fix=f"add `distribution: {found[0].distribution}` beside `type: {name}` in the manifest, or uninstall the others",
        )
    package = distribution or f"floe-{type}-{normalized(name)}"
    others = nearest(name, (record.name for record in records if record.type == type))
    instead = f" (it comes with {', '.join(record.distribution for record in named)})" if named else ""
    problem = f"no installed package provides {type}/{name}" + (f" as {distribution}{instead}" if distribution else "")
    raise FloeError(
        PLUGIN_NOT_FOUND,
        problem,
        where=where,
        fix=f"pip install {package}" + (f"  # or did you mean {others}?" if others else ""),
    )


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """The valid name that is most like `name`, if any is like it."""
    return next(iter(difflib.get_close_matches(name, sorted(set(valid)), 1)), None)


def check_versions(record: PluginRecord, selection: PluginSelection, sdk: str) -> None:
    """Raise where the plugin is outside the manifest's `version` (a bare one: at least), or needs another floe-sdk."""
    wanted = selection.version or ""
    if re.match(r"\s*v?\d", wanted):
        wanted = f">={wanted.strip()}"
    where = selection.locate(("version",)) or selection.locate(())
    if not _fits(record.version, wanted, where):
        raise FloeError(
            PLUGIN_VERSION,
            f"{record.identity} is installed in version {record.version}, the manifest asks for {wanted}",
            where=where,
            fix=f"pip install '{record.distribution}{wanted}'",
        )
    if not _fits(sdk, record.requires, where):
        raise FloeError(
            PLUGIN_VERSION,
            f"{record.identity} ({record.distribution} {record.version}) needs floe-sdk {record.requires}, this is {sdk}",
            where=where,
            fix=f"pip install '{OWN_DISTRIBUTION}{record.requires}', or another version of {record.distribution}",
        )


def _fits(version: str, specifier: str, where: Location | None) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        raise FloeError(
            PLUGIN_VERSION,
            f"{specifier!r} is no version specifier that {version!r} can be compared with",
            where=where,
            fix="write a version (at least that one) or a specifier such as '>=1.2,<2'",
        ) from None
