"""PyIceberg's FileIO over Arrow, and what that lacks: renewed credentials, an own authority, more attempts."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem
from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO
from pyiceberg.typedef import EMPTY_DICT, Properties

from floe_sdk import (
    S3_SCHEMES,
    STORAGE_CREDENTIALS,
    STORAGE_UNREACHABLE,
    FloeError,
    S3Credentials,
    S3Options,
    expires_soon,
    s3_client,
    s3_credentials,
    s3_errors,
    s3_region,
    storage_error,
)
from floe_storage_s3.answering import server_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pyarrow.fs import FileSystem
    from pyiceberg.io import InputFile, InputStream, OutputFile, OutputStream

    from floe_storage_s3.answering import Server

_MARGIN = timedelta(minutes=2)
_NOT_FOUND = 404
_NO_BODY = "No response body"
_TO_EXPLAIN = 5.0
_ATTEMPTS = 6
"""Of one request. With Arrow's pauses, each up to twice the last, a quarter of a minute, and half of one at most."""

_HANDED_OUT = "run again when the catalog hands out credentials that last"


class S3FileIO(PyArrowFileIO):
    """Arrow's S3 file system; made anew with renewed credentials before they expire. A process has its own."""

    def __init__(self, properties: Properties = EMPTY_DICT) -> None:
        super().__init__(properties)
        self._options = S3Options.of(self.properties)
        self._lock = threading.Lock()
        self._made: dict[str, tuple[S3Credentials | None, FileSystem]] = {}
        self._server = server_at(self._options.endpoint, self._options.ca_file) if self._options.endpoint else None
        self._others = self.fs_by_scheme
        self.fs_by_scheme = self._by_scheme

    def __reduce__(self) -> tuple[Any, ...]:
        """Only the properties are taken to another process."""
        return S3FileIO, (self.properties,)

    def new_input(self, location: str) -> PyArrowFile:
        """An object to read; whose errors name it."""
        return self._object(super().new_input(location))

    def new_output(self, location: str) -> PyArrowFile:
        """An object to write; whose errors name it."""
        return self._object(super().new_output(location))

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Delete an object. Arrow would leave an empty one in place of its folder. Raises FileNotFoundError."""
        uri = location if isinstance(location, str) else location.location
        scheme, bucket, path = self.parse_location(uri)
        if scheme not in S3_SCHEMES:
            super().delete(uri)
            return
        from botocore.exceptions import ClientError

        client, key = s3_client(self._options), path.partition("/")[2]
        with s3_errors("delete", uri):
            try:
                client.head_object(Bucket=bucket, Key=key)
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] == _NOT_FOUND:
                    raise FileNotFoundError(2, "No such object", uri) from error
                raise
            client.delete_object(Bucket=bucket, Key=key)

    def _object(self, file: PyArrowFile) -> _Object:
        on_s3 = self.parse_location(file.location)[0] in S3_SCHEMES
        return _Object.of(file, self._options, self._server) if on_s3 else _Object.of(file, None, None)

    def _by_scheme(self, scheme: str, netloc: str | None = None) -> FileSystem:
        return self._s3(netloc or "") if scheme in S3_SCHEMES else self._others(scheme, netloc)

    def _s3(self, bucket: str) -> FileSystem:
        with self._lock:
            held, filesystem = self._made.get(bucket, (None, None))
            if filesystem is None or (held is not None and expires_soon(held.expires_at, _MARGIN)):
                found = s3_credentials(self._options)
                if filesystem is None or found != held:
                    filesystem = _file_system(self._options, s3_region(self._options, bucket), found)
                    self._made[bucket] = found, filesystem
            return filesystem


class _Object(PyArrowFile):
    """Arrow's file; what a server refuses is told with the operation and the object.

    `ends` is until when a catalog lent the keys: a server says of keys that ended no more than of wrong ones.
    """

    ends: datetime | None = None
    server: Server | None = None
    options: S3Options | None = None

    @classmethod
    def of(cls, file: PyArrowFile, options: S3Options | None, server: Server | None) -> _Object:
        made = cls(file.location, file._path, file._filesystem, file._buffer_size)  # noqa: SLF001 - as made by PyIceberg
        made.options, made.server = options, server
        made.ends = options.expires_at if options else None
        return made

    def explained(self, error: BaseException) -> BaseException:
        """The error; of a HEAD, whose answer has no body, that of a GET instead: a 403 or 400 has many reasons."""
        if self.options is None or _NO_BODY not in str(error):
            return error
        from botocore.exceptions import BotoCoreError, ClientError

        _, bucket, path = PyArrowFileIO.parse_location(self.location)
        try:
            client = s3_client(self.options, timeout=_TO_EXPLAIN, attempts=1)
            client.get_object(Bucket=bucket, Key=path.partition("/")[2], Range="bytes=0-0")
        except (FloeError, BotoCoreError, ClientError) as told:
            return told
        return error

    def exists(self) -> bool:
        with _errors("look for", self):
            return bool(super().exists())

    def __len__(self) -> int:
        with _errors("read", self):
            return int(super().__len__())

    def open(self, seekable: bool = True) -> InputStream:
        with _errors("read", self):
            return super().open(seekable)

    def create(self, overwrite: bool = False) -> OutputStream:
        with _errors("write", self):
            return super().create(overwrite)

    def to_input_file(self) -> _Object:
        return self


@contextmanager
def _errors(operation: str, file: _Object) -> Iterator[None]:
    if file.server is not None:
        file.server.check(operation, file.location)
    try:
        yield
    except (FileNotFoundError, FileExistsError):
        raise
    except OSError as error:
        if file.ends is not None and expires_soon(file.ends, timedelta(0)):
            problem = f"can't {operation} {file.location}: the keys that the catalog handed out for it ended at "
            raise FloeError(STORAGE_CREDENTIALS, f"{problem}{file.ends:%H:%M:%S} UTC", fix=_HANDED_OUT) from error
        told = storage_error(file.explained(error.__cause__ or error), operation, file.location)
        if file.server is not None and told.code is STORAGE_UNREACHABLE:
            file.server.doubted()
        raise told from error


def _file_system(options: S3Options, region: str, found: S3Credentials | None) -> FileSystem:
    keys = {}
    if found is not None:
        keys = {"access_key": found.access_key_id, "secret_key": found.secret_access_key}
        keys |= {"session_token": found.session_token} if found.session_token else {}
    return S3FileSystem(
        **keys,
        anonymous=found is None,
        region=region,
        endpoint_override=options.endpoint,
        force_virtual_addressing=options.virtual_addressing,
        tls_ca_file_path=options.ca_file,
        connect_timeout=10,
        request_timeout=60,
        retry_strategy=AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
    )
