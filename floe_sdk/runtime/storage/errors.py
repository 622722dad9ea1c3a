"""What any storage's client raises, as errors of floe; those of S3's clients have words of their own."""

from __future__ import annotations

import errno
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from floe_sdk.errors import FloeError
from floe_sdk.errors.publish import STORAGE_FAILED
from floe_sdk.errors.storage import STORAGE_CREDENTIALS, STORAGE_DENIED, STORAGE_UNREACHABLE
from floe_sdk.runtime.storage.s3_errors import REASONS, s3_error, shortened, storage_error_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.errors import ErrorCode

_S3 = re.compile(r"\bs3[an]?://|^bucket ")
_SAID_OF_S3 = re.compile(r"' in region '|HTTP (?:PUT|POST) to 'http")
"""DuckDB says which object it is by the server's address."""

_LOGIN = re.compile(
    r"authenticat|log ?in\b|login|credential|password|passphrase|"
    r"\b(?:access|private|public|api|wrong|another) ?-?key\b|\btoken\b|unauthori[sz]ed",
    re.IGNORECASE,
)
_CUT = re.compile(
    r"\bEOF\b|shut ?down|connection (?:was )?(?:reset|closed|lost|dropped|cut|aborted)|timed? ?out", re.IGNORECASE
)
"""A server that dies in the middle of a login has refused nobody."""

_NO_WAY = {
    number
    for name in ("ECONNREFUSED", "ECONNRESET", "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH", "ETIMEDOUT")
    if (number := getattr(errno, name, None)) is not None
}
_ANSWERS = (FloeError, FileNotFoundError, FileExistsError)
"""What a caller asks a storage for, and no failure of it."""


def is_elsewhere(uri: str) -> bool:
    """Whether it is no file of this machine."""
    return urlsplit(uri).scheme not in ("", "file")


def storage_error(
    error: BaseException, operation: str, resource: str, default: ErrorCode = STORAGE_FAILED
) -> FloeError:
    """The error of floe for one of a storage's client: what was done, with which resource, and why it failed.

    `default` is the code where neither the error's type nor its text says what kind of failure it is.
    """
    if isinstance(error, FloeError):
        return error
    of_s3 = _S3.search(resource) or _SAID_OF_S3.search(str(error))
    return s3_error(error, operation, resource, default) if of_s3 else _error(error, operation, resource)


@contextmanager
def storage_errors(operation: str, resource: str, storage: str = "") -> Iterator[None]:
    """Turn what a storage's client raises into FloeError; that a file is not there, or there already, stays.

    `storage` is `storage/<name>` of the plugin whose client it is; where that is not known, the error is that of
    `storage_error`.
    """
    try:
        yield
    except _ANSWERS:
        raise
    except Exception as error:
        told = _error(error, operation, resource, storage) if storage else storage_error(error, operation, resource)
        raise told from error


def _error(error: BaseException, operation: str, resource: str, storage: str = "") -> FloeError:
    told = _told(error, resource)
    code = _code(error, told)
    reason = REASONS.get(code)
    said = shortened(f"{reason}: {told}" if reason else told)
    who = f"{storage} " if storage else ""
    return FloeError(code, f"{who}can't {operation} {resource}: {said}", fix=code.remedy)


def _told(error: BaseException, resource: str) -> str:
    """What the client said, once; of an error without words, what kind it is."""
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        text = str(error.strerror)
        place = str(error.filename or "")
        text = f"{place}: {text}" if place and not resource.endswith(place) else text
    return " ".join(text.split()) or type(error).__name__


def _code(error: BaseException, told: str) -> ErrorCode:
    """By the type, which is meant; else by the text, in which a file's name may stand."""
    number = error.errno if isinstance(error, OSError) else None
    words = f"{type(error).__name__}: {told}"
    if _LOGIN.search(words) and _CUT.search(told):
        return STORAGE_UNREACHABLE
    if isinstance(error, PermissionError):
        return STORAGE_CREDENTIALS if _LOGIN.search(words) else STORAGE_DENIED
    if isinstance(error, (ConnectionError, TimeoutError, EOFError)) or number in _NO_WAY:
        return STORAGE_UNREACHABLE
    if number is not None and number != errno.EIO:
        return STORAGE_FAILED
    if re.search(r"authenticat\w* *(?:fail|err|exc)|log ?in *(?:fail|incorrect)", words, re.IGNORECASE):
        return STORAGE_CREDENTIALS
    kind = storage_error_kind(words)
    return kind[0] if kind else STORAGE_FAILED
