"""Plugins in the box; registered by the same entry points as anybody's."""
