"""The three media a formula is written in: how a sum, a fraction, an index or a name looks in each.

This module knows the notation of LaTeX, Typst and plain text, and nothing of formulas: what stands where is the
business of :mod:`convexplain.algebra.printing`. Names are escaped for the medium.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi|chi|psi|omega"
    "|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega"
)


@dataclass(frozen=True)
class Medium:
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
    scientific: str
    """Digits, power of ten."""
    functions: Mapping[str, str]
    """Of one argument, by sympy's name."""
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
    relations: Mapping[str, str]
    """The sign of each relation."""
    both: str
    """Between two conditions."""
    cases: str
    """All cases."""
    case: str
    """Value, condition."""
    otherwise: str
    next_case: str
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

LATEX = Medium(
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
    scientific=r"%s \cdot 10^{%s}",
    functions={
        "exp": r"\exp\left(%s\right)",
        "log": r"\ln\left(%s\right)",
        "tanh": r"\tanh\left(%s\right)",
        "erf": r"\operatorname{erf}\left(%s\right)",
        "sqrt": r"\sqrt{%s}",
    },
    sum_sign=r"\sum_{%s=%s}^{%s}",
    largest=r"\max\left(%s\right)",
    smallest=r"\min\left(%s\right)",
    down=r"\left\lfloor %s\right\rfloor",
    up=r"\left\lceil %s\right\rceil",
    remainder=r"%s \bmod %s",
    indicator=r"\left[%s > 0\right]",
    relations={"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge"},
    both=r" \text{ and } ",
    cases=r"\begin{cases} %s \end{cases}",
    case=r"%s & \text{if } %s",
    otherwise=r"%s & \text{otherwise}",
    next_case=r" \\ ",
    left_out=r"\cdots\,(%s\ \mathrm{more})",
    imaginary_unit="i",
    matrix=r"\begin{bmatrix}%s\end{bmatrix}",
    column=" & ",
    row=r" \\ ",
    index_space="",
    on_one_line=False,
)

TYPST = Medium(
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
    scientific="%s dot 10^(%s)",
    functions={
        "exp": "exp(%s)",
        "log": "ln(%s)",
        "tanh": "tanh(%s)",
        "erf": 'op("erf")(%s)',
        "sqrt": "sqrt(%s)",
    },
    sum_sign="sum_(%s = %s)^(%s)",
    largest="max(%s)",
    smallest="min(%s)",
    down="floor(%s)",
    up="ceil(%s)",
    remainder="%s mod %s",
    indicator="[%s > 0]",
    relations={sign: sign for sign in ("<", "<=", ">", ">=")},
    both=' "and" ',
    cases="cases(%s)",
    case='%s & "if" %s',
    otherwise='%s & "otherwise"',
    next_case=", ",
    left_out='dots.c thin ("%s more")',
    imaginary_unit="i",
    matrix='mat(delim: "[", %s)',
    column=", ",
    row="; ",
    index_space="",
    on_one_line=False,
)

TEXT = Medium(
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
    scientific="%se%s",
    functions={name: f"{name}(%s)" for name in ("exp", "log", "tanh", "erf", "sqrt")},
    sum_sign="sum(%s=%s..%s)",
    largest="max(%s)",
    smallest="min(%s)",
    down="floor(%s)",
    up="ceil(%s)",
    remainder="%s mod %s",
    indicator="[%s > 0]",
    relations={sign: sign for sign in ("<", "<=", ">", ">=")},
    both=" and ",
    cases="(%s)",
    case="%s if %s",
    otherwise="%s",
    next_case=" else ",
    left_out="... (%s more)",
    imaginary_unit="i",
    matrix="[%s]",
    column=", ",
    row="; ",
    index_space=" ",
    on_one_line=True,
)
