"""An Arrow table becomes one Parquet file and one snapshot."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet
from floe_sdk import COLUMN_TYPE, FloeError, RunSession
from pyiceberg.io.pyarrow import pyarrow_to_schema, schema_to_pyarrow
from pyiceberg.table.name_mapping import parse_mapping_from_json


def publish(rows: pa.Table, session: RunSession, table: str, node_id: str) -> int:
    """Replace the table by `rows`: readers see the old or the new one. Whatever goes wrong leaves no snapshot."""
    publication = session.publisher.begin(session.namespace, table, node_id)
    try:
        fields = [{"field-id": number, "names": [name]} for number, name in enumerate(rows.column_names, 1)]
        mapping = parse_mapping_from_json(json.dumps(fields))
        try:
            wanted = pyarrow_to_schema(rows.schema, mapping, downcast_ns_timestamp_to_us=True)
        except (TypeError, ValueError) as error:
            raise FloeError(COLUMN_TYPE, f"{table}: {error}", fix=COLUMN_TYPE.remedy) from error
        schema = publication.prepare(wanted)
        file = schema_to_pyarrow(schema)  # with the field ids that the table's files must carry
        with publication.io.new_output(publication.new_file()).create() as stream:
            pyarrow.parquet.write_table(rows.select(file.names).cast(file), stream, compression="zstd")
        publication.commit(rows.num_rows)
    except BaseException:
        publication.abandon()
        raise
    return int(rows.num_rows)
