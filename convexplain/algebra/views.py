"""One operator seen in four ways: taps, a matrix, polynomials in z, a frequency response.

This module knows a layer's terms and how each view arranges them; the views of a stack are products of the views of its
layers. ``z`` is an advance by one step of the input: ``x[t + j]`` is ``z**j`` applied to x, so a tap that reads j steps
ahead stands at ``z**j``, and padding on the left brings negative powers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sympy import Expr, I, ImmutableSparseMatrix, S, Symbol, exp

from convexplain.algebra import symbols
from convexplain.algebra.budget import SIZE_BUDGET, counted
from convexplain.algebra.collapse import collapse, first_source, way_count
from convexplain.algebra.expansion import refuse_nonlinear
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

    ``y[t, f]`` is the sum over c of this operator on x at step ``t * strides``, padding and bias aside. Layers
    multiply: ``p @ q`` is p followed by q, with q's z raised to the power of p's strides.

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

    def __repr__(self) -> str:
        from convexplain.algebra.printing import text

        channels, filters = self.shape
        first = text(self._rows[0][0], most=6)
        return f"<operator of {channels} x {filters} polynomials in z, strides {self.strides}; [0, 0] = {first}>"


def polynomial(stack: Stack, layer: int | None = None) -> Polynomials:
    """Layer ``layer`` as polynomials in z, or the whole stack as the product of its layers.

    ``ValueError`` for a stack that is not linear, and above the size budget.
    """
    if layer is not None:
        return _layer_polynomials(stack, stack.check_level(layer, lowest=1))
    refuse_nonlinear(stack, "an operator for the whole stack")
    count = stack.shapes[-1][1] * way_count(stack, 0)
    if count > SIZE_BUDGET:
        raise ValueError(
            f"the polynomials of this stack have {counted(count)} products; at most {SIZE_BUDGET:,} are written out. "
            "collapse() has their coefficients one by one, frequency_response their values"
        )
    product = _layer_polynomials(stack, 1)
    for number in range(2, stack.depth + 1):
        product = product @ _layer_polynomials(stack, number)
    return product


def _layer_polynomials(stack: Stack, number: int) -> Polynomials:
    layer, (steps, channels) = stack.layers[number - 1], stack.shapes[number - 1]
    kernel = symbols.entries(symbols.kernel(number))
    rows: list[list[Expr]] = [[S.Zero] * layer.filters for _ in range(channels)]
    for filter in range(layer.filters):
        for channel in range(channels // layer.groups):
            rows[layer.source_channel(channels, channel, filter)][filter] = sum(
                (
                    kernel[tap, channel, filter] * z ** layer.source_step(steps, 0, tap)
                    for tap in range(layer.kernel_size)
                ),
                S.Zero,
            )
    return Polynomials(rows, layer.strides)


def frequency_response(network: Network, frequencies: Any) -> np.ndarray:
    """What a wave of each angular frequency, in radians per input step, is multiplied by on its way through the stack.

    ``frequencies`` is a number or an array of them; the result is complex, (frequencies, channels, filters). It is
    taken from the effective kernel, before strides leave steps out. ``ValueError`` for a stack that is not linear, and
    without weights.
    """
    import numpy as np

    collapsed = collapse(network)
    kernel = collapsed.kernel_values
    steps = first_source(network.stack, 0) + np.arange(collapsed.span)
    waves = np.exp(1j * np.multiply.outer(np.atleast_1d(np.asarray(frequencies, dtype=np.float64)), steps))
    return np.tensordot(waves, kernel, axes=1)
