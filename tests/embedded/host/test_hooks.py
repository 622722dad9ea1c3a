import pytest

from floe_sdk import FloeError

HEAD = """
from floe_sdk import StorageAccess, hookimpl
class Plugin:
    @hookimpl
    def storage_access(self): return StorageAccess(root="mem://x/")
"""
WRONG = {
    "misspelt": (
        HEAD + "    @hookimpl\n    def storage_redy(self): ...",
        "'storage_redy'; did you mean 'storage_ready'?",
    ),
    "of another type": (
        HEAD + "    @hookimpl\n    def compute_profile(self, namespace): ...",
        "'compute_profile' is a hook of another type; a storage plugin may only wrap it",
    ),
    "unknown": (HEAD + "    @hookimpl\n    def zzz(self): ...", "there is no hook 'zzz'"),
    "signature": (
        HEAD + "    @hookimpl\n    def storage_ready(self, timeout, bucket): ...",
        "the hook storage_ready(self, timeout, bucket) asks for 'bucket'; the contract is storage_ready(self, ",
    ),
    "missing": ("class Plugin: ...", "the required hook storage_access(self) -> 'StorageAccess' is missing"),
    "wrapper that is none": (
        HEAD + "    @hookimpl(wrapper=True)\n    def compute_profile(self, namespace): return 1",
        "compute_profile",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_hooks_that_do_not_fit_are_one_clear_error_each(site, load, case):
    code, reason = WRONG[case]
    site.install("wrong", code)
    with pytest.raises(FloeError) as caught:
        load("storage/wrong")
    assert (caught.value.code.id, caught.value.exit_code) == ("FLOE-P008", 4)
    assert "storage/wrong of wrong 1.0: " in caught.value.problem
    assert reason in caught.value.problem


def test_all_hooks_that_do_not_fit_are_told_together(site, load):
    site.install(
        "wrong", "from floe_sdk import hookimpl\nclass Plugin:\n    @hookimpl\n    def storage_acess(self): ..."
    )
    with pytest.raises(FloeError) as caught:
        load("storage/wrong")
    assert len(caught.value.errors) == 2


def test_fewer_arguments_a_specname_and_a_property_are_fine(site, load):
    code = """
        from functools import cached_property
        from floe_sdk import StorageAccess, hookimpl
        class Plugin:
            @cached_property
            def connection(self): raise RuntimeError("nobody may look at it")
            @hookimpl(specname="storage_access")
            def where(self): return StorageAccess(root="mem://x/")
            @hookimpl
            def storage_ready(self): self.ready = True
            @hookimpl(optionalhook=True)
            def storage_of_the_future(self): ...
    """
    site.install("fine", code)
    platform = load("storage/fine")
    platform.storage.storage_ready(timeout=1)
    assert platform.storage.storage_access().root == "mem://x/"
