"""What every format shows: findings and errors alike, with their files as a repository's host names them."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.errors import Location
from floe_sdk.governance.baseline import identity
from floe_sdk.governance.rules import RULES
from floe_sdk.governance.texts import RuleText, rule_text
from floe_sdk.governance.waivers import WAIVERS
from floe_sdk.project.finding import git_root
from floe_sdk.schemas.enforcement import FindingLevel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk.errors import FloeError
    from floe_sdk.project.resolved import ResolvedProduct
    from floe_sdk.schemas.enforcement import Enforcement


@dataclass(frozen=True)
class Item:
    """One finding or error. `file` is relative to the git root, with "/".

    What is about a file outside stands in the product's floe.yaml: GitHub refuses a whole SARIF log for one result
    without a file of the repository. `fingerprint` stays the same while the text, the level and the place change.
    """

    rule: str
    level: FindingLevel
    subject: str
    message: str
    file: str | None = None
    line: int = 1
    column: int | None = None
    fix: str | None = None
    waived: str | None = None
    known: bool = False
    error: bool = False
    fingerprint: str = ""

    @property
    def silenced(self) -> bool:
        """Whether a waiver or the baseline silences it."""
        return self.known or self.waived is not None

    @property
    def text(self) -> str:
        """The message, and what to do."""
        return f"{self.message}\nfix: {self.fix}" if self.fix else self.message


@dataclass(frozen=True)
class Report:
    """What a command found. `rules` are those that were asked for or that an item names; `passed`: nothing fails."""

    product: str
    environment: str
    version: str
    items: tuple[Item, ...]
    rules: tuple[RuleText, ...]
    passed: bool = True
    baseline: bool = False


def report_of_findings(
    enforcement: Enforcement, product: ResolvedProduct, project: str, *, version: str, baseline: bool = False
) -> Report:
    """The report of a compile; `project` is the transform project's folder relative to the product (`Graph.root`)."""
    context = product.context
    root = git_root(context.product_root)
    folder = context.product_root / project
    seen: Counter[Sequence[str]] = Counter()
    waivers = _origin(product, "governance.waivers") or _origin(product, "governance.policy_overrides")
    items = []
    for each in enforcement.findings:
        if each.path:
            file, line, column = folder / each.path, 1, None
        else:
            file, line, column = (waivers if each.rule == WAIVERS else None) or (product.spec_path, 1, None)
        name = _relative(file, root)
        if name is None:
            name, line, column = _relative(product.spec_path, root), 1, None
        items.append(
            Item(
                rule=each.rule,
                level=each.level,
                subject=each.subject + (f".{each.column}" if each.column else ""),
                message=each.message,
                file=name,
                line=line,
                column=column,
                fix=each.fix,
                waived=each.waived,
                known=each.known,
                fingerprint=_fingerprint(product.spec.metadata.name, identity(each), seen),
            )
        )
    return Report(
        product=product.spec.metadata.name,
        environment=product.environment,
        version=version,
        items=tuple(items),
        rules=tuple(rule_text(name) for name in sorted(_asked(enforcement, product) | {each.rule for each in items})),
        passed=enforcement.passed,
        baseline=baseline,
    )


def _asked(enforcement: Enforcement, product: ResolvedProduct) -> set[str]:
    """Without the built-in rules that nobody asked for: a report must not say that they passed."""
    return set(enforcement.rules) - {rule.name for rule in RULES if not rule.asked(product.governance)}


def report_of_errors(error: FloeError, spec: Path, *, version: str, environment: str = "") -> Report:
    """The report of a command that ended with errors: each is an item whose rule is its code."""
    root = git_root(spec.absolute().parent)
    name = spec.absolute().parent.name
    seen: Counter[Sequence[str]] = Counter()
    items = []
    for each in error.errors:
        place = each.where if isinstance(each.where, Location) else Location(str(spec))
        file = _relative(Path(place.file).absolute(), root)
        said = each.where if isinstance(each.where, str) or file is None else None
        message = f"{said}: {each.problem}" if said else each.problem
        mark = _fingerprint(name, (each.code.id, file or "", each.problem), seen)
        if file is None:
            file, place = _relative(spec.absolute(), root), Location(str(spec))
        items.append(
            Item(
                each.code.id,
                FindingLevel.ERROR,
                file or spec.name,
                message,
                file,
                place.line or 1,
                place.column,
                each.fix,
                error=True,
                fingerprint=mark,
            )
        )
    codes = {each.code.id: each.code for each in error.errors}
    rules = tuple(RuleText(code.id, code.title, f"{code.cause} {code.remedy}") for _, code in sorted(codes.items()))
    return Report(name, environment, version, tuple(items), rules, passed=False)


def _origin(product: ResolvedProduct, key: str) -> tuple[Path, int, int | None] | None:
    names = [name for name in product.origins if name == key or name.startswith(f"{key}.")]
    for name in sorted(names):
        origin = product.origins[name]
        if origin.file and origin.location:
            path = Path(os.path.normpath(product.context.product_root / origin.file))
            return path, origin.location.line or 1, origin.location.column
    return None


def _relative(path: Path, root: Path) -> str | None:
    """As the host of the repository names it; None for a file outside."""
    full = Path(os.path.normpath(path))
    for each in (full, full.parent.resolve() / full.name):
        if each.is_relative_to(root):
            return each.relative_to(root).as_posix()
    return None


def _fingerprint(product: str, identity: Sequence[str], seen: Counter[Sequence[str]]) -> str:
    """Of what stays the same; those that share it are numbered in their order."""
    seen[identity] += 1
    parts = (product, *identity, str(seen[identity]))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
