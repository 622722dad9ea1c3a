"""Which FileIO properties a table gets: the storage's own, and of the server's what may come from a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk import Secret, redactor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk import StorageAccess

_PLACES = frozenset(
    {
        "s3.endpoint",
        "s3.region",
        "s3.path-style-access",
        "s3.force-virtual-addressing",
        "client.region",
        "gcs.project-id",
        "gcs.service.host",
        "adls.account-name",
        "adls.account-host",
    }
)
"""Where the files are, which a server may say."""

CREDENTIALS = frozenset(
    {
        "s3.access-key-id",
        "s3.secret-access-key",
        "s3.session-token",
        "s3.session-token-expires-at-ms",
        "gcs.oauth2.token",
        "gcs.oauth2.token-expires-at",
        "adls.sas-token",
    }
)
"""What opens them, which a server says where it hands out credentials."""

_SAS = "adls.sas-token."
_OWN_KEYS = ("s3.access-key-id", "s3.profile-name", "gcs.oauth2.token", "adls.account-key", "adls.sas-token")
OBJECT_STORES = ("s3", "s3a", "s3n", "gs", "abfs", "abfss", "wasb", "wasbs")


def revealed(storage: StorageAccess) -> dict[str, str]:
    """The storage's properties, secrets as their values; run time only."""
    return {key: each.reveal() if isinstance(each, Secret) else each for key, each in storage.file_io.items()}


def wants_vending(storage: StorageAccess, configured: bool | None) -> bool:
    """Whether the server shall hand out credentials: as configured, else where files could not be reached otherwise.

    A folder needs none, whatever is configured.
    """
    if storage.root.partition("://")[0] not in OBJECT_STORES:
        return False
    return configured if configured is not None else not any(key in storage.file_io for key in _OWN_KEYS)


def is_credential(key: str) -> bool:
    """Whether a property opens files."""
    return key in CREDENTIALS or key.startswith(_SAS)


def merged(own: Mapping[str, str], sent: Mapping[str, str], *, vended: bool) -> dict[str, str]:
    """What a table's FileIO is made with.

    Of `sent` (the server's answer, and the table's own properties, which any writer sets) only places are taken, and
    credentials where the server hands them out; code to import and servers to ask for signatures never are. What the
    storage itself says of places wins: it is how this client reaches them.
    """
    places = {key: value for key, value in sent.items() if key in _PLACES}
    if not vended:
        return {**places, **own}
    credentials = {key: value for key, value in sent.items() if is_credential(key)}
    for key, value in credentials.items():
        if "expires-at" not in key:
            redactor.add(value)
    if not credentials:
        return {**places, **own}
    return {**places, **{key: value for key, value in own.items() if not is_credential(key)}, **credentials}
