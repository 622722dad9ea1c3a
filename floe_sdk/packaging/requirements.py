"""`requirements.lock` and the wheels beside it: exactly what a product needs of what is installed here."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.requirements import Requirement

from floe_sdk.errors import FloeError
from floe_sdk.errors.packaging import DISTRIBUTION_MISSING
from floe_sdk.packaging.building import built
from floe_sdk.packaging.closure import Wanted, installed, needed
from floe_sdk.packaging.index import hashes_from_index, hashes_from_lock
from floe_sdk.packaging.lock import lock_text, pin
from floe_sdk.packaging.repacking import repacked
from floe_sdk.plugins.discovery import OWN_DISTRIBUTION, normalized

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.metadata import Distribution

    from floe_sdk.packaging.wheel_file import Wheel
    from floe_sdk.schemas.artifacts import CompiledArtifacts

WHEELS = "wheels"


@dataclass(frozen=True)
class Options:
    """What the user decides: more distributions (`--with`), what no index has (`--bundle`), known hashes (`--lock`)."""

    extra: Sequence[Requirement] = ()
    bundle: Sequence[str] = ()
    lock: Path | None = None


@dataclass(frozen=True)
class Requirements:
    """The lock's text, how many distributions it has, and the wheels that belong into `wheels/` beside it."""

    text: str
    count: int
    wheels: tuple[Wheel, ...]


def requirements_of(artifacts: CompiledArtifacts, options: Options) -> Requirements:
    """Lock what the artifact's plugins need. Raises FloeError for what is missing, changed, or unknown to the index."""
    owners = {OWN_DISTRIBUTION, *(plugin.distribution for plugin in artifacts.plugins)}
    roots = [*(Requirement(name) for name in sorted(owners)), *options.extra]
    found = needed(Wanted(roots, frozenset(plugin.name for plugin in artifacts.plugins)), installed())
    bundled = {normalized(name) for name in options.bundle}
    if strangers := bundled - {_name(each) for each in found}:
        problem = f"{', '.join(sorted(strangers))} is to be bundled, and nothing in the package needs it"
        raise FloeError(DISTRIBUTION_MISSING, problem, fix="leave --bundle out, or add it by --with")
    listed = [each for each in found if not _from_elsewhere(each) and _name(each) not in bundled]
    pins = [pin(each.metadata["Name"], each.version) for each in listed]
    hashes = hashes_from_lock(options.lock, pins) if options.lock else hashes_from_index(pins)
    wheels = tuple(_wheel(each) for each in found if each not in listed)
    files = {f"{WHEELS}/{wheel.filename}": f"sha256:{wheel.sha256}" for wheel in wheels}
    return Requirements(lock_text(_header(artifacts), hashes, files), len(found), wheels)


def _header(artifacts: CompiledArtifacts) -> Iterable[str]:
    metadata, python = artifacts.metadata, f"{sys.version_info.major}.{sys.version_info.minor}"
    yield f"What {metadata.product} {metadata.product_version} needs for {artifacts.environment}, by `floe package`."
    yield f"Python {python} on {sys.platform}; here: pip install --no-deps --require-hashes -r requirements.lock"


def _name(distribution: Distribution) -> str:
    return normalized(distribution.metadata["Name"])


def _from_elsewhere(distribution: Distribution) -> bool:
    """Whether it was installed from a folder, a file or a repository, and not from an index (PEP 610)."""
    return distribution.read_text("direct_url.json") is not None


def _wheel(distribution: Distribution) -> Wheel:
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable"):
        return built(distribution, Path(url2pathname(urlsplit(origin["url"]).path)))
    return repacked(distribution)
