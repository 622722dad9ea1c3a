"""dbt as the transform of floe; dbt itself is imported when a graph or a run is asked for."""

from floe_transform_dbt.plugin import DbtConfig, DbtTransform

__all__ = ["DbtConfig", "DbtTransform"]
