"""The rules, one file a subject; importing this declares all of them, in the order in which they are checked."""

# isort: off
from floe_sdk.authoring.checking.rules import metadata
from floe_sdk.authoring.checking.rules import entry_points
from floe_sdk.authoring.checking.rules import code
from floe_sdk.authoring.checking.rules import loading
from floe_sdk.authoring.checking.rules import configuration
from floe_sdk.authoring.checking.rules import documentation
from floe_sdk.authoring.checking.rules import suite

__all__ = ["code", "configuration", "documentation", "entry_points", "loading", "metadata", "suite"]
