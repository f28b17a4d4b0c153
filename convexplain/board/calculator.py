"""Arithmetic taken at its printed word: a sentence says "=" only where a calculator finds it so.

Numbers that are rounded when they are written may no longer add up; what is written of them passes through
:func:`honest`. This module knows texts alone.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

_SIGNS = str.maketrans({"\N{MINUS SIGN}": "-", "×": "*", "·": "*"})
_MARKUP = re.compile("[*`]")
_NOUN = re.compile(r"(?<=\d) [a-z]+(?= [-+*/] )")
"""What is counted, within an expression: ``16 steps − 5 taps + 1``."""
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_BEFORE = re.compile(r"(?<![^\W_])(?<![\]).]\s)(?<![\]).])[-(\d](?:[-+*/(). \de]|,(?=\d{3}))*$")
"""The longest expression that ends a text and begins with a number, a sign of its own or a bracket."""
_AFTER = re.compile(r"^\s*[-(\d](?:[-+*/() ]*[\d)]|[.,e](?=-?\d))*(?![.,]?\d|\w|\[|\s*[-+*/]\s*[\w\[(])")
"""The expression that begins a text, up to its last digit or bracket, unless something that is no number goes on it."""
_OPERATIONS: dict[type, Callable[..., Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}


@lru_cache(maxsize=20_000)
def honest(text: str) -> str:
    """A text, also one that is marked up, with ``≈`` in place of each ``=`` between two written expressions whose
    values differ.

    >>> honest("the sum is 2 + 6 − 1 = 7"), honest("0.39 × (−0.406) = −0.16, a product")
    ('the sum is 2 + 6 − 1 = 7', '0.39 × (−0.406) ≈ −0.16, a product')
    >>> honest("y[0] = 3, for 10 samples − 3 taps + 1 = 7 places")
    'y[0] = 3, for 10 samples − 3 taps + 1 ≈ 7 places'
    """
    said, *parts = text.split("=")
    plain = _MARKUP.sub("", text).split("=")
    for before, after, part in zip(plain, plain[1:], parts, strict=False):
        left, right = value(before, last=True), value(after)
        said += ("=" if left is None or right is None or left == right else "≈") + part
    return said


def value(text: str, last: bool = False) -> Fraction | None:
    """The value of the expression that a text begins with, or with ``last`` ends with; None where that is none."""
    found = (_BEFORE.search if last else _AFTER.search)(_NOUN.sub("", text.translate(_SIGNS)))
    if found is None:
        return None
    written = _THOUSANDS.sub("", found[0].strip())
    try:
        return _value(ast.parse(written, mode="eval").body, written)
    except (SyntaxError, ZeroDivisionError, KeyError, ValueError):
        return None


def _value(node: ast.AST, written: str) -> Fraction:
    if isinstance(node, ast.Constant):  # as it is written, not as the nearest float
        return Fraction(ast.get_source_segment(written, node) or "")
    if isinstance(node, ast.UnaryOp):
        return _OPERATIONS[type(node.op)](_value(node.operand, written))
    if isinstance(node, ast.BinOp):
        return _OPERATIONS[type(node.op)](_value(node.left, written), _value(node.right, written))
    raise ValueError("a written expression must be made of numbers, signs and brackets")
