"""The suite of one type, against its good plugin and each twin: collected by the inner pytest of test_twins.py."""

import functools
import importlib
import os
import sys
from pathlib import Path

from contracts.twins.marking import import_twins, twins_of

from floe_sdk.plugins import discovery, host

_module = importlib.import_module(f"contracts.twins.{os.environ['FLOE_TWINS']}")
_folder = Path(os.environ["FLOE_TWINS_FOLDER"])
sys.path.append(str(_folder))
installing = importlib.import_module("floe_sdk.testing.contracts.installing")
importlib.import_module("floe_sdk.testing.contracts.elsewhere").PRELOADED.append(_module.__name__)
_all = {"Good": _module.Good, **twins_of(_module), **import_twins(_module.Good, _folder)}
globals().update(
    {f"Test{name}": type(f"Test{name}", (_module.Suite,), {"plugin": each}) for name, each in _all.items()}
)
del _module

_known = functools.cache(lambda _path: discovery.discover())
host.discover = installing.discover = lambda: _known(tuple(sys.path))  # asked thousands of times, and it never changes
