"""Dagster as the orchestrator of floe: a code location without user code."""
