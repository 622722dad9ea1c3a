"""Look at everything that is installed, or at one plugin and why it does not work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from floe_sdk.authoring.doctoring.copies import copy_faults, module_faults, name_faults
from floe_sdk.authoring.doctoring.importing import import_faults
from floe_sdk.authoring.doctoring.left_out import left_out
from floe_sdk.authoring.doctoring.metadata_faults import metadata_faults
from floe_sdk.authoring.doctoring.packages import Package, of_floe, packages
from floe_sdk.authoring.doctoring.searching import search
from floe_sdk.authoring.doctoring.versions import python_faults, requirement_faults
from floe_sdk.plugins.discovery import discover, normalized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk.authoring.doctoring.fault import Fault
    from floe_sdk.plugins.discovery import PluginRecord


@dataclass(frozen=True)
class Diagnosis:
    """What was looked at, and what is wrong with it."""

    records: Sequence[PluginRecord]
    packages: Sequence[Package]
    faults: Sequence[Fault]

    @property
    def exit_code(self) -> int:
        """0 where nothing is wrong; of one plugin the code that a command ends with that needs it."""
        return max((fault.exit_code for fault in self.faults if not fault.note), default=0)


def look_around(approved: Sequence[Sequence[str]] = ()) -> Diagnosis:
    """Everything that is installed, without importing any of it. `approved` are the manifest's lists."""
    everything = packages()
    found = of_floe(everything)
    records = discover().records
    faults = [*_static(found, everything), *left_out(records, approved, note=True)]
    return Diagnosis(records, found, [fault._replace(exit_code=min(fault.exit_code, 1)) for fault in faults])


def look_at(name: str, approved: Sequence[Sequence[str]] = ()) -> Diagnosis:
    """One plugin (its name, `type/name`, or its distribution): why it is not found, or does not load.

    It is imported, in a child process, where nothing speaks against that.
    """
    everything = packages()
    found = of_floe(everything)
    records = [one for one in discover().records if name in {one.name, one.identity} or _is(one.distribution, name)]
    keys = {normalized(one.distribution) for one in records}
    keys |= {one.key for one in found if _is(one.name, name) or any(_names(entry.name, name) for entry in one.entries)}
    faults = [fault for fault in _static(found, everything) if fault.distribution in keys]
    identities = {one.identity for one in records}
    faults = [one for one in faults if "/" not in one.subject or one.subject in identities]
    faults += left_out(records, approved, note=False)
    if not records:
        faults += [fault for fault in search(name, everything, discover().records) if not faults or fault.distribution]
    elif not any(fault.exit_code > 1 for fault in faults):
        faults += [fault for record in records for fault in import_faults(record)]
    return Diagnosis(records, [one for one in found if one.key in keys], faults)


def _is(distribution: str, name: str) -> bool:
    return normalized(distribution) == normalized(name)


def _names(entry: str, name: str) -> bool:
    return entry == name.rpartition("/")[2]


def _static(found: Sequence[Package], everything: Sequence[Package]) -> list[Fault]:
    return [
        *metadata_faults(found),
        *copy_faults(found),
        *name_faults(found),
        *module_faults(found),
        *python_faults(found),
        *requirement_faults(found, everything),
    ]
