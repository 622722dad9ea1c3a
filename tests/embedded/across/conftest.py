"""Two products on two machines."""

from __future__ import annotations

import shutil

import pytest
from support.machines import CHURN, CUSTOMERS, PORTS, Lake, Machine


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return Lake(tmp_path_factory.mktemp("common") / "lake")


@pytest.fixture(scope="module")
def first(tmp_path_factory, lake):
    """The machine of the first product, which has run."""
    machine = Machine(tmp_path_factory.mktemp("one") / "platform", lake.folder)
    machine.product("customer-360", CUSTOMERS, PORTS)
    machine.floe("run", "customer-360")
    return machine


@pytest.fixture(scope="module")
def second(tmp_path_factory, lake, first):
    """Another machine, on which the second product has run while nothing of the first one is within reach."""
    machine = Machine(tmp_path_factory.mktemp("two") / "platform", lake.folder)
    machine.product("churn", CHURN)
    away = shutil.move(first.root, first.root.with_name("away"))
    machine.floe("run", "churn")
    shutil.move(away, first.root)
    return machine
