"""Calls reach one plugin; wrappers and monitors see them; observers are isolated."""

import pytest
from support.packages import STORAGE

from floe_sdk import FloeError, Health, PluginType

COMPUTE = """
    from floe_sdk import Health, hookimpl
    class Plugin:
        name = "{name}"
        @hookimpl
        def compute_profile(self, namespace): return {{"type": self.name, "schema": namespace}}
        @hookimpl
        def compute_query(self, request): return None
        @hookimpl
        def plugin_health(self): return Health(ok=True, message=self.name)
"""
WRAPPER = """
    import time
    from floe_sdk import hookimpl
    class Plugin:
        seen = []
        @hookimpl
        def policy_rules(self): return ["r"]
        @hookimpl
        def policy_check(self, graph, governance): return []
        @hookimpl(wrapper=True)
        def compute_profile(self, namespace):
            answer = yield
            return {**answer, "wrapped": True}
        @hookimpl
        def run_started(self, event): self.seen.append(event)
"""
LISTENER = """
    import time
    from floe_sdk import StorageAccess, hookimpl
    class Plugin:
        @hookimpl
        def {required}
        @hookimpl
        def run_started(self, event): {reaction}
"""


@pytest.fixture
def two(site, load):
    for name in ("duck", "spark"):
        site.install(f"x-{name}", COMPUTE.format(name=name), plugins={f"compute/x-{name}": "Plugin"})
    return lambda *more: load("compute/x-duck", "compute/x-spark", *more)


def test_a_call_reaches_the_one_plugin_by_name(two):
    platform = two()
    assert platform.compute("x-duck").compute_profile(namespace="a") == {"type": "duck", "schema": "a"}
    assert platform.compute("x-spark").compute_profile("b") == {"type": "spark", "schema": "b"}
    assert platform.compute() is platform.compute("x-duck")
    assert [name for name, _ in platform.each(PluginType.COMPUTE)] == ["x-duck", "x-spark"]


def test_each_plugin_answers_for_its_own_health(two):
    platform = two("storage/local")
    assert platform.lifecycle("compute/x-spark").plugin_health(timeout=1) == Health(ok=True, message="spark")
    assert platform.lifecycle("compute/x-duck").plugin_health(timeout=1) == Health(ok=True, message="duck")


def test_a_wrapper_of_another_type_sees_the_call(two, site):
    site.install("x-wrap", WRAPPER, plugins={"policy/x-wrap": "Plugin"})
    platform = two("policy/x-wrap")
    assert platform.compute("x-spark").compute_profile(namespace="a") == {
        "type": "spark",
        "schema": "a",
        "wrapped": True,
    }


def test_a_required_answer_that_is_none_is_an_error_that_names_the_plugin(two):
    with pytest.raises(FloeError, match=r"compute/x-spark of x-spark 1\.0: compute_query returned None") as caught:
        two().compute("x-spark").compute_query(request=None)
    assert caught.value.exit_code == 4


def test_an_optional_hook_that_nobody_implements_gives_none(two):
    assert two().compute("x-duck").compute_open(session=None, profile={}) is None


@pytest.mark.parametrize("ask", [lambda one: one.storage, lambda one: one.compute("flink"), lambda one: one.catalog])
def test_a_plugin_that_is_not_selected_is_a_clear_error(two, ask):
    with pytest.raises(
        FloeError, match=r"the platform has no plugin (storage|compute/flink|catalog) \(selected: compute/x-duck"
    ):
        ask(two())


def test_one_monitoring_point_sees_every_call_also_of_callers_made_before(two):
    platform = two("storage/local")
    storage, seen = platform.storage, []
    undo = platform.monitor(
        lambda name, *_: seen.append(("before", name)), lambda _, name, *__: seen.append(("after", name))
    )
    storage.storage_access()
    undo()
    storage.storage_access()
    assert seen == [("before", "storage_access"), ("after", "storage_access")]


def test_observers_hear_of_events_and_one_that_raises_or_hangs_disturbs_nobody(site, load, caplog):
    site.install("x-wrap", WRAPPER, plugins={"policy/x-wrap": "Plugin"})
    for name, reaction in (("raises", "1 / 0"), ("hangs", "time.sleep(30)")):
        code = LISTENER.format(required="lineage_emit(self, event): ...", reaction=reaction)
        site.install(f"x-{name}", code, plugins={f"lineage/x-{name}": "Plugin"})
    platform = load("policy/x-wrap", "lineage/x-raises", "lineage/x-hangs")
    platform.observers.run_started(event="first")
    platform.observers.run_started("second")
    reports = {report.name: report for report in platform.flush(0.5)}
    from x_wrap import Plugin

    assert Plugin.seen == ["first", "second"]
    assert reports["policy/x-wrap"].complete
    assert (reports["lineage/x-raises"].failed, reports["lineage/x-hangs"].pending) == (2, 2)
    assert reports["lineage/x-raises"].error == "ZeroDivisionError: division by zero"
    assert len([record for record in caplog.records if "x-raises" in record.message]) == 1


def test_closing_reaches_every_plugin_and_one_that_raises_keeps_none_from_it(site, load):
    site.install("x-first", STORAGE + "\n        @hookimpl\n        def plugin_close(self): 1 / 0\n")
    compute = COMPUTE.format(name="x") + "        @hookimpl\n        def plugin_close(self): Plugin.closed = True\n"
    site.install("x-last", compute, plugins={"compute/x-last": "Plugin"})
    with load("compute/x-last", "storage/x-first") as platform:
        pass
    platform.close()
    from x_last import Plugin

    assert Plugin.closed


def test_only_what_is_selected_or_used_goes_into_the_artifact(load):
    assert [one.record.identity for one in load("storage/local").records] == ["storage/local"]
