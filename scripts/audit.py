"""Audit the locked packages for known vulnerabilities, and say so plainly when no source of advisories can be reached.

pip-audit ends well also when it could look nothing up, so its report is read and not its exit code.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DEADLINE_SECONDS = 60


def report(lock: Path) -> list[dict[str, Any]]:
    """What pip-audit says of each package in the lock; nothing when it could not be asked."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "audit.json")
        command = [sys.executable, "-m", "pip_audit", "--requirement", lock, "--require-hashes", "--disable-pip"]
        command += ["--progress-spinner", "off", "--format", "json", "--output", output]
        try:
            subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return []
        if not output.exists() or not output.stat().st_size:
            return []
        dependencies: list[dict[str, Any]] = json.loads(output.read_text(encoding="utf-8"))["dependencies"]
        return dependencies


def main() -> int:
    packages = report(ROOT / "requirements.lock")
    checked = [package for package in packages if "skip_reason" not in package]
    if not checked:
        print("pip-audit: NOT CHECKED")
        return 0
    findings = [
        f"pip-audit: {package['name']} {package['version']}: {vulnerability['id']}"
        f" (fixed in {', '.join(vulnerability['fix_versions']) or 'no release'})"
        for package in checked
        for vulnerability in package["vulns"]
    ]
    print(*findings, sep="\n", end="\n" if findings else "")
    print(f"pip-audit: {len(checked)} of {len(packages)} packages checked, {len(findings)} vulnerabilities")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
