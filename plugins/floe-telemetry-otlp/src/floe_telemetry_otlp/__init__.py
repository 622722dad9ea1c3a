"""Traces, metrics and logs of floe over OTLP, by gRPC and HTTP."""
