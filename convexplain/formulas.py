"""What one network computes, as formulas: the half of an explanation that sympy answers.

Each method is one call into the room ``algebra`` that knows the answer, imported when it is asked; nothing is computed
here, and no number of the network is loaded for a formula.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from convexplain.graph import Graph
from convexplain.layers import Conv1D
from convexplain.stack import Path, Stack

if TYPE_CHECKING:
    import numpy as np
    import sympy

    from convexplain.algebra.activity import ActiveForm
    from convexplain.algebra.closed_form import Level
    from convexplain.algebra.collapse import Collapsed
    from convexplain.algebra.fold import Folded
    from convexplain.algebra.gradient import Gradient
    from convexplain.algebra.linear import Affine, Route
    from convexplain.algebra.piecewise import PiecewiseForm
    from convexplain.algebra.views import Polynomials
    from convexplain.network import Network


class Formulas:
    """One network and its formulas; an :class:`~convexplain.explanation.Explanation` adds numbers and pictures.

    >>> import convexplain as cx
    >>> ex = cx.explain(cx.Stack((4, 1), [cx.Conv1D(1, 2, use_bias=False)]))
    >>> ex[0, 0]
    w1[0, 0, 0]*x[0, 0] + w1[1, 0, 0]*x[1, 0]
    """

    def __init__(self, network: Network | Callable[[], Network], stack: Graph | None = None) -> None:
        """``network`` may be a function that loads it; formulas need its ``stack`` alone, and load no numbers."""
        self._network = network
        self._stack = stack
        if "IPython" in sys.modules:
            from convexplain.display.notebook import teach

            teach()

    @property
    def network(self) -> Network:
        """The stack with as many of its numbers as are known: ``.weights``, ``.x``, what Keras answered.

        >>> import convexplain as cx
        >>> network = cx.notebook().network
        >>> [kernel.shape for (kernel,) in network.weights]      # (taps, channels, filters), a list per layer
        [(5, 1, 4), (5, 4, 8)]
        >>> network.x.shape                                      # (steps, channels)
        (20, 1)
        """
        if callable(self._network):
            self._network = self._network()
        return self._network

    @property
    def stack(self) -> Any:
        """The layers and the shapes: a :class:`~convexplain.Stack`, or a :class:`~convexplain.Graph` that is no chain.

        >>> import convexplain as cx
        >>> cx.notebook().stack.shapes         # the input, then the output of each layer: (steps, channels)
        ((20, 1), (16, 4), (12, 8))
        """
        return self._stack or self.network.stack

    @property
    def layers(self) -> tuple[Any, ...]:
        """The layers, first layer first.

        >>> import convexplain as cx
        >>> cx.notebook().layers
        (Conv1D(4, 5, use_bias=False), Conv1D(8, 5, use_bias=False))
        """
        return self.stack.layers

    def _repr_latex_(self) -> str | None:
        from convexplain.display.forms import shown

        numbers = range(self.stack.input_count, self.stack.depth + 1)
        few = numbers if len(numbers) <= 13 else [*numbers[:12], numbers[-1]]
        return shown(*map(self.equation, few))

    def _ipython_key_completions_(self) -> list[Any]:
        return self.level(self.stack.outputs[0])._ipython_key_completions_()

    __iter__ = None
    """Outputs are addressed by [t, f], not walked: there is no order that is everybody's."""

    def equation(self, layer: int) -> sympy.Eq:
        """Layer ``layer``, counting from 1, in index notation: every output of it in one line.

        >>> import convexplain as cx
        >>> cx.notebook().equation(2)          # tap k, channel c, filter f; summed over taps and channels
        Eq(y2[t, f], Sum(w2[k, c, f]*y1[k + t, c], (c, 0, 3), (k, 0, 4)))

        ``IndexError`` when there is no such layer.
        """
        from convexplain.algebra.equation import level_equation

        return level_equation(self.stack, self.stack.check_level(layer, lowest=self.stack.input_count))

    def level(self, number: int) -> Level:
        """The closed forms of level ``number``: 0 is the input, l the output of layer l.

        >>> import convexplain as cx
        >>> cx.notebook().level(1)[2, 1]       # step 2, channel 1: five products
        w1[0, 0, 1]*x[2, 0] + w1[1, 0, 1]*x[3, 0] + w1[2, 0, 1]*x[4, 0] + w1[3, 0, 1]*x[5, 0] + w1[4, 0, 1]*x[6, 0]

        ``IndexError`` when there is no such level.
        """
        from convexplain.algebra.closed_form import Level

        return Level(self._forms, self.stack.check_level(number))

    def __getitem__(self, cell: Any) -> sympy.Expr:
        """Output step t, channel f, as a nested expression in x, w and b; ``[f]`` where the output has no time axis.
        Of several outputs, the first. It is a sympy expression: a plain Python prompt prints all of it, IPython and
        Jupyter what can be read.

        >>> import convexplain as cx
        >>> cx.example("collapse")[0, 0]       # two layers, one inside the other: nothing is multiplied out
        (w1[0, 0, 0]*x[0, 0] + w1[1, 0, 0]*x[1, 0] + w1[2, 0, 0]*x[2, 0])*w2[0, 0, 0] +
        (w1[0, 0, 0]*x[1, 0] + w1[1, 0, 0]*x[2, 0] + w1[2, 0, 0]*x[3, 0])*w2[1, 0, 0]

        ``IndexError`` for a cell outside the output, ``ValueError`` above 100,000 products.
        """
        return self.level(self.stack.outputs[0])[cell]

    @cached_property
    def _forms(self) -> Any:
        from convexplain.algebra.closed_form import ClosedForms

        return ClosedForms(self.stack)

    def _is_chain(self) -> bool:
        """Whether this is a stack of Conv1D layers without activation or with relu, which has quicker ways."""
        plain = all(isinstance(layer, Conv1D) and layer.activation in ("linear", "relu") for layer in self.stack.layers)
        return plain and isinstance(self.stack, Stack)

    @cached_property
    def _ways(self) -> Any:
        from convexplain.algebra.linear import Ways

        return Ways(self._forms)

    def _output_cell(self, cell: tuple[int, ...]) -> tuple[int, Any]:
        """The first output, and a cell of it."""
        level = self.stack.outputs[0]
        return level, self.stack.check_cell(level, *cell)

    def paths(self, *cell: int) -> Paths:
        """Every path from a sample to output step ``t``, channel ``f`` (or to feature ``f``): one tap per layer.

        >>> import convexplain as cx
        >>> for path in cx.example("collapse").paths(0, 0):      # 3 taps, then 2 taps: 6 paths
        ...     print("taps", [weight[0] for weight in path.weights], "from step", path.cells[0].step)
        taps [0, 0] from step 0
        taps [1, 0] from step 1
        taps [2, 0] from step 2
        taps [0, 1] from step 1
        taps [1, 1] from step 2
        taps [2, 1] from step 3

        ``IndexError`` for a cell outside the output, ``ValueError`` where a layer does not add up, as a maximum.
        """
        level, at = self._output_cell(cell)
        if not self._is_chain():
            self._ways.check()
        ways = self.stack if self._is_chain() else self._ways
        return Paths(partial(ways.paths, level, at), partial(self.path_count, *cell))

    def path_count(self, *cell: int) -> int:
        """How many paths make output step ``t``, channel ``f``, without listing them.

        >>> import convexplain as cx
        >>> cx.notebook().path_count(0, 3)     # 5 taps * 4 channels * 5 taps
        100

        ``IndexError`` for a cell outside the output, ``ValueError`` where a layer does not add up, as a maximum.
        """
        level, at = self._output_cell(cell)
        if self._is_chain():
            return self.stack.path_count(level, at)
        self._ways.check()
        return self._ways.counts(level, at)[0]

    def expanded(self, *cell: int) -> sympy.Expr:
        """Output step ``t``, channel ``f``, of a linear network multiplied out: one product per path.

        >>> import convexplain as cx
        >>> ex = cx.example("collapse")
        >>> ex.expanded(0, 0)
        w1[0, 0, 0]*w2[0, 0, 0]*x[0, 0] + w1[0, 0, 0]*w2[1, 0, 0]*x[1, 0] + w1[1, 0, 0]*w2[0, 0, 0]*x[1, 0] +
        w1[1, 0, 0]*w2[1, 0, 0]*x[2, 0] + w1[2, 0, 0]*w2[0, 0, 0]*x[2, 0] + w1[2, 0, 0]*w2[1, 0, 0]*x[3, 0]
        >>> ex.expanded(0, 0) == ex[0, 0].expand()
        True

        ``IndexError`` for a cell outside the output; ``ValueError`` for a network that is not linear, which says where
        linearity ends, and above 100,000 products.
        """
        from convexplain.algebra import expansion, linear

        _, at = self._output_cell(cell)
        return expansion.expanded(self.stack, at) if self._is_chain() else linear.expanded(self._forms, at)

    def collapse(self) -> Collapsed | Affine:
        """A linear stack of Conv1D layers as one layer: effective kernel, bias, and the output steps on which that is
        exact. Any other linear network as one affine map.

        >>> import convexplain as cx
        >>> one = cx.example("collapse").collapse()
        >>> one
        <one layer: kernel (4, 1, 1), strides 1, left padding 0, no bias; exact at every output step>
        >>> one.kernel_values.ravel()          # of the two kernels [1, 2, -2] and [1, 2]
        array([ 1.,  4.,  2., -4.])
        >>> cx.explain(cx.Stack((4, 1), [cx.AveragePooling1D(2), cx.Flatten(), cx.Dense(3)])).collapse()
        <one affine map: 3 outputs (3,) of 4 samples (4, 1)>

        ``ValueError`` for a network that is not linear, which says where linearity ends.
        """
        from convexplain.algebra import collapse, linear

        return collapse.collapse(self.network) if self._is_chain() else linear.collapse(self.network, self._forms)

    def fold(self) -> Folded:
        """The network without its batch normalisations, each folded into the layer before it, as formulas and in
        numbers, and checked against the original.

        ``ValueError`` that says why where there is nothing to fold.

        >>> import convexplain as cx
        >>> from convexplain.algebra.printing import text
        >>> layers = [cx.Conv1D(4, 3), cx.BatchNormalization()]
        >>> folded = cx.explain(cx.Stack((9, 2), layers)).fold()
        >>> for equation in folded[0].equations:
        ...     print(text(equation))
        W1[k, c, f] = gamma2[f]*w1[k, c, f]/sqrt(var2[f] + 0.001)
        B1[f] = gamma2[f]*(b1[f] - mean2[f])/sqrt(var2[f] + 0.001) + beta2[f]
        >>> folded.ok, cx.explain(folded.network).layers
        (True, (Conv1D(4, 3),))
        """
        from convexplain.algebra.fold import fold

        return fold(self.network)

    def gradient(self, symbol: str) -> Gradient:
        """dL/d(symbol) of any loss L, for "x", "w1", "b1", "gamma2", ..., in the upstream gradient ``g[t, f]`` =
        dL/dy[t, f]; of several outputs in ``g`` with the number of each level.

        >>> import convexplain as cx
        >>> ex = cx.example("kernel_flip")
        >>> ex.gradient("x")[2, 0]             # taps count down while steps count up: here the kernel is flipped
        g[0, 0]*w1[2, 0, 0] + g[1, 0]*w1[1, 0, 0] + g[2, 0]*w1[0, 0, 0]
        >>> ex.gradient("w1")[0, 0, 0]         # tap 0, channel 0, filter 0
        g[0, 0]*x[0, 0] + g[1, 0]*x[1, 0] + g[2, 0]*x[2, 0]

        Slopes at corners are those of TensorFlow's GradientTape: relu has 0 at 0, relu6 0 at 6 too, leaky_relu at 0 the
        slope below, and of equal candidates of a maximum or a minimum the first one counts. One is not:
        GlobalMaxPooling1D, whose gradient TensorFlow shares equally among the largest.

        ``ValueError`` for another symbol.
        """
        from convexplain.algebra.gradient import Gradient

        return Gradient(self._backward, symbol)

    @cached_property
    def _backward(self) -> Any:
        from convexplain.algebra.gradient import Backward

        return Backward(self._forms)

    def active_form(self, *cell: int) -> ActiveForm | PiecewiseForm:
        """The affine form of output step ``t``, channel ``f``, that holds at the given input: what relu leaves active.

        >>> import convexplain as cx
        >>> stack = cx.Stack((3, 1), [cx.Conv1D(1, 2, activation="relu"), cx.Conv1D(1, 2)])
        >>> ex = cx.explain(stack, [[1], [2], [-3]], weights=[[[[[1]], [[1]]], [0]], [[[[2]], [[5]]], [1]]])
        >>> ex.active_form(0, 0)
        output [0, 0] = 7 at this input, an affine form in 2 samples
        1 of 2 relu units behind it are active; every sign is certain
        >>> ex.active_form(0, 0).expression    # the unit that reads 2 - 3 is off
        2*x[0, 0] + 2*x[1, 0] + 1

        ``IndexError`` for a cell outside the output; ``ValueError`` without weights, and for a layer that is neither a
        sum nor a choice, as tanh.
        """
        from convexplain.algebra import activity, piecewise

        level, at = self._output_cell(cell)
        if self._is_chain():
            return activity.active_form(self.network, at)
        return piecewise.active_form(self.network, self._forms, level, at)

    def matrix(self, layer: int, numeric: bool = False) -> Any:
        """Layer ``layer``, counting from 1, without bias and activation as a block-Toeplitz matrix: ``y.ravel() ==
        matrix @ x.ravel()``, (output steps * filters, steps * channels).

        Entries are sympy symbols, or with ``numeric`` the weights in a ``scipy.sparse.csr_array`` of float64.

        >>> import convexplain as cx
        >>> ex = cx.example("kernel_flip")
        >>> ex.matrix(1)[0, :3]
        Matrix([[w1[0, 0, 0], w1[1, 0, 0], w1[2, 0, 0]]])
        >>> ex.matrix(1, numeric=True).toarray()       # the same three numbers, one step further in each row
        array([[ 1., -1.,  2.,  0.,  0.],
               [ 0.,  1., -1.,  2.,  0.],
               [ 0.,  0.,  1., -1.,  2.]])

        ``IndexError`` when there is no such layer; ``ValueError`` for a layer that does not add up, and with
        ``numeric`` without weights.
        """
        from convexplain.algebra import linear, views

        number = self.stack.check_level(layer, lowest=self.stack.input_count)
        if not self._is_chain():
            return linear.numeric_matrix(self.network, number) if numeric else linear.matrix(self._forms, number)
        return views.numeric_matrix(self.network, number) if numeric else views.matrix(self.stack, number)

    def polynomial(self, layer: int | None = None) -> Polynomials:
        """Layer ``layer`` (its activation aside), or the whole network, as polynomials in z (one step ahead), per
        channel and filter: of layers that do the same at every step, as convolutions, average pooling, a
        BatchNormalization, a Dense layer on a time axis and sums of branches, padding and biases aside.

        >>> import convexplain as cx
        >>> ex = cx.example("collapse")
        >>> ex.polynomial(1)[0, 0]             # channel 0, filter 0
        z**2*w1[2, 0, 0] + z*w1[1, 0, 0] + w1[0, 0, 0]
        >>> ex.polynomial()[0, 0] == (ex.polynomial(1) @ ex.polynomial(2))[0, 0]       # layers multiply
        True
        >>> around = cx.Graph([(8, 1)], [(cx.Conv1D(1, 3, padding="same"), 0), (cx.Add(), (0, 1))])
        >>> cx.explain(around).polynomial()[0, 0]      # around a layer: what goes past it is multiplied by 1
        z*w1[2, 0, 0] + w1[1, 0, 0] + 1 + w1[0, 0, 0]/z

        ``IndexError`` when there is no such layer; ``ValueError`` that names the layer which is in the way, where one
        is not linear, or does other things at other steps, and above 100,000 products.
        """
        from convexplain.algebra.views import polynomial

        if layer is not None:
            layer = self.stack.check_level(layer, lowest=self.stack.input_count)
        return polynomial(self._ways, layer)

    def frequency_response(self, omega: Any) -> np.ndarray:
        """What a wave of angular frequency ``omega``, radians per input step, is multiplied by on its way through a
        network of layers that do the same at every step: complex, (frequencies, channels, filters).

        >>> import convexplain as cx
        >>> cx.example("kernel_flip").frequency_response([0.0]).real       # of a constant: 1 + 2 - 1
        array([[[2.]]])
        >>> mean = cx.explain(cx.Stack((8, 1), [cx.AveragePooling1D(4, strides=1)]), weights=[[]])
        >>> abs(mean.frequency_response([0.0, 3.141592653589793 / 2])).round(9).ravel()     # four steps: one period
        array([1., 0.])

        ``ValueError`` for what is no number; that names the layer which is in the way, where one is not linear, or does
        other things at other steps; and without weights.
        """
        from convexplain.algebra.views import frequency_response

        return frequency_response(self.network, self._ways, omega)

    def latex(self, layer: int | None = None) -> str:
        r"""The equation of layer ``layer``, or of all of them aligned, in LaTeX without dollar signs.

        >>> import convexplain as cx
        >>> print(cx.notebook().latex(1))
        y^{(1)}_{t,f} = \sum_{k=0}^{4} w^{(1)}_{k,0,f} \, x_{t+k,0}

        ``IndexError`` when there is no such layer.
        """
        from convexplain.algebra.printing import aligned, latex
        from convexplain.display.forms import Written

        return Written(aligned(self._equations()) if layer is None else latex(self.equation(layer)))

    def typst(self, layer: int | None = None) -> str:
        """The equation of layer ``layer``, or of all of them aligned, in Typst mathematics without dollar signs.

        >>> import convexplain as cx
        >>> print(cx.notebook().typst(1))
        y^((1))_(t, f) = sum_(k = 0)^(4) w^((1))_(k, 0, f) x_(t+k, 0)

        ``IndexError`` when there is no such layer.
        """
        from convexplain.algebra.printing import aligned_typst, typst
        from convexplain.display.forms import Written

        return Written(aligned_typst(self._equations()) if layer is None else typst(self.equation(layer)))

    def text(self, layer: int | None = None) -> str:
        """The equation of layer ``layer``, or of all of them line by line, in plain text.

        >>> import convexplain as cx
        >>> print(cx.notebook().text())
        y1[t, f] = sum(k=0..4) w1[k, 0, f]*x[t + k, 0]
        y2[t, f] = sum(k=0..4) sum(c=0..3) w2[k, c, f]*y1[t + k, c]

        ``IndexError`` when there is no such layer.
        """
        from convexplain.algebra.printing import text
        from convexplain.display.forms import Written

        return Written("\n".join(map(text, self._equations())) if layer is None else text(self.equation(layer)))

    def code(self, layer: int | None = None) -> str:
        """Layer ``layer``, or the whole network, as a short NumPy program.

        >>> import convexplain as cx
        >>> ex = cx.example("kernel_flip")
        >>> program = {}
        >>> exec(ex.code(), program)           # defines layer1(x, w) and network(x, w1)
        >>> program["network"](ex.network.x, *ex.network.weights[0]).ravel()
        array([2., 3., 4.], dtype=float32)

        ``IndexError`` when there is no such layer.
        """
        from convexplain.algebra.numpy_code import code
        from convexplain.display.forms import Written

        return Written(code(self.stack, layer))

    def _equations(self) -> list[sympy.Eq]:
        return [self.equation(number) for number in range(self.stack.input_count, self.stack.depth + 1)]


class Paths:
    """The paths from a sample to an output, each found as they are walked; counting them lists none.

    >>> import convexplain as cx
    >>> paths = cx.notebook().paths(0, 3)
    >>> paths
    <100 paths, each a tap per layer: list(...) gives them>
    >>> len(paths), next(iter(paths)).weights
    (100, ((0, 0, 0), (0, 0, 3)))
    """

    def __init__(self, walk: Callable[[], Iterator[Path] | Iterator[Route]], count: Callable[[], int]) -> None:
        self._walk, self._count = walk, count

    def __iter__(self) -> Iterator[Path] | Iterator[Route]:
        return self._walk()

    def __len__(self) -> int:
        return self._count()

    def __repr__(self) -> str:
        count = self._count()
        return f"<{count:,} path{'s' * (count != 1)}, each a tap per layer: list(...) gives them>"
