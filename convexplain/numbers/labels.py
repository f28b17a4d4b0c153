"""A grounded value as a label: what a number of a ledger is called, as code writes it.

This module knows the records of a statement and how tightly their signs bind; it knows no kind of layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

import numpy as np

from convexplain.layers import statement as st
from convexplain.style import MINUS

Name = Callable[["st.Entry | st.Read"], str]

_SUM, _QUOTIENT, _PRODUCT, _ATOM = range(4)
"""How tightly a label binds; one that binds less than its place needs gets brackets."""


def label(value: st.Value, name: Name) -> str:
    """A grounded value in one line; ``name`` says what its entries and reads are called.

    >>> value = st.Entry("w", (1,)) * (st.Entry("v", (0,)) + 1) ** Fraction(-1, 2) - st.Entry("b", (0,))
    >>> label(value, lambda leaf: f"{leaf.array}{list(leaf.indices)}")
    'w[1] / sqrt(v[0] + 1) − b[0]'
    """
    return _told(value, name)[0]


def _told(value: st.Value, name: Name) -> tuple[str, int]:
    match value:
        case st.Entry() | st.Read():
            return name(value), _ATOM
        case st.Number(number):
            return _number(number)
        case st.Constant(letter):
            return letter, _ATOM
        case st.Total(_, body):
            return _told(body, name)
        case st.Add(parts):
            first, *others = (_part(part, _QUOTIENT, name) for part in parts)
            signed = (f"− {text[1:]}" if text.startswith(MINUS) else f"+ {text}" for text in others)
            return " ".join([first, *signed]), _SUM if others else _ATOM
        case st.Times(parts):
            return _product(parts, name)
        case st.Power(_, exponent) if exponent < 0:
            return _product((value,), name)
        case st.Power(base, exponent) if exponent == Fraction(1, 2):
            return f"sqrt({label(base, name)})", _ATOM
        case st.Power(base, exponent):
            return f"{_part(base, _ATOM, name)}**{exponent}", _PRODUCT
        case st.Largest(_, parts) | st.Smallest(_, parts):
            kind = "max" if isinstance(value, st.Largest) else "min"
            return f"{kind}({', '.join(label(part, name) for part in parts)})", _ATOM
        case st.Apply(function, argument):
            return f"{function}({label(argument, name)})", _ATOM
    raise TypeError(f"no record of a grounded statement: {type(value).__name__}")


def _part(value: st.Value, least: int, name: Name) -> str:
    text, binds = _told(value, name)
    return text if binds >= least else f"({text})"


def _product(parts: Sequence[st.Value], name: Name) -> tuple[str, int]:
    """Factors, then what they are divided by; a sign stands before them all."""
    over, under, sign = [], [], ""
    for part in _factors(parts):
        if isinstance(part, st.Number) and part.value < 0:
            sign, part = "" if sign else MINUS, st.Number(-part.value)
        if isinstance(part, st.Power) and part.exponent < 0:
            under.append(st.Power(part.base, -part.exponent) if part.exponent != -1 else part.base)
        elif part != st.ONE:
            over.append(part)
    least = _PRODUCT if len(over) > 1 or under else _QUOTIENT
    text = sign + ("*".join(_part(part, least, name) for part in over) or "1")
    for part in under:
        text += f" / {_part(part, _ATOM, name)}"
    return text, _QUOTIENT if under or sign else _PRODUCT if len(over) > 1 else _ATOM


def _factors(parts: Sequence[st.Value]) -> Iterator[st.Value]:
    """All factors of a product, those of products in it too."""
    for part in parts:
        yield from _factors(part.parts) if isinstance(part, st.Times) else (part,)


def _number(number: Fraction) -> tuple[str, int]:
    """A whole number, the shortest decimal of a float32, else a fraction."""
    if number.denominator == 1:
        text = str(number)
    else:
        near = np.float32(float(number))
        text = str(near) if Fraction(float(near)) == number else str(number)
    return text.replace("-", MINUS, 1) if number < 0 else text, _QUOTIENT if "/" in text or number < 0 else _ATOM
