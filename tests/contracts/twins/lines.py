"""A file of signed lines: what the good plugins of lineage, telemetry and alerts write to."""

import hashlib
import hmac
import json
from pathlib import Path

from pydantic import Field

from floe_sdk import FloeError, Health, PluginConfig, Secret
from floe_sdk.errors.telemetry import TELEMETRY_NOT_TAKEN

KEY = "planted-key-of-a-file"


class LinesConfig(PluginConfig):
    path: str = Field(description="The file, relative to manifest.yaml.")
    key: Secret = Field(description="What its lines are signed with.")


class Lines:
    """Appends JSON values, each with a signature, whole lines at a time."""

    def __init__(self, path: Path, key: Secret) -> None:
        self.path, self.key = path, key

    def append(self, *values) -> None:
        key = self.key.reveal().encode()
        lines = [_signed(json.dumps(value, ensure_ascii=False), key) for value in values]
        with self.writing() as file:
            file.write("".join(lines))

    def writing(self):
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return self.path.open("a", encoding="utf-8")
        except OSError as error:
            problem = f"{self.path} can't be written: {error.strerror}"
            raise FloeError(TELEMETRY_NOT_TAKEN, problem, fix="name another file") from None

    def health(self) -> Health:
        try:
            self.append()
        except FloeError as error:
            return Health.fault(error)
        return Health(True, f"opened {self.path}")


def _signed(text: str, key: bytes) -> str:
    return f"{hmac.new(key, text.encode(), hashlib.sha256).hexdigest()} {text}\n"


def read(path: Path) -> list:
    """The values, of lines that are signed."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        signature, _, text = line.partition(" ")
        if _signed(text, KEY.encode()).startswith(signature) and len(signature) == 64:
            found.append(json.loads(text))
    return found


def config(monkeypatch) -> dict:
    """For a suite: a configuration whose key is planted."""
    monkeypatch.setenv("LINES_KEY", KEY)
    return {"path": "out/lines", "key": {"env": "LINES_KEY"}}
