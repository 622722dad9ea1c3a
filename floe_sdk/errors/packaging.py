"""Codes of `floe package`, FLOE-B."""

from floe_sdk.errors.base import register

PACKAGE_STALE = register(
    "FLOE-B001",
    "The artifact is not what the documents compile to now",
    cause="floe.yaml, the manifest or an installed plugin was changed since `floe compile`; the message names the "
    "parts of the artifact that would be others.",
    remedy="Compile again with `floe compile`, then package.",
)
NOT_PACKAGED = register(
    "FLOE-B002",
    "The transform engine does not tell which files its project needs",
    cause="`floe package` puts exactly the project's files into the package; this plugin has no `transform_files`.",
    remedy="Use a transform plugin that has it (dbt has).",
)
INCLUDE_OUTSIDE = register(
    "FLOE-B003",
    "What was to be included is not in the product's folder",
    cause="`--include` takes files and folders below the folder of floe.yaml, which keep their place in the package.",
    remedy="Move them there, or mount them where the package runs.",
)
DISTRIBUTION_MISSING = register(
    "FLOE-B004",
    "A distribution that the package needs is not installed",
    cause="The lock holds what is installed here. Something that a plugin requires is missing from this environment.",
    remedy="Install it, for instance with `pip install`, and package again; `pip check` shows all that is missing.",
)
UV_MISSING = register(
    "FLOE-B005",
    "uv is needed to ask the index for hashes",
    cause="`requirements.lock` has the hashes of every distribution. floe asks the package index for them through uv, "
    "which is not installed.",
    remedy="Install it (`pip install uv`), or give hashes that are known: `floe package --lock requirements.lock`.",
)
NO_HASHES = register(
    "FLOE-B006",
    "The package index gives no hashes",
    4,
    cause="The index can't be reached, or does not have a distribution in the version that is installed here.",
    remedy="Set UV_DEFAULT_INDEX to the index that has them. What no index has goes into the package as a wheel: "
    "`floe package --bundle NAME`. Without a network: `--lock FILE`.",
)
NOT_IN_LOCK = register(
    "FLOE-B007",
    "The given lock lacks a distribution",
    cause="The file of `--lock` has no hashes of a distribution in the version that is installed here.",
    remedy="Install what the lock says, make the lock anew, or leave `--lock` out.",
)
BUILD_BACKEND_MISSING = register(
    "FLOE-B008",
    "What builds a wheel is not installed",
    cause="A distribution is installed from its source (`pip install -e`), so its wheel is built, with what its "
    "pyproject.toml names under `build-system`. floe downloads none of it.",
    remedy="Install what the message names, or install the distribution without `-e`.",
)
BUILD_FAILED = register(
    "FLOE-B009",
    "A wheel could not be built",
    1,
    cause="A distribution is installed from its source, and its own build ended with an error.",
    remedy="Make `pip wheel --no-deps FOLDER` succeed in that folder, then package again.",
)
INSTALLED_CHANGED = register(
    "FLOE-B010",
    "What is installed is not what was installed",
    cause="A distribution that no index has is packed from its installed files, and these are not those of its RECORD: "
    "a file was changed or is missing, or there is no RECORD at all.",
    remedy="Install the distribution again with pip, then package.",
)
SECRET_INSIDE = register(
    "FLOE-B011",
    "A secret's value would be in the package",
    cause="A file of the package holds the value of a secret that the artifact refers to.",
    remedy="Take it out of the file. Where the value is only a common word, unset the variable while you package.",
)
