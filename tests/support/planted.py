"""Secrets that were planted: the forms in which they leak, and where they are looked for."""

from __future__ import annotations

import base64
import threading
import time
from pathlib import Path
from urllib.parse import quote, quote_plus


def forms(value):
    """The value as it is found when it leaks: raw, base64 at each alignment, URL-encoded."""
    raw = value.encode()
    result = {raw, quote(value).encode(), quote(value, safe="").encode(), quote_plus(value).encode()}
    for offset in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * offset + raw).rstrip(b"=")
            # The characters that the value alone decides: without those that mix with what stands around it.
            result.add(text[(0, 2, 3)[offset] : len(text) - (0 if (len(raw) + offset) % 3 == 0 else 1)])
    return result


def found(planted, places):
    """(name of the secret, place) wherever one of `planted` is in one of `places`, both by their names."""
    wanted = {name: forms(value) for name, value in planted.items()}
    return [
        (name, place)
        for place, content in places.items()
        for name, each in wanted.items()
        if any(form in content for form in each)
    ]


class Arguments(threading.Thread):
    """Every process's command line, sampled while the block runs; `text` is all of them."""

    def __init__(self):
        super().__init__(daemon=True)
        self._seen, self._done = set(), threading.Event()

    @property
    def text(self):
        return b"\n".join(self._seen)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self.join()

    def run(self):
        while not self._done.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self._seen.add(path.read_bytes())
                except OSError:
                    continue
            time.sleep(0.05)
