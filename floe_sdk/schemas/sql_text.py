"""SQL without what changes nothing: comments, and how it is laid out."""

from __future__ import annotations

import re
from functools import lru_cache

_QUOTED = r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\""
_COMMENT = r"--[^\n]*(?:\n|\Z)|/\*(?s:.*?)\*/"
_PIECES = re.compile(rf"{_QUOTED}| *(?:[^\S ]|{_COMMENT}|  )(?:\s|{_COMMENT})*|['\"]|/\*")
"""All but a single space, which stays."""

_DOUBTFUL = re.compile(r"[\\`#]|\$\w*\$|/\*\+")
"""Escapes, other quotes and hints, which each dialect reads in its own way."""


@lru_cache(maxsize=4096)
def essence(sql: str) -> str:
    """The same for two texts that differ in comments and white space only; else, and in doubt, the text itself."""
    if _DOUBTFUL.search(sql):
        return sql
    parts: list[str] = []
    end = 0
    for match in _PIECES.finditer(sql):
        piece, begin = match[0], match.start()
        parts.append(sql[end:begin])
        end = match.end()
        if piece[0] not in "'\"":
            if piece.count("/*") > piece.count("*/"):
                return sql  # not closed, or one within another
            piece = _gap(piece, sql[begin - 1 : begin], sql[end : end + 1])
        elif len(piece) == 1:
            return sql  # not closed
        parts.append(piece)
    parts.append(sql[end:])
    return "".join(parts).strip()


def _gap(piece: str, before: str, after: str) -> str:
    """Two strings are one where a line ends between them."""
    return "\n" if before == after == "'" and "\n" in piece else " "
