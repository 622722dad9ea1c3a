"""The entry-point groups of floe, and what was meant by one that is not."""

from __future__ import annotations

import re

from floe_sdk.plugins.discovery import COMMAND
from floe_sdk.plugins.types import COMMANDS_GROUP, GROUP_PREFIX, PluginType

GROUPS = {COMMANDS_GROUP: COMMAND, **{kind.group: kind.value for kind in PluginType}}
"""Each group, and the type of plugin that it holds."""


def meant_for_floe(group: str) -> bool:
    """Whether a group is floe's, or looks as if it was to be."""
    return re.match(r"floe([^a-z]|$)", group.lower()) is not None


def misspelt(group: str) -> str | None:
    """The group that was meant; None where nothing like it is known."""
    from floe_sdk.schemas.fields import nearest

    written = re.sub(r"^floe[^a-z]*", GROUP_PREFIX, group.strip().lower())
    return written if written in GROUPS else nearest(written, GROUPS)


def group_problem(group: str, names: str) -> str:
    """What is wrong with an unknown group that holds `names`, in one sentence."""
    guess = misspelt(group)
    return f"{names}: there is no entry-point group {group!r}" + (f"; did you mean {guess!r}?" if guess else "")
