"""The documents and the neutral types, as pydantic models and plain dataclasses."""
