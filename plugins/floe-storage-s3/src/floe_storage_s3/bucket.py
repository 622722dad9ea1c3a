"""What is done with a bucket beside its tables: find, create, encrypt, and try it."""

from __future__ import annotations

import random
import time
import uuid
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, SSLError

from floe_sdk import (
    STORAGE_BUCKET_MISSING,
    STORAGE_BUSY,
    STORAGE_NOT_WRITABLE,
    STORAGE_SETTINGS,
    STORAGE_UNREACHABLE,
    FloeError,
    S3Options,
    s3_client,
    s3_encryption,
    s3_errors,
    storage_error,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_AGAIN = (STORAGE_UNREACHABLE, STORAGE_BUSY)
_PAUSE = 0.2
_LONGEST_PAUSE = 3.0
_TRIES = (5.0, 1.0, 0.2)
"""Seconds that one request may take: the longest that is left; a few, as each has a client of its own."""
_EXISTS = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")
_NO_ENCRYPTION_API = ("NotImplemented", "MethodNotAllowed", "ServerSideEncryptionConfigurationNotFoundError")


class Bucket:
    """A bucket, reached with FileIO properties whose secrets are revealed; `timeout` bounds everything done with it."""

    def __init__(self, name: str, properties: Mapping[str, Any], timeout: float | None = None) -> None:
        self.name = name
        self.options = S3Options.of(properties)
        self._timeout = timeout

    @property
    def where(self) -> str:
        """The bucket and its server, for messages."""
        return f"bucket {self.name} at {self.options.endpoint or 'AWS'}"

    def make_ready(self, create: bool, wait: float) -> None:
        """Find or create it. While the server does not answer, ask again until `wait` seconds are over.

        The bucket's own `timeout` bounds it all, where it has one.
        """
        began = time.monotonic()
        wait = wait if self._timeout is None else min(wait, self._timeout)
        deadline, end = began + wait, began + max(wait, self._timeout or _TRIES[0])
        pause = _PAUSE
        while True:
            try:
                self._find_or_create(create, _longest_within(end - time.monotonic()))
                return
            except FloeError as error:
                left = deadline - time.monotonic()
                if not _passes(error):
                    raise
                if left <= 0:
                    if not wait:
                        raise
                    problem = f"waited {wait:g} s for {self.where}: {error.problem}"
                    raise FloeError(error.code, problem, fix=error.fix) from error
            time.sleep(min(left, pause * random.uniform(0.5, 1)))  # noqa: S311 - eight that wait must not ask as one
            pause = min(pause * 2, _LONGEST_PAUSE)

    def look_for(self) -> None:
        """Find the bucket, in one attempt. Raises FloeError, also where it is there for others only."""
        self._find_or_create(create=False, timeout=_longest_within(self._timeout or _TRIES[0]))

    def round_trip(self, prefix: str) -> dict[str, Any]:
        """Write, read and delete one object below the prefix; returns the milliseconds that each took."""
        took: dict[str, Any] = {}
        key, text = f"{prefix}.floe-probe-{uuid.uuid4().hex}", uuid.uuid4().bytes
        target = f"s3://{self.name}/{prefix} at {self.options.endpoint or 'AWS'}"
        with s3_errors("write below", target):
            each = self._timeout / 3 if self._timeout else None
            client = _without_continue(s3_client(self.options, timeout=each, attempts=2))
            self._timed(took, "write", lambda: client.put_object(Bucket=self.name, Key=key, Body=text, **self._sse))
        with s3_errors("read below", target):
            found = self._timed(took, "read", lambda: self._read(client, key))
        with s3_errors("delete below", target):
            self._timed(took, "delete", lambda: client.delete_object(Bucket=self.name, Key=key))
        if found != text:
            raise FloeError(
                STORAGE_NOT_WRITABLE,
                f"an object below {target} reads differently than it was written",
                fix="check the server's disks",
            )
        return took

    @property
    def _sse(self) -> dict[str, Any]:
        return s3_encryption(self.options)

    def _read(self, client: Any, key: str) -> bytes:
        return bytes(client.get_object(Bucket=self.name, Key=key)["Body"].read())

    @staticmethod
    def _timed(took: dict[str, Any], name: str, call: Any) -> Any:
        started = time.perf_counter()
        result = call()
        took[f"{name}_ms"] = round((time.perf_counter() - started) * 1000, 1)
        return result

    def _find_or_create(self, create: bool, timeout: float) -> None:
        client = s3_client(self.options, timeout=timeout, attempts=1)
        missing = False
        with s3_errors("find", self.where):
            try:
                client.head_bucket(Bucket=self.name)
            except ClientError as error:  # a HEAD has no body: the code is the status
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:  # noqa: PLR2004
                    raise self._told(client, error) from error
                missing = True
        if missing and not create:
            raise FloeError(
                STORAGE_BUCKET_MISSING,
                f"{self.where} does not exist",
                fix="create it, set `create_bucket: true` in the storage's configuration, or correct `bucket`",
            )
        if missing:
            self._create(client)
        if self.options.encryption:
            self._encrypted(client, made=missing)

    def _told(self, client: Any, error: ClientError) -> FloeError:
        """The reason of a refused HEAD, which a request whose answer has a body tells."""
        try:
            client.list_objects_v2(Bucket=self.name, MaxKeys=1)
        except (ClientError, BotoCoreError) as told:
            return storage_error(told, "find", self.where)
        return storage_error(error, "find", self.where)

    def _create(self, client: Any) -> None:
        region = self.options.region
        elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": region}}
        with s3_errors("create", self.where):
            try:
                client.create_bucket(Bucket=self.name, **(elsewhere if region not in (None, "us-east-1") else {}))
            except ClientError as error:
                if error.response["Error"]["Code"] not in _EXISTS:
                    raise
                client.head_bucket(Bucket=self.name)  # another process was faster, unless it is somebody else's

    def _encrypted(self, client: Any, *, made: bool) -> None:
        """The default encryption of the bucket, which holds for every writer: set if it is new, else compared."""
        rule = {"SSEAlgorithm": self.options.encryption, "KMSMasterKeyID": self.options.kms_key_id}
        wanted = {key: value for key, value in rule.items() if value}
        with s3_errors("set up the encryption of", self.where, STORAGE_SETTINGS):
            if made:
                rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": wanted}]}
                client.put_bucket_encryption(Bucket=self.name, ServerSideEncryptionConfiguration=rules)
                return
            try:
                answer = client.get_bucket_encryption(Bucket=self.name)
            except ClientError as error:
                if error.response["Error"]["Code"] not in _NO_ENCRYPTION_API:
                    raise
                answer = {}
        rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
        found = [each.get("ApplyServerSideEncryptionByDefault", {}) for each in rules]
        if not any(wanted.items() <= each.items() for each in found):
            shown = ", ".join(sorted(str(each.get("SSEAlgorithm")) for each in found)) or "nothing"
            problem = f"{self.where} encrypts with {shown}; `sse` asks for {self.options.encryption}"
            raise FloeError(STORAGE_SETTINGS, problem, fix=STORAGE_SETTINGS.remedy)


def _passes(error: FloeError) -> bool:
    """Whether a server that is still starting may be the reason; it has its certificate from the start."""
    untrusted = isinstance(error.__cause__, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error.__cause__)
    return error.code in _AGAIN and not untrusted


def _longest_within(seconds: float) -> float:
    return next((each for each in _TRIES if each <= seconds), _TRIES[-1])


def _without_continue(client: Any) -> Any:
    """The client, which sends a small object at once: it would ask a server whether it may, and wait a second."""

    def send_at_once(request: Any, **_: Any) -> None:
        if "Expect" in request.headers:
            del request.headers["Expect"]

    client.meta.events.register("before-sign.s3.PutObject", send_at_once, unique_id="floe-probe")
    return client
