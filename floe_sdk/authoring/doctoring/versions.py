"""Faults of versions: of floe-sdk, of Python, and of what plugins require."""

from __future__ import annotations

import platform
import re
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from floe_sdk.authoring.doctoring.fault import Fault
from floe_sdk.plugins.discovery import OWN_DISTRIBUTION, normalized

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from floe_sdk.authoring.doctoring.packages import Package


def python_faults(found: Sequence[Package]) -> Iterator[Fault]:
    """A Python that the package does not support: it was installed by force, or for another."""
    here = platform.python_version()
    for package in found:
        if package.requires_python and not _fits(package.requires_python, here):
            problem = f"it needs Python {package.requires_python}, this is {here}"
            fix = f"pip install --upgrade {package.name}, for a version that takes this Python, or use another Python"
            yield Fault("python", package.key, package.name, problem, fix, 4)


def requirement_faults(found: Sequence[Package], everything: Sequence[Package]) -> Iterator[Fault]:
    """What plugins require and is missing, has another version, or can't be had for all of them at once."""
    installed = {one.key: one.version for one in reversed(everything)}
    wanted: dict[str, list[tuple[Package, Requirement]]] = {}
    for package in found:
        for text in package.requirements if package.counts else ():
            requirement = _requirement(text)
            if requirement is None:
                problem = f"its requirement {text!r} can't be read"
                yield Fault("requirement", package.key, package.name, problem, _upgrade(package))
            elif requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                wanted.setdefault(normalized(requirement.name), []).append((package, requirement))
    for name, several in wanted.items():
        for package, requirement in several:
            if name == OWN_DISTRIBUTION:
                yield from _sdk_fault(package, requirement, installed)
            elif name not in installed:
                problem = f"it needs {requirement.name}{requirement.specifier}, which is not installed"
                fix = f"pip install '{requirement.name}{requirement.specifier}'"
                yield Fault("missing", package.key, package.name, problem, fix)
            elif not _fits(str(requirement.specifier), installed[name]):
                yield _conflict(
                    package, requirement, [one for one in several if one[0] is not package], installed[name]
                )


def _sdk_fault(package: Package, requirement: Requirement, installed: Mapping[str, str]) -> Iterator[Fault]:
    sdk = installed.get(OWN_DISTRIBUTION, "0")
    if _fits(str(requirement.specifier), sdk):
        return
    from packaging.version import Version

    newer = [one for one in _candidates(requirement.specifier) if _fits(str(requirement.specifier), one)]
    too_new = any(Version(one) > Version(sdk) for one in newer)
    problem = f"{package.version} needs floe-sdk {requirement.specifier}, this is {sdk}: "
    problem += "the plugin is too new" if too_new else "the plugin is too old"
    fix = f"pip install 'floe-sdk{requirement.specifier}'" if too_new else _upgrade(package)
    yield Fault("sdk", package.key, package.name, problem, fix, 2)


def _conflict(
    package: Package, requirement: Requirement, others: Sequence[tuple[Package, Requirement]], version: str
) -> Fault:
    name = requirement.name
    problem = f"it needs {name}{requirement.specifier}, and {version} is installed"
    against = [(one, other) for one, other in others if not _together(requirement.specifier, other.specifier)]
    if against:
        rivals = " and ".join(f"{one.name} needs {name}{other.specifier}" for one, other in against)
        names = " ".join(dict.fromkeys([package.name, *(one.name for one, _ in against)]))
        problem += f"; {rivals}: no version fits both"
        fix = f"pip install --upgrade {names}; if their newest disagree as well, they need an environment each"
        return Fault("conflict", package.key, package.name, problem, fix)
    both = requirement.specifier
    for _, other in others:
        both &= other.specifier
    return Fault("version", package.key, package.name, problem, f"pip install '{name}{both}'")


def _upgrade(package: Package) -> str:
    return f"pip install --upgrade {package.name}"


def _requirement(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _fits(specifier: str, version: str) -> bool:
    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except InvalidSpecifier:
        return False


def _together(one: SpecifierSet, other: SpecifierSet) -> bool:
    """Whether any version is in both: tried are those at the ends of the ranges, and those just before and after."""
    both = one & other
    return any(both.contains(version, prereleases=True) for version in [*_candidates(both), "0.0.1", "99999"])


def _candidates(specifiers: SpecifierSet) -> Iterator[str]:
    for specifier in specifiers:
        numbers = [int(part) for part in re.findall(r"\d+", specifier.version)]
        yield from (_text(numbers), _text([*numbers, 1]), _text([*numbers[:-1], numbers[-1] + 1]))
        for place in reversed(range(len(numbers))):
            if numbers[place]:
                yield _text([*numbers[:place], numbers[place] - 1, 99999])
                break


def _text(numbers: Sequence[int]) -> str:
    return ".".join(map(str, numbers))
