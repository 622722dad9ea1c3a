"""How a twin says which test it is made to fail, and those that are made for every type."""

import importlib
import inspect
import logging
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable

import pydantic
import pytest
from pydantic import Field

from floe_sdk import FloeError, Health, PluginContext, hookimpl

FAILS = "fails"
SILENT = "silent" * 50
"""The path of the suites' `silent`: no file can be called so, and twins wait there for an answer."""


class Silenced:
    """A suite with a `silent` that its good plugin, whose system is a path, says at once to be unreachable."""

    @pytest.fixture
    def silent(self, config):
        return {**config, "path": SILENT}


def twin(test: str) -> Callable[[type], type]:
    """The class is its base with one thing changed, and fails this test alone."""

    def marked(made: type) -> type:
        setattr(made, FAILS, test)
        return made

    return marked


def twins_of(module) -> dict[str, type]:
    """The twins that are in a module, by name."""
    return {name: each for name, each in vars(module).items() if isinstance(each, type) and FAILS in vars(each)}


def add_twins(whole: str, part: str) -> None:
    """The twins in the module `part` are among those in `whole`, whichever of the two was imported first."""
    vars(sys.modules[whole]).update(twins_of(sys.modules[part]))


def base_twins(good: type, use: str, own: tuple[str, ...] = (), *, silenced: bool = False) -> dict[str, type]:
    """The twins of the tests that every contract has; for the globals of the module of `good`.

    `good` has a constructor with `config` and `context`, and its configuration is the attribute `Config`. The twins of
    secrets are for a configuration with `key: Secret`, those of what can't be reached for one with `path: str` (a file
    or a folder), those of health for a class that has `plugin_health`. `use` is a hook that its contract's `use` calls.
    The tests in `own` have a twin in the module already. `silenced`: the suite is `Silenced`.
    """
    keys = good.Config.model_fields
    makers = [_of_configuration, _of_life, *([_of_secrecy] if "key" in keys else [])]
    makers += [_of_health] if hasattr(good, "plugin_health") else []
    makers += [_of_distance] if "path" in keys else []
    makers += [_of_silence] if silenced else []
    made: dict[str, type] = {}
    for make in makers:
        for test, each in make(good, good.Config, use).items():
            if each is not None and test not in own:
                each.__module__, each.__qualname__ = good.__module__, each.__name__
                made[each.__name__] = twin(test)(each)
    return made


def _configured(good: type, name: str, doc: str, config: type) -> type:
    class Made(good):
        def __init__(self, config: config, context: PluginContext) -> None:
            super().__init__(config, context)

    Made.__name__, Made.__doc__ = name, doc
    return Made


def _of_configuration(good, config, use):
    class MisspeltHook(good):
        """`plugin_clse` instead of `plugin_close`."""

        @hookimpl
        def plugin_clse(self) -> None: ...

    class UnmarkedHook(good):
        """A `run_started` without `@hookimpl`."""

        def run_started(self, event) -> None: ...

    class Undescribed(config):
        extra: int = 1

    class Unprotected(config):
        password: str = Field(default="", description="Who may enter.")

    class Tolerant(config, extra="ignore"):
        pass

    class Odd:
        """No plain data."""

    class WithoutSchema(config, arbitrary_types_allowed=True):
        extra: Odd | None = Field(default=None, description="Of a type that JSON has no schema for.", exclude=True)

    class Growing(config):
        extra: str = Field(default="", description="Gets longer each time that it is read.")

        @pydantic.field_validator("extra", mode="after")
        @classmethod
        def _longer(cls, value: str) -> str:
            return f"{value}/"

    return {
        "test_the_host_accepts_it": MisspeltHook,
        "test_every_hook_is_marked": UnmarkedHook,
        "test_every_key_is_described": _configured(good, "UndescribedKey", "A key without description.", Undescribed),
        "test_what_is_called_a_secret_is_one": _configured(
            good, "PasswordAsText", "A key `password` that is a `str`.", Unprotected
        ),
        "test_an_unknown_key_is_refused": _configured(good, "UnknownKeysIgnored", "`extra='ignore'`.", Tolerant),
        "test_editors_can_complete_it": _configured(good, "KeyWithoutSchema", "A key of a class.", WithoutSchema),
        "test_the_artifact_holds_its_configuration": _configured(
            good, "ConfigurationGrows", "A validator that appends a slash.", Growing
        ),
    }


def _of_secrecy(good, config, use):
    class NeedsItWhenMade(good):
        """The constructor looks the secret up."""

        def __init__(self, config: config, context: PluginContext) -> None:
            super().__init__(config, context)
            os.environ[config.key.key]

    class ShownByRepr(good):
        """`repr()` holds the secret."""

        def __repr__(self) -> str:
            return f"Plugin({self.config.key.reveal()})"

    class Pickled(good):
        """What is pickled is the secret."""

        def __reduce__(self):
            return str, (self.config.key.reveal(),)

    class Logs(good):
        """A debug record holds the secret."""

    def logs(self, *args, **kwargs):
        logging.getLogger("twin").debug("with %s", self.config.key.reveal())
        return getattr(good, use)(self, *args, **kwargs)

    _hook(Logs, good, use, logs)

    class ShownByHealth(good):
        """The details of its health hold the secret."""

        @hookimpl
        def plugin_health(self, timeout: float) -> Health:
            health = good.plugin_health(self, timeout)
            return Health(
                health.ok, health.message, details={"key": self.config.key.reveal()}, fix=health.fix, code=health.code
            )

    class ShownByErrors(good):
        """Its errors say with which key it was tried."""

    def tells(self, *args, **kwargs):
        try:
            return getattr(good, use)(self, *args, **kwargs)
        except FloeError as error:
            raise FloeError(error.code, error.problem, fix=f"{error.fix} {self.config.key.reveal()}") from error

    _hook(ShownByErrors, good, use, tells)
    return {
        "test_loading_reveals_no_secret": NeedsItWhenMade,
        "test_its_text_shows_no_secret": ShownByRepr,
        "test_pickled_it_holds_no_secret": Pickled,
        "test_using_it_prints_and_logs_no_secret": Logs,
        "test_health_shows_no_secret": ShownByHealth,
        "test_errors_show_no_secret": ShownByErrors if "path" in config.model_fields else None,
    }


def _hook(made: type, good: type, name: str, function: Callable) -> None:
    """Give the class the function as its hook, with the parameters of the good one."""
    names = list(inspect.signature(getattr(good, name)).parameters)[1:]
    arguments = ", ".join(names)
    keywords = ", ".join(f"{each}={each}" for each in names)
    scope = {"function": function}
    exec(f"def {name}(self, {arguments}): return function(self, {keywords})", scope)
    setattr(made, name, hookimpl(scope[name]))


def _of_health(good, config, use):
    class NeverWell(good):
        """Says that it is ill where it works."""

        @hookimpl
        def plugin_health(self, timeout: float) -> Health:
            health = good.plugin_health(self, timeout)
            return Health(False, health.message, fix="mend it")

    class AlwaysWell(good):
        """Says that it is well whatever is told at once."""

        @hookimpl
        def plugin_health(self, timeout: float) -> Health:
            health = good.plugin_health(self, timeout)
            return health if _is_silent(self) else Health(True, "fine")

    class Slow(good):
        """Does not look at `timeout`."""

        @hookimpl
        def plugin_health(self, timeout: float) -> Health:
            time.sleep(0.0 if _is_silent(self) else 1.2)
            return good.plugin_health(self, timeout)

    return {
        "test_health_is_well_where_it_works": NeverWell,
        "test_health_tells_what_is_wrong": AlwaysWell if "path" in config.model_fields else None,
        "test_health_keeps_its_deadline": Slow,
    }


def _of_silence(good, config, use):
    class WaitsWithItsHealth(good):
        """Its health waits for an answer."""

        @hookimpl
        def plugin_health(self, timeout: float) -> Health:
            time.sleep(1.2 if _is_silent(self) else 0.0)
            return good.plugin_health(self, timeout)

    return {"test_health_does_not_wait_for_an_answer": WaitsWithItsHealth}


def _is_silent(plugin) -> bool:
    return SILENT in str(getattr(getattr(plugin, "config", None), "path", ""))


def _of_life(good, config, use):
    class Writes(good):
        """The constructor makes the folder for its state."""

        def __init__(self, config: config, context: PluginContext) -> None:
            super().__init__(config, context)
            context.platform_state.mkdir(parents=True, exist_ok=True)

    class SetsVariable(good):
        """The constructor sets an environment variable."""

        def __init__(self, config: config, context: PluginContext) -> None:
            super().__init__(config, context)
            os.environ["FLOE_TWIN"] = str(time.monotonic())

    class ClosedTwiceRaises(good):
        """The second `plugin_close` raises."""

        @hookimpl
        def plugin_close(self) -> None:
            if vars(self).setdefault("_ended", False):
                message = "it is closed"
                raise ValueError(message)
            self._ended = True
            good.plugin_close(self)

    class Threads(good):
        """A thread waits for ever."""

        def __init__(self, config: config, context: PluginContext) -> None:
            super().__init__(config, context)
            threading.Thread(target=threading.Event().wait, daemon=True).start()

    class Shared(good):
        """One is closed, and the class is."""

        closed = False

        def __init__(self, config: config, context: PluginContext) -> None:
            super().__init__(config, context)
            type(self).closed = False

        @hookimpl
        def plugin_close(self) -> None:
            getattr(good, "plugin_close", lambda _plugin: None)(self)
            type(self).closed = True

    def ended(self, *args, **kwargs):
        if self.closed:
            message = "it is closed"
            raise ValueError(message)
        return getattr(good, use)(self, *args, **kwargs)

    _hook(Shared, good, use, ended)

    class MainProcessOnly(good):
        """Can't be made in another process."""

        def __init__(self, config: config, context: PluginContext) -> None:
            super().__init__(config, context)
            if multiprocessing.parent_process() is not None:
                message = "not here"
                raise ValueError(message)

    return {
        "test_loading_writes_nothing": Writes,
        "test_loading_leaves_the_process_alone": SetsVariable,
        "test_closing_twice_is_harmless": ClosedTwiceRaises,
        "test_closing_ends_its_threads": Threads,
        "test_two_share_nothing": Shared,
        "test_another_process_is_told_the_same": MainProcessOnly,
    }


def _of_distance(good, config, use):
    class Connects(good):
        """The constructor tries for a while to reach what is not there."""

        def __init__(self, config: config, context: PluginContext) -> None:
            super().__init__(config, context)
            if (context.platform_root / config.path).parent.is_file():
                time.sleep(0.7)

    return {"test_loading_reaches_for_nothing": Connects}


IMPORTS = {
    "HeavyImport": ("test_importing_it_is_light", "Its module imports a heavy library.", "import rich"),
    "ImportPrints": ("test_importing_it_changes_nothing", "Its module prints when it is imported.", "print('hello')"),
}
"""The twins whose import is wrong: name, test, what is wrong, and the line of their module that is."""


def import_twins(good: type, folder) -> dict[str, type]:
    """Each in a module of its own in `folder`, which is on `sys.path`."""
    made = {}
    for name, (test, doc, line) in IMPORTS.items():
        module = f"{name.lower()}_{good.__module__.rpartition('.')[2]}"
        code = f'{line}\nfrom {good.__module__} import Good\n\n\nclass {name}(Good):\n    """{doc}"""\n'
        (folder / f"{module}.py").write_text(code, encoding="utf-8")
        made[name] = twin(test)(getattr(importlib.import_module(module), name))
    return made
