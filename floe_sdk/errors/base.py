"""`FloeError`, its code and its place. Codes are declared in one module a family beside this one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class ErrorCode:
    """A stable identity for one kind of error; `docs/` has a page for each.

    `exit_code` follows the table of `floe --help`: 1 the run failed, 2 wrong use or invalid files, 3 governance,
    4 a plugin does not load or a server is not available.
    """

    id: str
    title: str
    exit_code: int
    cause: str
    remedy: str


REGISTRY: dict[str, ErrorCode] = {}


def register(id: str, title: str, exit_code: int = 2, *, cause: str, remedy: str) -> ErrorCode:
    """Declare an error code; raises ValueError when `id` is taken."""
    if id in REGISTRY:
        message = f"error code {id} is declared twice"
        raise ValueError(message)
    REGISTRY[id] = ErrorCode(id, title, exit_code, cause, remedy)
    return REGISTRY[id]


@dataclass(frozen=True)
class Location:
    """A place in a file, counted from 1, printed as `file:line:column`."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


class FloeError(Exception):
    """A known problem. The command line prints `render()`, never a traceback (`--debug` adds it).

    `problem` says what is wrong and what was expected, `where` the place, `fix` what to do next. None of them may
    hold a secret's value.
    """

    def __init__(
        self,
        code: ErrorCode,
        problem: str,
        *,
        where: Location | str | None = None,
        fix: str | None = None,
    ) -> None:
        super().__init__(problem)
        self.code = code
        self.problem = problem
        self.where = where
        self.fix = fix

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends with this error."""
        return self.code.exit_code

    @property
    def errors(self) -> Sequence[FloeError]:
        """The single problems: this one, or the members of a `FloeErrors`."""
        return (self,)

    def render(self) -> str:
        """The text for a terminal: `file:line:column: error[FLOE-D001]: problem`, then the remedy."""
        place = f"{self.where}: " if self.where else ""
        fix = f"\n  fix: {self.fix}" if self.fix else ""
        return f"{place}error[{self.code.id}]: {self.problem}{fix}"

    def as_warning(self) -> str:
        """The text behind `warning: `, where it stops nothing."""
        place = f"{self.where}: " if self.where else ""
        fix = f"\n  fix: {self.fix}" if self.fix else ""
        return f"{place}{self.problem} [{self.code.id}]{fix}"

    def as_dict(self) -> dict[str, object]:
        """The same for machines (`--json`)."""
        place = self.where if isinstance(self.where, Location) else None
        return {
            "code": self.code.id,
            "problem": self.problem,
            "fix": self.fix,
            "where": str(self.where) if self.where else None,
            "file": place.file if place else None,
            "line": place.line if place else None,
            "column": place.column if place else None,
        }

    def __str__(self) -> str:
        return self.render()


class FloeErrors(FloeError):  # noqa: N818 - several of them
    """Several problems found in one pass, in the order in which a reader meets them in the files."""

    def __init__(self, errors: Sequence[FloeError]) -> None:
        worst = max(errors, key=lambda error: error.exit_code)
        super().__init__(worst.code, f"{len(errors)} problems")
        self._errors = tuple(errors)

    @property
    def errors(self) -> Sequence[FloeError]:
        """The members."""
        return self._errors

    def render(self) -> str:
        """Every member's text, one after the other, and their number."""
        return "\n".join([*(error.render() for error in self._errors), f"{len(self._errors)} errors"])


def raise_all(errors: Iterable[FloeError]) -> None:
    """Raise what was collected: nothing, the one error, or a `FloeErrors` of all (groups are flattened)."""
    flat = [single for error in errors for single in error.errors]
    if len(flat) == 1:
        raise flat[0]
    if flat:
        raise FloeErrors(flat)
