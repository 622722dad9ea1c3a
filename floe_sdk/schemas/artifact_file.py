"""The artifact as bytes: deterministic, with its own hash, and refused when it is not what was written."""

from __future__ import annotations

import hashlib
import json
import shlex
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from floe_sdk.errors import FloeError
from floe_sdk.errors.compilation import ARTIFACT_BROKEN, ARTIFACT_EDITED, ARTIFACT_MISSING, ARTIFACT_VERSION
from floe_sdk.schemas.artifacts import ARTIFACT_VERSION as VERSION
from floe_sdk.schemas.artifacts import CompiledArtifacts

ARTIFACT_NAME = "compiled_artifacts.json"


class SealedArtifacts(NamedTuple):
    """An artifact whose `metadata.content_hash` is set, and the text that the hash is over. Made by `seal`."""

    artifacts: CompiledArtifacts
    canonical: str

    def file_bytes(self) -> bytes:
        """The file's content: sorted JSON with the content hash set; equal artifacts give equal bytes."""
        data = from_json(self.canonical)  # in the order of the text: sorted
        content_hash = self.artifacts.metadata.content_hash
        data["metadata"] = dict(sorted({**data["metadata"], "content_hash": content_hash}.items()))
        return to_json(data, indent=2) + b"\n"


def seal(artifacts: CompiledArtifacts) -> SealedArtifacts:
    """The artifact with its hash, for whoever hands it on or writes it; whoever changes it seals it again."""
    canonical = _hashed(artifacts.model_dump(mode="json"))
    metadata = artifacts.metadata.model_copy(update={"content_hash": _digest(canonical)})
    return SealedArtifacts(artifacts.model_copy(update={"metadata": metadata}), canonical)


def read_artifact(path: Path | str) -> CompiledArtifacts:
    """Read `compiled_artifacts.json` (or the one in the folder `path`).

    Raises FloeError (exit code 2) when it is missing, cut, edited, of another version or no artifact at all. Whether
    the project was changed since is `floe_sdk.project.freshness.check_unchanged`'s business.
    """
    file = Path(path)
    file = file / ARTIFACT_NAME if file.is_dir() else file
    data = _parse(file)
    metadata = data.get("metadata")
    version = data.get("version")
    if version != VERSION:
        problem = f"the artifact has version {version!r:.40}, this floe reads {VERSION!r}"
        maker = metadata.get("floe_version") if isinstance(metadata, dict) else None
        other = f", or run it with the floe that compiled it, {maker:.40}" if isinstance(maker, str) else ""
        raise FloeError(ARTIFACT_VERSION, problem, where=str(file), fix=_compile(file) + other)
    if not isinstance(metadata, dict) or metadata.get("content_hash") != _hash(data):
        problem = "the content does not have the hash that the artifact carries: it was edited after it was compiled"
        raise FloeError(ARTIFACT_EDITED, problem, where=str(file), fix=_compile(file))
    try:
        return CompiledArtifacts.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        problem = f"{place}: {first['msg']} ({error.error_count()} such problems)"
        raise FloeError(ARTIFACT_BROKEN, problem, where=str(file), fix=_compile(file)) from None


def _parse(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise FloeError(ARTIFACT_MISSING, "there is no artifact", where=str(file), fix=_compile(file, "run")) from None
    except OSError as error:
        problem = f"the artifact can't be read: {error.strerror}"
        raise FloeError(ARTIFACT_MISSING, problem, where=str(file)) from None
    except (ValueError, RecursionError) as error:
        # UnicodeDecodeError's text quotes bytes of the file; JSONDecodeError's does not
        reason = str(error) if isinstance(error, json.JSONDecodeError) else "it is no JSON text"
        raise FloeError(
            ARTIFACT_BROKEN, f"the artifact is broken or cut: {reason}", where=str(file), fix=_compile(file)
        ) from None
    if not isinstance(data, dict):
        raise FloeError(ARTIFACT_BROKEN, "the artifact is no JSON object", where=str(file), fix=_compile(file))
    return data


def _compile(file: Path, what: str = "compile again") -> str:
    """The command that makes the file anew, with the product's folder where that is the one above `target/`."""
    product = file.parent.parent
    known = file.parent.name == "target" and (product / "floe.yaml").is_file()
    return f"{what}: floe compile{f' {shlex.quote(str(product))}' if known and str(product) != '.' else ''}"


def _hashed(data: dict[str, Any]) -> str:
    """What the hash is over: canonical JSON without the hash itself."""
    metadata = data.get("metadata")
    if isinstance(metadata, dict):
        data = {**data, "metadata": {key: value for key, value in metadata.items() if key != "content_hash"}}
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _hash(data: dict[str, Any]) -> str:
    return _digest(_hashed(data))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
