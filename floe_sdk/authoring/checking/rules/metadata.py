"""What the distribution says of itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from floe_sdk.authoring.checking.from_folder import sdk_range
from floe_sdk.authoring.checking.rule import Finding, Level, NotApplicable, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.authoring.checking.evidence import Evidence

_PYTHON = re.compile(r"Programming Language :: Python :: (3\.\d+)$")
_RESERVED = re.compile(r"(^|\.)(example\.(com|net|org)|example|invalid|test|localhost)$")
_GIVEN_BY_BACKEND = "the build backend gives it (`dynamic`)"


def _unless_dynamic(evidence: Evidence, *fields: str) -> None:
    if evidence.metadata.dynamic.intersection(fields):
        raise NotApplicable(_GIVEN_BY_BACKEND)


@rule(
    "version",
    Level.BRONZE,
    "The distribution has a version that installers understand.",
    fix='write `version = "0.1.0"` in [project]',
)
def version(evidence: Evidence) -> Iterator[Finding]:
    """PEP 440."""
    from packaging.version import InvalidVersion, Version

    _unless_dynamic(evidence, "version")
    try:
        Version(evidence.metadata.version)
    except InvalidVersion:
        yield Finding(f"{evidence.metadata.version!r} is no version")


@rule(
    "summary",
    Level.BRONZE,
    "One line says what the distribution is for; `floe plugins list` prints it.",
    fix="write `description = ...` in [project]",
)
def summary(evidence: Evidence) -> Iterator[Finding]:
    """One line."""
    _unless_dynamic(evidence, "description")
    if len(evidence.metadata.summary.split()) < 2:  # noqa: PLR2004 - a word says nothing
        yield Finding("there is no summary" if not evidence.metadata.summary else "the summary is a single word")


@rule("licence", Level.BRONZE, "A licence is named.", fix='write `license = "Apache-2.0"`, or yours, in [project]')
def licence(evidence: Evidence) -> Iterator[Finding]:
    """An expression, a text or a classifier."""
    _unless_dynamic(evidence, "license")
    if not evidence.metadata.licence:
        yield Finding("no licence is named")


@rule(
    "requires-python",
    Level.BRONZE,
    "The range of Python is given, so that installers refuse others.",
    fix='write `requires-python = ">=3.10"` in [project]',
)
def requires_python(evidence: Evidence) -> Iterator[Finding]:
    """A specifier with a lower bound."""
    _unless_dynamic(evidence, "requires-python")
    yield from _range("requires-python", evidence.metadata.requires_python)


@rule(
    "sdk-range",
    Level.BRONZE,
    "The distribution depends on floe-sdk, from the version that it was written for.",
    fix='add "floe-sdk>=0.1,<0.2", with your versions, to `dependencies`',
)
def sdk_lower(evidence: Evidence) -> Iterator[Finding]:
    """A specifier with a lower bound."""
    if evidence.subject.own:
        raise NotApplicable("it is floe-sdk")
    _unless_dynamic(evidence, "dependencies")
    found = sdk_range(evidence.metadata.requirements)
    if found is None:
        yield Finding("no dependency on floe-sdk")
    else:
        yield from _range("the dependency on floe-sdk", found)


@rule(
    "sdk-fits",
    Level.BRONZE,
    "The floe-sdk that is installed is in that range.",
    fix="widen the range once the suite passes with this floe-sdk, or install one that fits",
    loads=True,
)
def sdk_fits(evidence: Evidence) -> Iterator[Finding]:
    """What the host asks before it imports."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    found = sdk_range(evidence.metadata.requirements) or ""
    try:
        fits = SpecifierSet(found).contains(evidence.sdk, prereleases=True)
    except InvalidSpecifier:
        fits = False
    if not fits and not evidence.subject.own:
        yield Finding(f"it needs floe-sdk {found}, this is {evidence.sdk}")


@rule("author", Level.SILVER, "Whoever maintains it can be asked.", fix="write `authors = [{name = ...}]` in [project]")
def author(evidence: Evidence) -> Iterator[Finding]:
    """A name or an address."""
    _unless_dynamic(evidence, "authors", "maintainers")
    if not evidence.metadata.authors:
        yield Finding("neither author nor maintainer is named")


@rule(
    "licence-file",
    Level.SILVER,
    "The licence's text comes with the distribution.",
    fix='put a LICENSE beside pyproject.toml, and `license-files = ["LICENSE"]` into [project]',
)
def licence_file(evidence: Evidence) -> Iterator[Finding]:
    """LICENSE, or what is declared."""
    if not any(re.search(r"LICEN[CS]E|COPYING", name, re.IGNORECASE) for name in evidence.metadata.licence_files):
        yield Finding("no file of the licence is shipped")


@rule(
    "sdk-upper",
    Level.GOLD,
    "The range of floe-sdk ends below a version that nobody has tried.",
    fix='write an upper bound: "floe-sdk>=0.1,<0.2"',
)
def sdk_upper(evidence: Evidence) -> Iterator[Finding]:
    """A specifier with an upper bound."""
    if evidence.subject.own:
        raise NotApplicable("it is floe-sdk")
    found = sdk_range(evidence.metadata.requirements) or ""
    if not re.search(r"<|~=|==", found):
        yield Finding(f"the range {found or '(any)'} has no upper bound")


@rule(
    "home-page",
    Level.GOLD,
    "There is a page where its source, its releases and its problems are.",
    fix="write [project.urls] with `Homepage` or `Repository`",
)
def home_page(evidence: Evidence) -> Iterator[Finding]:
    """Any address that somebody can own: those of RFC 2606 are for examples."""
    _unless_dynamic(evidence, "urls")
    if not evidence.metadata.home_page:
        yield Finding("no address is given")
    elif _RESERVED.search(host := urlsplit(evidence.metadata.home_page).hostname or ""):
        yield Finding(f"{host} is a name for examples")


@rule(
    "classifiers",
    Level.GOLD,
    "The classifiers say which Pythons, agree with requires-python, and say that it is typed.",
    fix="add `Programming Language :: Python :: 3.x` for each Python that is tested, and `Typing :: Typed`",
)
def classifiers(evidence: Evidence) -> Iterator[Finding]:
    """As indexes show them."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    _unless_dynamic(evidence, "classifiers")
    given = evidence.metadata.classifiers
    if not any(one.startswith("Programming Language :: Python :: 3") for one in given):
        yield Finding("no classifier names a Python")
    if "Typing :: Typed" not in given:
        yield Finding("`Typing :: Typed` is missing")
    try:
        pythons = SpecifierSet(evidence.metadata.requires_python)
    except InvalidSpecifier:
        return
    for match in filter(None, map(_PYTHON.match, given)):
        if not pythons.contains(f"{match[1]}.99"):
            yield Finding(f"Python {match[1]} is named, and requires-python is {evidence.metadata.requires_python}")


def _range(what: str, text: str) -> Iterator[Finding]:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        yield Finding(f"{what}: {text!r} is no range of versions")
        return
    if not re.search(r">|~=|==", text):
        yield Finding(f"{what} has no lower bound" if text else f"{what} has no range")
