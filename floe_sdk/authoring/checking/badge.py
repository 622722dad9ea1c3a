"""The level as a badge: an SVG of its own, and the line of markdown that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from floe_sdk.authoring.checking.rule import Level

FILE = "floe-plugin.svg"
_LABEL = "floe plugin"
_COLOURS = {"bronze": "#a0622d", "silver": "#6f7c87", "gold": "#b8860b"}
_CHARACTER = 6.6
_MARGIN = 6


def markdown(level: Level) -> str:
    """The line for a README beside the file."""
    return f"![{_LABEL}: {level.value}]({FILE})"


def svg(level: Level) -> str:
    """A picture that needs nothing from anywhere, with its text for who can't see it."""
    left = round(len(_LABEL) * _CHARACTER) + 2 * _MARGIN
    right = round(len(level.value) * _CHARACTER) + 2 * _MARGIN
    text = escape(f"{_LABEL}: {level.value}")
    font = 'fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{text}">\n'
        f"  <title>{text}</title>\n"
        f'  <rect width="{left}" height="20" fill="#444"/>\n'
        f'  <rect x="{left}" width="{right}" height="20" fill="{_COLOURS[level.value]}"/>\n'
        f'  <g {font}><text x="{left / 2:g}" y="14">{_LABEL}</text>'
        f'<text x="{left + right / 2:g}" y="14">{level.value}</text></g>\n'
        "</svg>\n"
    )
