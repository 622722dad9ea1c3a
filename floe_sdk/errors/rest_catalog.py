"""Codes of catalogs behind a server, FLOE-K08x and FLOE-K090."""

from floe_sdk.errors.base import register

CATALOG_CREDENTIALS = register(
    "FLOE-K080",
    "The catalog's server does not accept the credentials",
    4,
    cause="The identity provider gives no token for the client, its secret and the scope; or the catalog does not take "
    "the token.",
    remedy="Check the client, what its secret refers to, the scope and the token's address; `floe health` tries again.",
)
CATALOG_FORBIDDEN = register(
    "FLOE-K081",
    "The client may not do this in the catalog",
    4,
    cause="The server knows the client and does not let it do what was asked.",
    remedy="Have an administrator of the catalog grant the client's role the privilege that the message names.",
)
WAREHOUSE_MISSING = register(
    "FLOE-K082",
    "The server has no such catalog",
    4,
    cause="The server accepts the client, and has no catalog (warehouse) of that name.",
    remedy="`floe catalog provision` makes it; or correct `warehouse` in the catalog's configuration.",
)
CATALOG_REALM = register(
    "FLOE-K083",
    "The server does not know the realm",
    4,
    cause="A server of several realms was asked without one, or with the name of another.",
    remedy="Set `realm` in the catalog's configuration.",
)
CREDENTIAL_VENDING = register(
    "FLOE-K084",
    "The catalog hands out no storage credentials",
    4,
    cause="The tables' files should be reached with credentials of the server, and it has none to hand out "
    "(`stsUnavailable`).",
    remedy="Give the storage keys of its own and set `credential_vending_enabled: false`, or set the server's catalog "
    "up with a role.",
)
CATALOG_REFUSED = register(
    "FLOE-K085",
    "The catalog's server refused the request",
    1,
    cause="The server understood a request differently than it was meant, or is no Iceberg REST catalog.",
    remedy="The server's own words are in the message; its log says more.",
)
CATALOG_ELSEWHERE = register(
    "FLOE-K086",
    "The catalog's server sends on to another place",
    4,
    cause="The server redirects to another origin; credentials are never sent there.",
    remedy="Name the place where the server really is, if that is what you expect.",
)
CATALOG_NAMES = register(
    "FLOE-K087",
    "The catalog can't hold a table of that name",
    cause="A name that a server, an address or another engine would read differently: a dot, a slash, more than 255 "
    "bytes, two names that differ only in case.",
    remedy="Rename the model or its namespace.",
)
FORMAT_VERSION = register(
    "FLOE-K088",
    "Tables of Iceberg's format version 3 can't be written",
    cause="A table is of format version 3, or should be; the Iceberg client writes versions 1 and 2.",
    remedy="Leave `format-version` out of the table's properties.",
)
CATALOG_LOCATION = register(
    "FLOE-K089",
    "The storage is not where the catalog keeps its tables",
    cause="The server keeps a catalog's tables below one place and refuses tables elsewhere.",
    remedy="Point the storage into that place, or name another warehouse.",
)
CATALOG_PROVISION = register(
    "FLOE-K090",
    "The catalog can't be provisioned",
    1,
    cause="The server's management API is not known, or refuses what was asked.",
    remedy="The message has the server's own words.",
)
