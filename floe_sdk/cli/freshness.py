"""`floe freshness`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.artifact import artifact_option, open_artifact
from floe_sdk.cli.options import env_option, json_option, literal_secrets_option, spec_argument, vars_option
from floe_sdk.cli.output import echo, print_json
from floe_sdk.cli.parent import stop_on_eof_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta
    from pathlib import Path

    from floe_sdk.schemas.freshness import SourceFreshness

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


@click.command()
@spec_argument
@env_option
@vars_option
@artifact_option
@click.option("--select", "-s", multiple=True, metavar="SELECTOR", help="Check these sources only (dbt's selectors).")
@click.option("--exclude", multiple=True, metavar="SELECTOR", help="Leave these sources out.")
@click.option("--selector", metavar="NAME", help="Check what this selector of the project's selectors.yml chooses.")
@stop_on_eof_option
@literal_secrets_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    spec: Path,
    environment: str | None,
    variables: str | None,
    artifact: Path | None,
    literal_secrets: bool,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Check how old the newest rows of sources are, where these have `freshness`; runs no node.

    Exit code 1 when a source is older than its `error_after` or can't be checked; a warning is 0.

    \b
    Examples:
      floe freshness
      floe freshness products/customer-360 --env ci --json
      floe freshness --select source:raw --exclude source:raw.orders
      floe freshness --artifact target/compiled_artifacts.json --json
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.cli.progress import meanwhile
    from floe_sdk.compilation.pipeline import compile_product
    from floe_sdk.project.variables import parse_variables
    from floe_sdk.runtime.source_freshness import check_sources

    select, exclude, selector = chosen["select"], chosen["exclude"], chosen["selector"]
    if selector and (select or exclude):
        raise click.UsageError("--selector and --select or --exclude contradict each other: keep one")
    given = parse_variables(variables)
    with meanwhile("checking sources", quiet=as_json):
        if artifact is not None:
            artifacts, _, platform = open_artifact(artifact, ctx, environment, given if variables else None)
        else:
            result = compile_product(
                spec, env=environment, variables=given, literal_secrets=literal_secrets, write=False
            )
            artifacts, platform = result.artifacts, result.platform
        with platform:
            sources = check_sources(artifacts, platform, select, exclude, selector)
    if as_json:
        print_json({"sources": [_as_dict(source) for source in sources]})
    else:
        named = f"`{' '.join(select)}`" if select else ""
        for line in _lines(sources, "the selection" if exclude or selector else named):
            echo(line)
    ctx.exit(1 if any(source.status.value == "error" for source in sources) else 0)


def _lines(sources: Sequence[SourceFreshness], chosen: str) -> Iterator[str]:
    """A line a source, then one for all of them."""
    from floe_sdk.schemas.words import counted

    if not sources:
        none = f"{chosen} matches no source that has" if chosen else "no source of this product has"
        yield f"nothing to check: {none} `freshness`"
        return
    for source in sources:
        yield f"{source.status.value:<5}  {source.name}: {_age(source)}{_limits(source)}"
        yield from (f"    {line}" for line in source.message.splitlines())
    statuses = [source.status.value for source in sources]
    counts = [f"{statuses.count(each)} {each}" for each in ("pass", "warn", "error") if each in statuses]
    yield f"{counted(len(sources), 'source')} checked: {', '.join(counts)}"


def _age(source: SourceFreshness) -> str:
    if source.loaded_at is None or source.age is None:
        return "age unknown"
    return f"{_span(source.age)} old, loaded at {source.loaded_at.isoformat(' ', 'seconds')}"


def _limits(source: SourceFreshness) -> str:
    limits = (("warn", source.warn_after), ("error", source.error_after))
    told = ", ".join(f"{name} after {_span(limit)}" for name, limit in limits if limit is not None)
    return f" ({told})" if told else ""


def _span(span: timedelta) -> str:
    """The two largest units: `2 d 3 h`, `5 min`."""
    rest, parts = int(span.total_seconds()), []
    if rest < 0:  # clocks differ, or a time without its zone
        return "-" + _span(-span)
    for name, seconds in _UNITS:
        count, rest = divmod(rest, seconds)
        parts.append((count, name))
    while len(parts) > 1 and not parts[0][0]:
        del parts[0]
    return " ".join(f"{count} {name}" for place, (count, name) in enumerate(parts[:2]) if count or not place)


def _as_dict(source: SourceFreshness) -> dict[str, Any]:
    def seconds(span: timedelta | None) -> float | None:
        return None if span is None else span.total_seconds()

    return {
        "id": source.id,
        "name": source.name,
        "status": source.status.value,
        "loaded_at": source.loaded_at.isoformat() if source.loaded_at else None,
        "age_seconds": seconds(source.age),
        "warn_after_seconds": seconds(source.warn_after),
        "error_after_seconds": seconds(source.error_after),
        "message": source.message or None,
    }
