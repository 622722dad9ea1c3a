"""Codes of publishing tables, FLOE-K02x, and of a compute's own limits, FLOE-K03x."""

from floe_sdk.errors.base import register

ROWS_DIFFER = register(
    "FLOE-K020",
    "The files do not hold the rows that were staged",
    1,
    cause="The compute staged one number of rows and its files hold another; nothing was committed.",
    remedy="Run again; if it comes back, report it: the compute loses rows.",
)
COMMIT_CONFLICT = register(
    "FLOE-K021",
    "Somebody else changed the table",
    1,
    cause="Another run or another writer committed to the table after this node had read it; nothing was committed.",
    remedy="Run the node again: `floe run --select NODE`. Let one product at a time write a table.",
)
SCHEMA_CHANGE = register(
    "FLOE-K022",
    "The table's columns can't change like this",
    1,
    cause="Iceberg can add, drop and widen columns; it can't turn one type into an unrelated or a narrower one.",
    remedy="Cast the column to the table's type in the model, or build the table anew: "
    "floe run --full-refresh --select NODE.",
)
STORAGE_FAILED = register(
    "FLOE-K023",
    "The storage refused",
    1,
    cause="A file or a folder of the table could not be written or read: read-only, full, gone, or an error of the "
    "storage's own.",
    remedy="Make room or give access at the place that the message names, or mend what else it names, and run again.",
)
FOREIGN_TABLE = register(
    "FLOE-K024",
    "The name is taken by a table that the node never published",
    1,
    cause="A view has the name of a table in the catalog; only a table that the same node published is dropped for it.",
    remedy="Drop the table, or give the model another alias.",
)
LAYOUT = register(
    "FLOE-K025",
    "The table can't be laid out like this",
    cause="`config(iceberg={...})` of the model asks for a partition or an order that its columns can't have.",
    remedy='Correct it; "Bring a dbt project" in the documentation says what is possible.',
)
COMMIT_UNKNOWN = register(
    "FLOE-K026",
    "Nobody can say whether the commit happened",
    1,
    cause="The catalog's server did not answer a commit, and what is in the table does not show it; its files stay "
    "until that is known.",
    remedy="Run again when the catalog is well: the next run finds out what became of the files, and cleans them up.",
)
COLUMN_TYPE = register(
    "FLOE-K030",
    "Iceberg can't hold the column's type",
    1,
    cause="The compute has types that no Iceberg table can hold, and dates that its clients can't read.",
    remedy="Cast the column in the model, as the message says.",
)
COMPUTE_VERSION = register(
    "FLOE-K031",
    "The installed version of the compute's engine is refused",
    4,
    cause="DuckDB 2.0.0 loses rows in silence when a table is filled in the transaction that made it.",
    remedy='pip install "duckdb>=1.5,<2"',
)
COMPUTE_PATH = register(
    "FLOE-K032",
    "The compute's database file can't be put in place",
    1,
    cause="The folder of the compute's `path` can't be made or written.",
    remedy="Correct `path` in the compute's configuration, or set FLOE_STATE_DIR to a folder that is writable.",
)
