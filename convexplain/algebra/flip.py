"""Why ``convolve`` needs the kernel reversed: the derivation, step by step, each step checked.

This module knows sympy's sums and the definition of a convolution; it knows no layers beyond the plainest one, with one
channel, one filter and no padding, whose sum it takes from the same equation as every other layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from sympy import Eq, Expr, IndexedBase, Poly, Sum, Symbol

from convexplain.algebra import printing, symbols
from convexplain.algebra.closed_form import ClosedForms
from convexplain.algebra.equation import layer_equation
from convexplain.layers import Cell, Conv1D
from convexplain.stack import Stack

GRID = tuple((taps, steps) for taps in range(1, 6) for steps in range(taps, taps + 4))
"""Kernel sizes and input lengths at which steps are evaluated, exactly, with a symbol for every entry."""

_y, _x, _w, _v = IndexedBase("y"), symbols.x, IndexedBase("w"), IndexedBase("v")
_full, _convolve = IndexedBase("v*x"), IndexedBase("convolve(x, w[::-1])")
_t, _k, _j, _K = symbols.t, symbols.k, Symbol("j"), Symbol("K")


@dataclass(frozen=True)
class Step:
    """One equation of the derivation, why it holds, and how that was checked.

    >>> step = flip_identity()[0]
    >>> print(step.justification)
    what Keras computes: a cross-correlation, both indices rise with k
    >>> step.holds
    True
    """

    equation: Eq
    justification: str
    check: str
    holds: bool


@dataclass(frozen=True)
class FlipIdentity:
    """The steps from Keras's sum to a convolution with the reversed kernel, v[j] = w[K - 1 - j], for any kernel size K.

    A sequence of steps, printed as text; :meth:`latex` and :meth:`typst` give it as an aligned derivation.

    >>> derivation = flip_identity()
    >>> len(derivation), derivation.ok
    (5, True)
    >>> derivation[4].equation
    Eq(y[t], convolve(x, w[::-1])[t])
    """

    steps: tuple[Step, ...]

    @property
    def ok(self) -> bool:
        """Whether every step was checked and holds."""
        return all(step.holds for step in self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __getitem__(self, index: int) -> Step:
        """A step, from 0; ``IndexError`` where there is none."""
        return self.steps[index]

    def __len__(self) -> int:
        return len(self.steps)

    def latex(self) -> str:
        r"""The derivation in LaTeX, a line per step with its justification; needs ``amsmath`` for ``aligned`` and
        ``\text``.

        >>> print(flip_identity().latex().splitlines()[1].partition(" && ")[0])
        y_{t} &= \sum_{k=0}^{K-1} w_{k} \, x_{t+k}
        """
        from convexplain.display.forms import Written

        rows = [
            f"{left}&= {printing.latex(step.equation.rhs)} && \\text{{{_latex_words(step.justification)}}}"
            for left, step in self._lines(printing.latex)
        ]
        return Written("\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}")

    def typst(self) -> str:
        """The derivation in Typst mathematics.

        >>> print(flip_identity().typst().splitlines()[0].partition(" & ")[0])
        y_(t) &= sum_(k = 0)^(K-1) w_(k) x_(t+k)
        """
        from convexplain.display.forms import Written

        rows = [
            f'{left}&= {printing.typst(step.equation.rhs)} & quad "{step.justification}"'
            for left, step in self._lines(printing.typst)
        ]
        return Written(" \\\n".join(rows))

    def _lines(self, write: Callable[[Expr], str]) -> Iterator[tuple[str, Step]]:
        """The left-hand side of each step where it is not that of the step before, and the step."""
        before = None
        for step in self.steps:
            yield (f"{write(step.equation.lhs)} " if step.equation.lhs != before else ""), step
            before = step.equation.lhs

    def __str__(self) -> str:
        lines = []
        for step in self.steps:
            lines.append(printing.text(step.equation))
            lines.append(f"    {step.justification}; {'checked' if step.holds else 'REFUTED'}: {step.check}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def flip_identity() -> FlipIdentity:
    """From Keras's sum to ``scipy.signal.convolve`` with a reversed kernel, for a symbolic kernel size K.

    >>> for step in flip_identity():
    ...     print(printing.text(step.equation))
    y[t] = sum(k=0..K - 1) w[k]*x[t + k]
    y[t] = sum(j=0..K - 1) w[K - j - 1]*x[t + K - j - 1]
    y[t] = sum(j=0..K - 1) v[j]*x[t + K - j - 1]
    y[t] = (v * x)[t + K - 1]
    y[t] = convolve(x, w[::-1])[t]
    """
    return _derivation()


@cache
def _derivation() -> FlipIdentity:
    """The derivation, each step checked once."""
    keras = Sum(_w[_k] * _x[_t + _k], (_k, 0, _K - 1))
    backwards = keras.change_index(_k, _K - 1 - _k, _j)
    named = Sum(_v[_j] * _x[_t + _K - 1 - _j], (_j, 0, _K - 1))
    full = _full[_t + _K - 1]
    sizes = f"{len(GRID)} sizes"
    return FlipIdentity(
        (
            _step(
                keras,
                "what Keras computes: a cross-correlation, both indices rise with k",
                f"the sum of Conv1D(1, K), and its closed form at {sizes}",
                _is_keras(keras),
            ),
            _step(
                backwards,
                "the same sum, added from its end: k = K - 1 - j",
                f"sympy turns the sum back, and both agree at {sizes}",
                backwards.change_index(_j, _K - 1 - _j, _k) == keras and _agree(keras, backwards),
            ),
            _step(
                named,
                "v is the kernel reversed: v[j] = w[K - 1 - j]",
                "sympy puts w back for v",
                named.replace(_v[_j], _w[_K - 1 - _j]) == backwards,
            ),
            _step(
                full,
                "the definition of the full convolution: what one index gains, the other loses",
                f"the coefficient of z**(t + K - 1) in the product of two polynomials at {sizes}",
                _is_convolution(named),
            ),
            _step(
                _convolve[_t],
                "mode valid keeps the entries K - 1 to n - 1 of the full one, where all K taps meet a sample",
                f"scipy.signal.convolve of integers that tell every pair of entries apart, at {sizes}",
                _is_scipy(),
            ),
        )
    )


def _step(value: Expr, justification: str, check: str, holds: bool) -> Step:
    return Step(Eq(_y[_t], value, evaluate=False), justification, check, bool(holds))


def _at(value: Expr, taps: int, step: int) -> Expr:
    return value.subs({_K: taps, _t: step}).doit()


def _agree(one: Expr, other: Expr) -> bool:
    """Whether two sums are the same at every output step of every size of the grid."""
    return all(
        _at(one, taps, step) == _at(other, taps, step) for taps, steps in GRID for step in range(steps - taps + 1)
    )


def _is_keras(value: Sum) -> bool:
    """Whether ``value`` is the sum of Keras's layer: of its equation, and of its closed form at every size of the
    grid."""
    layer_sum = _plain(layer_equation(Conv1D(1, _K, use_bias=False), 1, Symbol("n"), 1).rhs)
    if Sum(layer_sum.function, layer_sum.limits[-1]) != value:
        return False
    for taps, steps in GRID:
        forms = ClosedForms(Stack((steps, 1), [Conv1D(1, taps, use_bias=False)]))
        for step in range(steps - taps + 1):
            if _plain(forms.at(1, Cell(step, 0))) != _at(value, taps, step):
                return False
    return True


def _plain(value: Expr) -> Expr:
    """A formula of one channel and one filter without their indices: ``w1[k, c, f]`` as ``w[k]``, ``x[t, c]`` as
    ``x[t]``."""
    return value.replace(
        lambda part: part.is_Indexed,
        lambda entry: (_x if entry.base == _x else _w)[entry.indices[0]],
    )


def _is_convolution(value: Sum) -> bool:
    """Whether ``value`` is the coefficient at t + K - 1 of the product of v's and x's polynomials."""
    z = Symbol("z")
    for taps, steps in GRID:
        product = Poly(sum(_v[j] * z**j for j in range(taps)) * sum(_x[i] * z**i for i in range(steps)), z)
        for step in range(steps - taps + 1):
            if (product.coeff_monomial(z ** (step + taps - 1)) - _at(value, taps, step)).expand() != 0:
                return False
    return True


def _is_scipy() -> bool:
    """Whether ``convolve`` with the reversed kernel gives Keras's sums, for integers whose products are distinct powers
    of 2."""
    import numpy as np
    from scipy.signal import convolve

    for taps, steps in GRID:
        x, w = 1 << np.arange(steps), 1 << (steps * np.arange(taps))
        correlation = [sum(w[tap] * x[step + tap] for tap in range(taps)) for step in range(steps - taps + 1)]
        full = convolve(x, w[::-1], mode="full", method="direct")
        valid = convolve(x, w[::-1], mode="valid", method="direct")
        if not (np.array_equal(full[taps - 1 : steps], correlation) and np.array_equal(valid, correlation)):
            return False
    return True


def _latex_words(words: str) -> str:
    return words.replace("*", r"{*}").replace("_", r"\_")
