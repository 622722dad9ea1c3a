"""DuckDB as the compute of floe."""
