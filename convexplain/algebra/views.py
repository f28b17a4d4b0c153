"""One operator seen in four ways: taps, a matrix, polynomials in z, a frequency response.

This module knows a layer's terms and how each view arranges them; the routes through a network are found by
:mod:`convexplain.algebra.sliding`. ``z`` is an advance by one step of the input: ``x[t + j]`` is ``z**j`` applied to x,
so a tap that reads j steps ahead stands at ``z**j``, and padding on the left brings negative powers.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sympy import Add, Expr, I, ImmutableSparseMatrix, S, Symbol, exp

from convexplain.algebra import symbols
from convexplain.algebra.budget import SIZE_BUDGET, counted
from convexplain.algebra.linear import Ways
from convexplain.algebra.sliding import Routes
from convexplain.layers import Cell
from convexplain.stack import Stack

if TYPE_CHECKING:
    import numpy as np

    from convexplain.network import Network

z, omega = Symbol("z"), Symbol("omega")


def matrix(stack: Stack, number: int) -> ImmutableSparseMatrix:
    """Layer ``number`` without bias and activation as a matrix of kernel entries, ``y.ravel() = matrix @ x.ravel()``.

    Row ``t * filters + f``, column ``i * channels + c``: blocks of (filters, channels), equal along each diagonal when
    strides are 1, a block-Toeplitz matrix. ``ValueError`` above the size budget.
    """
    (steps, channels), (outputs, filters) = stack.shapes[number - 1 : number + 1]
    cells = [Cell(step, filter) for step in range(outputs) for filter in range(filters)]
    count = sum(stack.product_count(number, cell, 1) for cell in cells)
    if count > SIZE_BUDGET:
        raise ValueError(
            f"this matrix has {counted(count)} entries that are not 0; at most {SIZE_BUDGET:,} are written out as "
            "symbols. matrix(l, numeric=True) gives it as numbers"
        )
    kernel = symbols.entries(symbols.kernel(number))
    entries = {
        (row, term.source.step * channels + term.source.channel): kernel[term.weight]
        for row, cell in enumerate(cells)
        for term in stack.terms(number, cell)
        if not term.padded
    }
    return ImmutableSparseMatrix(outputs * filters, steps * channels, entries)


def numeric_matrix(network: Network, number: int) -> Any:
    """The matrix of layer ``number`` with the network's weights, a ``scipy.sparse.csr_array`` of float64.

    ``ValueError`` without weights.
    """
    import numpy as np
    from scipy.sparse import coo_array

    if network.weights is None:
        raise ValueError("numbers need weights. Received: a network without weights")
    layer, kernel = network.stack.layers[number - 1], network.weights[number - 1][0]
    (steps, channels), (outputs, filters) = network.stack.shapes[number - 1 : number + 1]
    t, k, c, f = np.ogrid[:outputs, : layer.kernel_size, : channels // layer.groups, :filters]
    source = layer.source_step(steps, t, k)
    met = np.broadcast_to((source >= 0) & (source < steps), (outputs, *kernel.shape))
    rows = np.broadcast_to(t * filters + f, met.shape)[met]
    columns = np.broadcast_to(source * channels + layer.source_channel(channels, c, f), met.shape)[met]
    values = np.broadcast_to(kernel.astype(np.float64), met.shape)[met]
    return coo_array((values, (rows, columns)), shape=(outputs * filters, steps * channels)).tocsr()


class Polynomials:
    """``polynomials[c, f]`` is the polynomial in z that takes channel c of the input to filter f.

    ``y[t, f]`` is the sum over c of this operator on x at step ``t * strides``, padding and bias aside; the channels of
    several inputs, or of several levels that a layer reads, follow each other. Layers multiply: ``p @ q`` is p followed
    by q, with q's z raised to the power of p's strides.

    >>> import convexplain as cx
    >>> operator = cx.notebook().polynomial(1)
    >>> operator.shape, operator.strides       # (channels, filters)
    ((1, 4), 1)
    >>> operator[0, 3]
    z**4*w1[4, 0, 3] + z**3*w1[3, 0, 3] + z**2*w1[2, 0, 3] + z*w1[1, 0, 3] + w1[0, 0, 3]
    """

    def __init__(self, rows: list[list[Expr]], strides: int) -> None:
        self._rows = rows
        self.shape = (len(rows), len(rows[0]))
        self.strides = strides

    def __getitem__(self, index: tuple[int, int]) -> Expr:
        """The polynomial from a channel to a filter. ``IndexError`` for another pair."""
        channel, filter = symbols.check_index("this operator (channels, filters)", index, self.shape)
        return self._rows[channel][filter]

    def __matmul__(self, after: Polynomials) -> Polynomials:
        spread = [[entry.subs(z, z**self.strides) for entry in row] for row in after._rows]
        columns = list(zip(*spread, strict=True))
        product = [
            [sum((a * b for a, b in zip(row, column, strict=True)), S.Zero).expand() for column in columns]
            for row in self._rows
        ]
        return Polynomials(product, self.strides * after.strides)

    def dilated(self, rate: int) -> Polynomials:
        """The same taps ``rate`` steps apart: z -> z**rate.

        >>> import convexplain as cx
        >>> cx.example("kernel_flip").polynomial(1).dilated(2)[0, 0]
        z**4*w1[2, 0, 0] + z**2*w1[1, 0, 0] + w1[0, 0, 0]
        """
        return Polynomials([[entry.subs(z, z**rate) for entry in row] for row in self._rows], self.strides)

    def frequency_response(self) -> list[list[Expr]]:
        """The same at z = exp(i*omega), a row per channel: what a wave of omega radians per input step is multiplied
        by.

        >>> import convexplain as cx
        >>> cx.example("kernel_flip").polynomial(1).frequency_response()[0][0]
        exp(2*I*omega)*w1[2, 0, 0] + exp(I*omega)*w1[1, 0, 0] + w1[0, 0, 0]
        """
        return [[entry.subs(z, exp(I * omega)) for entry in row] for row in self._rows]

    def _repr_html_(self) -> str:
        from convexplain.display.operators import polynomials

        return polynomials(self)

    def __repr__(self) -> str:
        from convexplain.algebra.printing import text

        channels, filters = self.shape
        first = text(self._rows[0][0], most=6)
        return f"<operator of {channels} x {filters} polynomials in z, strides {self.strides}; [0, 0] = {first}>"


def polynomial(ways: Ways, layer: int | None = None) -> Polynomials:
    """The layer of level ``layer``, activation aside, or the whole network, as polynomials in z.

    ``ValueError`` where a layer does not do the same at every step, and above the size budget.
    """
    routes = Routes(ways, "a polynomial in z", layer)
    count = routes.count()
    if count > SIZE_BUDGET:
        raise ValueError(
            f"these polynomials have {counted(count)} products; at most {SIZE_BUDGET:,} are written out. "
            "collapse() has their coefficients one by one, frequency_response their values"
        )
    rows = [[S.Zero] * routes.filters for _ in range(routes.channels)]
    for filter, monomials in enumerate(routes.monomials()):
        addends: dict[int, list[Expr]] = defaultdict(list)
        for (channel, ahead), factors in monomials.items():
            addends[channel] += [factor * z**ahead for factor in factors]
        for channel, found in addends.items():
            rows[channel][filter] = Add(*found)
    return Polynomials(rows, routes.strides)


def frequency_response(network: Network, ways: Ways, frequencies: Any) -> np.ndarray:
    """What a wave of each angular frequency, in radians per input step, is multiplied by on its way through the
    network.

    ``frequencies`` is a number or an array of them; the result is complex, (frequencies, channels, filters), before
    strides leave steps out. ``ValueError`` for what is no number, where a layer does not do the same at every step, and
    without weights.
    """
    import numpy as np

    try:
        omega = np.atleast_1d(np.asarray(frequencies, dtype=np.float64))
    except (TypeError, ValueError):
        omega = np.full(1, np.nan)
    if not np.isfinite(omega).all():
        raise ValueError(
            f"omega must be a number or an array of them, finite, radians per step. Received: {frequencies!r:.40}. "
            "polynomial().frequency_response() has the formula in omega"
        )
    routes, stack = Routes(ways, "a frequency response"), network.stack
    if network.weights is None:
        raise ValueError("numbers need weights. Received: a network without weights")
    arrays: dict[int, dict[str, np.ndarray]] = {}
    for level in range(stack.input_count, stack.depth + 1):
        named = stack.layer(level).arrays(*stack.source_shapes(level))
        own = zip(named, network.arrays(level), strict=True)
        arrays[level] = {array.letter: values.reshape(array.indexed) for array, values in own}
    return routes.response(arrays, omega)
