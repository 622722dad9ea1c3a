"""`floe health`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from floe_sdk.cli.options import env_option, json_option, literal_secrets_option, spec_argument
from floe_sdk.cli.output import echo, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from floe_sdk.runtime.health import PluginHealth

EXIT_FAULT = 4


@click.command()
@spec_argument
@env_option
@click.option("--timeout", type=click.FloatRange(min=0.1), default=10.0, show_default=True, metavar="SECONDS")
@literal_secrets_option
@json_option
@click.pass_context
def command(
    ctx: click.Context, spec: Path, environment: str | None, timeout: float, literal_secrets: bool, as_json: bool
) -> None:
    """Ask every selected plugin for a real round trip, all at once, within a deadline.

    Exit code 4 when one of them fails or does not answer in time.

    \b
    Examples:
      floe health
      floe health products/customer-360 --env ci --timeout 5 --json
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.compilation.resolve import load_platform
    from floe_sdk.project import resolve
    from floe_sdk.runtime.health import check_platform

    product = resolve(spec, env=environment)
    with load_platform(product, literal_secrets=literal_secrets) as platform:
        answers = check_platform(platform, product.observability, timeout)
    _print(answers, as_json=as_json)
    ctx.exit(EXIT_FAULT if any(answer.ok is False for answer in answers) else 0)


def _print(answers: Sequence[PluginHealth], *, as_json: bool) -> None:
    if as_json:
        print_json({"plugins": [_as_dict(answer) for answer in answers]})
        return
    words = {True: "ok", False: "FAULT", None: "no check"}
    print_table(
        ("PLUGIN", "HEALTH", "SECONDS", "MESSAGE"),
        [
            (
                answer.name,
                words[answer.ok],
                f"{answer.seconds:.2f}" if answer.seconds is not None else None,
                answer.message,
            )
            for answer in answers
        ],
        right={"SECONDS"},
    )
    faults = [answer for answer in answers if answer.ok is False]
    if faults:
        names = ", ".join(answer.name for answer in faults)
        echo(f"{len(faults)} of {len(answers)} have a fault: {names}", err=True)
    for answer in faults:
        if answer.fix:
            code = f" [{answer.code}]" if answer.code else ""
            echo(f"{answer.name}{code}: {answer.fix}", err=True)


def _as_dict(answer: PluginHealth) -> dict[str, Any]:
    return {
        "plugin": answer.name,
        "ok": answer.ok,
        "seconds": None if answer.seconds is None else round(answer.seconds, 3),
        "message": answer.message,
        "details": answer.details,
        "fix": answer.fix,
        "code": answer.code,
    }
