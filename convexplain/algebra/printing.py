"""Formulas on paper: LaTeX, Typst and plain text, as a person would write them.

This module knows the few kinds of sympy expression the algebra is made of, and how a person orders them: the kernel
before the sample, the later layer first, channel by channel and tap by tap as in the ledger, a bias last, a sum over a
single value without a sum sign. It knows nothing of layers. The order is found once; each medium only says how a sum,
a fraction or an index looks there. Names are escaped for the medium.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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
    Pow,
    Rational,
    Sum,
    Symbol,
    ceiling,
    exp,
    floor,
    fraction,
)
from sympy.core.numbers import ImaginaryUnit
from sympy.matrices import MatrixBase
from sympy.tensor.indexed import Indexed

_SUM, _PRODUCT, _POWER, _ATOM = range(4)
"""How tightly an expression binds; one that binds less than its place needs gets brackets."""

_INDEX_ORDER = {"t": 0, "i": 0, "k": 1, "c": 2, "f": 3}
"""A sum of indices starts with the step, then the tap: ``t + k``."""

_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi|chi|psi|omega"
    "|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega"
)

_BASE_NAME = re.compile(r"(d?)([a-z])(\d*)")
"""The bases of the naming law: a letter and the number of its layer, with a d in front for the derivative of the
loss."""

_LETTER_ORDER = {"g": 2, "w": 4, "b": 5, "y": 6, "x": 6}


def latex(expression: Basic, most: int | None = None) -> str:
    r"""LaTeX mathematics, without dollar signs; the layer number is a superscript, ``w^{(1)}_{k,c,f}``.

    Sums of more than ``most`` terms show their first and last ones and say how many are left out.

    >>> import convexplain as cx
    >>> print(latex(cx.equation(cx.Conv1D(8, 5), steps=20, channels=4)))
    y^{(1)}_{t,f} = \sum_{k=0}^{4} \sum_{c=0}^{3} w^{(1)}_{k,c,f} \, x_{t+k,c} + b^{(1)}_{f}
    """
    return _Printer(_LATEX, most).written(expression)


def typst(expression: Basic, most: int | None = None) -> str:
    """Typst mathematics, without dollar signs.

    Sums of more than ``most`` terms show their first and last ones and say how many are left out.

    >>> import convexplain as cx
    >>> print(typst(cx.equation(cx.Conv1D(8, 5), steps=20, channels=4)))
    y^((1))_(t, f) = sum_(k = 0)^(4) sum_(c = 0)^(3) w^((1))_(k, c, f) x_(t+k, c) + b^((1))_(f)
    """
    return _Printer(_TYPST, most).written(expression)


def text(expression: Basic, most: int | None = None) -> str:
    """Plain text with the names that are typed in Python.

    Sums of more than ``most`` terms show their first and last ones and say how many are left out.

    >>> import convexplain as cx
    >>> print(text(cx.equation(cx.Conv1D(8, 5), steps=20, channels=4)))
    y1[t, f] = sum(k=0..4) sum(c=0..3) w1[k, c, f]*x[t + k, c] + b1[f]
    """
    return _Printer(_TEXT, most).written(expression)


def aligned(equations: Sequence[Eq], most: int | None = None) -> str:
    """LaTeX of several equations below each other, aligned at their equality signs; ``most`` holds for each sum, as in
    :func:`latex`, and for the equations."""
    return "\\begin{aligned}\n" + " \\\\\n".join(_rows(_LATEX, r"& \;\,\vdots", equations, most)) + "\n\\end{aligned}"


def aligned_typst(equations: Sequence[Eq], most: int | None = None) -> str:
    """The same in Typst."""
    return " \\\n".join(_rows(_TYPST, "& dots.v", equations, most))


def _rows(medium: _Medium, dots: str, equations: Sequence[Eq], most: int | None) -> Iterator[str]:
    printer = _Printer(medium, most)
    for equation in _shortened(list(equations), most):
        if isinstance(equation, _LeftOut):
            yield dots
        else:
            yield f"{printer.written(equation.lhs)} &= {printer.written(equation.rhs)}"


@dataclass(frozen=True)
class _Medium:
    """How things look in one medium: templates for what stands in them, in the order of their fields."""

    name: Callable[[str], str]
    times: str
    scalar_times: str
    """Between numbers and sizes."""
    brackets: str
    entry: str
    """Letter with its layer number, indices."""
    layer: str
    """Letter, layer number."""
    comma: str
    derivative: str
    """Of the loss, by an entry."""
    convolution: str
    """Of two bases."""
    fraction: str
    power: str
    sum_sign: str
    """Index, first and last value."""
    largest: str
    smallest: str
    down: str
    up: str
    remainder: str
    """Dividend, divisor."""
    indicator: str
    """1 where positive, else 0."""
    left_out: str
    """How many terms."""
    imaginary_unit: str
    matrix: str
    column: str
    row: str
    index_space: str
    """Around a sign in an index."""
    on_one_line: bool
    """Whether fractions and powers need brackets to be told from what follows."""


class _LeftOut(NamedTuple):
    """Stands for the terms in the middle of a sum that is too long to show."""

    terms: int


class _Printer:
    """Order, signs and brackets, which are the same in every medium."""

    def __init__(self, medium: _Medium, most: int | None) -> None:
        if most is not None and most < 2:
            raise ValueError(f"most must be at least 2, a first and a last term. Received: most={most}")
        self._medium = medium
        self._most = most
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
        if isinstance(expression, Rational) and expression.q != 1:
            return self._fraction(Integer(expression.p), Integer(expression.q))
        return str(expression), _ATOM

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
        terms: list[Any] = sorted(expression.args, key=_term_order)
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
        if any(_divides(factor) for factor in expression.args):
            return self._fraction(*fraction(expression))
        factors = sorted(expression.args, key=_factor_order)
        # A sum sign takes all that follows it, so only the last factor may start with one.
        times = self._medium.times if expression.has(Indexed) else self._medium.scalar_times
        return times.join(
            [*(self.written(factor, _POWER) for factor in factors[:-1]), self.written(factors[-1], _PRODUCT)]
        ), _PRODUCT

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
        if _divides(expression):
            return self._fraction(Integer(1), 1 / expression)
        place = _ATOM if self._medium.on_one_line else _SUM
        return self._medium.power % (self.written(expression.base, _ATOM), self.index(expression.exp, place)), _POWER

    def _exponential(self, expression: exp) -> tuple[str, int]:
        place = _ATOM if self._medium.on_one_line else _SUM
        return self._medium.power % ("e", self.index(expression.args[0], place)), _POWER

    def _imaginary_unit(self, expression: ImaginaryUnit) -> tuple[str, int]:
        return self._medium.imaginary_unit, _ATOM

    def _extreme(self, expression: Max | Min) -> tuple[str, int]:
        arguments = sorted(expression.args, key=lambda argument: not argument.is_Number)
        template = self._medium.largest if isinstance(expression, Max) else self._medium.smallest
        return template % ", ".join(self.written(argument) for argument in arguments), _ATOM

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
    Pow: _Printer._power,
    Sum: _Printer._sum_over_indices,
    Symbol: _Printer._symbol,
    ceiling: _Printer._rounded,
    exp: _Printer._exponential,
    floor: _Printer._rounded,
}
"""The rule for each kind of expression: its text, and how tightly that binds."""


def _term_order(term: Expr) -> tuple[Any, ...]:
    """A person's order of the terms of a sum; those it does not tell apart stay in sympy's.

    Products with kernel entries come first, more factors before fewer, channel by channel and tap by tap, the last
    layer's first, as in the ledger; then sums and other products, then a lone bias. Index arithmetic starts with the
    step and the tap, goes on with sizes and numbers, and subtracts last.
    """
    factors = term.args if term.is_Mul else (term,)
    entries = [_place(factor) for factor in factors if isinstance(factor, Indexed)]
    kernels = sorted((-layer, indices[1::-1], indices[2:]) for letter, layer, indices in entries if letter == "w")
    if kernels:
        return 0, -len(factors), kernels
    if entries:
        letter, layer, indices = entries[0]
        return 2 if letter == "b" and term.is_Indexed else 1, layer, [indices]
    if term.has(Indexed):
        return 1, 0, []
    ranks = [_INDEX_ORDER.get(symbol.name, len(_INDEX_ORDER)) for symbol in term.free_symbols]
    return 4 if _is_negative(term) else 3, min(ranks, default=len(_INDEX_ORDER) + 1), []


def _factor_order(factor: Expr) -> tuple[int, int]:
    """A person's order of the factors of a product: numbers and sizes, the upstream gradient, kernels from the last
    layer down, biases, samples, sums in brackets, and what has a sum sign last."""
    if isinstance(factor, Indexed):
        letter, layer, _ = _place(factor)
        return _LETTER_ORDER.get(letter, 2), -layer
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


def _divides(factor: Expr) -> bool:
    """Whether a factor stands below a fraction bar. The powers of z do not: they are the places of a polynomial."""
    if factor.is_Pow:
        return bool(factor.exp.is_negative) and factor.base != Symbol("z")
    return isinstance(factor, Rational) and factor.q != 1


def _shortened(parts: list[Any], most: int | None) -> list[Any]:
    """All parts, or the first and last of them with a mark for those left out."""
    if most is None or len(parts) <= most:
        return parts
    return [*parts[: most - 1], _LeftOut(len(parts) - most), parts[-1]]


def _latex_name(name: str) -> str:
    if match := re.fullmatch(r"([A-Za-z]+)_?(\d+)", name):
        return f"{_latex_name(match[1])}_{{{match[2]}}}"
    if _GREEK.fullmatch(name):
        return f"\\{name}"
    if len(name) == 1 and name.isalpha():
        return name
    return "\\mathrm{" + "".join(_LATEX_ESCAPES.get(letter, letter) for letter in _printable(name)) + "}"


def _typst_name(name: str) -> str:
    if match := re.fullmatch(r"([A-Za-z]+)_?(\d+)", name):
        return f"{_typst_name(match[1])}_{match[2]}"
    if _GREEK.fullmatch(name) or (len(name) == 1 and name.isalpha()):
        return name
    return '"' + _printable(name).replace("\\", r"\\").replace('"', r"\"") + '"'


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)


_LATEX_ESCAPES = {letter: f"\\{letter}" for letter in "#$%&_{}"} | {
    "\\": r"\backslash{}",
    "^": r"\hat{}",
    "~": r"\tilde{}",
}

_LATEX = _Medium(
    name=_latex_name,
    times=r" \, ",
    scalar_times=" ",
    brackets=r"\left(%s\right)",
    entry="%s_{%s}",
    layer="%s^{(%s)}",
    comma=",",
    derivative=r"\frac{\partial L}{\partial %s}",
    convolution="(%s * %s)",
    fraction=r"\frac{%s}{%s}",
    power="%s^{%s}",
    sum_sign=r"\sum_{%s=%s}^{%s}",
    largest=r"\max\left(%s\right)",
    smallest=r"\min\left(%s\right)",
    down=r"\left\lfloor %s\right\rfloor",
    up=r"\left\lceil %s\right\rceil",
    remainder=r"%s \bmod %s",
    indicator=r"\left[%s > 0\right]",
    left_out=r"\cdots\,(%s\ \mathrm{more})",
    imaginary_unit="i",
    matrix=r"\begin{bmatrix}%s\end{bmatrix}",
    column=" & ",
    row=r" \\ ",
    index_space="",
    on_one_line=False,
)

_TYPST = _Medium(
    name=_typst_name,
    times=" ",
    scalar_times=" ",
    brackets="(%s)",
    entry="%s_(%s)",
    layer="%s^((%s))",
    comma=", ",
    derivative="frac(partial L, partial %s)",
    convolution="(%s * %s)",
    fraction="frac(%s, %s)",
    power="%s^(%s)",
    sum_sign="sum_(%s = %s)^(%s)",
    largest="max(%s)",
    smallest="min(%s)",
    down="floor(%s)",
    up="ceil(%s)",
    remainder="%s mod %s",
    indicator="[%s > 0]",
    left_out='dots.c thin ("%s more")',
    imaginary_unit="i",
    matrix='mat(delim: "[", %s)',
    column=", ",
    row="; ",
    index_space="",
    on_one_line=False,
)

_TEXT = _Medium(
    name=_printable,
    times="*",
    scalar_times="*",
    brackets="(%s)",
    entry="%s[%s]",
    layer="%s%s",
    comma=", ",
    derivative="dL/d%s",
    convolution="(%s * %s)",
    fraction="%s/%s",
    power="%s**%s",
    sum_sign="sum(%s=%s..%s)",
    largest="max(%s)",
    smallest="min(%s)",
    down="floor(%s)",
    up="ceil(%s)",
    remainder="%s mod %s",
    indicator="[%s > 0]",
    left_out="... (%s more)",
    imaginary_unit="i",
    matrix="[%s]",
    column=", ",
    row="; ",
    index_space=" ",
    on_one_line=True,
)
