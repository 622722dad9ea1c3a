"""What a page that stands alone is made of: its parts, the hashes that its policy lets through, and data in it."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from typing import Any


def part(package: str, name: str) -> str:
    """A file of the package's folder `page`."""
    return files(package).joinpath("page").joinpath(name).read_text(encoding="utf-8")


def hashed(text: str) -> str:
    """As a content security policy names an inline style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def embedded(data: Any) -> str:
    """JSON that no parser of HTML takes for the end of the script, or for a comment."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
