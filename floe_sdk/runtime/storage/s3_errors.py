"""What S3 answers, whichever client asked: boto3, Arrow and DuckDB write the same codes into different sentences."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.publish import STORAGE_FAILED
from floe_sdk.errors.storage import (
    STORAGE_BUCKET_MISSING,
    STORAGE_BUSY,
    STORAGE_CREDENTIALS,
    STORAGE_DENIED,
    STORAGE_SETTINGS,
    STORAGE_UNREACHABLE,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.errors import ErrorCode

_CREDENTIALS = (
    r"InvalidToken|INVALID_CLIENT_TOKEN|InvalidClientTokenId|CredentialRetrieval|UnauthorizedSSOToken|HTTP 401"
)
_BUSY = (
    r"SlowDown|SLOW_DOWN|Throttl|ServiceUnavailable|SERVICE_UNAVAILABLE|InternalError|INTERNAL_FAILURE|"
    r"HTTP(?: code)? 5\d\d|\(50[0-4]\)|Bad Gateway|RequestTimeout"
)
_UNREACHABLE = (
    r"[Cc](?:ould not|annot) (?:connect|resolve)|[Cc]onnection (?:refused|reset|was closed|aborted|error)|curlCode|"
    r"NETWORK_CONNECTION|[Tt]imed? ?out|SSL|certificate|Failed to connect|Failed to read connection|"
    r"EndpointConnection|error for HTTP (?:GET|HEAD|PUT|POST)"
)
_REGION = (
    r"AuthorizationHeaderMalformed|AUTHORIZATION_HEADER_MALFORMED|PermanentRedirect|IllegalLocationConstraint|"
    r"IncorrectEndpoint|HTTP(?: status| code)? 301|\(301\)|[Rr]egion '[^']*' is wrong|bucket is located in"
)
_UNTRUSTED = (
    r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|curlCode: (?:60|77)|SSL peer certificate|"
    r"Problem with the SSL CA cert"
)
_SKEWED = r"RequestTimeTooSkewed|REQUEST_TIME_TOO_SKEWED|RequestInTheFuture"
_KMS = r"kms:KeyNotFound|KMS\.\w+Exception|KMSNotConfigured"
_KINDS: tuple[tuple[ErrorCode, str, str], ...] = (
    (STORAGE_SETTINGS, "the region is another", _REGION),
    (STORAGE_SETTINGS, "the key of the encryption can't be used", _KMS),
    (STORAGE_CREDENTIALS, "the clock of this machine is wrong", _SKEWED),
    (STORAGE_CREDENTIALS, "the session has expired", r"ExpiredToken|EXPIRED_TOKEN|RequestExpired|token.{0,20}expired"),
    (STORAGE_CREDENTIALS, "the key is unknown", r"InvalidAccessKeyId|INVALID_ACCESS_KEY_ID|access key .{0,9}not exist"),
    (STORAGE_CREDENTIALS, "the secret is wrong", r"SignatureDoesNotMatch|SIGNATURE_DOES_NOT_MATCH"),
    (STORAGE_CREDENTIALS, "there are no credentials", r"NoCredentials|Unable to locate credentials"),
    (STORAGE_CREDENTIALS, "there is no such profile", r"ProfileNotFound|config profile .{0,99}not be found"),
    (STORAGE_CREDENTIALS, "", _CREDENTIALS),
    (STORAGE_BUCKET_MISSING, "", r"NoSuchBucket|NO_SUCH_BUCKET"),
    (STORAGE_DENIED, "", r"AccessDenied|ACCESS_DENIED|AllAccessDisabled|Forbidden|HTTP 403|status 403|\(403\)"),
    (STORAGE_CREDENTIALS, "", r"Authentication Failure"),
    (STORAGE_BUSY, "", _BUSY),
    (STORAGE_UNREACHABLE, "its certificate is not trusted", _UNTRUSTED),
    (STORAGE_UNREACHABLE, "", _UNREACHABLE),
)
"""Sought in this order: DuckDB adds guesses to what the server said, such as that a 403 were about credentials."""

REASONS = {
    STORAGE_BUCKET_MISSING: "the bucket does not exist",
    STORAGE_DENIED: "this user may not",
    STORAGE_CREDENTIALS: "the credentials are not accepted",
    STORAGE_BUSY: "the server is busy or broken",
    STORAGE_UNREACHABLE: "the server can't be reached",
}
_REMEDIES = {
    STORAGE_BUCKET_MISSING: "Create it, set `create_bucket: true` in the storage's configuration, or correct `bucket`.",
    STORAGE_DENIED: "Have the permission given for the bucket and prefix that the message names, or use other "
    "credentials.",
    STORAGE_CREDENTIALS: "Correct `access_key_id`, `secret_access_key`, `session_token`, `profile` or `role_arn` of "
    "the storage, or sign in again; `floe health` tries them.",
    STORAGE_UNREACHABLE: "Check the storage's `endpoint` (and `ca_file`) in the manifest and that its server runs; "
    "`floe health` tries again.",
}
_REMEDIES_OF_REASONS = {
    "the region is another": "Set the storage's `region` to the bucket's, which the server's message may name.",
    "the key of the encryption can't be used": "Correct `sse_kms_key_id` of the storage, or enable that key.",
    "its certificate is not trusted": "Name the PEM file of the authority that signed the server's certificate as the "
    "storage's `ca_file`; `endpoint` must name the server as its certificate does.",
    "the clock of this machine is wrong": "Set this machine's clock, which differs from the server's by minutes; "
    "requests are signed with the time.",
}
_LONGEST = 300


def s3_error(error: BaseException, operation: str, resource: str, default: ErrorCode = STORAGE_FAILED) -> FloeError:
    """The error of floe for one of a client of S3: what was done, with which resource, and why it failed."""
    told = " ".join(str(error).split()) or type(error).__name__
    code, reason = storage_error_kind(f"{type(error).__name__}: {told}") or (default, "")
    said = shortened(f"{reason}: {told}" if reason else told)
    return FloeError(
        code, f"can't {operation} {resource}: {said}", fix=_REMEDIES_OF_REASONS.get(reason) or s3_remedy(code)
    )


def s3_remedy(code: ErrorCode) -> str:
    """What to do, in the words of the configuration of storages for S3."""
    return _REMEDIES.get(code, code.remedy)


def shortened(text: str) -> str:
    """What a client said, without the rest of a page of it."""
    return f"{text[:_LONGEST]}..." if len(text) > _LONGEST else text


def storage_error_kind(text: str) -> tuple[ErrorCode, str] | None:
    """The code of floe and the reason in words for what a storage's client said; None where it is something else."""
    for code, reason, pattern in _KINDS:
        if re.search(pattern, text):
            return code, reason or REASONS[code]
    return None


@contextmanager
def s3_errors(operation: str, resource: str, default: ErrorCode = STORAGE_FAILED) -> Iterator[None]:
    """Turn what botocore raises into an error that names the operation and the resource."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError, Boto3Error) as error:
        raise s3_error(error, operation, resource, default) from error
