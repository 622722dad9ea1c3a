"""Sources that are tables of other products: what `meta.floe` of a source says, and where it says it."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import yaml

from floe_sdk import UPSTREAM_MALFORMED, UPSTREAM_OWN, FloeError, FloeErrors, Location, Upstream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dbt.contracts.graph.manifest import Manifest

KEYS = ("table", "product", "port")
TABLE = re.compile(r"[^.\s]+\.[^.\s]+")


def upstream_of(source: Any) -> Upstream | None:
    """What a source of a checked project is of another product; None where it says nothing of it."""
    said = _said(source)
    if not said:
        return None
    relation = (str(source.schema), str(source.identifier))
    if "table" in said:
        return Upstream(relation=relation, table=said["table"])
    return Upstream(relation=relation, product=said["product"], port=said.get("port", source.identifier))


def check_upstreams(manifest: Manifest, root: Path) -> None:
    """Raise FloeError for every source whose `meta.floe` can't be followed, each with its file and line."""
    own = {
        (node.schema.lower(), node.alias.lower()): node.name
        for node in manifest.nodes.values()
        if node.resource_type.value in ("model", "seed", "snapshot")
    }
    named: dict[tuple[str, str], Any] = {}
    problems = []
    for source in sorted(manifest.sources.values(), key=lambda each: each.unique_id):
        if _said(source) is None:
            continue
        found = list(_problems(source)) or list(_collisions(source, own, named))
        problems += [_error(source, root, *each) for each in found]
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise FloeErrors(problems)


def says_upstream(source: Any) -> bool:
    """Whether a source has `meta.floe`, whatever it says."""
    return _said(source) is not None


def meta_of(source: Any) -> dict[str, Any]:
    """`meta` of a source's table over that of the source."""
    return {**(source.source_meta or {}), **_meta(source)}


def _said(source: Any) -> Any:
    """`meta.floe`, that of the table over that of its source; None where there is none."""
    of_source, of_table = (source.source_meta or {}).get("floe"), _meta(source).get("floe")
    if isinstance(of_source, dict) and isinstance(of_table, dict):
        if "table" in of_table:  # it is complete; so is what a port says with the source's product
            return of_table
        return {**of_source, **of_table}
    return of_source if of_table is None else of_table


def _meta(source: Any) -> dict[str, Any]:
    return {**(source.meta or {}), **(getattr(source.config, "meta", None) or {})}


def _problems(source: Any) -> Iterator[tuple[Any, str, str]]:
    said = _said(source)
    example = "write `floe: {table: NAMESPACE.TABLE}`, or `floe: {product: PRODUCT, port: PORT}`"
    if not isinstance(said, dict) or not said:
        yield UPSTREAM_MALFORMED, f"`floe` is to be a mapping, not {said!r}", example
        return
    for key in said:
        if key not in KEYS:
            close = get_close_matches(str(key), KEYS, n=1)
            fix = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(KEYS)}"
            yield UPSTREAM_MALFORMED, f"`floe` has no `{key}`", fix
        elif not isinstance(said[key], str) or not said[key].strip():
            yield UPSTREAM_MALFORMED, f"`floe.{key}` is to be a text, not {said[key]!r}", example
        elif key == "table" and not TABLE.fullmatch(said[key]):
            fix = "write the namespace, a dot and the table, as `floe tables --all` shows them"
            yield UPSTREAM_MALFORMED, f"`floe.table` is to be NAMESPACE.TABLE, not {said[key]!r}", fix
    if "table" in said and {"product", "port"} & said.keys():
        yield UPSTREAM_MALFORMED, "`floe` names a table and a product's port", "keep one of them"
    if "table" not in said and "product" not in said and not said.keys() - set(KEYS):
        yield UPSTREAM_MALFORMED, "`floe.port` needs the product whose port it is", example
    if "external_location" in meta_of(source):
        yield UPSTREAM_MALFORMED, "it is a table of the catalog and files (`external_location`) at once", "remove one"


def _collisions(
    source: Any, own: Mapping[tuple[str, str], str], named: dict[tuple[str, str], Any]
) -> Iterator[tuple[Any, str, str]]:
    """A source that is the product's own table, or is called as another relation of the run's database is."""
    said = _said(source)
    table = str(said.get("table", "")).lower().partition(".")
    if name := own.get((table[0], table[2])):
        yield UPSTREAM_OWN, f"{said['table']} is what this product publishes itself", f"use ref('{name}')"
        return
    relation = (source.schema.lower(), source.identifier.lower())
    shown = f"{source.schema}.{source.identifier}"
    fix = "give the source a `schema` of its own: any name that the project does not use"
    if name := own.get(relation):
        yield UPSTREAM_MALFORMED, f"its name in SQL, {shown}, is also that of {name}", fix
    other = named.setdefault(relation, said)
    if other != said:
        yield UPSTREAM_MALFORMED, f"its name in SQL, {shown}, is also that of another source", fix


def _error(source: Any, root: Path, code: Any, problem: str, fix: str) -> FloeError:
    where = _place(root / source.original_file_path, source.source_name, source.name)
    return FloeError(code, f"source {source.source_name}.{source.name}: {problem}", where=where, fix=fix)


def _place(path: Path, source: str, table: str) -> Location:
    """Where `floe` of the table or else of its source stands."""
    try:
        document = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return Location(str(path))
    found = _named(_child(document, "sources"), source)
    inner = _named(_child(found, "tables"), table)
    for part in (inner, found):
        for meta in (_child(_child(part, "config"), "meta"), _child(part, "meta")):
            for key, _ in meta.value if isinstance(meta, yaml.MappingNode) else ():
                if key.value == "floe":
                    return _location(path, key)
    node = inner or found
    return _location(path, node) if node else Location(str(path))


def _location(path: Path, node: yaml.Node) -> Location:
    return Location(str(path), node.start_mark.line + 1, node.start_mark.column + 1)


def _child(node: yaml.Node | None, name: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for key, value in pairs if key.value == name), None)


def _named(node: yaml.Node | None, name: str) -> yaml.Node | None:
    """The entry of a list of mappings that has the name."""
    items = node.value if isinstance(node, yaml.SequenceNode) else ()
    return next((item for item in items if getattr(_child(item, "name"), "value", None) == name), None)
