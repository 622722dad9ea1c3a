"""Codes of compiling and of the artifact, FLOE-C."""

from floe_sdk.errors.base import register

CANNOT_WRITE = register(
    "FLOE-C001",
    "A file can't be written",
    1,
    cause="The folder is read-only, belongs to somebody else, or its disk is full.",
    remedy="Make room or make the folder writable; FLOE_STATE_DIR=/some/folder moves what floe writes.",
)
ARTIFACT_MISSING = register(
    "FLOE-C002",
    "There is no artifact",
    cause="The path names no compiled_artifacts.json, or a file that can't be read.",
    remedy="`floe compile` in the product's folder writes target/compiled_artifacts.json.",
)
ARTIFACT_BROKEN = register(
    "FLOE-C003",
    "The artifact is not what floe wrote",
    cause="The file was cut, is no JSON, or holds something else than an artifact.",
    remedy="Compile again with `floe compile`; copy the file whole.",
)
ARTIFACT_EDITED = register(
    "FLOE-C004",
    "The artifact was changed after it was compiled",
    cause="Its content does not have the hash that it carries.",
    remedy="Change floe.yaml, manifest.yaml or the dbt project, then compile again with `floe compile`.",
)
ARTIFACT_VERSION = register(
    "FLOE-C005",
    "The artifact has another version than this floe reads",
    cause="It was compiled by an older or a newer floe.",
    remedy="Compile again with the floe that runs it, or install the floe that compiled it.",
)
PROJECT_CHANGED = register(
    "FLOE-C006",
    "The project was changed since the artifact was compiled",
    cause="The hash of the project's files, variables, environment and versions is not the one in the artifact.",
    remedy="Compile again with `floe compile`.",
)
UNKNOWN_TRANSFORM = register(
    "FLOE-C007",
    "A transform that the project does not have",
    cause="floe.yaml names a transform that is no model, seed or snapshot of the dbt project.",
    remedy="Correct the name, or remove the entry: the dbt project is the truth.",
)
UNKNOWN_PARENT = register(
    "FLOE-C008",
    "A dependency that the project does not have",
    cause="An entry of `transforms` says `depends_on` of something that the node does not read in dbt's graph.",
    remedy="Correct `depends_on`, or add the ref() or source() to the model: the dbt project is the truth.",
)
AMBIGUOUS_TRANSFORM = register(
    "FLOE-C009",
    "A transform that may be one of several",
    cause="Two installed packages of the dbt project have a model of that name, and the project itself has none.",
    remedy="Remove the entry, or rename one of the models.",
)
NO_TRANSFORMS = register(
    "FLOE-C010",
    "Nothing to transform",
    cause="There is neither a dbt project beside floe.yaml nor an entry in `transforms`.",
    remedy="Put dbt_project.yml beside floe.yaml, or list the transforms in it.",
)
MACHINE_PATH = register(
    "FLOE-C011",
    "A path of this machine would stand in the artifact",
    cause="A plugin's profile names a folder of this machine; the artifact has to be right on every machine.",
    remedy="Give the path relative to the product or the platform.",
)
GENERATED_PATH = register(
    "FLOE-C012",
    "An orchestrator plugin writes outside its folder",
    4,
    cause="`orchestrator_generate` returned an absolute path, or one with `..`.",
    remedy="Report it to the plugin's author.",
)
ANOTHER_PRODUCT = register(
    "FLOE-C013",
    "The artifact is of another product",
    cause="`floe plan --against` was given the artifact of a product that has another name, or one lies where an "
    "orchestrator expects this product's.",
    remedy="Give it the artifact of this product, compiled from the main branch; compile the product again in its own "
    "folder.",
)
