"""Credential vending is asked for where it is wanted, and not asked for where it isn't.

For: every PyIceberg so far (0.10 to 0.12), which always sends `X-Iceberg-Access-Delegation: vended-credentials`;
Polaris 1.3.0-incubating and 1.7.0 answer 400 where they have none to hand out. Upstream: polaris #5579.
Goes when: tests/test_upstream.py::test_pyiceberg_always_asks_for_vended_credentials fails for every supported version.
"""

HEADER = "X-Iceberg-Access-Delegation"


def value(vended: bool) -> str:
    """The header's value; an empty one is none, for PyIceberg and for Polaris."""
    return "vended-credentials" if vended else ""
