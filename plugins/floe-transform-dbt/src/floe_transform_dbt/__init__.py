"""dbt as the transform of floe."""
