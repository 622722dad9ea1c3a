"""A case of the propagation test: a value for a field, and whether its effect is there."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from support.propagation_fields import pointer, put
from support.propagation_platform import MANIFEST, SPEC

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.propagation_platform import Outcome


@dataclass(frozen=True)
class Case:
    """A value for a field, and what it must do.

    `beside` is what else stands in the same part of the document, by path; `platform` what stands in the manifest
    meanwhile. Then what is expected: `shows`, values in the artifact by pointer (by default the value itself under the
    field's own path); `finds`, a finding with these attributes; `hides`, no such finding; `refused`, an error with that
    code in a line that holds `at`; `warned`, a warning that holds the text.
    """

    value: Any
    beside: Mapping[str, Any] = field(default_factory=dict)
    platform: Mapping[str, Any] = field(default_factory=dict)
    shows: Mapping[str, Any] | None = None
    finds: Mapping[str, Any] | None = None
    hides: Mapping[str, Any] | None = None
    refused: str | None = None
    at: str = ""
    warned: str | None = None
    container: str = ""

    def documents(self, kind: str, path: str, *, value: bool = True) -> tuple[dict[str, Any], dict[str, Any]]:
        """The manifest and the spec, without the field itself where `value` is false."""
        documents = {"Manifest": copy.deepcopy(MANIFEST), "FloeSpec": copy.deepcopy(SPEC)}
        for place, inner in self.platform.items():
            put(documents["Manifest"], place, inner)
        for place, inner in self.beside.items() if value or not self.warned else ():
            put(documents[kind], self.container + place, inner)
        if value:
            put(documents[kind], path, self.value)
        return documents["Manifest"], documents["FloeSpec"]

    def unmet(self, path: str, outcome: Outcome) -> list[str]:
        """The expectations that do not hold, each as a line."""
        return [line for line, holds in self.expectations(path, outcome) if not holds]

    def expectations(self, path: str, outcome: Outcome) -> Iterator[tuple[str, bool]]:
        """Each expectation, and whether it holds."""
        if self.refused:
            met = any(error.code.id == self.refused and self.at in line for error, line in outcome.errors)
            yield f"{self.refused} at {self.at!r}, got {[str(error) for error, _ in outcome.errors]}", met
            return
        if self.warned:
            yield f"the warning {self.warned!r} in {outcome.warnings}", any(self.warned in w for w in outcome.warnings)
            return
        shows = self.shows if self.shows is not None else {pointer(path.removeprefix(self.container)): self.value}
        for place, value in shows.items():
            found = outcome.at(place)
            yield f"{place} = {value!r} in the artifact, got {found!r} {outcome.problems}", found == value
        findings = (outcome.artifact or {}).get("enforcement", {}).get("findings", [])
        for wanted, there in ((self.finds, True), (self.hides, False)):
            if wanted is not None:
                found = any(wanted.items() <= finding.items() for finding in findings)
                holds = outcome.artifact is not None and found is there
                yield f"{'a' if there else 'no'} finding {wanted} in {findings} {outcome.problems}", holds


def within(container: str, cases: Mapping[str, Case]) -> dict[str, Case]:
    """The same cases in another part of the document."""
    return {container + path: replace(case, container=container) for path, case in cases.items()}
