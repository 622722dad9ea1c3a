"""Each contract test is red for its twin, and for no other."""

import pytest
from contracts.proving import KINDS, expected, matrix, twins

pytestmark = pytest.mark.timeout(900)  # an inner run takes a minute, on a machine that has nothing else to do


@pytest.mark.parametrize("kind", KINDS)
def test_each_contract_test_is_red_for_its_twin_alone(tmp_path, kind):
    found, printed = matrix(kind, tmp_path)
    good = found.pop("Good")
    passed, skipped = ({test for test, became in good.items() if became == word} for word in ("passed", "skipped"))
    assert set(good) == passed | skipped, printed

    failed = {
        name: {test: became for test, became in tests.items() if became in {"failure", "error"}}
        for name, tests in found.items()
    }
    assert failed == {name: {test: "failure"} for name, test in expected(kind).items()}, printed

    assert sorted(expected(kind).values()) == sorted(passed), "a twin for each test, and one only"
    proved_by_others = {test for other in KINDS if other != kind for test in expected(other).values()}
    assert skipped <= proved_by_others, "what this type has nothing to be tested with, another proves"


def test_every_twin_says_what_is_wrong_with_it():
    assert [name for kind in KINDS for name, about in twins(kind).values() if not about] == []
