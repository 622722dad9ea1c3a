"""Credentials from FileIO properties: keys, profiles, roles that are renewed; a token service that is a test's own."""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta, timezone

import pytest

from floe_sdk import FloeError, S3Options, redactor, s3_client, s3_credentials
from floe_sdk.testing import Answer, FaultProxy
from floe_storage_s3.file_io import S3FileIO

ROLE = "arn:aws:iam::123456789012:role/lake"


class TokenService(FaultProxy):
    """AssumeRole as AWS' token service answers it; each answer has other keys."""

    lifetime = timedelta(hours=1)

    def respond(self, request):
        number = len(self.requests)
        ends = (datetime.now(timezone.utc) + self.lifetime).strftime("%Y-%m-%dT%H:%M:%SZ")
        keys = (
            f"<AccessKeyId>ASIA{number}</AccessKeyId><SecretAccessKey>planted-secret-{number}</SecretAccessKey>"
            f"<SessionToken>planted-token-{number}</SessionToken><Expiration>{ends}</Expiration>"
        )
        inner = f"<AssumeRoleResult><Credentials>{keys}</Credentials></AssumeRoleResult>"
        body = f'<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">{inner}</AssumeRoleResponse>'
        return Answer(200, body.encode(), {"Content-Type": "text/xml"})


@pytest.fixture
def tokens():
    with TokenService() as service:
        yield service


@pytest.fixture
def properties(tokens):
    return {
        "s3.endpoint": "http://127.0.0.1:1",
        "s3.region": "us-east-1",
        "s3.access-key-id": f"AKIA{uuid.uuid4().hex[:8]}",  # sessions of this process are kept by key
        "s3.secret-access-key": "planted-own-secret",
        "s3.role-arn": ROLE,
        "s3.role-session-name": "nightly",
        "client.assume-role.external-id": "ext-1",
        "s3.sts-endpoint": tokens.uri,
    }


def test_keys_that_are_given_are_used_as_they_are():
    options = S3Options.of({"s3.access-key-id": "key", "s3.secret-access-key": "planted-x", "s3.session-token": "tok"})
    found = s3_credentials(options)
    assert (found.access_key_id, found.secret_access_key, found.session_token) == ("key", "planted-x", "tok")
    assert "planted" not in repr(found) + repr(options)


def test_a_role_is_assumed_with_them_once(properties, tokens):
    options = S3Options.of(properties)
    first, second = s3_credentials(options), s3_credentials(options)
    assert first.access_key_id == second.access_key_id == "ASIA1"
    assert first.expires_at > datetime.now(timezone.utc) + timedelta(minutes=50)
    (request,) = tokens.requests
    form = request.form
    assert (form["RoleArn"], form["RoleSessionName"], form["ExternalId"]) == (ROLE, "nightly", "ext-1")
    assert redactor.redact("a planted-secret-1 b planted-token-1") == "a *** b ***"


def test_a_role_is_renewed_ahead_of_its_end_and_the_file_io_follows(properties, tokens):
    tokens.lifetime = timedelta(seconds=3)
    io = S3FileIO(properties)
    first = io.fs_by_scheme("s3", "lake")
    time.sleep(1)
    second = io.fs_by_scheme("s3", "lake")
    assert second is not first
    assert len(tokens.requests) > 1


def test_keys_that_a_catalog_handed_out_assume_no_role(properties, tokens):
    ends = str(int((time.time() + 600) * 1000))
    found = s3_credentials(S3Options.of({**properties, "s3.session-token-expires-at-ms": ends}))
    assert found.access_key_id == properties["s3.access-key-id"]
    assert tokens.requests == []


def test_a_role_that_is_refused_names_it(properties, tokens):
    body = b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>"
    tokens.misbehave(Answer(403, body, {"Content-Type": "text/xml"}), times=None)
    with pytest.raises(FloeError) as caught:
        s3_credentials(S3Options.of(properties))
    assert ROLE in caught.value.problem
    assert "not you" in caught.value.problem


def test_a_profile_is_read_and_one_that_is_not_there_is_told(tmp_path, monkeypatch):
    file = tmp_path / "credentials"
    file.write_text("[work]\naws_access_key_id = from-file\naws_secret_access_key = planted-from-file\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    assert s3_credentials(S3Options.of({"s3.profile-name": "work"})).access_key_id == "from-file"
    with pytest.raises(FloeError) as caught:
        s3_credentials(S3Options.of({"s3.profile-name": "wrok"}))
    assert caught.value.code.id == "FLOE-K043"
    assert "wrok" in caught.value.problem


def test_no_credentials_anywhere_says_where_they_were_sought(tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(FloeError) as caught:
        s3_credentials(S3Options.of({"s3.region": f"test-{uuid.uuid4().hex[:6]}"}))
    assert caught.value.code.id == "FLOE-K043"
    assert "environment, files, metadata service" in caught.value.problem


def test_no_variable_of_the_environment_sends_requests_to_another_server(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:2")
    keys = {"s3.region": "eu-west-1", "s3.access-key-id": "AKIA1", "s3.secret-access-key": "planted-own-secret"}
    assert s3_client(S3Options.of(keys)).meta.endpoint_url == "https://s3.eu-west-1.amazonaws.com"
    at = s3_client(S3Options.of({**keys, "s3.endpoint": "http://127.0.0.1:9000"}))
    assert at.meta.endpoint_url == "http://127.0.0.1:9000"
