"""Runs that died: what they note while they live, and how the next one cleans up after them."""
