"""Codes of secrets, FLOE-S. No message of this family ever holds a value."""

from floe_sdk.errors.base import register

LITERAL_SECRET = register(
    "FLOE-S001",
    "A secret stands in a file",
    cause="A configuration key that holds a secret was given a literal value instead of a reference.",
    remedy="Write a reference such as `{env: NAME}` or `{file: PATH}`, put the value there, and change the secret: it was in a file.",
)
SECRET_NOT_FOUND = register(
    "FLOE-S002",
    "A secret has no value",
    cause="The variable, file or key that a reference names is not set, empty, or can't be read on this machine.",
    remedy="Set what the message names before running; compiling needs no secret.",
)
SECRET_FAILED = register(
    "FLOE-S003",
    "A secrets plugin failed",
    4,
    cause="The plugin that resolves a reference raised, or gave something else than text.",
    remedy="`floe health` asks the plugin; `floe --debug ...` shows the traceback.",
)
