"""Files that go to object storage in parts: in parallel, with bounded memory, and none left when it fails."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from floe_sdk.runtime.storage.errors import storage_error
from floe_sdk.runtime.storage.s3 import S3_SCHEMES, S3Options, s3_client
from floe_sdk.runtime.storage.s3_errors import s3_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyiceberg.io import FileIO

PART_BYTES = 16 * 1024 * 1024
PARALLEL_PARTS = 4
"""At once; with their size, what an upload takes of memory."""

_LARGEST_PARTS = 10_000


def upload(io: FileIO, path: Path, uri: str) -> None:
    """Copy a local file to where the FileIO writes. Raises FloeError, and leaves nothing there, when it fails."""
    if not is_s3(uri):
        try:
            with path.open("rb") as source, io.new_output(uri).create(overwrite=True) as target:
                shutil.copyfileobj(source, target, PART_BYTES)
        except OSError as error:
            raise storage_error(error, "write", uri) from error
        return
    from boto3.s3.transfer import TransferConfig

    options = S3Options.of(io.properties)
    part = max(PART_BYTES, -(-path.stat().st_size // _LARGEST_PARTS))
    transfer = TransferConfig(
        multipart_threshold=part, multipart_chunksize=part, max_concurrency=PARALLEL_PARTS, use_threads=True
    )
    bucket, key = bucket_and_key(uri)
    with s3_errors("write", uri):
        s3_client(options).upload_file(str(path), bucket, key, ExtraArgs=s3_encryption(options), Config=transfer)


def abort_uploads(io: FileIO, uri: str) -> int:
    """Abort what was begun and never completed under exactly this name; its parts would stay, and be paid for."""
    if not is_s3(uri):
        return 0
    client, (bucket, key) = s3_client(S3Options.of(io.properties)), bucket_and_key(uri)
    aborted = 0
    with s3_errors("abort the upload of", uri):
        for found, upload_id in _begun(client, bucket, key):
            if found == key:
                client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
                aborted += 1
    return aborted


def begun_uploads(io: FileIO, folder: str) -> list[str]:
    """The names in a folder that were begun and never completed: no files yet, and listed nowhere else."""
    if not is_s3(folder):
        return []
    client, (bucket, key) = s3_client(S3Options.of(io.properties)), bucket_and_key(f"{folder}/")
    with s3_errors("list the uploads below", folder):
        return sorted({found.removeprefix(key) for found, _ in _begun(client, bucket, key)})


def _begun(client: Any, bucket: str, prefix: str) -> Iterator[tuple[str, str]]:
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Uploads") or ():
            yield each["Key"], each["UploadId"]


def s3_encryption(options: S3Options) -> dict[str, Any]:
    """The arguments of boto3's write calls that ask for the configured encryption."""
    found = {"ServerSideEncryption": options.encryption, "SSEKMSKeyId": options.kms_key_id}
    return {name: value for name, value in found.items() if value}


def is_s3(uri: str) -> bool:
    """Whether it is an object of S3."""
    return urlsplit(uri).scheme in S3_SCHEMES


def bucket_and_key(uri: str) -> tuple[str, str]:
    """The two parts of an S3 URI; the key as it is, whatever characters it holds."""
    bucket, _, key = uri.partition("://")[2].partition("/")
    return bucket, key
