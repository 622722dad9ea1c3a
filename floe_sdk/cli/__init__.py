"""The command `floe`: one file a command, loaded when it is invoked."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line (of this process, or `arguments`) and exit with its code."""
    # pydantic would import whatever is installed and calls itself a plugin of it
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.set_threshold(100_000, 20, 20)  # a short life that makes much and drops little: look for cycles more rarely
    atexit.register(gc.freeze)  # and not once more at its end, over all that it has imported
    from floe_sdk.cli.app import run

    sys.exit(run(arguments))
