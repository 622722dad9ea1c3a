"""Spans, logging and the redactor."""
