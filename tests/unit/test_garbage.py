import gc

import pytest

from floe_sdk.garbage import without_cyclic_gc


@pytest.fixture(autouse=True)
def enabled():
    gc.enable()
    yield
    gc.enable()


def test_the_collector_rests_inside_and_works_again_afterwards():
    with without_cyclic_gc():
        assert not gc.isenabled()
        with without_cyclic_gc():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_turns_it_on_again_as_well():
    with pytest.raises(ZeroDivisionError), without_cyclic_gc():
        1 / 0  # noqa: B018
    assert gc.isenabled()


def test_one_that_was_off_stays_off():
    gc.disable()
    with without_cyclic_gc():
        pass
    assert not gc.isenabled()
