"""The host stays small: below 400 lines of code.

Counted are the modules of `floe_sdk.plugins` that do something. The contract, which only declares what authors and
callers import, is left out: `hookspecs/`, `types`, `markers`, `config`, `selection`. A line of code is a statement or
a clause (`def`, `if`, `else`, ...), however the formatter breaks it; imports, docstrings, comments and blank lines are
none.
"""

import ast
import textwrap
from pathlib import Path

import floe_sdk.plugins

LIMIT = 400
CONTRACT = {"__init__", "types", "markers", "config", "selection"}
CLAUSES = ("orelse", "finalbody")


def lines_of_code(source):
    return sum(_lines(node) for node in ast.walk(ast.parse(source)))


def _lines(node):
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return 0
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return 0  # a docstring, also one under a constant
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return 0
    if isinstance(node, ast.ExceptHandler):
        return 1
    clauses = sum(bool(getattr(node, clause, None)) for clause in CLAUSES if isinstance(node, ast.stmt))
    decorators = len(getattr(node, "decorator_list", ()))
    return isinstance(node, ast.stmt) + clauses + decorators


def test_the_host_is_below_its_limit():
    folder = Path(floe_sdk.plugins.__file__).parent
    sizes = {one.stem: lines_of_code(one.read_text()) for one in folder.glob("*.py") if one.stem not in CONTRACT}
    assert sum(sizes.values()) < LIMIT, sizes


def test_the_rule_counts_code_only():
    source = '''
        """Doc
        string."""
        import os
        # comment
        x = [  # 1
            2,
        ]
        """Of x."""
        @cache          # 2
        def f():        # 3
            """Doc."""
            try:        # 4
                f()     # 5
            except E:   # 6
                pass    # 7
            finally:    # 8
                f()     # 9
    '''
    assert lines_of_code(textwrap.dedent(source)) == 9
