"""Codes of transform plugins, FLOE-T; every transform plugin raises these, whatever its engine."""

from floe_sdk.errors.base import register

PROJECT_NOT_FOUND = register(
    "FLOE-T001",
    "There is no transform project where one is expected",
    cause="The folder that should hold the project (for dbt: dbt_project.yml) has none, or it is not readable.",
    remedy="Correct `project_dir` of the transform plugin, or create the project.",
)
PROJECT_NOT_PARSED = register(
    "FLOE-T002",
    "The transform project does not parse",
    cause="The engine refused the project; the problem is the engine's own message.",
    remedy="Correct the file that the message names.",
)
PACKAGES_NOT_INSTALLED = register(
    "FLOE-T003",
    "The project's packages are not installed",
    cause="The project names packages that are not in its packages folder.",
    remedy="Run `dbt deps` in the project's folder.",
)
ENGINE_FAILED = register(
    "FLOE-T004",
    "The transform engine could not run the project",
    1,
    cause="The engine refused the request before any node ran, or went down while nodes ran.",
    remedy="Read the message; the engine's debug log is named beside it.",
)
ENGINE_CONFIG = register(
    "FLOE-T005",
    "The engine refuses the profile",
    cause="The compute's adapter for the engine is not installed, or refuses the compute plugin's settings.",
    remedy="Check the compute plugin's configuration in manifest.yaml and that its package is installed.",
)
NOT_SUPPORTED = register(
    "FLOE-T006",
    "The project uses a feature that can't be served",
    cause="What the feature makes would not be published, or would be lost with the run's own database, so that "
    "nothing is run at all.",
    remedy="Change the node as the message says.",
)
SELECTOR_NOT_SUPPORTED = register(
    "FLOE-T007",
    "The selector compares with artifacts of an earlier dbt run",
    cause="`state:`, `result:` and `source_status:` need a manifest or results of an earlier run, which floe does not "
    "keep as files.",
    remedy="Use `floe run --changed` or `floe run --retry-failed`.",
)
VARIABLES_MALFORMED = register(
    "FLOE-T009",
    "`--vars` is not a mapping of names to values",
    cause="`--vars` takes what dbt takes: a mapping as YAML or JSON. The text is none, or a name in it is no text.",
    remedy="Write `--vars '{name: value}'`, with a space after each colon.",
)
NO_SUCH_SELECTOR = register(
    "FLOE-T010",
    "selectors.yml has no selector of that name",
    cause="`floe run --selector` names one of the selectors that the project's selectors.yml defines.",
    remedy="Correct the name, or define the selector there.",
)
COMPILE_NOT_OFFERED = register(
    "FLOE-T008",
    "The transform engine does not tell what its nodes are compiled to",
    cause="`floe plan` and `floe run --changed` compare compiled SQL; this plugin has no `transform_compile`.",
    remedy="Use a transform plugin that has it (dbt has), or run without `--changed`.",
)
FRESHNESS_NOT_OFFERED = register(
    "FLOE-T011",
    "The transform engine does not tell how fresh its sources are",
    cause="`floe freshness` asks the engine's own check; this plugin has no `transform_freshness`.",
    remedy="Use a transform plugin that has it (dbt has).",
)
VARIABLE_NOT_SUPPORTED = register(
    "FLOE-T012",
    "A variable of the engine would change what is built",
    cause="dbt reads options from variables such as DBT_EMPTY. Those that build other rows than the project says, or "
    "less of it, would be in the tables without anybody having asked floe for it.",
    remedy="Unset the variable; options of `floe run` serve instead.",
)
