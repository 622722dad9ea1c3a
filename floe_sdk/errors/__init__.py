"""What goes wrong, said to the person who reads it: problem, place, remedy, a stable code and an exit code."""

from floe_sdk.errors.base import (
    REGISTRY,
    ErrorCode,
    FloeError,
    FloeErrors,
    Location,
    raise_all,
    register,
)

__all__ = ["REGISTRY", "ErrorCode", "FloeError", "FloeErrors", "Location", "raise_all", "register"]
