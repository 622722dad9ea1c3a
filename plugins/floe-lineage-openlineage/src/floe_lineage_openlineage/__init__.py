"""The lineage of floe sent as OpenLineage events, by HTTP and Kafka."""

from floe_lineage_openlineage.config import KafkaConfig, OpenLineageConfig
from floe_lineage_openlineage.plugin import OpenLineagePlugin

__all__ = ["KafkaConfig", "OpenLineageConfig", "OpenLineagePlugin"]
