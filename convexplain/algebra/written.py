"""A statement as a sympy expression: each record becomes what sympy calls it.

This module knows sympy and the records of a statement. How an entry, a read, a sum over ranges or a choice is written
it is told, for that depends on whether indices are numbers or symbols (see ``closed_form`` and ``equation``).
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sympy import Add, Expr, Heaviside, Max, Min, Mul, Pow, Rational, S, erf, exp, log, pi, tanh

from convexplain.algebra import symbols
from convexplain.layers import statement as st

Writer = Callable[[st.Value], Expr]

MOST_COMPARED = 32
"""sympy compares each candidate of a maximum with each other; more than these are written down uncompared."""


LONG = 16
"""A sum is long for so many terms to each entry that is added to it."""


def _unevaluated(function: Any) -> Callable[[Expr], Expr]:
    """A function written down as it stands where its argument is no plain entry, for sympy would walk all of it; but
    for a sign that sympy takes out of an odd one."""

    def apply(z: Expr) -> Expr:
        odd = function in (tanh, erf)
        return function(z, evaluate=_is_plain(z) or (odd and z.could_extract_minus_sign()))

    return apply


def _is_plain(z: Expr) -> bool:
    return bool(z.is_Number or not z.args or z.is_Indexed)


def power(base: Expr, exponent: Expr) -> Expr:
    """A power; of a sum it is written down as it stands."""
    return Pow(base, exponent, evaluate=not base.is_Add)


_exp, _log = _unevaluated(exp), _unevaluated(log)

FUNCTIONS: dict[str, Callable[[Expr], Expr]] = {
    "exp": _exp,
    "log": _log,
    "tanh": _unevaluated(tanh),
    "erf": _unevaluated(erf),
    "sigmoid": lambda z: power(1 + _exp(-z), S.NegativeOne),
    "softplus": lambda z: _log(1 + _exp(z)),
    "heaviside": lambda z: Heaviside(z, 0, evaluate=z.is_Number),
}


def rational(number: Fraction) -> Expr:
    """A fraction as sympy's."""
    return Rational(number.numerator, number.denominator)


def written(value: st.Value, write: Writer) -> Expr:
    """A record of parts, each written by ``write``; entries, reads, cases and what runs over ranges are the caller's
    own.
    """
    match value:
        case st.Number(number):
            return rational(number)
        case st.Constant("pi"):
            return pi
        case st.Add(parts):
            return added(list(map(write, parts)))
        case st.Times(parts):
            return Mul(*map(write, parts))
        case st.Power(base, exponent):
            return power(write(base), rational(exponent))
        case st.Total((), body):
            return write(body)
        case st.Largest((), parts):
            return extreme(Max, [write(part) for part in parts])
        case st.Smallest((), parts):
            return extreme(Min, [write(part) for part in parts])
        case st.Apply(function, argument):
            return FUNCTIONS[function](write(argument))
    raise TypeError(f"no record that is written the same way everywhere: {type(value).__name__}")


def added(parts: list[Expr]) -> Expr:
    """The sum of some parts. Where a few entries meet a long sum, they are put into its order: sympy would sort all of
    it anew, for each of the numbers that a normalisation takes their mean from.
    """
    *few, long = sorted(parts, key=lambda part: len(part.args) if part.is_Add else 0) or [S.Zero]
    coefficients = [part.as_coeff_Mul() for part in few]
    if not long.is_Add or len(long.args) < LONG * len(few) or not all(entry.is_Indexed for _, entry in coefficients):
        return Add(*parts)
    terms, places = list(long.args), _places(long)
    met: dict[Expr, Expr] = {}
    for coefficient, entry in coefficients:
        met[entry] = met.get(entry, S.Zero) + coefficient
    for place in sorted((places[entry] for entry in met if entry in places), reverse=True):
        coefficient, entry = terms.pop(place).as_coeff_Mul()
        met[entry] += coefficient
    for entry, coefficient in met.items():
        if coefficient is not S.Zero:
            insort(terms, coefficient * entry, lo=int(terms[0].is_Number), key=symbols.sympy_order)
    return symbols.total(terms)


@lru_cache(maxsize=64)
def _places(long: Expr) -> dict[Expr, int]:
    """Where the multiples of each entry stand in a sum."""
    entries = [term.as_coeff_Mul()[1] for term in long.args]
    return {entry: place for place, entry in enumerate(entries) if entry.is_Indexed}


def extreme(kind: type, parts: list[Expr]) -> Expr:
    """The maximum or minimum of some parts; of what is no plain entry it is written down as it stands, for sympy would
    walk all of it.
    """
    if len(parts) == 2 and parts[0] is S.Zero and kind is Max:
        return symbols.activate("relu", parts[1])
    plain = all(map(_is_plain, parts))
    return kind(*parts, evaluate=plain and len(parts) <= MOST_COMPARED)


def weight(value: st.Entry, level: int) -> symbols.IndexedBase:
    """The base of an entry's symbol: its letter and the number of the level that owns it."""
    return symbols.base(f"{value.array}{level}")
