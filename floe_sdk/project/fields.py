"""What a model accepts at a place; the same for documents and for plugins' configuration."""

from floe_sdk.schemas.fields import field_at, keys_at, nearest

__all__ = ["field_at", "keys_at", "nearest"]
