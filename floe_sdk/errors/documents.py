"""Codes of the documents, FLOE-D: reading, checking and merging manifest.yaml and floe.yaml."""

from floe_sdk.errors.base import register

FILE_MISSING = register(
    "FLOE-D001",
    "A document is missing",
    cause="The file that was named, or that a command looks for, does not exist.",
    remedy="Correct the path, or run the command in the folder of floe.yaml.",
)
FILE_UNREADABLE = register(
    "FLOE-D002",
    "A document can't be read",
    cause="The file is a folder or a device, is larger than 32 MiB, is not UTF-8, or may not be read by this user.",
    remedy="Save it as UTF-8 text; the message says what is wrong with it and where.",
)
NOT_YAML = register(
    "FLOE-D003",
    "A document is no YAML",
    cause="The file's syntax is broken, it is empty, or holds several documents or something else than a mapping.",
    remedy="Correct the place that the message names.",
)
DUPLICATE_KEY = register(
    "FLOE-D004",
    "A key stands twice in one mapping",
    cause="YAML readers disagree about which of the two counts.",
    remedy="Remove one of them.",
)
TOO_COMPLEX = register(
    "FLOE-D005",
    "A document is nested or aliased too much",
    cause="It is nested more than 100 deep, or its aliases expand to more than 1,000,000 values.",
    remedy="Write the document flatter; repeat values instead of aliasing aliases.",
)
UNKNOWN_KEY = register(
    "FLOE-D006",
    "A key is unknown",
    cause="A document has a key that floe does not know; keys that begin with `x-` at the top are yours.",
    remedy="Correct the spelling or remove the key; `floe schema` prints what is valid.",
)
MISSING_KEY = register(
    "FLOE-D007",
    "A required key is missing",
    cause="A mapping lacks a key that it must have.",
    remedy="Add the key.",
)
WRONG_VALUE = register(
    "FLOE-D008",
    "A value is not valid",
    cause="The value has the wrong type, is out of range, or is none of the allowed words.",
    remedy="Write a value as the message describes it.",
)
WRONG_KIND = register(
    "FLOE-D009",
    "A document is of another kind or version",
    cause="`apiVersion` is not floe.dev/v1, or `kind` is not Manifest in manifest.yaml, FloeSpec in floe.yaml.",
    remedy="Name the right file, or correct the two keys.",
)
NOT_SUPPORTED = register(
    "FLOE-D010",
    "A section is not supported yet",
    cause="The public documents know the section, but nothing serves it here; it is not dropped silently.",
    remedy="Remove the section.",
)
UNKNOWN_ENVIRONMENT = register(
    "FLOE-D011",
    "An environment is unknown",
    cause="The name from --env, FLOE_ENV or default_environment is neither `dev` nor in the manifest.",
    remedy="Use one that the manifest lists, or add it there.",
)
MANIFEST_OUTSIDE = register(
    "FLOE-D012",
    "The manifest lies outside the project",
    cause="`platform.manifest` leads out of the git root, directly or by a symlink; the file was not read.",
    remedy="Keep it inside, or have FLOE_MANIFEST name it.",
)
MANIFEST_PINNED = register(
    "FLOE-D013",
    "The platform pins another manifest",
    3,
    cause="FLOE_MANIFEST names the manifest that counts here, and the product names another one.",
    remedy="Let `platform.manifest` name the pinned one, or leave it out.",
)
PARENT_INVALID = register(
    "FLOE-D014",
    "A parent manifest can't be used",
    cause="`extends` names the manifest itself, closes a circle, or contradicts `scope`.",
    remedy="Correct `extends` or `scope`.",
)
DUPLICATE_TRANSFORM = register(
    "FLOE-D015",
    "Two entries have one name",
    cause="Names of transforms, output ports and destinations are unique within a product.",
    remedy="Rename or merge one of them.",
)
UNKNOWN_DEPENDENCY = register(
    "FLOE-D016",
    "A dependency does not exist",
    cause="`depends_on` names something that neither the product nor its transform project has.",
    remedy="Correct the name, or add what is missing.",
)
DEPENDENCY_CYCLE = register(
    "FLOE-D017",
    "Transforms depend on each other in a circle",
    cause="Following `depends_on` leads back to where it began, so there is no order to run them in.",
    remedy="Remove one of the dependencies that the message lists.",
)
CONTRADICTION = register(
    "FLOE-D018",
    "Two configurations contradict each other",
    cause="Two places (a short form under `observability`, entries under `plugins`) configure one plugin.",
    remedy="Keep one of the two places that the message names.",
)
PRODUCT_NOT_APPROVED = register(
    "FLOE-D019",
    "The platform does not approve this product",
    3,
    cause="`approved_products` of the manifest or of a parent does not name the product.",
    remedy="Ask the platform team to approve it.",
)
UNKNOWN_COMPUTE = register(
    "FLOE-D020",
    "A transform names a compute that the platform lacks",
    cause="`compute` of a transform is none of the platform's compute plugins.",
    remedy="Use one of the platform's, or have it added under `plugins.compute`.",
)
FILE_EXISTS = register(
    "FLOE-D021",
    "A file is there already",
    cause="`floe init` would have to overwrite a file, which it never does.",
    remedy="Choose an empty folder, or remove the file if nobody needs it.",
)
