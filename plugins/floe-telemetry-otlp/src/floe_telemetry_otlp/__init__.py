"""Traces, metrics and logs of floe over OTLP."""

from floe_telemetry_otlp.plugin import OtlpTelemetry

__all__ = ["OtlpTelemetry"]
