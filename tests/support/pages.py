"""Documentation that is run: what a page shows is written, executed and compared, from its top to its end.

- A fenced block with `title="PATH"` is a file; one with `title="PATH (more)"` is merged into the YAML file there.
- A block of `console` holds commands (`$ ...`), each followed by lines of its output. They must come in this order,
  among others that the page leaves out; `...` stands for anything. Times, sizes, ids and runs of spaces don't count.
- A command that fails must be followed by `$ echo $?` and the exit code.

Other blocks are neither written nor run: they may only hold what a test looks at in another way.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^( *)```(\w+)(?: title=\"([^\"]+)\")?[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_VARIABLE = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"), "RUN"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)?"), "TIME"),
    (re.compile(r"\b\d+(\.\d+)? (s|B|KB|MB|KiB|MiB)\b"), "AMOUNT"),
    (re.compile(r"\b\d{15,20}\b"), "SNAPSHOT"),
    (re.compile(r"(?<=\bok)\s+\d+\.\d\d\b|(?<=\bFAULT)\s+\d+\.\d\d\b"), " SECONDS"),
    (re.compile(r"\s+"), " "),
]


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is that of its first line of text."""

    language: str
    title: str | None
    text: str
    line: int


@dataclass(frozen=True)
class Command:
    """A command of a `console` block and the output that the page shows."""

    text: str
    output: tuple[str, ...]
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        indent, language, title, body = match.groups()
        body = "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True))
        found.append(Block(language, title, body, text.count("\n", 0, match.start()) + 2))
    return found


def commands(block: Block) -> list[Command]:
    found: list[Command] = []
    for number, line in enumerate(block.text.splitlines(), block.line):
        if line.startswith("$ "):
            found.append(Command(line[2:], (), number))
        elif found and found[-1].text.endswith("\\") and not found[-1].output:
            found[-1] = Command(f"{found[-1].text}\n{line}", (), found[-1].line)
        elif line.strip():
            last = found.pop()
            found.append(Command(last.text, (*last.output, line), last.line))
    return found


class Reader:
    """Somebody who does what pages say, in a folder."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = self.here = folder
        self.code = 0
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLOE_", "OTEL_"))}
        path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
        self.environment = {**kept, "PATH": path, **environment}

    def follow(self, page: Path, *, skip: Callable[[Command], bool] = lambda _command: False) -> None:
        """Write each file and run each command of a page; AssertionError names the page's line."""
        pending = ""
        for block in blocks(page):
            if block.title:
                self.write(block)
            elif block.language == "console":
                for command in commands(block):
                    if skip(command):
                        continue
                    where = f"{page.relative_to(ROOT)}:{command.line}"
                    asks = command.text == "echo $?"
                    assert asks or not pending, pending
                    output = self.run(command.text)
                    assert "Traceback" not in output, f"{where}: {output}"
                    check_output(command, output, where)
                    pending = f"{where}: `{command.text}` ended with {self.code}:\n{output}" if self.code else ""
        assert not pending, pending

    def write(self, block: Block) -> None:
        """Write a block's file, or merge it into the one that is there."""
        name, more = re.fullmatch(r"(\S+)( \(more\))?", block.title or "").groups()
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if more:
            merged = _merged(yaml.safe_load(path.read_text(encoding="utf-8")), yaml.safe_load(block.text))
            path.write_text(yaml.safe_dump(merged, sort_keys=False), encoding="utf-8")
        else:
            path.write_text(block.text, encoding="utf-8")

    def run(self, command: str) -> str:
        """Run one command where the last one left off: its folder and its exit code; standard output and error."""
        after = self.folder.parent / f".{self.folder.name}-pwd"
        script = f"(exit {self.code})\n{command}\ncode=$?\npwd > '{after}'\nexit $code"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.here,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        self.code = done.returncode
        if after.exists():
            self.here = Path(after.read_text().strip())
        return done.stdout


class Teammate(Reader):
    """Follows a page on this machine: the page's `addresses` are those of others, and ours stand beside each."""

    def __init__(self, folder: Path, addresses: dict[str, str], **environment: str) -> None:
        super().__init__(folder, **environment)
        self.addresses = addresses

    def here_are(self, text: str) -> str:
        """The text with our addresses."""
        for theirs, ours in self.addresses.items():
            text = text.replace(theirs, ours)
        return text

    def write(self, block: Block) -> None:
        super().write(replace(block, text=self.here_are(block.text)))

    def run(self, command: str) -> str:
        output = super().run(command)
        for theirs, ours in self.addresses.items():
            output = output.replace(ours, theirs)
        return output


def check_output(command: Command, output: str, where: str) -> None:
    lines = iter([_plain(line) for line in output.splitlines()])
    for shown in command.output:
        pattern = re.compile(".*".join(re.escape(_plain(part)) for part in shown.strip().split("...")))
        assert any(pattern.fullmatch(line) for line in lines), f"{where}: {shown!r} is not in the output:\n{output}"


def _plain(text: str) -> str:
    for pattern, name in _VARIABLE:
        text = pattern.sub(name, text)
    return text.strip()


def _merged(base: Any, more: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(more, dict):
        return more
    return {**base, **{key: _merged(base.get(key), value) for key, value in more.items()}}
