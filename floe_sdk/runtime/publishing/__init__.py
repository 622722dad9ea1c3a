"""Publishing: what a compute wrote becomes one snapshot of an Iceberg table."""
