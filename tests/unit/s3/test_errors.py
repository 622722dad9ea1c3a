"""The sentences in which boto3, Arrow and DuckDB (as seen) say what S3 answered, and what floe makes of each."""

from __future__ import annotations

import pytest

from floe_sdk import S3Options, storage_error, storage_error_kind

SAID = [
    ("ClientError: An error occurred (SignatureDoesNotMatch) when calling the PutObject operation: ...", "FLOE-K043"),
    ("ClientError: An error occurred (InvalidAccessKeyId) when calling the ListObjectsV2 operation: ...", "FLOE-K043"),
    ("ClientError: An error occurred (ExpiredToken) when calling the PutObject operation: ...", "FLOE-K043"),
    ("NoCredentialsError: Unable to locate credentials", "FLOE-K043"),
    ("ProfileNotFound: The config profile (x) could not be found", "FLOE-K043"),
    ("ClientError: An error occurred (RequestTimeTooSkewed) when calling the PutObject operation: ...", "FLOE-K043"),
    ("OSError: AWS Error REQUEST_TIME_TOO_SKEWED during PutObject operation: The difference ...", "FLOE-K043"),
    ("ClientError: An error occurred (AuthorizationHeaderMalformed) when calling the PutObject operation", "FLOE-K048"),
    ("ClientError: An error occurred (kms:KeyNotFound) when calling the PutObject operation: ...", "FLOE-K048"),
    ("ClientError: An error occurred (KMS.DisabledException) when calling the PutObject operation: ...", "FLOE-K048"),
    ("ClientError: An error occurred (AccessDenied) when ...: not authorized to perform: kms:Decrypt", "FLOE-K044"),
    ("ClientError: An error occurred (PermanentRedirect) when calling the PutObject operation: ...", "FLOE-K048"),
    ("HTTPException: HTTP Error: HTTP GET error reading 's3://b/k' (HTTP 301 Moved Permanently)", "FLOE-K048"),
    ("ClientError: An error occurred (AccessDenied) when calling the PutObject operation: Access Denied", "FLOE-K044"),
    ("ClientError: An error occurred (403) when calling the HeadObject operation: Forbidden", "FLOE-K044"),
    (
        "OSError: When reading information for key 'k': AWS Error ACCESS_DENIED during HeadObject",
        "FLOE-K044",
    ),
    ("ClientError: An error occurred (NoSuchBucket) when calling the PutObject operation: ...", "FLOE-K045"),
    ("OSError: When initiating multiple part upload for key 'k': AWS Error NO_SUCH_BUCKET during Create", "FLOE-K045"),
    (
        "ClientError: An error occurred (SlowDown) when calling PutObject (reached max retries: 7)",
        "FLOE-K047",
    ),
    ("OSError: AWS Error SLOW_DOWN during PutObject operation: Reduce your request rate.", "FLOE-K047"),
    ("HTTPException: HTTP Error: Unable to connect to URL s3://b/k: Service Unavailable (HTTP code 503)", "FLOE-K047"),
    ("EndpointConnectionError: Could not connect to the endpoint URL: http://127.0.0.1:1/b", "FLOE-K042"),
    ("OSError: AWS Error NETWORK_CONNECTION during HeadObject operation: curlCode: 7, Couldn't connect", "FLOE-K042"),
    ("IOException: IO Error: Could not resolve hostname error for HTTP PUT to 'https://b.s3.x.com/k'", "FLOE-K042"),
    ("SSLError: SSL validation failed for https://host/b [SSL: CERTIFICATE_VERIFY_FAILED]", "FLOE-K042"),
    ("ReadTimeoutError: Read timeout on endpoint URL: http://127.0.0.1:1/b timed out", "FLOE-K042"),
]


@pytest.mark.parametrize(("text", "code"), SAID)
def test_what_was_said_has_one_code(text, code):
    assert storage_error_kind(text)[0].id == code


def test_a_clock_that_is_wrong_is_not_told_as_wrong_keys():
    error = storage_error(OSError("AWS Error REQUEST_TIME_TOO_SKEWED during PutObject"), "write", "s3://lake/t/a")
    assert "the clock of this machine is wrong" in error.problem
    assert error.fix.startswith("Set this machine's clock")


def test_what_duckdb_says_of_s3_is_known_though_it_names_the_server():
    said = (
        "HTTP Error: HTTP GET error reading 'http://127.0.0.1:9000/lake/t/a.parquet' in region 'us-east-1' (HTTP 403 "
        "Forbidden)\n\nRequestTimeTooSkewed: The difference between the request time and the current time is too large."
    )
    error = storage_error(OSError(said), "read", "http://127.0.0.1:9000/lake/t/a.parquet")
    assert "the clock of this machine is wrong" in error.problem
    assert error.fix.startswith("Set this machine's clock")


@pytest.mark.parametrize(
    "said",
    [
        "SSL validation failed for https://h/b [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to",
        "AWS Error NETWORK_CONNECTION during HeadObject operation: curlCode: 60, SSL peer certificate or SSH remote",
        "IO Error: SSL peer certificate or SSH remote key was not OK error for HTTP GET to 'https://h/b/k'",
    ],
)
def test_a_certificate_that_is_not_trusted_is_told_as_that(said):
    error = storage_error(OSError(said), "read", "s3://lake/t/a")
    assert error.code.id == "FLOE-K042"
    assert "its certificate is not trusted" in error.problem
    assert "`ca_file`" in error.fix


def test_a_guess_of_duckdb_does_not_hide_what_the_server_said():
    text = (
        "HTTPException: HTTP Error: HTTP GET error reading 's3://b/k' (HTTP 403 Forbidden)\n\nAccessDenied: Access "
        "Denied.\n\nAuthentication Failure - this is usually caused by invalid or missing credentials."
    )
    assert storage_error_kind(text)[0].id == "FLOE-K044"


def test_something_else_is_none_of_them():
    assert storage_error_kind("ValueError: a column is missing") is None


def test_the_error_names_operation_and_object_and_is_short():
    error = storage_error(OSError("AWS Error SLOW_DOWN " + "x" * 900), "write", "s3://lake/t/data/a.parquet")
    assert error.problem.startswith("can't write s3://lake/t/data/a.parquet: the server is busy")
    assert len(error.problem) < 400


@pytest.mark.parametrize(
    ("properties", "virtual"),
    [
        ({}, True),
        ({"s3.endpoint": "http://h"}, False),
        ({"s3.endpoint": "http://h", "s3.path-style-access": "false"}, True),
        ({"s3.path-style-access": "true"}, False),
        ({"s3.path-style-access": "true", "s3.force-virtual-addressing": "true"}, True),
    ],
)
def test_addressing_in_either_vocabulary(properties, virtual):
    assert S3Options.of(properties).virtual_addressing is virtual


def test_the_names_of_other_clients_are_known():
    options = S3Options.of({"client.region": "eu-north-1", "client.access-key-id": "k", "s3.access-key-id": ""})
    assert (options.region, options.access_key_id) == ("eu-north-1", "k")
