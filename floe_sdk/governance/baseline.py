"""Baselines: findings that were there when somebody wrote them down, so that only new ones fail.

A finding is known by its rule, its subject and its column; neither its text nor its level nor its place counts. Of
several that share these, as many are known as the baseline has.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from floe_sdk.errors import FloeError
from floe_sdk.errors.governance import BASELINE_INVALID
from floe_sdk.governance.counting import count_findings
from floe_sdk.schemas.base import FrozenModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from floe_sdk.schemas.enforcement import Enforcement, Finding

Identity = tuple[str, str, str]
"""Rule, subject, column (empty where it is about none)."""

VERSION = 1


class _Entry(FrozenModel):
    rule: str
    subject: str
    column: str | None = None
    count: int = Field(default=1, ge=1)


class _File(FrozenModel):
    version: int = Field(ge=VERSION, le=VERSION)
    findings: tuple[_Entry, ...]


@dataclass(frozen=True)
class Baseline:
    """How many findings of each identity are known."""

    known: Mapping[Identity, int] = field(default_factory=dict)

    def apply(self, enforcement: Enforcement) -> Enforcement:
        """The same findings, known ones marked; what a waiver covers needs no baseline and uses up none of it."""
        left = Counter(self.known)
        findings = []
        for finding in enforcement.findings:
            key = identity(finding)
            if finding.waived is None and left[key] > 0:
                left[key] -= 1
                findings.append(finding.model_copy(update={"known": True}))
            else:
                findings.append(finding)
        return enforcement.model_copy(update={"findings": tuple(findings), "counts": count_findings(findings)})

    def gone(self, enforcement: Enforcement) -> int:
        """How many of its findings are there no more: they are mended, or waived by now."""
        there = Counter(identity(finding) for finding in enforcement.findings if finding.waived is None)
        return sum((Counter(self.known) - there).values())


def identity(finding: Finding) -> Identity:
    """What stays the same about a finding while texts, levels and files change."""
    return finding.rule, finding.subject, finding.column or ""


def baseline_of(enforcement: Enforcement) -> Baseline:
    """A baseline that knows every finding but the waived ones, which their waivers hold."""
    return Baseline(Counter(identity(finding) for finding in enforcement.findings if finding.waived is None))


def known_by(path: Path | None) -> Callable[..., Enforcement] | None:
    """A `review` for `compile_product` that marks what this file knows. Raises FloeError."""
    if path is None:
        return None
    baseline = read_baseline(path)
    return lambda enforcement, *_: baseline.apply(enforcement)


def baseline_text(baseline: Baseline) -> str:
    """The file's text: sorted, one finding a line, so that equal findings give equal bytes and diffs are readable."""
    lines = []
    for (rule, subject, column), count in sorted(baseline.known.items()):
        entry: dict[str, object] = {"rule": rule, "subject": subject}
        if column:
            entry["column"] = column
        if count > 1:
            entry["count"] = count
        lines.append(f"    {json.dumps(entry, ensure_ascii=False)}")
    body = "[\n" + ",\n".join(lines) + "\n  ]" if lines else "[]"
    return f'{{\n  "version": {VERSION},\n  "findings": {body}\n}}\n'


def read_baseline(path: Path) -> Baseline:
    """Read a baseline; FLOE-G003 where there is none or it is something else."""
    try:
        file = _File.model_validate_json(path.read_bytes())
    except OSError as error:
        raise FloeError(
            BASELINE_INVALID,
            f"can't be read: {error.strerror or error}",
            where=str(path),
            fix=f"write it first: floe compile --write-baseline {path}",
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        problem = f"is no baseline: {place}: {first['msg']}" if place else f"is no baseline: {first['msg']}"
        raise FloeError(BASELINE_INVALID, problem, where=str(path), fix=BASELINE_INVALID.remedy) from None
    known: Counter[Identity] = Counter()
    for entry in file.findings:
        known[entry.rule, entry.subject, entry.column or ""] += entry.count
    return Baseline(known)
