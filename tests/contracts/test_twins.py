"""Each contract test is red for its twin, and for no other."""

import functools

import pytest
from contracts.proving import KINDS, expected, matrix

pytestmark = pytest.mark.timeout(900)  # an inner run takes a minute, on a machine that has nothing else to do


@pytest.fixture(scope="module")
def proved(tmp_path_factory):
    return functools.cache(lambda kind: matrix(kind, tmp_path_factory.mktemp(kind)))


@pytest.mark.parametrize("kind", KINDS)
def test_the_good_plugin_passes_every_test(proved, kind):
    found, printed = proved(kind)
    assert found["Good"], printed
    assert {test: became for test, became in found["Good"].items() if became not in {"passed", "skipped"}} == {}, (
        printed
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_contract_test_has_one_twin(proved, kind):
    found, _ = proved(kind)
    assert sorted(expected(kind).values()) == sorted(
        test for test, became in found["Good"].items() if became == "passed"
    )


def test_what_one_type_has_nothing_to_be_tested_with_another_proves(proved):
    skipped = {test for kind in KINDS for test, became in proved(kind)[0]["Good"].items() if became == "skipped"}
    assert skipped <= {test for kind in KINDS for test in expected(kind).values()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_twin_fails_its_test_alone(proved, kind):
    found, printed = proved(kind)
    wanted = {name: {test: "failure"} for name, test in expected(kind).items()}
    failed = {
        name: {test: became for test, became in tests.items() if became in {"failure", "error"}}
        for name, tests in found.items()
        if name != "Good"
    }
    assert failed == wanted, printed
