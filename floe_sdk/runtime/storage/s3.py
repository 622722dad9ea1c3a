"""S3 as Iceberg's FileIO properties describe it: options, credentials that renew themselves, and a client of boto3."""

from __future__ import annotations

import functools
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.errors.storage import S3_CLIENT_MISSING, STORAGE_CREDENTIALS, STORAGE_SETTINGS
from floe_sdk.observability.redaction import redactor
from floe_sdk.runtime.storage.s3_errors import s3_error, s3_errors, s3_remedy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

S3_SCHEMES = ("s3", "s3a", "s3n")
"""Of the URIs that name an object of S3."""

CA_FILE = "s3.ca-file"
"""A certificate authority of one's own; Iceberg has no name for it."""

STS_ENDPOINT = "s3.sts-endpoint"
EXTERNAL_ID = "client.assume-role.external-id"
EXPIRES_AT = "s3.session-token-expires-at-ms"
S3_ATTEMPTS = 8
"""Of one request: what a busy server answers (503 SlowDown) and cut connections are tried again, with jitter."""

_making = threading.Lock()
"""boto3 makes sessions and clients on one thread at a time; it is their use that several may share."""
_DEFAULT_REGION = "us-east-1"
_TRUE = ("true", "1", "yes", "on")


@dataclass(frozen=True)
class S3Options:
    """What FileIO properties say about S3, under any of the names that Iceberg's clients know."""

    endpoint: str | None = None
    region: str | None = None
    virtual_addressing: bool = False
    ca_file: str | None = None
    anonymous: bool = False
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    profile: str | None = None
    role_arn: str | None = None
    role_session_name: str | None = None
    external_id: str | None = None
    sts_endpoint: str | None = None
    encryption: str | None = None
    kms_key_id: str | None = None

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> S3Options:
        """The options of a FileIO's or a storage's revealed properties."""

        def one(*names: str) -> str | None:
            return next((str(properties[name]) for name in names if properties.get(name) not in (None, "")), None)

        def flag(*names: str) -> bool | None:
            value = one(*names)
            return None if value is None else value.lower() in _TRUE

        endpoint = one("s3.endpoint")
        path_style = flag("s3.path-style-access")
        virtual = flag("s3.force-virtual-addressing")
        if virtual is None:
            virtual = not path_style if path_style is not None else endpoint is None
        expires = one(EXPIRES_AT)
        own = not expires  # keys that end were handed out by a catalog: no role is assumed with them
        return cls(
            endpoint=endpoint,
            region=one("s3.region", "client.region"),
            virtual_addressing=virtual,
            ca_file=one(CA_FILE),
            anonymous=bool(flag("s3.anonymous")),
            access_key_id=one("s3.access-key-id", "client.access-key-id"),
            secret_access_key=one("s3.secret-access-key", "client.secret-access-key"),
            session_token=one("s3.session-token", "client.session-token"),
            expires_at=datetime.fromtimestamp(int(expires) / 1000, timezone.utc) if expires else None,
            profile=one("s3.profile-name", "client.profile-name") if own else None,
            role_arn=one("s3.role-arn", "client.role-arn", "client.assume-role.arn") if own else None,
            role_session_name=one("s3.role-session-name", "client.role-session-name"),
            external_id=one(EXTERNAL_ID),
            sts_endpoint=one(STS_ENDPOINT),
            encryption=one("s3.server-side-encryption"),
            kms_key_id=one("s3.sse-kms-key-id"),
        )

    @property
    def lasting(self) -> bool:
        """Whether the options hold the keys themselves, which need not be looked up or renewed."""
        return self.anonymous or (self.access_key_id is not None and self.role_arn is None)


@dataclass(frozen=True)
class S3Credentials:
    """Keys to sign requests with; of limited time where `expires_at` says so."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


def s3_credentials(options: S3Options) -> S3Credentials | None:
    """The keys to use now; None for anonymous access.

    Those of the options, or of their role, else what AWS' chain finds (profile, environment, metadata service). Asked
    again, it returns renewed ones ahead of expiry. Raises FloeError where none can be had.
    """
    _check_authority(options.ca_file)
    if options.anonymous:
        return None
    if options.lasting and options.access_key_id and options.secret_access_key:
        secret, token = options.secret_access_key, options.session_token
        found = S3Credentials(options.access_key_id, secret, token, options.expires_at)
    else:
        with _getting_credentials(options):
            with _making:
                held = _session(_identity(options)).get_credentials()
            if held is None:
                raise FloeError(
                    STORAGE_CREDENTIALS,
                    f"no credentials for S3: none are configured, and AWS' own chain ({_source(options)}) has none",
                    fix=s3_remedy(STORAGE_CREDENTIALS),
                )
            frozen = held.get_frozen_credentials()
        expires = getattr(held, "_expiry_time", None)  # botocore tells it nowhere else
        found = S3Credentials(frozen.access_key, frozen.secret_key, frozen.token, expires)
    for value in (found.secret_access_key, found.session_token):
        if value:
            redactor.add(value)
    return found


def s3_client(options: S3Options, *, timeout: float | None = None, attempts: int = S3_ATTEMPTS) -> Any:
    """A client of boto3, shared by all who give equal arguments. `timeout` bounds a connection and an answer."""
    with _making:
        return _client(options, timeout, attempts)


@functools.lru_cache(maxsize=64)
def s3_region(options: S3Options, bucket: str) -> str:
    """The configured region; without one, AWS says where the bucket is."""
    if options.region or options.endpoint:
        return options.region or _DEFAULT_REGION
    from pyarrow.fs import resolve_s3_region

    try:
        return str(resolve_s3_region(bucket=bucket))
    except OSError as error:
        raise s3_error(error, "find", f"bucket {bucket} at AWS") from error


@functools.lru_cache(maxsize=64)
def _client(options: S3Options, timeout: float | None, attempts: int) -> Any:
    _check_authority(options.ca_file)
    session = _session(_identity(options))
    from botocore import UNSIGNED
    from botocore.config import Config

    # AWS_ENDPOINT_URL is left alone: Arrow and DuckDB don't follow it, and a table's files would go to two servers.
    config = Config(
        region_name=options.region or _DEFAULT_REGION,
        signature_version=UNSIGNED if options.anonymous else "s3v4",
        connect_timeout=timeout or 10,
        read_timeout=timeout or 60,
        retries={"mode": "standard", "total_max_attempts": attempts},
        s3={"addressing_style": "virtual" if options.virtual_addressing else "path"},
        max_pool_connections=32,
        ignore_configured_endpoint_urls=True,
        # The newer checksums in trailers are refused by many servers that are not AWS.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    client = session.client("s3", endpoint_url=options.endpoint, config=config, verify=options.ca_file or None)
    if options.region:
        client.meta.events.register("before-parameter-build.s3", _stay_in_the_region, unique_id="floe-region")
    return client


def _stay_in_the_region(context: dict[str, Any], **_: Any) -> None:
    """Have boto3 say that a region is wrong: it would go elsewhere by itself, which neither Arrow nor DuckDB does."""
    context["s3_redirect"] = {**context.get("s3_redirect", {}), "redirected": True}


def _identity(options: S3Options) -> S3Options:
    """What decides who one is: sessions, which hold credentials that cost a request, are shared by it."""
    return replace(options, virtual_addressing=False, encryption=None, kms_key_id=None)


@functools.lru_cache(maxsize=64)
def _session(options: S3Options) -> Any:
    """A session with the keys, the profile or the chain, and the role where there is one."""
    boto3 = _boto3()
    from botocore.credentials import Credentials, RefreshableCredentials
    from botocore.session import Session

    with _getting_credentials(options):
        session = Session(profile=options.profile)
        if options.access_key_id and options.secret_access_key:
            keys = options.access_key_id, options.secret_access_key, options.session_token
            session._credentials = Credentials(*keys)  # noqa: SLF001 - set_credentials() would count them as explicit
        if options.role_arn is None:
            if not options.anonymous and (held := session.get_credentials()):
                held.get_frozen_credentials()  # now, not while a request is signed: that would tell of the bucket
            return boto3.Session(botocore_session=session)
        assumed = Session()
        fetch = functools.partial(_assume, session, options)
        assumed._credentials = RefreshableCredentials.create_from_metadata(  # noqa: SLF001 - as boto3's users do
            fetch(), refresh_using=fetch, method="assume-role"
        )
        return boto3.Session(botocore_session=assumed)


def _assume(session: Any, options: S3Options) -> dict[str, str]:
    from botocore.config import Config

    region = options.region or _DEFAULT_REGION
    config = Config(
        connect_timeout=10,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 4},
        ignore_configured_endpoint_urls=True,
    )
    client = session.create_client(
        "sts", region_name=region, endpoint_url=options.sts_endpoint, verify=options.ca_file, config=config
    )
    external = {"ExternalId": options.external_id} if options.external_id else {}
    name = options.role_session_name or "floe"
    found = client.assume_role(RoleArn=options.role_arn, RoleSessionName=name, **external)["Credentials"]
    return {
        "access_key": found["AccessKeyId"],
        "secret_key": found["SecretAccessKey"],
        "token": found["SessionToken"],
        "expiry_time": found["Expiration"].isoformat(),
    }


@contextmanager
def _getting_credentials(options: S3Options) -> Iterator[None]:
    """Errors that name where credentials were sought, also of a file that AWS' chain was told of."""
    source = _source(options)
    with s3_errors("get credentials from", source, STORAGE_CREDENTIALS):
        try:
            yield
        except OSError as error:
            raise s3_error(error, "get credentials from", source, STORAGE_CREDENTIALS) from error


@functools.lru_cache(maxsize=8)
def _check_authority(ca_file: str | None) -> None:
    """Raise FloeError where the file is not there or holds no certificate: clients call that a server that is away."""
    if ca_file is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(ca_file)
    except OSError as error:  # SSLError is one
        reason = "holds no certificate (PEM)" if isinstance(error, ssl.SSLError) else f"can't be read: {error.strerror}"
        problem = f"the storage's `ca_file` {ca_file} {reason}"
        raise FloeError(STORAGE_SETTINGS, problem, fix="correct `ca_file` in the storage's configuration") from error


def _source(options: S3Options) -> str:
    role = f"role {options.role_arn} from " if options.role_arn else ""
    if options.access_key_id:
        return f"{role}the configured key"
    return f"{role}{f'profile {options.profile}' if options.profile else 'environment, files, metadata service'}"


def _boto3() -> Any:
    try:
        import boto3
    except ImportError as error:
        problem = f"S3 needs boto3 ({error.name} is not installed)"
        raise FloeError(S3_CLIENT_MISSING, problem, fix=S3_CLIENT_MISSING.remedy) from error
    return boto3


def expires_soon(expires_at: datetime | None, margin: timedelta, now: datetime | None = None) -> bool:
    """Whether credentials end within `margin`."""
    return expires_at is not None and expires_at - (now or datetime.now(timezone.utc)) < margin
