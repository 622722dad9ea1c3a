"""Codes of what a product reads of other products: FLOE-T02x for what it says, FLOE-K05x for what the catalog has."""

from floe_sdk.errors.base import register

UPSTREAM_MALFORMED = register(
    "FLOE-T020",
    "A source doesn't say clearly which table of another product it is",
    cause="`meta.floe` of a source must name one table of the catalog, or an output port of another product.",
    remedy="Write `floe: {table: NAMESPACE.TABLE}`, or `floe: {product: PRODUCT, port: PORT}`.",
)
UPSTREAM_OWN = register(
    "FLOE-T021",
    "A source is a table of the product itself",
    cause="What a product makes is read by ref(): as a source it would be read as an earlier run left it, unseen by "
    "the order of the run.",
    remedy="Use ref() with the model's name, and remove the source.",
)
UPSTREAM_NOT_FOUND = register(
    "FLOE-K050",
    "The catalog does not have what a source reads of another product",
    1,
    cause="No table has the name that the source gives, or no table is recorded as that output port of that product. A "
    "port is recorded when its product is run after it was added to `output_ports`.",
    remedy="Correct the source's `meta.floe`, or run the other product first; `floe tables --all` lists what there is.",
)
UPSTREAM_UNREADABLE = register(
    "FLOE-K051",
    "A table of another writer holds deletions that can't be read",
    1,
    cause="Another engine deleted rows by files of their own (merge-on-read), so that its data files still hold them.",
    remedy="Have that engine rewrite the table's data files, or delete by copy-on-write.",
)
