"""Products to measure on: made in a temporary folder that goes when the process ends."""

from __future__ import annotations

import atexit
import json
import random
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

FLOE = str(Path(sys.executable).with_name("floe"))
PYTHON = sys.executable
Shape = Literal["chain", "wide", "random"]
PLUGINS: dict[str, Any] = {
    "compute": {"type": "duckdb", "config": {"threads": 2}},
    "transform": {"type": "dbt"},
    "catalog": {"type": "sql"},
    "storage": {"type": "local"},
    "orchestrator": {"type": "local"},
}
DAGSTER: dict[str, Any] = {"orchestrator": {"type": "dagster"}}
OBSERVED: dict[str, Any] = {
    "tracing": {"enabled": True, "exporter": "file"},
    "lineage": {"enabled": True, "transport": "file", "namespace": "bench"},
}


def folder() -> Path:
    """A temporary folder for as long as this process lives."""
    made = Path(tempfile.mkdtemp(prefix="floe-bench-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def product(
    observability: dict[str, Any] | None = None,
    transforms: list[str] | None = None,
    plugins: dict[str, Any] | None = None,
) -> Path:
    """The folder of a new product, with a manifest beside it; `transforms` are lines of floe.yaml's section, `plugins`
    are added to those that every product has."""
    root = folder()
    manifest = {
        "apiVersion": "floe.dev/v1",
        "kind": "Manifest",
        "metadata": {"name": "bench", "version": "1.0.0"},
        "plugins": PLUGINS | (plugins or {}),
        "observability": observability or {},
    }
    (root / "manifest.yaml").write_text(json.dumps(manifest))
    made = root / "bench"
    made.mkdir()
    head = [
        "apiVersion: floe.dev/v1",
        "kind: FloeSpec",
        "metadata: {name: bench, version: 1.0.0}",
        "platform: {manifest: ../manifest.yaml}",
    ]
    (made / "floe.yaml").write_text("\n".join([*head, *(transforms or [])]) + "\n")
    return made


def listed_product(shape: Shape, number: int) -> Path:
    """A product without a dbt project, of so many transforms, each with two tags, a tier and up to three parents."""
    chooser = random.Random(number)
    lines = ["transforms:"]
    for index in range(number):
        lines += [f"- name: model_{index}", "  tags: [nightly, finance]", "  tier: silver"]
        parents = ", ".join(f"model_{parent}" for parent in _parents(shape, index, chooser))
        lines += [f"  depends_on: [{parents}]"] if parents else []
    return product(transforms=lines)


def _parents(shape: Shape, index: int, chooser: random.Random) -> list[int]:
    if shape == "chain":
        return [index - 1] if index else []
    if shape == "wide":  # layers of 100, each node reads three of the layer before
        first = index // 100 * 100 - 100
        return sorted({first + (index * 7 + step) % 100 for step in range(3)}) if first >= 0 else []
    return sorted(chooser.sample(range(max(0, index - 500), index), min(index, 3)))


def dbt_product(
    number: int, observability: dict[str, Any] | None = None, plugins: dict[str, Any] | None = None
) -> Path:
    """A product with a dbt project of so many tables in layers of 20, each of a few columns and rows."""
    made = product(observability, plugins=plugins)
    add_dbt_project(made, {f"model_{index}": model(index) for index in range(number)})
    return made


def model(index: int) -> str:
    """A model's SQL."""
    first = index // 20 * 20 - 20
    if first < 0:
        return f"select range as id, range * {index} as amount, 'name ' || range as name from range(100)"
    left, right = (f"{{{{ ref('model_{first + (index + step) % 20}') }}}}" for step in (0, 7))
    return (
        f"with l as (select * from {left}), r as (select id, amount from {right})\n"
        f"select l.id, l.amount + r.amount as amount, upper(l.name) as name\n"
        f"from l join r using (id)\nwhere l.id <> {index}"
    )


def add_dbt_project(made: Path, models: dict[str, str]) -> None:
    """Write a dbt project whose models are tables, with a profile for plain dbt-duckdb in `plain/`."""
    flags = {"send_anonymous_usage_stats": False}
    project = {"name": "bench", "version": "1.0.0", "profile": "bench", "flags": flags}
    (made / "dbt_project.yml").write_text(json.dumps({**project, "models": {"+materialized": "table"}}))
    (made / "models").mkdir()
    for name, sql in models.items():
        (made / "models" / f"{name}.sql").write_text(sql + "\n")
    plain = made.parent / "plain"
    plain.mkdir()
    target = {"type": "duckdb", "path": str(plain / "plain.duckdb"), "threads": 2}
    (plain / "profiles.yml").write_text(json.dumps({"bench": {"target": "plain", "outputs": {"plain": target}}}))
