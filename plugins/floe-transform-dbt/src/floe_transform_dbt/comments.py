"""A node's text without its comments and its layout, as far as these surely change nothing of what it compiles to."""

from __future__ import annotations

import re

from floe_sdk import CompiledNode

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_PLAIN = re.compile(r"\{%[-+]?\s*(?:if|elif|else|endif|for|endfor|do|set\b[^=%]*=)(?:\b|(?<==))")
"""Blocks that hold nothing but SQL; that of `{% set x %}`, a macro or a call may end up in a string."""

_HALF = re.compile(r"\{[{%#]|[}%#]\}")
"""Of Jinja with such signs in a string of its own."""

_SQL = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_TRIMMED = re.compile(
    r"--[^\n]*(?:(?:\n\s*)?\{[{%#]-|-[}%#]\})|(?:\*/|(?<![-+])#\})\s*\{[{%#]-|-[}%#]\}\s*(?:--|/\*|\{#(?![-+]))"
)
"""A comment beside a mark that takes white space away: perhaps the end of its line, and what follows is in it then."""

_VALUE, _BLOCK = "\0", "\1"


def what_counts(text: str) -> list[str]:
    """Equal for two texts of SQL with Jinja that differ in comments and white space only; in doubt the text itself."""
    pieces: list[str] = []

    def marked(match: re.Match[str]) -> str:
        piece = match[0]
        if piece[1] == "#" and piece[2] not in "-+" and piece[-3] not in "-+":
            return ""  # the others take the white space beside them away
        pieces.append(piece)
        return _VALUE if piece[1] == "{" else _BLOCK

    sql = _JINJA.sub(marked, text)
    blocks = [piece for piece in pieces if piece[1] == "%"]
    if _VALUE in text or _BLOCK in text or _HALF.search(sql) or not all(map(_PLAIN.match, blocks)):
        return [text]
    if _TRIMMED.search(_JINJA.sub(lambda match: f"{match[0][:3]} {match[0][-3:]}", text)):
        return [text]
    for each in _SQL.findall(sql):
        if _BLOCK in each:
            return [text]  # where the comment or the string ends depends on it
        if each[0] in "-/" and _VALUE in each:  # `-- depends_on: {{ ref('x') }}`
            pieces.append(each)
            sql = sql.replace(each, _VALUE, 1)
    return [CompiledNode(sql=sql).fingerprint, *pieces]
