"""`python -m floe_sdk` is the command `floe`."""

from floe_sdk.cli import main

main()
