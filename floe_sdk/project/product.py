"""A product in one environment: floe.yaml with its environment merged, and what can be checked without a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import raise_all
from floe_sdk.project.layers import Merged, Source
from floe_sdk.project.stricter import tighten
from floe_sdk.project.transforms import check_unique
from floe_sdk.schemas.spec import FloeSpec, Schedule, Transform

if TYPE_CHECKING:
    from floe_sdk.errors import Location
    from floe_sdk.project.document import Document, KeyPath


@dataclass(frozen=True)
class MergedProduct:
    """The effective spec, where its values came from, and its own governance."""

    spec: FloeSpec
    schedule: Merged
    governance: Merged
    warnings: list[str]
    document: Document
    places: dict[str, KeyPath]

    def locate(self, path: KeyPath) -> Location:
        """The place of a path of the effective spec, in whichever part of floe.yaml its value stands."""
        return self.document.locate(self.written(path))

    def written(self, path: KeyPath) -> KeyPath:
        """The path in floe.yaml of a path of the effective spec."""
        if path[:1] == ("transforms",) and len(path) > 1 and isinstance(path[1], int):
            name = self.spec.transforms[path[1]].name if path[1] < len(self.spec.transforms) else ""
            base = self.places.get(name, path[:2])
            return (*base, *path[2:])
        found = self.schedule.origin(path[1:]) if path[:1] == ("schedule",) else None
        return found[1] if found else path


def merge_product(document: Document, spec: FloeSpec, environment: str) -> MergedProduct:
    """The spec in its environment; raises FloeError for names that stand twice."""
    part = spec.environments.get(environment)
    base: tuple[str, ...] = ("environments", environment)
    raise_all(
        [
            *check_unique((item.name for item in spec.transforms), "transforms", document.locate),
            *check_unique((item.name for item in spec.output_ports), "output_ports", document.locate),
            *check_unique((item.name for item in spec.destinations), "destinations", document.locate),
            *(
                check_unique(
                    (item.name for item in part.transforms), "transforms", lambda path: document.locate((*base, *path))
                )
                if part
                else ()
            ),
        ]
    )
    schedule, governance, own = Merged(), Merged(), Merged()
    for layer, prefix in ((spec, ()), (part, base)):
        if layer is not None and layer.schedule is not None:
            schedule.add(layer.schedule.model_dump(exclude_unset=True), Source(document, (*prefix, "schedule")))
    if spec.governance is not None:
        governance.add(spec.governance.model_dump(exclude_unset=True), Source(document, ("governance",)))
    warnings: list[str] = []
    if part is not None and part.governance is not None:
        own.add(part.governance.model_dump(exclude_unset=True), Source(document, (*base, "governance")))
        warnings = tighten(governance, own)
    places: dict[str, KeyPath] = {item.name: ("transforms", index) for index, item in enumerate(spec.transforms)}
    update: dict[str, Any] = {}
    if schedule.data:
        update["schedule"] = Schedule.model_validate(schedule.data)
    if part is not None and part.transforms:
        update["transforms"] = _transforms(spec.transforms, part.transforms)
        places.update({item.name: (*base, "transforms", index) for index, item in enumerate(part.transforms)})
    return MergedProduct(spec.model_copy(update=update), schedule, governance, warnings, document, places)


def _transforms(transforms: tuple[Transform, ...], changes: tuple[Transform, ...]) -> tuple[Transform, ...]:
    """The environment's entries over those of the same name, field by field; new names are added."""
    merged = {item.name: item for item in transforms}
    for change in changes:
        known = merged.get(change.name)
        fields = {name: getattr(change, name) for name in change.model_fields_set}
        merged[change.name] = known.model_copy(update=fields) if known else change
    return tuple(merged.values())
