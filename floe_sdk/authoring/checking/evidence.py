"""What the rules look at: a distribution's files and metadata, and what an import and its suite have shown."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from floe_sdk.authoring.checking.suite import SuiteResult
    from floe_sdk.plugins.discovery import PluginRecord


class Metadata(NamedTuple):
    """What a distribution says of itself, from pyproject.toml or from what is installed; "" for what it doesn't say."""

    name: str
    version: str
    summary: str = ""
    licence: str = ""
    authors: str = ""
    home_page: str = ""
    requires_python: str = ""
    classifiers: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    readme: str = ""
    licence_files: tuple[str, ...] = ()
    dynamic: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Source:
    """A Python file of the distribution: its place, as it is shown and as a module is named."""

    path: Path
    shown: str
    module: str

    @cached_property
    def text(self) -> str:
        """Its text."""
        return self.path.read_text(encoding="utf-8", errors="replace")

    @cached_property
    def tree(self) -> ast.Module | None:
        """Its syntax; None where Python can't read it."""
        try:
            return ast.parse(self.text)
        except (SyntaxError, ValueError):
            return None


@dataclass(frozen=True)
class Subject:
    """The distribution that is checked.

    `plugins` are those of its plugins that are meant, `others` all that other distributions provide. `roots` are what
    an import needs on its path where the distribution is not installed, `project` is the folder of its pyproject.toml,
    if that is known, `documents` are the texts of its docs/. `odd` is what could not be read of its entry points.
    """

    metadata: Metadata
    plugins: tuple[PluginRecord, ...]
    others: tuple[PluginRecord, ...]
    sources: tuple[Source, ...]
    typed: frozenset[str]
    roots: tuple[Path, ...] = ()
    project: Path | None = None
    odd: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()

    @property
    def own(self) -> bool:
        """Whether it is floe-sdk itself."""
        return any(record.own for record in self.plugins)

    @property
    def code(self) -> tuple[Source, ...]:
        """Its modules; of floe-sdk, those of the plugins in the box."""
        inside = tuple(one for one in self.sources if one.module.startswith("floe_sdk.builtin"))
        return inside if self.own else self.sources

    @property
    def packages(self) -> frozenset[str]:
        """The packages (or modules) at the top that its entry points name."""
        tops = (record.target.partition(":")[0].strip() for record in self.plugins)
        return frozenset(top.partition(".")[0] for top in tops)

    @property
    def tests(self) -> Path | None:
        """The folder of its tests."""
        for name in ("tests", "test"):
            if self.project and (self.project / name).is_dir():
                return self.project / name
        return None


@dataclass(frozen=True)
class Probe:
    """What the import of one plugin has shown.

    `problems` are why floe refuses it, each with its code; `keys` as `floe plugins show` prints them; `heavy` are the
    heavy libraries that came with it; `base` and `seconds` are processor seconds: of Python with floe_sdk, and what the
    import adds.
    """

    record: PluginRecord
    problems: Sequence[tuple[str, str]] = ()
    keys: Sequence[Mapping[str, Any]] = ()
    hooks: Sequence[str] = ()
    gaps: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    untyped: Sequence[str] = ()
    heavy: Sequence[str] = ()
    base: float = 0.0
    seconds: float = 0.0


@dataclass
class Evidence:
    """What is known so far; `probes` and `suite` are there once their stage has come.

    `tests` is where contract classes are looked for: the distribution's own folder, or what the caller gives.
    """

    subject: Subject
    sdk: str
    tests: Path | None = None
    probes: Sequence[Probe] = ()
    suite: SuiteResult | None = None

    @property
    def metadata(self) -> Metadata:
        """What the distribution says of itself."""
        return self.subject.metadata
