"""What turns a package into an image: the Dockerfile and the entry point, as texts."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HOME = "/floe"
STATE = "/var/lib/floe"
USER = "10001"
MANIFEST = "platform/manifest.yaml"
"""Below `app/`: where a pinned manifest (`FLOE_MANIFEST`) is thought to lie; only its folder counts."""


def dockerfile(*, product: str, environment: str, python: str, wheels: bool) -> str:
    """The image of a package, whose root is the build context. The index is whatever pip is set to ask."""
    copied = "COPY wheels ./wheels\n" if wheels else ""
    return f"""\
# {product} for {environment}, by `floe package`. The user has no rights; all that is written goes to FLOE_STATE_DIR.
ARG BASE=python:{python}-slim
FROM ${{BASE}}
ARG PIP_INDEX_URL
WORKDIR {HOME}
COPY requirements.lock ./
{copied}RUN python -m pip install --root-user-action=ignore --no-cache-dir --no-deps --require-hashes \\
        -r requirements.lock \\
    && mkdir -p {STATE} && chown {USER}:{USER} {STATE}
COPY entrypoint.sh ./
COPY app ./app
ENV FLOE_STATE_DIR={STATE} HOME={STATE} PYTHONUNBUFFERED=1
USER {USER}:{USER}
ENTRYPOINT ["{HOME}/entrypoint.sh"]
"""


def entry_point(*, artifact: str, pinned: bool, commands: Mapping[str, Sequence[str]]) -> str:
    """A script for sh: runs the product, one of `commands` by name, or whatever else it is given.

    `artifact` is relative to the script; `pinned` says that the artifact was compiled with a pinned manifest.
    """
    known = "".join(_case(name, words) for name, words in commands.items())
    pin = f'export FLOE_MANIFEST="${{FLOE_MANIFEST:-$here/app/{MANIFEST}}}"\n' if pinned else ""
    usage = "".join(f"#   entrypoint.sh {name} [OPTIONS]\n" for name in commands)
    return f"""\
#!/bin/sh
# By `floe package`. Where the folder can't be written, FLOE_STATE_DIR names one that can.
#   entrypoint.sh [OPTIONS]   floe run, for instance with --select
{usage}#   entrypoint.sh COMMAND ...  anything else, with FLOE_ARTIFACT set
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
artifact={shlex.quote(artifact)}
export FLOE_ARTIFACT="${{FLOE_ARTIFACT:-$here/$artifact}}"
{pin}case "${{1:-}}" in
"" | -*)
    exec floe run --artifact "$FLOE_ARTIFACT" "$@"
    ;;
{known}*)
    exec "$@"
    ;;
esac
"""


def _case(name: str, words: Sequence[str]) -> str:
    return f'{shlex.quote(name)})\n    shift\n    exec {shlex.join(words)} "$@"\n    ;;\n'
