"""What a network does to its inputs, as cards for a notebook: polynomials in z, and the affine form at one input.

This module knows what stands in such a card and how much of it; the formulas and numbers it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from html import escape
from itertools import islice, product
from typing import TYPE_CHECKING, Any

from convexplain.display import markup
from convexplain.display.forms import in_lines, text_of
from convexplain.display.mathml import mathml
from convexplain.style import magnitude

if TYPE_CHECKING:
    from convexplain.algebra.activity import ActiveForm
    from convexplain.algebra.piecewise import PiecewiseForm
    from convexplain.algebra.views import Polynomials

MOST_ROWS = 12
"""Polynomials, units and choices that are shown; the rest is counted."""
MOST_TERMS = 8
"""Terms of a sum that are shown."""


def polynomials(operator: Polynomials) -> str:
    """The polynomials from each channel to each filter, filter by filter."""
    channels, filters = operator.shape
    every = product(range(filters), range(channels))
    rows = [
        markup.row([(str(f), ""), (str(c), ""), (_formula(operator[c, f]), "")]) for f, c in islice(every, MOST_ROWS)
    ]
    rows += _more(channels * filters, 3, "polynomials")
    strides = f", strides {operator.strides}" if operator.strides != 1 else ""
    return markup.card(
        f'<p class="title">{channels:,} channel{"s" * (channels != 1)} to {filters:,} filter{"s" * (filters != 1)} as '
        f"polynomials in z{strides}</p>",
        '<p class="soft">z is one step ahead: what stands at z² reads two steps later. Padding and biases aside.</p>',
        markup.table([("filter", ""), ("channel", ""), ("polynomial", "")], rows),
    )


def active(form: ActiveForm) -> str:
    """The affine form that relu leaves active, with the units behind it, those in doubt first."""
    count, on = len(form.units), sum(unit.is_active for unit in form.units)
    doubts = len(form.uncertain)
    said = (
        f"{on:,} of {count:,} relu units behind it are active; "
        + ("every sign is certain." if not doubts else f"{doubts:,} depend{'s' * (doubts == 1)} on rounding.")
        if count
        else "No relu unit stands behind it: it is the same at every input."
    )
    rows = [
        markup.row(
            [
                (markup.code(f"y{unit.level}[{unit.cell.step}, {unit.cell.channel}]"), ""),
                ("active" if unit.is_active else "off", ""),
                (f"{float(abs(unit.value)):.3g}", "n"),
                (magnitude(unit.bound), "n"),
                ("" if unit.is_certain else '<span class="bad">depends on rounding</span>', ""),
            ]
        )
        for unit in sorted(form.units, key=lambda unit: unit.is_certain)[:MOST_ROWS]
    ]
    heads = [("unit", ""), ("", ""), ("distance of its sum from 0", "n"), ("bound", "n"), ("", "")]
    return _affine(form, (form.cell.step, form.cell.channel), said, heads, [*rows, *_more(count, 5, "units")])


def piecewise(form: PiecewiseForm) -> str:
    """The affine form at one input, with the choices behind it, the nearest to another one first."""
    count = len(form.choices)
    said = f"{count:,} choice{'s' * (count != 1)} behind it." if count else "No choice stands behind it."
    rows = [
        markup.row(
            [(str(choice.level), ""), (markup.code(str(list(choice.cell))), ""), (f"{float(choice.margin):.3g}", "n")]
        )
        for choice in sorted(form.choices, key=lambda choice: choice.margin)[:MOST_ROWS]
    ]
    heads = [("level", ""), ("cell", ""), ("how far from another choice", "n")]
    return _affine(form, form.cell, said, heads, [*rows, *_more(count, 3, "choices")])


def _affine(form: Any, cell: Sequence[int], said: str, heads: list[tuple[str, str]], rows: list[str]) -> str:
    place, samples = ", ".join(map(str, cell)), len(form.coefficients)
    return markup.card(
        f'<p class="title">Output [{place}] = {float(form.value):.9g} at this input</p>',
        f'<p class="soft">There it is an affine form in {samples:,} sample{"s" * (samples != 1)}. {escape(said)}</p>',
        f"<p>{_formula(form.expression)}</p>",
        markup.table(heads, rows) if rows else "",
    )


def _formula(form: Any) -> str:
    """A formula as mathematics, its long sums cut."""
    from convexplain.algebra.printing import latex, text

    with suppress(ValueError, NotImplementedError):
        return mathml(in_lines(latex(form, most=MOST_TERMS)), display=False)
    return markup.code(text_of(form) or text(form, most=MOST_TERMS))


def _more(count: int, columns: int, what: str) -> list[str]:
    """The row that counts what is left out, where something is."""
    if count <= MOST_ROWS:
        return []
    left = f'<span class="soft">{count - MOST_ROWS:,} more {what}</span>'
    return [markup.row([("⋮", ""), (left, ""), *[("", "")] * (columns - 2)])]
