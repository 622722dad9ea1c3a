"""Faults of what is there twice: a distribution, a name that two claim, a module that stands in front of another."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.authoring.doctoring.fault import Fault
from floe_sdk.authoring.groups import GROUPS
from floe_sdk.plugins.discovery import OWN_DISTRIBUTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from floe_sdk.authoring.doctoring.packages import Entry, Package

_FILES = (".py", "/__init__.py")


def copy_faults(found: Sequence[Package]) -> Iterator[Fault]:
    """A distribution that lies on the path more than once."""
    copies: dict[str, list[Package]] = {}
    for package in found:
        copies.setdefault(package.key, []).append(package)
    for several in copies.values():
        if len(several) > 1:
            first, *others = several
            shadowed = " and ".join(f"{one.version} in {one.place}" for one in others)
            problem = (
                f"it is installed {len(several)} times: {first.version} in {first.place} counts, {shadowed} is shadowed"
            )
            again = f"-e {first.source}" if first.source else first.name
            fix = f"pip uninstall {first.name}, until it says that it is not installed; then: pip install {again}"
            yield Fault("copies", first.key, first.name, problem, fix)


def name_faults(found: Sequence[Package]) -> Iterator[Fault]:
    """A plugin's name that several distributions claim."""
    owners: dict[str, list[Package]] = {}
    for package in found:
        for entry in package.entries:
            if entry.group in GROUPS and package.counts:
                owners.setdefault(f"{GROUPS[entry.group]}/{entry.name}", []).append(package)
    for identity, several in owners.items():
        if len(several) > 1:
            names = sorted(one.name for one in several)
            problem = f"{' and '.join(names)} both provide it, and floe takes neither unasked"
            fix = f"pip uninstall {names[-1]}, or write `distribution: {names[0]}` beside it in the manifest"
            yield from (Fault("name", one.key, identity, problem, fix, 2) for one in several[:1])


def module_faults(found: Sequence[Package]) -> Iterator[Fault]:
    """A module that is missing, or stands behind another of its name. Looks for files; imports nothing."""
    for package in found:
        if package.counts and package.key != OWN_DISTRIBUTION:
            for entry in package.entries:
                if entry.group in GROUPS and ":" in entry.target:
                    yield from _module_faults(package, entry)


def _module_faults(package: Package, entry: Entry) -> Iterator[Fault]:
    identity = f"{GROUPS[entry.group]}/{entry.name}"
    module = entry.target.partition(":")[0].strip()
    top, _, rest = module.partition(".")
    home = (package.source or package.folder.parent).resolve()
    places = _places(top)
    if not places:
        problem = f"its module {top} is nowhere on this Python's path"
        fix = f"pip install --force-reinstall --no-deps {_again(package)}"
        yield Fault("module", package.key, identity, problem, fix, 4)
    elif not any(home in place.parents for place in places):
        # The module may well be elsewhere, by a .pth file; it is shadowed only where its own home has one, too.
        if package.source or any((home / f"{top}{ending}").exists() for ending in ("", ".py")):
            problem = f"its module {top} is shadowed: Python takes {places[0]}, and not that in {home}"
            yield Fault("shadowed", package.key, identity, problem, f"rename or remove {places[0]}", 4)
    elif rest and not any(_has(place, rest) for place in places):
        problem = f"the entry point names the module {module}, and {places[0].parent} has none"
        fix = f"pip install --force-reinstall --no-deps {_again(package)}"
        yield Fault("module", package.key, identity, problem, fix, 4)


def _places(top: str) -> list[Path]:
    """The files of a top-level module or package, as an import would find them."""
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    if spec.origin and spec.origin not in {"built-in", "frozen"}:
        return [Path(spec.origin).resolve()]
    return [Path(place).resolve() / "__init__.py" for place in spec.submodule_search_locations or ()]


def _has(place: Path, rest: str) -> bool:
    inside = place.parent / rest.replace(".", "/")
    found = [Path(f"{inside}{ending}") for ending in _FILES]
    return any(one.is_file() for one in found) or any(inside.parent.glob(f"{inside.name}.*.so"))


def _again(package: Package) -> str:
    return f"-e {package.source}" if package.source else package.name
