"""Formulas on paper: LaTeX, Typst and plain text, as a person would write them.

This module knows the few kinds of sympy expression the algebra is made of, and how a person orders them: the kernel
before the sample, the later layer first, channel by channel and tap by tap as in the ledger, a bias last, a sum over a
single value without a sum sign. It knows nothing of layers. The order is found once; each medium only says how a sum,
a fraction or an index looks there. Names are escaped for the medium.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from sympy import (
    Add,
    Basic,
    Eq,
    Expr,
    Heaviside,
    Integer,
    Max,
    Min,
    Mod,
    Mul,
    Number,
    Piecewise,
    Pow,
    Rational,
    S,
    Sum,
    Symbol,
    ceiling,
    erf,
    exp,
    floor,
    log,
    preorder_traversal,
    tanh,
)
from sympy.core.numbers import ImaginaryUnit, NumberSymbol
from sympy.core.relational import Relational
from sympy.core.sorting import default_sort_key
from sympy.logic.boolalg import And
from sympy.matrices import MatrixBase
from sympy.tensor.indexed import Indexed

from convexplain.algebra.media import LATEX, TEXT, TYPST, Medium

_SUM, _PRODUCT, _POWER, _ATOM = range(4)
"""How tightly an expression binds; one that binds less than its place needs gets brackets."""

_INDEX_ORDER = {"t": 0, "i": 0, "k": 1, "c": 2, "f": 3}
"""A sum of indices starts with the step, then the tap: ``t + k``."""

_BASE_NAME = re.compile(r"(d?)([A-Za-z]|gamma|beta|mean|var|alpha)(\d*)")
"""The bases of the naming law: a letter and the number of its layer, with a d in front for the derivative of the loss;
capitals are what was made of several layers."""

_KERNELS = ("w", "d", "p")
_LETTER_ORDER = {"g": 2, "gamma": 3, "alpha": 3, "w": 4, "d": 4, "p": 4, "b": 5, "beta": 5, "y": 6, "x": 6}

MOST_PRINTED = 32
"""The terms of a sum, and the candidates of a maximum, that a command prints of an equation."""

_LONGEST_FRACTION = 4096
"""A fraction with a larger denominator is written as the shortest decimal that denotes it, if it is a float."""


def latex(expression: Basic, most: int | None = None) -> str:
    r"""LaTeX mathematics, without dollar signs; the layer number is a superscript, ``w^{(1)}_{k,c,f}``.

    Sums of more than ``most`` terms show their first and last ones and say how many are left out; numbers then have
    nine digits at most, which tell each float32 from the next.

    >>> import convexplain as cx
    >>> print(latex(cx.equation(cx.Conv1D(8, 5), steps=20, channels=4)))
    y^{(1)}_{t,f} = \sum_{k=0}^{4} \sum_{c=0}^{3} w^{(1)}_{k,c,f} \, x_{t+k,c} + b^{(1)}_{f}
    """
    return _Printer(LATEX, most).written(expression)


def typst(expression: Basic, most: int | None = None) -> str:
    """Typst mathematics, without dollar signs.

    ``most`` as in :func:`latex`.

    >>> import convexplain as cx
    >>> print(typst(cx.equation(cx.Conv1D(8, 5), steps=20, channels=4)))
    y^((1))_(t, f) = sum_(k = 0)^(4) sum_(c = 0)^(3) w^((1))_(k, c, f) x_(t+k, c) + b^((1))_(f)
    """
    return _Printer(TYPST, most).written(expression)


def text(expression: Basic, most: int | None = None) -> str:
    """Plain text with the names that are typed in Python.

    ``most`` as in :func:`latex`.

    >>> import convexplain as cx
    >>> print(text(cx.equation(cx.Conv1D(8, 5), steps=20, channels=4)))
    y1[t, f] = sum(k=0..4) sum(c=0..3) w1[k, c, f]*x[t + k, c] + b1[f]
    """
    return _Printer(TEXT, most).written(expression)


def aligned(equations: Sequence[Eq], most: int | None = None) -> str:
    """LaTeX of several equations below each other, aligned at their equality signs; ``most`` holds for each sum, as in
    :func:`latex`, and for the equations."""
    return "\\begin{aligned}\n" + " \\\\\n".join(_rows(LATEX, r"& \;\,\vdots", equations, most)) + "\n\\end{aligned}"


def aligned_typst(equations: Sequence[Eq], most: int | None = None) -> str:
    """The same in Typst."""
    return " \\\n".join(_rows(TYPST, "& dots.v", equations, most))


def _rows(medium: Medium, dots: str, equations: Sequence[Eq], most: int | None) -> Iterator[str]:
    printer = _Printer(medium, most)
    for equation in _shortened(list(equations), most):
        if isinstance(equation, _LeftOut):
            yield dots
        else:
            yield f"{printer.written(equation.lhs)} &= {printer.written(equation.rhs)}"


class _LeftOut(NamedTuple):
    """Stands for the terms in the middle of a sum that is too long to show."""

    terms: int


class _Printer:
    """Order, signs and brackets, which are the same in every medium."""

    def __init__(self, medium: Medium, most: int | None) -> None:
        if most is not None and most < 2:
            raise ValueError(f"most must be at least 2, a first and a last term. Received: most={most}")
        self._medium = medium
        self._most = most
        self._decimal = decimal if most is None else readable
        self._in_index = False
        self._entry_text = cache(self._write_entry)

    def written(self, expression: Any, place: int = _SUM) -> str:
        """The expression, in brackets when it binds less tightly than its ``place`` needs."""
        for kind in type(expression).__mro__:
            if kind in _RULES:
                text, binding = _RULES[kind](self, expression)
                return self._medium.brackets % text if binding < place else text
        raise ValueError(f"a formula of the algebra is required. Received: {type(expression).__name__}")

    def index(self, expression: Any, place: int = _SUM) -> str:
        """An expression where space is short: an index, a limit, an exponent."""
        outer, self._in_index = self._in_index, True
        try:
            return self.written(expression, place)
        finally:
            self._in_index = outer

    def _relation(self, expression: Eq) -> tuple[str, int]:
        return f"{self.written(expression.lhs)} = {self.written(expression.rhs)}", _SUM

    def _number(self, expression: Number) -> tuple[str, int]:
        if expression.is_negative:
            return f"-{self.written(-expression, _PRODUCT)}", _SUM
        if not isinstance(expression, Rational) or expression.q == 1:
            return str(expression), _ATOM
        short = self._decimal(expression.p, expression.q)
        if not short:
            return self._fraction(Integer(expression.p), Integer(expression.q))
        digits, _, exponent = short.partition("e")
        if not exponent:
            return digits, _ATOM
        if digits == "1" and not self._medium.on_one_line:
            return self._medium.power % ("10", int(exponent)), _POWER
        return self._medium.scientific % (digits, int(exponent)), _ATOM if self._medium.on_one_line else _PRODUCT

    def _constant(self, expression: NumberSymbol) -> tuple[str, int]:
        return self._medium.name(str(expression)), _ATOM

    def _symbol(self, expression: Symbol) -> tuple[str, int]:
        return self._medium.name(expression.name), _ATOM

    def _entry(self, expression: Indexed) -> tuple[str, int]:
        return self._entry_text(expression), _ATOM

    def _write_entry(self, expression: Indexed) -> str:
        medium, name = self._medium, str(expression.base.label)
        known = _BASE_NAME.fullmatch(name)
        derivative, letter, layer = known.groups() if known else ("", name, "")
        left, star, right = letter.partition("*")
        letter = medium.convolution % (medium.name(left), medium.name(right)) if star else medium.name(letter)
        indices = medium.comma.join(self.index(index) for index in expression.indices)
        text = medium.entry % (medium.layer % (letter, layer) if layer else letter, indices)
        return medium.derivative % text if derivative else text

    def _addition(self, expression: Add) -> tuple[str, int]:
        terms: list[Any] = _in_order(expression.args)
        space = self._medium.index_space if self._in_index else " "
        plus, minus = f"{space}+{space}", f"{space}-{space}"
        written = ""
        for term in _shortened(terms, self._most):
            if isinstance(term, _LeftOut):
                written += plus + self._medium.left_out % f"{term.terms:,}"
            elif _is_negative(term):
                written += (minus if written else "-") + self.written(-term, _PRODUCT)
            else:
                written += (plus if written else "") + self.written(term, _PRODUCT)
        return written, _SUM

    def _product(self, expression: Mul) -> tuple[str, int]:
        if _is_negative(expression):
            return f"-{self.written(-expression, _PRODUCT)}", _SUM
        if any(map(self._divides, expression.args)):
            return self._fraction(*self._above_and_below(expression))
        factors = sorted(expression.args, key=_factor_order)
        # A sum sign takes all that follows it, so only the last factor may start with one.
        times = self._medium.times if expression.has(Indexed) else self._medium.scalar_times
        return times.join(
            [*(self.written(factor, _POWER) for factor in factors[:-1]), self.written(factors[-1], _PRODUCT)]
        ), _PRODUCT

    def _divides(self, factor: Expr) -> bool:
        """Whether a factor stands below a fraction bar. The powers of z do not: they are the places of a polynomial."""
        if factor.is_Pow:
            return bool(factor.exp.is_negative) and factor.base != Symbol("z")
        return isinstance(factor, Rational) and factor.q != 1 and not self._decimal(factor.p, factor.q)

    def _above_and_below(self, product: Mul) -> tuple[Expr, Expr]:
        """What stands above and below the fraction bar."""
        above: list[Expr] = []
        below: list[Expr] = []
        for factor in product.args:
            if not self._divides(factor):
                above.append(factor)
            elif factor.is_Pow:
                below.append(Pow(factor.base, -factor.exp))
            else:
                above += [Integer(factor.p)] if factor.p != 1 else []
                below.append(Integer(factor.q))
        return Mul(*above, evaluate=False), Mul(*below, evaluate=False)

    def _fraction(self, above: Expr, below: Expr) -> tuple[str, int]:
        if self._in_index or self._medium.on_one_line:
            return f"{self.written(above, _PRODUCT)}/{self.written(below, _POWER)}", _PRODUCT
        return self._medium.fraction % (self.written(above), self.written(below)), _PRODUCT

    def _sum_over_indices(self, expression: Sum) -> tuple[str, int]:
        body, signs = expression.function, []
        for index, first, last in reversed(expression.limits):
            if first == last:
                body = body.subs(index, first)
            else:
                signs.append(self._medium.sum_sign % (self.index(index), self.index(first), self.index(last)))
        if not signs:
            return self.written(body, _PRODUCT), _PRODUCT
        return " ".join([*signs, self.written(body, _PRODUCT)]), _PRODUCT

    def _power(self, expression: Pow) -> tuple[str, int]:
        if self._divides(expression):
            return self._fraction(Integer(1), Pow(expression.base, -expression.exp))
        if expression.exp == S.Half:
            return self._medium.functions["sqrt"] % self.written(expression.base), _ATOM
        place = _ATOM if self._medium.on_one_line else _SUM
        base = self.written(expression.base, _ATOM)
        if isinstance(expression.base, Indexed) and not self._medium.on_one_line:
            base = self._medium.brackets % base  # its layer number is a superscript already
        return self._medium.power % (base, self.index(expression.exp, place)), _POWER

    def _exponential(self, expression: exp) -> tuple[str, int]:
        argument = expression.args[0]
        if self._medium.on_one_line or not _is_exponent(argument):
            return self._function(expression)
        return self._medium.power % ("e", self.index(argument)), _POWER

    def _function(self, expression: Expr) -> tuple[str, int]:
        name = type(expression).__name__
        return self._medium.functions[name] % self.written(expression.args[0]), _ATOM

    def _cases(self, expression: Piecewise) -> tuple[str, int]:
        medium = self._medium
        cases = [
            medium.otherwise % self.written(value)
            if condition == S.true
            else medium.case % (self.written(value), self.written(condition))
            for value, condition in expression.args
        ]
        return medium.cases % medium.next_case.join(cases), _ATOM

    def _comparison(self, expression: Relational) -> tuple[str, int]:
        left, right = self.written(expression.lhs), self.written(expression.rhs)
        return f"{left} {self._medium.relations[expression.rel_op]} {right}", _SUM

    def _conditions(self, expression: And) -> tuple[str, int]:
        return self._medium.both.join(map(self.written, sorted(expression.args, key=default_sort_key))), _SUM

    def _imaginary_unit(self, expression: ImaginaryUnit) -> tuple[str, int]:
        return self._medium.imaginary_unit, _ATOM

    def _extreme(self, expression: Max | Min) -> tuple[str, int]:
        arguments: list[Any] = sorted(expression.args, key=_candidate_order)
        template = self._medium.largest if isinstance(expression, Max) else self._medium.smallest
        written = [
            self._medium.left_out % f"{argument.terms:,}" if isinstance(argument, _LeftOut) else self.written(argument)
            for argument in _shortened(arguments, self._most)
        ]
        return template % ", ".join(written), _ATOM

    def _rounded(self, expression: floor | ceiling) -> tuple[str, int]:
        template = self._medium.down if isinstance(expression, floor) else self._medium.up
        return template % self.written(expression.args[0]), _ATOM

    def _remainder(self, expression: Mod) -> tuple[str, int]:
        return self._medium.remainder % tuple(self.written(argument, _POWER) for argument in expression.args), _SUM

    def _indicator(self, expression: Heaviside) -> tuple[str, int]:
        return self._medium.indicator % self.written(expression.args[0]), _ATOM

    def _matrix(self, expression: MatrixBase) -> tuple[str, int]:
        rows = [self._medium.column.join(self.written(entry) for entry in row) for row in expression.tolist()]
        return self._medium.matrix % self._medium.row.join(rows), _ATOM


_RULES: dict[type, Callable[[_Printer, Any], tuple[str, int]]] = {
    Add: _Printer._addition,
    And: _Printer._conditions,
    Eq: _Printer._relation,
    Heaviside: _Printer._indicator,
    ImaginaryUnit: _Printer._imaginary_unit,
    Indexed: _Printer._entry,
    MatrixBase: _Printer._matrix,
    Max: _Printer._extreme,
    Min: _Printer._extreme,
    Mod: _Printer._remainder,
    Mul: _Printer._product,
    Number: _Printer._number,
    NumberSymbol: _Printer._constant,
    Piecewise: _Printer._cases,
    Pow: _Printer._power,
    Relational: _Printer._comparison,
    Sum: _Printer._sum_over_indices,
    Symbol: _Printer._symbol,
    ceiling: _Printer._rounded,
    erf: _Printer._function,
    exp: _Printer._exponential,
    floor: _Printer._rounded,
    log: _Printer._function,
    tanh: _Printer._function,
}
"""The rule for each kind of expression: its text, and how tightly that binds."""


def _in_order(terms: Sequence[Expr]) -> list[Any]:
    """The terms of a sum in a person's order, starting with one that is not subtracted where there are two."""
    ordered = sorted(terms, key=_term_order)
    first, last = ordered[0], ordered[-1]
    if len(ordered) == 2 and not _is_negative(last):
        subtracted = _is_negative(first) and (first.args[0] is S.NegativeOne or first.has(Sum))
        if subtracted or (last.is_Number and first.is_Function):
            return [last, first]
    return ordered


def _is_exponent(argument: Expr) -> bool:
    """Whether an argument of exp is read well above the line: one entry at most, and no sum sign or choice."""
    entries = set()
    for part in preorder_traversal(argument):
        entries |= {part} if isinstance(part, Indexed) else set()
        if isinstance(part, (Sum, Max, Min)) or len(entries) > 1:
            return False
    return True


def _candidate_order(candidate: Expr) -> tuple[Any, ...]:
    """Numbers before what is compared with them; cells by their place, as far as that is known. Others stay in sympy's
    order, in which a maximum holds them: to find it walks all of them."""
    places = [_offset(index) for index in candidate.indices] if isinstance(candidate, Indexed) else []
    return not candidate.is_Number, _is_negative(candidate), places


def _offset(index: Expr) -> float:
    """The number in an index; of one that is kept within its axis, in what is kept."""
    inner = next((part for part in index.args if not part.is_Number), index) if index.has(Max, Min) else index
    return float(inner.as_coeff_Add()[0])


def _term_order(term: Expr) -> tuple[Any, ...]:
    """A person's order of the terms of a sum; those it does not tell apart stay in sympy's.

    Products with kernel entries come first, more factors before fewer, channel by channel and tap by tap, the last
    layer's first, as in the ledger; then sums and other products, then a lone bias. Index arithmetic starts with the
    step and the tap, goes on with sizes and numbers, and subtracts last.
    """
    factors = term.args if term.is_Mul else (term,)
    entries = [_place(factor) for factor in factors if isinstance(factor, Indexed)]
    kernels = sorted((-layer, indices[1::-1], indices[2:]) for letter, layer, indices in entries if letter in _KERNELS)
    if kernels:
        return 0, -len(factors), kernels
    if entries:
        letter, layer, indices = entries[0]
        return 2 if letter == "b" and term.is_Indexed else 1, layer, [indices]
    if term.has(Indexed):
        return 1, int(term.is_Mul), []
    ranks = [_INDEX_ORDER.get(symbol.name, len(_INDEX_ORDER)) for symbol in term.free_symbols]
    return 4 if _is_negative(term) else 3, min(ranks, default=len(_INDEX_ORDER) + 1), []


def _factor_order(factor: Expr) -> tuple[int, int]:
    """A person's order of the factors of a product: numbers and sizes, the upstream gradient, kernels from the last
    layer down, biases, samples, sums in brackets, and what has a sum sign last."""
    if isinstance(factor, Indexed):
        letter, layer, _ = _place(factor)
        return _LETTER_ORDER.get(letter, 2), layer if letter in "xy" else -layer
    if isinstance(factor, Sum):
        return 9, 0
    if isinstance(factor, Heaviside):
        return 3, 0
    return (8 if factor.has(Indexed) else 1 - factor.is_Number), 0


def _place(entry: Indexed) -> tuple[str, int, tuple[int, ...]]:
    """An entry's letter, layer and indices, with 0 for an index that is not a number."""
    letter, layer = _letter_and_layer(entry.base.label.name)
    return letter, layer, tuple(index.p if index.is_Integer else 0 for index in entry.indices)


@cache
def _letter_and_layer(name: str) -> tuple[str, int]:
    known = _BASE_NAME.fullmatch(name)
    return (known[2], int(known[3] or 0)) if known else (name, 0)


def _is_negative(term: Expr) -> bool:
    number = term.args[0] if term.is_Mul else term
    return bool(number.is_Number and number.is_negative)


@cache
def decimal(numerator: int, denominator: int) -> str:
    """The shortest decimal whose nearest float32, or else float64, is this fraction; empty where there is none, or the
    fraction is short.
    """
    if denominator <= _LONGEST_FRACTION or denominator & (denominator - 1):
        return ""
    value = numerator / denominator
    if Fraction(value) != Fraction(numerator, denominator):
        return ""
    if single(value) != value:
        return repr(value)
    return next(written for digits in range(1, 10) if single(float(written := f"{value:.{digits}g}")) == value)


@cache
def readable(numerator: int, denominator: int) -> str:
    """The same for a reader, cut to nine digits; also of a fraction of ten and more digits that no float is."""
    written = decimal(numerator, denominator)
    if not written and (denominator <= _LONGEST_FRACTION or len(str(denominator)) < 10):
        return ""
    cut = f"{numerator / denominator:.9g}"
    return min(written, cut, key=len) if written else cut


def single(value: float) -> float:
    """The nearest float32."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


def _shortened(parts: list[Any], most: int | None) -> list[Any]:
    """All parts, or the first and last of them with a mark for those left out."""
    if most is None or len(parts) <= most:
        return parts
    return [*parts[: most - 1], _LeftOut(len(parts) - most), parts[-1]]
