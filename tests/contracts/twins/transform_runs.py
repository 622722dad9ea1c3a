"""Transforms that are wrong in one thing when they run."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from contracts.twins.marking import add_twins, twin
from contracts.twins.transform import Good

from floe_sdk import NodeStatus, TransformResult, hookimpl
from floe_sdk.testing.contracts.shelf import chosen, read_models


class _Between(Good):
    """Another listener hears what is said, and says it to the listener in its own way."""

    ear: type

    @hookimpl
    def transform_run(self, request, session, listener) -> TransformResult:
        return super().transform_run(request, session, self.ear(listener))


class _Ear:
    def __init__(self, listener):
        self.listener = listener

    def planned(self, node_ids):
        self.listener.planned(node_ids)

    def node_started(self, event):
        self.listener.node_started(event)

    def node_finished(self, event):
        self.listener.node_finished(event)

    def log(self, level, message):
        self.listener.log(level, message)


class _NoPlan(_Ear):
    def planned(self, node_ids):
        self.plan = node_ids

    def node_started(self, event):
        super().node_started(event)
        if event.node_id == self.plan[-1]:
            self.listener.planned(self.plan)


@twin("test_the_nodes_that_will_run_are_told_first")
class PlansAtTheEnd(_Between):
    """What will run is told when the last node has started."""

    ear = _NoPlan


class _Twice(_Ear):
    def node_finished(self, event):
        super().node_finished(event)
        super().node_finished(event)


@twin("test_each_node_starts_once_and_ends_once")
class EndsTwice(_Between):
    """Each node's end is told twice."""

    ear = _Twice


class _Behind(_Ear):
    held, left = None, 0

    def planned(self, node_ids):
        self.left = len(node_ids)
        super().planned(node_ids)

    def node_started(self, event):
        super().node_started(event)
        self._tell()

    def node_finished(self, event):
        self.held, self.left = event, self.left - 1
        if not self.left:
            self._tell()

    def _tell(self):
        held, self.held = self.held, None
        if held:
            super().node_finished(held)


@twin("test_a_node_starts_when_what_it_reads_has_ended")
class EndsLate(_Between):
    """The end of a node is told after the start of the next one."""

    ear = _Behind


class _Local(_Ear):
    def node_finished(self, event):
        super().node_finished(replace(event, started_at=event.started_at.replace(tzinfo=None)))


@twin("test_times_are_utc_and_in_order")
class TimesWithoutZone(_Between):
    """The time at which a node started has no zone."""

    ear = _Local


@twin("test_what_ran_is_published")
class PublishesHalf(Good):
    """A table has the rows of one of the two tables that it reads."""

    def run_node(self, model, session, listener, *, skip):
        return super().run_node(replace(model, reads=model.reads[:1]), session, listener, skip=skip)


@twin("test_a_node_that_fails_says_why")
class FailsInSilence(Good):
    """A node that fails says nothing."""

    def run_node(self, model, session, listener, *, skip):
        return super().run_node(model, session, _Silent(listener), skip=skip)


class _Silent(_Ear):
    def node_finished(self, event):
        super().node_finished(replace(event, message="") if event.status is NodeStatus.ERROR else event)


@twin("test_what_reads_a_failed_node_is_skipped")
class SkipsNothing(Good):
    """What reads a node that failed runs all the same."""

    def run_node(self, model, session, listener, *, skip):
        return super().run_node(model, session, listener, skip=False)


class _Asked(Good):
    """A run of another request."""

    def asked(self, request):
        return request

    @hookimpl
    def transform_run(self, request, session, listener) -> TransformResult:
        return super().transform_run(self.asked(request), session, listener)


@twin("test_a_selection_runs_and_nothing_else")
class SelectsTheFirst(_Asked):
    """The second selector is left out."""

    def asked(self, request):
        return replace(request, select=request.select[:1])


@twin("test_what_is_excluded_does_not_run")
class ExcludesNothing(_Asked):
    """`exclude` is left out."""

    def asked(self, request):
        return replace(request, exclude=())


@twin("test_only_the_nodes_that_may_run_do")
class RunsWhatItSelects(_Asked):
    """`only` is left out."""

    def asked(self, request):
        return replace(request, only=None)


@twin("test_a_second_run_is_like_the_first")
class RunsOnce(Good):
    """What has run is taken for done."""

    done = False

    @hookimpl
    def transform_run(self, request, session, listener) -> TransformResult:
        whole = request.only is None
        if whole and self.done:
            listener.planned(())
            return TransformResult(success=True)
        self.done = whole
        return super().transform_run(request, session, listener)


class _Deaf(_Ear):
    def node_finished(self, event):
        with suppress(Exception):
            super().node_finished(event)


@twin("test_what_a_listener_raises_ends_the_run")
class ListenerMayRaise(_Between):
    """What a listener raises is left alone."""

    ear = _Deaf


@twin("test_an_interrupt_ends_the_run")
class InterruptIsAFailure(Good):
    """An interrupted run is one that failed."""

    @hookimpl
    def transform_run(self, request, session, listener) -> TransformResult:
        try:
            return super().transform_run(request, session, listener)
        except KeyboardInterrupt:
            return TransformResult(success=False, error="interrupted")


@twin("test_one_thread_at_a_time_speaks")
class AllAtOnce(Good):
    """Where no node reads another, they run side by side, and each says so when it likes."""

    @hookimpl
    def transform_run(self, request, session, listener) -> TransformResult:
        models = chosen(read_models(self.folder(request)), request)
        if request.threads in (None, 1) or any(model.reads for model in models):
            return super().transform_run(request, session, listener)
        listener.planned(tuple(model.id for model in models))
        with ThreadPoolExecutor(request.threads) as pool:
            list(pool.map(lambda model: self.run_node(model, session, listener, skip=False), models))
        return TransformResult(success=True)


@twin("test_a_run_leaves_the_project_as_it_is")
class LogsIntoTheProject(Good):
    """A run writes its log beside the project."""

    @hookimpl
    def transform_run(self, request, session, listener) -> TransformResult:
        (request.product_root / "run.log").write_text("started")
        return super().transform_run(request, session, listener)


@twin("test_a_secret_of_the_profile_stays_private")
class KeepsTheProfile(Good):
    """The profile is written where it stays."""

    @hookimpl
    def transform_run(self, request, session, listener) -> TransformResult:
        request.target_dir.mkdir(parents=True, exist_ok=True)
        (request.target_dir / "profile.json").write_text(json.dumps(request.profile))
        return super().transform_run(request, session, listener)


@twin("test_a_run_tells_what_it_executes")
class TellsNothing(_Asked):
    """What is executed is not told."""

    def asked(self, request):
        return replace(request, compiled=None)


add_twins("contracts.twins.transform", __name__)
