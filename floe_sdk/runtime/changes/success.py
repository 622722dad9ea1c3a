"""The last success of a node: in the properties of what it committed; for what commits nothing, on this machine."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.observability.redaction import redactor
from floe_sdk.project.files import write_atomic
from floe_sdk.runtime.tables.snapshots import rows_id, same_rows, summary_of
from floe_sdk.schemas.compiled import CompiledNode
from floe_sdk.schemas.session import FINGERPRINT_PROPERTY, INPUTS_PROPERTY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from floe_sdk.schemas.session import TableVersion

SQL_PROPERTY = "floe.sql"
CONFIG_PROPERTY = "floe.config"
TEXT_PROPERTY = "floe.text"
UNKNOWN = "?"
"""The state of an input that can't be told; equal to nothing, itself included."""


@dataclass(frozen=True)
class Success:
    """`inputs` has the state of each input by node id, as it was read; `snapshot` is the table's, if there is one;
    `made` is what it was made from, where no table says it: of a view, or where there was nothing to commit."""

    fingerprint: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    snapshot: str | None = None
    made: Mapping[str, str] | None = None

    @property
    def snapshot_properties(self) -> dict[str, str]:
        """For the snapshot that the node commits."""
        inputs = json.dumps(dict(sorted(self.inputs.items())), separators=(",", ":"))
        return {FINGERPRINT_PROPERTY: self.fingerprint, INPUTS_PROPERTY: inputs}

    @classmethod
    def of_table(cls, version: TableVersion) -> Success | None:
        """What the snapshot says that the table's rows are from; None where it is another writer's."""
        metadata, current = version.table.metadata, version.table.current_snapshot()
        snapshots = (summary_of(each) for each in same_rows(metadata, current))
        said = next((each for each in snapshots if FINGERPRINT_PROPERTY in each), None)
        if said is None:
            return None
        try:
            inputs = json.loads(said.get(INPUTS_PROPERTY, ""))
        except ValueError:
            return None
        return cls(said[FINGERPRINT_PROPERTY], inputs, str(rows_id(metadata, current)))


def table_properties(compiled: CompiledNode) -> dict[str, str]:
    """For the table: what made its rows, to be compared with later; only the last is kept."""
    config = json.dumps(compiled.config, sort_keys=True, separators=(",", ":"))
    texts = {SQL_PROPERTY: compiled.sql or "", CONFIG_PROPERTY: config}
    texts |= {TEXT_PROPERTY: compiled.text} if compiled.text is not None else {}
    return {key: redactor.redact(text) for key, text in texts.items()}


def made_from(properties: Mapping[str, str]) -> CompiledNode | None:
    """What `table_properties` has said; None where these say nothing."""
    try:
        config = json.loads(properties.get(CONFIG_PROPERTY, ""))
    except ValueError:
        return None
    return CompiledNode(sql=properties.get(SQL_PROPERTY) or None, config=config, text=properties.get(TEXT_PROPERTY))


class LocalSuccesses:
    """Successes that this machine knows, one file an environment; whatever is wrong with it, it is empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = _read(path)
        self._before = dict(self._known)

    def __bool__(self) -> bool:
        return bool(self._known)

    def get(self, node_id: str) -> Success | None:
        """The last success, unless a failure came after it."""
        return self._known.get(node_id)

    def put(self, node_id: str, success: Success | None) -> None:
        """Note a success, or a failure."""
        if success is None:
            self._known.pop(node_id, None)
        else:
            self._known[node_id] = success

    def save(self) -> None:
        """Keep them."""
        if self._known != self._before:
            with suppress(FloeError):  # without it nodes run once more
                write_atomic(self._path, json.dumps({key: asdict(each) for key, each in self._known.items()}))


def _read(path: Path) -> dict[str, Success]:
    try:
        return {key: Success(**each) for key, each in json.loads(path.read_bytes()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
