"""Install the servers: `python -m support.servers [NAME ...]`, all of them where none is named.

What can't be had is said; the exit code is 1 only with FLOE_REQUIRE_SERVICES=1, since the tests skip otherwise.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

from support.servers.install import Unavailable, say

SERVERS = ("versitygw", "iceberg_rest", "postgres", "kafka", "jaeger")


def main(names):
    missing = 0
    for name in names or SERVERS:
        try:
            sys.stdout.write(f"{import_module(f'support.servers.{name}').install()}\n")
        except Unavailable as error:
            say(f"{name}: {error}")
            missing += 1
    return 1 if missing and os.environ.get("FLOE_REQUIRE_SERVICES") == "1" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
