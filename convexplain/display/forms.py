"""Closed forms as mathematics, cut to what can be read: a sum may have a hundred thousand products.

This module knows how large a form is and how much of it is shown; how it is written the printer knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

MOST_LETTERS = 3_000
"""Of a form that is shown. A longer one shows fewer terms of each sum."""
MOST_PARTS = 600
"""Factors that are written out."""
LEVELS_OF_DETAIL = (12, 6, 3, 2)
"""How many terms of a sum are shown, tried one after another."""
CORNER = 6
"""Rows and columns of a large matrix that are shown."""


class Written(str):
    """Text of several lines that a REPL shows as it is read: a string, whose repr is the text itself.

    >>> Written("a = 1\\nb = 2")
    a = 1
    b = 2
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def latex_of(form: Any) -> str | None:
    """A form in LaTeX, with dollar signs, as IPython takes it; None for one that is no formula of the package."""
    from convexplain.algebra.printing import latex

    if not is_own(form):
        return None
    written = _matrix(form, latex) if _is_matrix(form) else _shortest(form, latex)
    return None if written is None else f"$\\displaystyle {in_lines(written)}$"


def in_lines(latex: str, width: int = 420) -> str:
    r"""A long sum in LaTeX, broken before a sign where no bracket is open: a browser breaks no formula.

    >>> print(in_lines("a + b_{c + d} - e", width=5))
    \begin{aligned}& a \\ & + b_{c + d} \\ & - e\end{aligned}
    """
    if len(latex) <= width:
        return latex
    lines, begin, depth = [""], 0, 0
    for found in re.finditer(r"\\left|\\right|\\begin|\\end|[{}]| (?=[+-] )|$", latex):
        depth += {"{": 1, "\\left": 1, "\\begin": 1, "}": -1, "\\right": -1, "\\end": -1}.get(found[0], 0)
        if depth == 0 and found[0] in (" ", ""):
            part, begin = latex[begin : found.start()], found.start()
            if lines[-1] and len(lines[-1]) + len(part) > width:
                lines.append(part.strip())
            else:
                lines[-1] += part
    if len(lines) == 1:
        return latex
    return "\\begin{aligned}" + " \\\\ ".join(f"& {line}" for line in lines) + "\\end{aligned}"


def text_of(form: Any) -> str | None:
    """A large form in words, cut; None for one that is short, and for one that is no formula of the package."""
    from convexplain.algebra.printing import text

    own = is_own(form)
    if own and _is_matrix(form):
        rows, columns = form.shape
        is_short = rows * columns <= 400 and sum(_parts(entry, None) for entry in form.values()) <= MOST_PARTS
        return None if is_short else f"<matrix, {rows:,} x {columns:,}; [row, column] gives an entry>"
    if not own or _parts(form, None) <= MOST_PARTS:
        return None
    written, terms = _shortest(form, text), f"{_terms(form):,} terms"
    count = terms if form.is_Add else f"a sum of {terms} inside"
    return f"{written}\n({count}; str() writes all of it)" if written else f"<{count}; str() writes all of it>"


def _terms(form: Any) -> int:
    """The terms of a sum; of another form, of the longest sum inside, as it is first met: ``1 + exp(-z)`` is passed."""
    if form.is_Add and len(form.args) > 2:
        return len(form.args)
    return max(map(_terms, form.args), default=1)


def is_own(form: Any) -> bool:
    """Whether a form, or one in a matrix, holds an entry of a network's arrays, named as the package names them."""
    from sympy import preorder_traversal
    from sympy.tensor.indexed import Indexed

    if _is_matrix(form):
        return any(map(is_own, form.values()[:100]))
    for count, part in enumerate(preorder_traversal(form)):
        if isinstance(part, Indexed):
            return part.base.label.name.rstrip("0123456789") in _LETTERS
        if count > 100:
            break
    return False


_LETTERS = {"x", "y", "w", "b", "g", "d", "p", "alpha", "beta", "gamma", "mean", "var"}
_LETTERS |= {letter.capitalize() for letter in _LETTERS} | {f"d{letter}" for letter in (*_LETTERS, "z")} | {"z"}
"""The letters of levels, of layers' arrays, of folded ones and of derivatives, before the number of the layer."""


def shown(*equations: Any) -> str | None:
    """One equation or several in LaTeX, with dollar signs; of many the first ones and the last. None where one of them
    is not written in LaTeX.
    """
    from convexplain.algebra.printing import aligned, latex

    most = LEVELS_OF_DETAIL[0]
    with suppress(ValueError, NotImplementedError):
        written = latex(equations[0], most=most) if len(equations) == 1 else aligned(equations, most=most)
        return f"$\\displaystyle {written}$"
    return None


def _shortest(form: Any, write: Callable[..., str]) -> str | None:
    """The form with as many terms of each sum as have room; None where even two are too many."""
    for most in LEVELS_OF_DETAIL:
        if _parts(form, most) <= MOST_PARTS:
            try:
                written = write(form, most=most)
            except (ValueError, NotImplementedError):
                return None
            if len(written) <= MOST_LETTERS:
                return written
    return None


def _parts(form: Any, most: int | None) -> int:
    """How many leaves are written, of each sum ``most``; counting ends soon after there are too many."""
    count, waiting = 0, [form]
    while waiting and count <= MOST_PARTS:
        part = waiting.pop()
        if not part.args or part.is_Symbol or _is_entry(part):
            count += 1
        elif part.is_Add and most is not None:
            waiting += part.args[:most]
        else:
            waiting += part.args[: MOST_PARTS + 1]
    return count


def _is_entry(part: Any) -> bool:
    return type(part).__name__ == "Indexed"


def _is_matrix(form: Any) -> bool:
    return bool(getattr(form, "is_Matrix", False)) and hasattr(form, "tolist")


def _matrix(form: Any, write: Callable[..., str]) -> str | None:
    """A matrix, or the corner of a large one."""
    rows, columns = form.shape
    if rows <= 2 * CORNER and columns <= 2 * CORNER:
        return _shortest_matrix(form, write)
    corner = form[: min(rows, CORNER), : min(columns, CORNER)]
    written = _shortest_matrix(corner, write)
    return None if written is None else f"{written}\\cdots\\ ({rows:,} \\times {columns:,})"


def _shortest_matrix(form: Any, write: Callable[..., str]) -> str | None:
    try:
        written = write(form, most=3)
    except (ValueError, NotImplementedError):
        return None
    return written if len(written) <= MOST_LETTERS else None
