"""Findings and errors for other tools: one file a format, each a pure function of a `Report`."""
