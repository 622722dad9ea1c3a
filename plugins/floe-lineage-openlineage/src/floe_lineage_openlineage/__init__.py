"""The lineage of floe sent as OpenLineage events, by HTTP and Kafka."""
