"""The redactor: the values of secrets never leave this process in a text, however they are written there."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST = 4
"""Values below this length are not looked for: they stand in any text by chance, and masking them would ruin it."""
_SHORTEST_LINE = 16
_PERCENT = re.compile(r"%[0-9A-F]{2}")
_Data = TypeVar("_Data")


class Redactor:
    """Masks known values in texts; usable from any thread.

    A value is found as it is and as base64 (also inside a longer encoded text), percent-encoded, escaped for JSON,
    Python or SQL. Of a value with several lines, each long line counts too. Values shorter than `SHORTEST` are ignored.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forms: set[str] = set()
        self._patterns: tuple[re.Pattern[str], re.Pattern[str]] | None = None
        self._stale = False

    def add(self, value: str) -> None:
        """From now on, mask `value`; call it the moment that a secret is known."""
        forms = {form for form in _forms(value) if len(form) >= SHORTEST and form.strip("*")}
        with self._lock:
            if not forms <= self._forms:
                self._forms |= forms
                self._stale = True

    @property
    def knows_any(self) -> bool:
        """Whether there is anything to look for."""
        return self._compiled() is not None

    def redact(self, text: str) -> str:
        """`text` with every known value replaced by `***`."""
        patterns = self._compiled()
        # Once more after a change: what was joined by a mask may be a value that itself holds one. It gets shorter.
        while patterns is not None and patterns[0].search(text):
            text = _mask(text, [match.span(1) for match in patterns[1].finditer(text)])
        return text

    def redact_mapping(self, data: _Data) -> _Data:
        """Nested mappings, lists and tuples with every text redacted. Keys are names, not values: they stay."""
        return data if self._compiled() is None else self._nested(data)

    def _nested(self, data: Any) -> Any:
        if isinstance(data, str):
            return self.redact(data)
        if isinstance(data, bytes):
            return self.redact(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        if isinstance(data, Mapping):
            return {key: self._nested(value) for key, value in data.items()}
        if isinstance(data, (list, tuple)):
            items = [self._nested(item) for item in data]
            return items if isinstance(data, list) else tuple(items)
        return data

    def _compiled(self) -> tuple[re.Pattern[str], re.Pattern[str]] | None:
        """One that is fast where nothing is found, one in a look-ahead that also finds values that overlap."""
        if self._stale:
            with self._lock:
                if self._stale:
                    trie = _trie(sorted(self._forms))
                    self._patterns = re.compile(trie), re.compile(f"(?=({trie}))")
                    self._stale = False
        return self._patterns


def _mask(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Replace the spans, those that overlap by one mask; spans come sorted by their start."""
    parts, done, end = [], 0, -1
    for start, stop in spans:
        if start >= end:
            parts += [text[done : max(done, start)], MASK]
        end = max(end, stop)
        done = end
    return "".join([*parts, text[done:]])


def _forms(value: str) -> Iterator[str]:
    """How a value may be written in a text."""
    whole = {value, value.strip()}
    lines = {line.strip() for line in value.splitlines() if len(line.strip()) >= _SHORTEST_LINE}
    for plain in whole | lines:
        if len(plain) < SHORTEST:
            continue
        for escaped in _escaped(plain):
            yield escaped
            yield from _escaped(escaped)
        yield from _url_forms(plain)
        yield from _base64_forms(plain.encode("utf-8", "surrogatepass"))


def _escaped(text: str) -> set[str]:
    raw = text.encode("utf-8", "surrogatepass")
    return {
        text,
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        repr(text)[1:-1],
        repr(raw)[2:-1],
        text.replace("'", "''"),
    }


def _url_forms(text: str) -> Iterator[str]:
    for encoded in (
        quote(text, errors="surrogatepass"),
        quote(text, safe="", errors="surrogatepass"),
        quote_plus(text, errors="surrogatepass"),
    ):
        yield encoded
        yield _PERCENT.sub(lambda match: match.group().lower(), encoded)


def _base64_forms(raw: bytes) -> Iterator[str]:
    """Encoded alone, with and without padding, and at each of the three alignments within a longer text.

    There, the characters at both ends also hold bits of the neighbours: only those between them are the value's own.
    """
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        alone = encode(raw).decode()
        yield from (alone, alone.rstrip("="))
        for offset, shared in ((0, 0), (1, 2), (2, 3)):
            own = (len(raw) + offset) * 8 // 6
            yield encode(bytes(offset) + raw).decode()[shared:own]


def _trie(words: list[str]) -> str:
    """A regular expression for the longest of `words` (sorted), without trying each of them at each place."""
    prefix = _common_prefix(words[0], words[-1])
    rests = [word[len(prefix) :] for word in words]
    groups: dict[str, list[str]] = {}
    for rest in rests:
        if rest:
            groups.setdefault(rest[0], []).append(rest)
    if not groups:
        return re.escape(prefix)
    optional = "?" if "" in rests else ""
    return f"{re.escape(prefix)}(?:{'|'.join(_trie(group) for group in groups.values())}){optional}"


def _common_prefix(first: str, last: str) -> str:
    length = 0
    for one, other in zip(first, last):  # noqa: B905 - the shorter one ends it
        if one != other:
            break
        length += 1
    return first[:length]


redactor = Redactor()
"""The redactor of this process: the host adds every secret that is revealed."""
