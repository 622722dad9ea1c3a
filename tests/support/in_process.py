"""The command `floe` in the test's own process."""

from __future__ import annotations

from floe_sdk.cli.app import run


class InProcess:
    """Runs commands and keeps what the last one said in `out` and `err`."""

    def __init__(self, capfd):
        self._capfd = capfd
        self.out = self.err = ""

    def floe(self, *arguments):
        """The exit code of a command."""
        self._capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        self.out, self.err = self._capfd.readouterr()
        assert "Traceback" not in self.out + self.err
        return code
