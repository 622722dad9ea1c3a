"""The SQL that is read for column lineage."""

DIALECT = "duckdb"
"""As sqlglot and OpenLineage's `SQLJobFacet` call it. No compute says yet that its SQL is another one."""
