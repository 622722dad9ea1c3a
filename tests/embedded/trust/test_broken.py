"""Two hundred packages, ten broken each in its way: docs/plugins/broken.md is what the commands say of them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_page_is_what_the_commands_say():
    """Also: `list` and a product that selects none of them import none of them."""
    script = ROOT / "scripts" / "broken_page.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
