"""The metadata of what is installed, as the host reads it: from the package `importlib-metadata` below Python 3.12."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 12):
    from importlib import metadata
else:
    import importlib_metadata as metadata

__all__ = ["metadata"]
