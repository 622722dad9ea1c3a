"""For the authors of plugins: servers that speak the real protocol and misbehave on purpose.

Importing this needs the standard library alone; nothing of it is imported by `floe` itself.
"""

from floe_sdk.testing.faults import Answer, Change, Cut, Fault, Instead, Slow, redirect
from floe_sdk.testing.openlineage import EVENTS, Flapping, LineageServer
from floe_sdk.testing.polaris import PolarisServer, offering, overriding, repeated_page_token
from floe_sdk.testing.proxy import FaultProxy
from floe_sdk.testing.traffic import ANY, Calls, Request, Rule

__all__ = [
    "ANY",
    "EVENTS",
    "Answer",
    "Calls",
    "Change",
    "Cut",
    "Fault",
    "FaultProxy",
    "Flapping",
    "Instead",
    "LineageServer",
    "PolarisServer",
    "Request",
    "Rule",
    "Slow",
    "offering",
    "overriding",
    "redirect",
    "repeated_page_token",
]
