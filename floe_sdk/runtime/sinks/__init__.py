"""Who hears of a run: observers, telemetry, lineage, alerts."""
