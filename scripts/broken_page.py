"""Write docs/plugins/broken.md: what floe says of plugins that are broken, each in its way; `--check` only compares.

Two hundred packages are installed into a folder, and every command is asked about the broken ones.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.crowd import BROKEN, PACKAGES, Broken, install_crowd  # noqa: E402 - after the path
from support.packages import Site  # noqa: E402 - as above
from support.products import manifest_text, write_files  # noqa: E402 - as above

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "plugins" / "broken.md"
SPEC = """
    apiVersion: floe.dev/v1
    kind: FloeSpec
    metadata: {name: shop, version: 1.0.0, owner: shop@example.com}
    platform: {manifest: ../manifest.yaml}
    transforms:
      - name: orders
"""
TITLE = f"""\
<!-- Written by `python scripts/broken_page.py`; a test compares it with what the commands say. -->

# What is said of a broken plugin

{PACKAGES} packages with plugins are installed, these among them. `floe plugins list` lists them all and imports none. A
product that selects none of the broken ones compiles as if they were not there. The exit codes of commands about one of
them, and below what they say:
"""


class Said(NamedTuple):
    """What a command answered."""

    code: int
    text: str


def page() -> str:
    """The page, from real commands."""
    with tempfile.TemporaryDirectory() as folder:
        crowd = _Crowd(Path(folder))
        crowd.check_the_rest()
        answers = {one: crowd.ask(one) for one in BROKEN}
        crowd.check_imports()
    columns = list(next(iter(answers.values())))
    rows = [f"| | {' | '.join(f'`{name}`' for name in columns)} |", f"|---|{'---|' * len(columns)}"]
    for one, said in answers.items():
        link = f"[{one.title}](#{one.title.lower().replace(' ', '-')})"
        rows.append(f"| {link} | {' | '.join(str(said[name].code) for name in columns)} |")
    parts = [TITLE, "\n".join(rows) + "\n"]
    for one, said in answers.items():
        blocks = [f"$ floe {name}  (exit code {answer.code})\n{answer.text}" for name, answer in said.items()]
        parts.append(f"\n## {one.title}\n\n```text\n" + "\n".join(blocks) + "\n```\n")
    return "\n".join(parts).replace("\n\n\n", "\n\n")


class _Crowd:
    """The packages, and a product that may select one of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._site = Site(self._folder / "site")
        self._imported = install_crowd(self._site)
        write_files(self._folder / "lake", {"shop/floe.yaml": SPEC})
        self._select("local")

    def check_the_rest(self) -> None:
        """Nothing is imported by `list`, nor by a product that selects none of them."""
        listed = json.loads(self._floe("plugins", "list", "--json").text)["plugins"]
        mine = {one["distribution"] for one in listed if one["distribution"].startswith("floe-storage-")}
        assert len(mine - {"floe-storage-s3"}) == PACKAGES
        assert self._floe("compile", "lake/shop").code == 0
        assert self._floe("plugins", "doctor").code in {1, 2}
        assert not self._imported.exists()

    def check_imports(self) -> None:
        """Naming the malicious one did import it: the check above sees something."""
        assert self._imported.exists()

    def ask(self, one: Broken) -> dict[str, Said]:
        """Every command about one of them."""
        name = f"storage/{one.plugin}"
        self._select(one.plugin)
        return {
            "plugins list": self._listed(name),
            "plugins show": self._floe("plugins", "show", name),
            "plugins check": self._checked(name),
            "plugins doctor": self._floe("plugins", "doctor", name),
            "compile": self._floe("compile", "lake/shop"),
        }

    def _select(self, name: str) -> None:
        text = manifest_text().replace("storage: {type: local}", f"storage: {{type: {name}}}")
        (self._folder / "lake" / "manifest.yaml").write_text(text, encoding="utf-8")

    def _listed(self, name: str) -> Said:
        said = self._floe("plugins", "list", "--type", "storage")
        words = (name.partition("/")[2], name)
        lines = [line for line in said.text.splitlines() if any(word in line.split() for word in words)]
        notes = [line for line in said.text.splitlines() if line.startswith("note:") and name in line]
        return Said(said.code, "\n".join(dict.fromkeys(" ".join(line.split()) for line in [*lines, *notes])))

    def _checked(self, name: str) -> Said:
        said = self._floe("plugins", "check", name, "--no-suite", "--json")
        report = json.loads(said.text)
        return Said(said.code, "\n".join(_broken_rules(report)) or "nothing at level bronze")

    def _floe(self, *arguments: str) -> Said:
        done = self._site.floe(*arguments, cwd=self._folder, FLOE_IMPORT_TIMEOUT="5", COLUMNS="1000")
        lines = (done.stdout + done.stderr).strip().replace(f"{self._folder}/", "").splitlines()
        return Said(done.returncode, "\n".join(line for line in lines if not line.startswith("Python ")))


def _broken_rules(report: dict[str, Any]) -> Iterator[str]:
    """What stands in the way of the lowest level; or the error that kept it from looking."""
    for error in report.get("errors", ()):
        yield f"error[{error['code']}]: {error['problem']}\n  fix: {error['fix']}"
    for rule in report.get("rules", ()):
        if rule["level"] == "bronze" and rule["status"] == "broken":
            yield from (f"x  {rule['rule']}: {finding['problem']}" for finding in rule["findings"])
            yield f"   fix: {rule['fix']}"


def main() -> int:
    """Write the page, or with `--check` say whether it would be another."""
    wanted = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(wanted, encoding="utf-8", newline="\n")
        return 0
    if PAGE.read_text(encoding="utf-8") == wanted:
        return 0
    print("docs/plugins/broken.md is not what the commands say: run `python scripts/broken_page.py`")
    return 1


if __name__ == "__main__":
    sys.exit(main())
