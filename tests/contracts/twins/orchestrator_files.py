"""Orchestrators that are wrong in one thing when files are generated, and commands told."""

import json

from contracts.twins.marking import add_twins, twin
from contracts.twins.orchestrator import LIST, PRODUCT, Good

from floe_sdk import hookimpl


@twin("test_files_stay_in_their_folder")
class BesideTheFolder(Good):
    """The file is to be beside the folder, too."""

    @hookimpl
    def orchestrator_generate(self, artifacts, folder, shared):
        files = super().orchestrator_generate(artifacts, folder, shared)
        return {**files, f"../{PRODUCT}": files[PRODUCT]}


@twin("test_files_are_the_same_each_time")
class FilesCount(Good):
    """The file says how often it was generated."""

    times = 0

    @hookimpl
    def orchestrator_generate(self, artifacts, folder, shared):
        files = super().orchestrator_generate(artifacts, folder, shared)
        self.times += bool(artifacts.transforms.nodes)
        return {name: f"{text}\n{self.times}" for name, text in files.items()}


@twin("test_files_hold_after_a_move")
class FilesNameTheFolder(Good):
    """The file names the product's folder on this machine."""

    @hookimpl
    def orchestrator_generate(self, artifacts, folder, shared):
        files = super().orchestrator_generate(artifacts, folder, shared)
        return {name: f"{text}\n{self.context.product_root}" for name, text in files.items()}


@twin("test_generating_writes_nothing")
class WritesItself(Good):
    """The folder is made at once."""

    @hookimpl
    def orchestrator_generate(self, artifacts, folder, shared):
        folder.mkdir(parents=True, exist_ok=True)
        return super().orchestrator_generate(artifacts, folder, shared)


@twin("test_a_workspace_names_every_product")
class NamesOneAlone(Good):
    """The list has the last product of the alphabet."""

    @hookimpl
    def orchestrator_workspace(self, artifacts, folder, shared):
        listed = json.loads(super().orchestrator_workspace(artifacts, folder, shared)[LIST])
        return {LIST: json.dumps({max(listed): listed[max(listed)]})}


@twin("test_a_workspace_is_the_same_in_every_order")
class LastCompiledLast(Good):
    """The list is in the order in which products were compiled."""

    @hookimpl
    def orchestrator_workspace(self, artifacts, folder, shared):
        listed = json.loads(super().orchestrator_workspace(artifacts, folder, shared)[LIST])
        own = listed.pop(artifacts.metadata.product)
        return {LIST: json.dumps({**listed, artifacts.metadata.product: own})}


@twin("test_a_product_that_is_gone_leaves_the_workspace")
class ForgetsNothing(Good):
    """A product stays in the list for ever."""

    def there(self, shared):
        path = shared / LIST
        return json.loads(path.read_text()) if path.exists() else {}


@twin("test_a_workspace_holds_after_a_move")
class ListNamesFolders(Good):
    """The list names the files by their place on this machine."""

    @hookimpl
    def orchestrator_workspace(self, artifacts, folder, shared):
        listed = json.loads(super().orchestrator_workspace(artifacts, folder, shared)[LIST])
        return {LIST: json.dumps({**listed, artifacts.metadata.product: str(folder / PRODUCT)})}


@twin("test_commands_are_words")
class CommandIsALine(Good):
    """A command is one line of text."""

    @hookimpl
    def orchestrator_commands(self, artifacts):
        return {name: " ".join(words) for name, words in super().orchestrator_commands(artifacts).items()}


@twin("test_commands_hold_in_a_package")
class CommandNamesTheFolder(Good):
    """The command names the product's folder on this machine."""

    @hookimpl
    def orchestrator_commands(self, artifacts):
        commands = super().orchestrator_commands(artifacts)
        return {name: [*words, str(self.context.product_root)] for name, words in commands.items()}


add_twins("contracts.twins.orchestrator", __name__)
