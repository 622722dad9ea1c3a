"""Which of the installed distributions a product needs: those of its plugins, and what these require."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from floe_sdk.errors import FloeError, raise_all
from floe_sdk.errors.packaging import DISTRIBUTION_MISSING
from floe_sdk.plugins.discovery import OWN_DISTRIBUTION, normalized

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from importlib.metadata import Distribution

    from floe_sdk.plugins.discovery import PluginRecord


FOR_AUTHORS = frozenset({"testing"})
"""Extras of floe's distributions that no product needs, though they are installed here."""


@dataclass(frozen=True)
class Installed:
    """What is installed, by normalized name, and what of it are plugins."""

    distributions: Mapping[str, Distribution]
    plugins: Sequence[PluginRecord]


@dataclass(frozen=True)
class Wanted:
    """The roots: requirements such as `floe-compute-duckdb` or `dagster-k8s`, and the names of the selected plugins."""

    requirements: Sequence[Requirement]
    plugins: frozenset[str]


def installed() -> Installed:
    """What this interpreter can import; of a distribution that is there twice, the first counts."""
    from importlib import metadata

    from floe_sdk.plugins.discovery import discover

    found: dict[str, Distribution] = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name:
            found.setdefault(normalized(name), distribution)
    return Installed(found, discover().records)


def needed(wanted: Wanted, here: Installed) -> list[Distribution]:
    """The distributions, sorted by name. Raises FloeError with everything that is missing.

    Extras of third parties count where something asks for them. Those of floe's own distributions count where they are
    installed here, as nothing else tells what `pip install "floe-sdk[local]"` was meant for: but not those that bring
    only plugins which the product does not select, nor such plugins, nor what a plugin has for one of them.
    """
    return _Walk(wanted, here).run()


class _Walk:
    def __init__(self, wanted: Wanted, here: Installed) -> None:
        self._here = here
        self._selected = wanted.plugins
        self._roots = wanted.requirements
        self._queue: deque[tuple[str, str]] = deque()
        self._seen: set[tuple[str, str]] = set()
        self._missing: dict[str, str] = {}
        self._parsed: dict[str, list[Requirement]] = {}
        roots = {normalized(each.name) for each in wanted.requirements}
        owners = {normalized(plugin.distribution) for plugin in here.plugins}
        self._ours = owners | {OWN_DISTRIBUTION}
        self._others = owners - roots - {OWN_DISTRIBUTION}

    def run(self) -> list[Distribution]:
        for root in self._roots:
            self._add(root, "the package")
        while self._queue:
            name, extra = self._queue.popleft()
            for requirement in self._requirements(name, extra):
                self._add(requirement, self._here.distributions[name].metadata["Name"])
        raise_all(
            FloeError(
                DISTRIBUTION_MISSING, f"{name} is not installed, and {who} needs it", fix=f"run: pip install '{name}'"
            )
            for name, who in sorted(self._missing.items())
        )
        names = sorted({name for name, _ in self._seen})
        return [self._here.distributions[name] for name in names]

    def _add(self, requirement: Requirement, who: str) -> None:
        name = normalized(requirement.name)
        if name not in self._here.distributions:
            self._missing.setdefault(requirement.name, who)
            return
        extras = {extra for extra in requirement.extras if self._fits(name, extra)}
        if name in self._ours:
            extras |= self._installed_extras(name)
        for extra in ("", *extras):
            if (name, extra) not in self._seen:
                self._seen.add((name, extra))
                self._queue.append((name, extra))

    def _requirements(self, name: str, extra: str) -> Iterator[Requirement]:
        """What a distribution requires: always (extra ""), or for one of its extras."""
        for requirement in self._parse(name):
            always = _applies(requirement, "")
            if (always and not extra) or (
                extra and not always and _applies(requirement, extra) and not self._foreign(name, requirement)
            ):
                yield requirement

    def _foreign(self, name: str, requirement: Requirement) -> bool:
        """Whether an extra of ours brings a plugin that the product does not select."""
        return name in self._ours and normalized(requirement.name) in self._others

    def _installed_extras(self, name: str) -> set[str]:
        extras = self._here.distributions[name].metadata.get_all("Provides-Extra") or ()
        return {one for one in extras if one not in FOR_AUTHORS and self._fits(name, one) and self._has(name, one)}

    def _has(self, name: str, extra: str) -> bool:
        required = list(self._requirements(name, extra))
        strange = {normalized(each.name) for each in self._parse(name) if _applies(each, extra)} & self._others
        chosen = not strange or any(normalized(each.name) in self._ours for each in required)
        return chosen and bool(required) and all(self._satisfied(each) for each in required)

    def _fits(self, name: str, extra: str) -> bool:
        """Whether an extra of a plugin's distribution is not for another plugin (`s3`) that is not selected."""
        plugins = {plugin.name for plugin in self._here.plugins}
        return name not in self._ours - {OWN_DISTRIBUTION} or extra not in plugins - self._selected

    def _satisfied(self, requirement: Requirement) -> bool:
        found = self._here.distributions.get(normalized(requirement.name))
        return found is not None and requirement.specifier.contains(found.version, prereleases=True)

    def _parse(self, name: str) -> list[Requirement]:
        if name not in self._parsed:
            required: Iterable[str] = self._here.distributions[name].requires or ()
            self._parsed[name] = [Requirement(text) for text in required]
        return self._parsed[name]


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})
