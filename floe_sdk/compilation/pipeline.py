"""The six stages, in order, under the span `compile.pipeline`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from floe_sdk.compilation.compile import build_artifacts
from floe_sdk.compilation.enforce import enforce
from floe_sdk.compilation.generate import generate
from floe_sdk.compilation.load import load
from floe_sdk.compilation.ports import check_own_ports, ports_without_table
from floe_sdk.compilation.resolve import load_platform, resolve
from floe_sdk.compilation.validate import validate
from floe_sdk.governance.report import PolicyViolationError
from floe_sdk.observability import create_span
from floe_sdk.plugins.types import PluginType
from floe_sdk.schemas.artifact_file import seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from floe_sdk.compilation.resolve import Resolution
    from floe_sdk.plugins.host import Platform
    from floe_sdk.project.resolved import ResolvedProduct
    from floe_sdk.schemas.artifact_file import SealedArtifacts
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.enforcement import Enforcement, Finding
    from floe_sdk.schemas.graph import Graph
    from floe_sdk.trust.locked import Vetting

    Started = Callable[[ResolvedProduct, Platform], None]
    Review = Callable[[Enforcement, Graph, ResolvedProduct], Enforcement]


@dataclass(frozen=True)
class CompileResult:
    """What a compile made. `path` is None where nothing was to be written; `cached` says that the graph was known.

    `platform` is loaded and open: whoever compiled in order to run goes on with it, everybody else closes it.
    """

    artifacts: CompiledArtifacts
    product: ResolvedProduct
    platform: Platform = field(repr=False)
    path: Path | None
    cached: bool
    warnings: tuple[str, ...] = ()

    @property
    def enforcement(self) -> Enforcement:
        """What ENFORCE found."""
        return self.artifacts.enforcement

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, waived ones too."""
        return self.enforcement.findings


def compile_product(  # noqa: PLR0913 - what a caller may decide, each by its name
    spec: Path | str = ".",
    *,
    env: str | None = None,
    manifest: Path | str | None = None,
    variables: Mapping[str, Any] = MappingProxyType({}),
    literal_secrets: bool = False,
    write: bool = True,
    started: Started | None = None,
    today: date | None = None,
    review: Review | None = None,
    locked: bool = False,
) -> CompileResult:
    """Compile the product of `spec`, a floe.yaml or its folder; needs no secret and no server, and emits no lineage.

    `variables` are the transform engine's, over those of its configuration; the artifact carries them.
    `started` is called once the plugins are loaded, before the first span: an entry point initialises telemetry there.
    `today` (default: this day, UTC) decides which waivers have expired. `review` sees what ENFORCE found before it is
    judged, and returns what shall be judged: the same, or findings marked as known by a baseline. With `locked`, the
    plugins must be those of `plugins.lock.json`; nothing is imported before. Raises FloeError with
    the exit code of `floe --help`; `PolicyViolationError` where a strict governance says no: nothing is written then.
    """
    clock = _Stages()
    with clock.stage("load"):
        documents = load(spec, manifest=manifest)
    with clock.stage("validate"):
        product = validate(documents, env=env)
    resolving = _now()
    vetting = _vetting(product) if locked else None
    platform = load_platform(product, literal_secrets=literal_secrets, vet=vetting)
    try:
        if started is not None:
            started(product, platform)
        with clock.pipeline(product):
            with clock.stage("resolve", at=resolving):
                resolution = resolve(product, platform, variables)
                check_own_ports(resolution.graph, product.spec.metadata.name, product.context.product_root)
            sealed = _judge_and_build(clock, product, resolution, platform, today, review)
            with clock.stage("generate"):
                generated = generate(sealed, platform) if write else None
    except BaseException:
        platform.close()
        raise
    ports = ports_without_table(product.spec.output_ports, resolution.graph)
    path, unwritten = generated or (None, ())
    vetted = vetting.warnings if vetting else ()
    warnings = (*vetted, *product.warnings, *resolution.warnings, *ports, *unwritten)
    return CompileResult(sealed.artifacts, product, platform, path, resolution.cached, warnings)


def _vetting(product: ResolvedProduct) -> Vetting:
    from floe_sdk.plugins.discovery import discover
    from floe_sdk.project.files import target_dir
    from floe_sdk.trust.locked import Vetting

    return Vetting(target_dir(product.context), discover().records)


def _judge_and_build(
    clock: _Stages,
    product: ResolvedProduct,
    resolution: Resolution,
    platform: Platform,
    today: date | None,
    review: Review | None,
) -> SealedArtifacts:
    with clock.stage("enforce"):
        day = today or datetime.now(timezone.utc).date()
        policies = dict(platform.each(PluginType.POLICY))
        enforcement = enforce(resolution.graph, product.governance, policies, today=day)
        if review is not None:
            enforcement = review(enforcement, resolution.graph, product)
        if not enforcement.passed:
            raise PolicyViolationError(enforcement)
    with clock.stage("compile"):
        artifacts = build_artifacts(
            product,
            resolution,
            enforcement,
            governance=product.governance,
            observability=product.observability,
        )
        return seal(artifacts)


class _Stages:
    """Opens a span a stage. The first two end before anybody can know whether and where spans are wanted, so their
    times are kept and their spans made afterwards."""

    def __init__(self) -> None:
        self._began = _now()
        self._early: list[tuple[str, datetime, datetime]] | None = []

    @contextmanager
    def stage(self, name: str, at: datetime | None = None) -> Iterator[None]:
        if self._early is None:
            with create_span(f"compile.{name}", at=at):
                yield
            return
        began = _now()
        yield
        self._early.append((name, began, _now()))

    @contextmanager
    def pipeline(self, product: ResolvedProduct) -> Iterator[None]:
        name, environment = product.spec.metadata.name, product.environment
        with create_span("compile.pipeline", at=self._began, product=name, environment=environment):
            for stage, began, ended in self._early or ():
                create_span(f"compile.{stage}", at=began).end(ended)
            self._early = None
            yield


def _now() -> datetime:
    return datetime.now(timezone.utc)
