"""`floe catalog`: making a catalog ready, and maintaining the tables in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.artifact import artifact_option, open_artifact
from floe_sdk.cli.options import env_option, json_option, literal_secrets_option, spec_argument
from floe_sdk.cli.output import echo, print_json, print_table, size_text
from floe_sdk.cli.parent import stop_on_eof_option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from floe_sdk.plugins.host import Platform
    from floe_sdk.runtime.tables.maintenance import TablePlan
    from floe_sdk.schemas.governance import ResolvedGovernance


@click.group()
def command() -> None:
    """Make the catalog ready, and maintain the product's tables in it."""


@command.command("provision")
@spec_argument
@env_option
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would be.")
@literal_secrets_option
@json_option
def provision_command(spec: Path, environment: str | None, dry_run: bool, literal_secrets: bool, as_json: bool) -> None:
    """Bring the catalog to the state that a run needs: its own database or warehouse, the product's namespace.

    A second time it changes nothing. The embedded catalog needs it only where runs may not create anything.

    \b
    Examples:
      floe catalog provision --dry-run
      floe catalog provision products/customer-360 --env prod
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.compilation.resolve import load_platform
    from floe_sdk.project.resolve import resolve

    with load_platform(resolve(spec, env=environment), literal_secrets=literal_secrets) as platform:
        namespace = platform.catalog.catalog_namespace()
        storage = platform.storage.storage_access()
        asked = platform.catalog.catalog_provision(namespaces=[namespace], dry_run=dry_run, storage=storage)
        changes = list(asked or ())
    if as_json:
        print_json({"dry_run": dry_run, "changes": changes})
        return
    for line in changes:
        echo(f"would {line}" if dry_run else f"done: {line}")
    if not changes:
        echo("nothing to change")


@command.command("maintain")
@spec_argument
@env_option
@click.option("--apply/--dry-run", "apply", default=False, help="Do it; without this, only say what would be done.")
@click.option(
    "--older-than",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="Expire snapshots older than this; never less than governance.data_retention_days.",
)
@click.option("--compact/--no-compact", default=True, show_default=True, help="Make large files of many small ones.")
@artifact_option
@stop_on_eof_option
@literal_secrets_option
@json_option
@click.pass_context
def maintain_command(
    ctx: click.Context,
    /,
    spec: Path,
    environment: str | None,
    artifact: Path | None,
    literal_secrets: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Expire old snapshots, delete files that nothing refers to, and compact small files; rows stay as they are.

    governance.data_retention_days and governance.snapshot_keep_last say what is kept. Five or more small files of a
    partition become one, up to the table's write.target-file-size-bytes. Without --apply nothing changes.

    \b
    Examples:
      floe catalog maintain
      floe catalog maintain products/customer-360 --env prod --apply
      floe catalog maintain --artifact target/compiled_artifacts.json --apply
    """  # noqa: D301 - \b is click's mark for lines to keep
    from contextlib import ExitStack

    from floe_sdk.runtime.recovery.lock import product_lock
    from floe_sdk.runtime.recovery.recover import clean_maintenance
    from floe_sdk.runtime.tables.maintenance import Keep, plan

    apply: bool = options["apply"]
    with ExitStack() as stack:
        if artifact is None:
            governance, loaded = _resolved(spec, environment, literal_secrets)
        else:
            artifacts, _, loaded = open_artifact(artifact, ctx, environment)
            governance = artifacts.governance
        platform = stack.enter_context(loaded)
        keep = Keep.of(governance, options["older_than"])
        if apply:
            stack.enter_context(product_lock(platform.context.product_state))
            clean_maintenance(platform)
        plans = plan(platform, keep, compact=options["compact"])
        done = [plans.apply(each) if apply else each for each in plans.tables]
    if as_json:
        print_json({"applied": apply, "keep": {"days": keep.days, "last": keep.last}, "tables": _as_dicts(done)})
        return
    _print(done, apply=apply)
    if keep.days is None and keep.last is None:
        echo("governance sets neither data_retention_days nor snapshot_keep_last: no snapshot expires", err=True)


def _resolved(spec: Path, environment: str | None, literal_secrets: bool) -> tuple[ResolvedGovernance, Platform]:
    from floe_sdk.compilation.resolve import load_platform
    from floe_sdk.project.resolve import resolve

    product = resolve(spec, env=environment)
    return product.governance, load_platform(product, literal_secrets=literal_secrets)


def _print(plans: Sequence[TablePlan], *, apply: bool) -> None:
    if not plans:
        echo("no tables of this product yet; `floe run` publishes them")
        return
    rows = [
        (each.namespace, each.table, len(each.expired), each.kept, len(each.unreferenced), len(each.orphans),
         size_text(each.bytes), f"{len(each.small)} -> {len(each.compacted)}" if each.compacted else "-")
        for each in plans if each.left_alone is None
    ]  # fmt: skip
    columns = ("NAMESPACE", "TABLE", "EXPIRED", "KEPT", "FILES", "ORPHANS", "FREED", "COMPACTED")
    if rows:
        print_table(columns, rows, right={"EXPIRED", "KEPT", "FILES", "ORPHANS", "FREED", "COMPACTED"})
    for each in plans:
        if reason := each.left_alone or each.note:
            echo(f"{each.namespace}.{each.table}: {reason}", err=True)
    total = size_text(sum(each.bytes for each in plans))
    snapshots = sum(len(each.expired) for each in plans)
    files = sum(len(each.files) for each in plans)
    verb = "expired" if apply else "would expire"
    small, large = sum(len(each.small) for each in plans), sum(len(each.compacted) for each in plans)
    tail = "" if apply or not (snapshots or files or small) else "; do it with --apply"
    compacted = f"; {'compacted' if apply else 'compact'} {small} small files to {large}" if small else ""
    echo(f"{verb} {snapshots} snapshots and {'deleted' if apply else 'delete'} {files} files, {total}{compacted}{tail}")


def _as_dicts(plans: Sequence[TablePlan]) -> list[dict[str, Any]]:
    return [
        {
            "namespace": each.namespace,
            "table": each.table,
            "expired_snapshots": [str(snapshot) for snapshot in each.expired],
            "kept_snapshots": each.kept,
            "unreferenced_files": list(each.unreferenced),
            "orphan_files": list(each.orphans),
            "bytes": each.bytes,
            "compacted_files": list(each.small),
            "compacted_bytes": sum(each.small.values()),
            "compacted_into": len(each.compacted),
            "left_alone": each.left_alone,
            "note": each.note,
        }
        for each in plans
    ]
