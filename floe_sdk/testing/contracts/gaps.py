"""Named gaps: what a plugin does not do, with the reason; the tests of it are skipped, and pytest's summary says so."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import pytest

from floe_sdk.schemas.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NEEDS = "floe_needs"
MEANT = {
    "unreachable": "a valid configuration whose system is not there",
    "silent": "one whose server takes the connection and never answers",
}
"""What the author may give, in words."""
THERE_AFTER_ALL = (
    "with the fixture `unreachable` its system should not be reached; was it reached, as it was made of a wrong key of "
    "`config`, then give a fixture `unreachable` of your own"
)
_Error = TypeVar("_Error", bound=BaseException)
_Test = TypeVar("_Test", bound="Callable[..., Any]")


class Feature(NamedTuple):
    """What a plugin of a type may leave out.

    `hook` is the optional hook that makes it ("" where none does). A feature that is not `asked` for need not be named
    as a gap where its hook is missing.
    """

    hook: str = ""
    asked: bool = True


def needs(*features: str) -> Callable[[_Test], _Test]:
    """Mark a test of a contract as one of `features`, each of which a plugin may name in `not_supported`."""

    def marked(test: _Test) -> _Test:
        setattr(test, NEEDS, features)
        return test

    return marked


def check_gaps(owner: str, gaps: Mapping[str, str], features: Mapping[str, Feature]) -> None:
    """Raise ValueError for a gap without a reason, or of a feature that there is not."""
    for name, reason in gaps.items():
        if name not in features:
            guess = nearest(name, features)
            hint = f"; did you mean {guess!r}?" if guess else ""
            message = f"{owner}.not_supported: there is no feature {name!r} (there are {', '.join(features)}){hint}"
            raise ValueError(message)
        if not reason.strip():
            message = f"{owner}.not_supported: {name!r} needs a reason, which users read"
            raise ValueError(message)


def skip_gap(name: str, feature: Feature, gaps: Mapping[str, str], implements: frozenset[str]) -> None:
    """Skip the running test where its feature is a named gap; fail where a gap is not named, or is none."""
    there = feature.hook in implements
    if name in gaps:
        if there:
            pytest.fail(f"`not_supported` names {name!r}, and the plugin implements {feature.hook}: take it out there")
        pytest.skip(f"not supported: {name}: {gaps[name]}")
    if feature.hook and not there:
        if not feature.asked:
            pytest.skip(f"the plugin has no {feature.hook}")
        pytest.fail(f"implement {feature.hook}, or say why not: not_supported = {{{name!r}: 'the reason'}}")


def skip_without(name: str, config: Mapping[str, Any] | None, feature: Feature) -> None:
    """Skip, or where it is asked for fail, the running test where the author gives no such configuration."""
    if config is None and not feature.asked:
        pytest.skip(f"not tried, as `config` has no address: give a fixture `{name}`: {MEANT[name]}")
    given(config)


@contextmanager
def raised_where_away(expected: type[_Error]) -> Iterator[pytest.ExceptionInfo[_Error]]:
    """As `pytest.raises`, with a configuration whose system is not there: perhaps it is there after all."""
    try:
        with pytest.raises(expected) as caught:
            yield caught
    except pytest.fail.Exception as failure:
        pytest.fail(f"{failure}: {THERE_AFTER_ALL}")


def given(unreachable: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The configuration; the test fails where the author must give it."""
    if unreachable is None:
        pytest.fail(
            f"give a fixture `unreachable`: {MEANT['unreachable']}; or say why there is none: "
            "not_supported = {'unreachable': 'the reason'}"
        )
    return unreachable
