"""What a rule is: a sentence that holds or doesn't, the level that asks for it, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from floe_sdk.authoring.checking.evidence import Evidence


class Level(str, Enum):
    """How much somebody who installs a plugin may expect of it; each includes those before it."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"

    @property
    def rank(self) -> int:
        """1, 2 or 3."""
        return list(Level).index(self) + 1

    @property
    def meaning(self) -> str:
        """What the level stands for."""
        return _MEANINGS[self]


_MEANINGS = {
    Level.BRONZE: "It loads, keeps to the public API, and says who may use it with what.",
    Level.SILVER: "Somebody else can use it: documented, and its contract suite passes.",
    Level.GOLD: "Somebody else can build on it: typed, quick to import, complete.",
}


class Stage(str, Enum):
    """What a rule needs: the files alone, an import in a child process, or the run of the contract suite."""

    STATIC = "static"
    IMPORT = "import"
    SUITE = "suite"


@dataclass(frozen=True)
class Finding:
    """A rule that doesn't hold: what is wrong, where (`file:line`), of which plugin (`type/name`)."""

    problem: str
    where: str | None = None
    plugin: str | None = None


class NotApplicable(Exception):  # noqa: N818 - no error: the rule has nothing to look at
    """Raised by a rule that has nothing to check here; the text says why. It stands in no level's way."""


@dataclass(frozen=True)
class Rule:
    """One rule. `loads`: where it doesn't hold, floe refuses the plugin (exit code 4)."""

    id: str
    level: Level
    stage: Stage
    sentence: str
    fix: str
    loads: bool
    check: Callable[[Evidence], Iterator[Finding]]


RULES: dict[str, Rule] = {}
"""Every rule by its id, in the order of the checks; importing `floe_sdk.authoring.checking.rules` fills it."""


def rule(
    id: str, level: Level, sentence: str, *, fix: str, stage: Stage = Stage.STATIC, loads: bool = False
) -> Callable[[Callable[[Evidence], Iterator[Finding]]], Callable[[Evidence], Iterator[Finding]]]:
    """Declare a rule; the decorated function yields what is against it."""

    def declare(check: Callable[[Evidence], Iterator[Finding]]) -> Callable[[Evidence], Iterator[Finding]]:
        RULES[id] = Rule(id, level, stage, sentence, fix, loads, check)
        return check

    return declare
