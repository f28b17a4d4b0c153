"""The object a user holds: one network, and every question that can be asked of it.

Each method is one call into the module that knows the answer, imported when it is asked; nothing is computed here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from convexplain.names import Call, ExampleName, nearest, nearest_name
from convexplain.pictures import Pictures

if TYPE_CHECKING:
    from convexplain.check.verify import Verdict
    from convexplain.network import Levels
    from convexplain.numbers.ledger import Ledger


def explain(
    source: Any,
    x: Any = None,
    *,
    weights: Sequence[Sequence[Any]] | None = None,
    until: int | str | None = None,
    steps: int | None = None,
) -> Explanation:
    """Explain a stack, a graph, a Keras model, one built Keras layer, or the path of a ``.keras`` file.

    ``x`` is one input, (steps, channels) or (1, steps, channels); of several inputs a list, or a dictionary by name.
    ``weights`` are for a stack or a graph: per layer, in the order of Keras's ``layer.get_weights()``. ``until`` ends
    the network at a layer, by its name or the number of its level; what stands after it may be anything. A model that
    leaves its number of steps open takes it from ``x``, or from ``steps``.

    A file is read without importing Keras and without running anything it contains.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 1), [cx.Conv1D(1, 2, use_bias=False)])
    >>> ex = cx.explain(stack, x=[[1], [2], [3], [4]], weights=[[[[[10]], [[1]]]]])   # a kernel of 2 taps
    >>> ex[0, 0]
    w1[0, 0, 0]*x[0, 0] + w1[1, 0, 0]*x[1, 0]
    >>> ex.levels().values[1].ravel()          # 10*1 + 1*2, 10*2 + 1*3, 10*3 + 1*4: the kernel is not flipped
    array([12., 23., 34.], dtype=float32)
    >>> cx.explain("no_such.keras")
    Traceback (most recent call last):
        ...
    FileNotFoundError: the path must lead to a .keras file. Received: 'no_such.keras', where nothing is

    ``ValueError`` for what cannot be explained: an unknown layer, a size that is not known, weights that do not fit or
    are not finite, a file that is no model; ``FileNotFoundError`` for a missing file.
    """
    from convexplain import network as networks
    from convexplain import reader

    try:
        network = reader.read(source, weights, until=until, steps=steps, x=x)
    except FileNotFoundError as error:
        from convexplain.reader.archive import beside

        raise FileNotFoundError(f"{error}{beside(source) or _example_meant(source)}") from None
    if x is not None:
        network = replace(network, x=networks.check_input(network.stack, x), recorded=None)
    return Explanation(network)


def _example_meant(path: Any) -> str:
    """The example that may be meant by a path where nothing is, as a question; nothing where none is near."""
    from convexplain.examples import EXAMPLES

    name = None if os.path.splitext(path)[1] else nearest_name(path, EXAMPLES)
    return f". Did you mean cx.example({name!r})?" if name else ""


def notebook() -> Explanation:
    """The notebook's model: input (20, 1), ``Conv1D(4, 5)``, ``Conv1D(8, 5)``, no bias. Its weights, input and
    Keras's outputs are recorded data, so this needs no TensorFlow.

    >>> import convexplain as cx
    >>> cx.notebook().stack.shapes             # (steps, channels): the input, then each layer's output
    ((20, 1), (16, 4), (12, 8))
    """
    return example("notebook")


def example(name: ExampleName) -> Explanation:
    """One of the named examples, small integers but for the notebook's model; Keras's answers are recorded with them.

    >>> import convexplain as cx
    >>> sorted(cx.examples.EXAMPLES)
    ['channel_summation', 'collapse', 'gradient_flip', 'kernel_flip', ...]
    >>> cx.example("kernel_flip").network.weights[0][0].ravel()        # one kernel of three taps
    array([ 1., -1.,  2.], dtype=float32)

    ``ValueError`` for an unknown name.
    """
    from convexplain import examples

    return Explanation(lambda: examples.network(name), examples.find(name).stack)


class Explanation(Pictures):
    """What one network computes: as formulas, as numbers, as pictures. Made by :func:`explain`, :func:`notebook` and
    :func:`example`.

    Formulas: ``equation``, ``level``, ``[t, f]``, ``expanded``, ``paths``, ``collapse``, ``gradient``, ``active_form``,
    ``matrix``, ``polynomial``, ``frequency_response``, written by ``text``, ``latex``, ``typst`` and ``code``. Numbers:
    ``levels``, ``ledger``, ``verify``. Pictures: ``figure``, ``animate``, ``film``, ``page``, and ``story``, what they
    are painted from.

    >>> import convexplain as cx
    >>> ex = cx.notebook()
    >>> ex
    2 layers, 180 parameters: formulas and numbers
    0  input                                 (20, 1)
    1  Conv1D(4, 5, use_bias=False)  conv_1  (16, 4)  sees 5
    2  Conv1D(8, 5, use_bias=False)  conv_2  (12, 8)  sees 9
    ask ex[0, 0], ex.ledger(0, 0), ...; all: dir(ex)
    >>> ex.ledger(0, 3).total == sum(row.product for row in ex.ledger(0, 3).rows)        # exact numbers
    True
    """

    def __repr__(self) -> str:
        from convexplain.display.network import summary

        return summary(self)

    def _repr_html_(self) -> str:
        from convexplain.display.card import html

        return html(self)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.startswith("_")]

    if not TYPE_CHECKING:  # which would take every name for one that is there

        def __getattr__(self, name: str) -> Any:
            near = "" if name.startswith("_") or hasattr(type(self), name) else nearest(name, dir(self))
            # Without the object: Python itself would say once more what was meant.
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{near}", obj=None)

    # numbers

    def levels(self) -> Levels:
        """The values of every level, the input first, (steps, channels) float32: Keras's own once it was asked, else
        exact sums rounded once.

        >>> import convexplain as cx
        >>> levels = cx.example("kernel_flip").levels()
        >>> levels.values[0].ravel(), levels.values[1].ravel()
        (array([2., 2., 1., 1., 2.], dtype=float32), array([2., 3., 4.], dtype=float32))
        >>> levels.source
        'Keras 3.15.1, TensorFlow 2.21.0, called eagerly'

        ``ValueError`` without weights.
        """
        return self._levels_up_to(self.stack.depth)

    def _levels_up_to(self, level: int) -> Levels:
        """The values of the levels up to one, at least."""
        if self._levels is None and self.network.live is not None:
            self._ask_keras()
        known = self._levels or self._first_levels
        if known is None or len(known.values) <= level:
            from convexplain.network import until
            from convexplain.numbers.ledger import evaluate

            known = self._first_levels = evaluate(until(self.network, level), known)
        if level == self.stack.depth:
            self._levels = known
        return known

    def ledger(self, *cell: int, level: int | None = None) -> Ledger:
        """The products that make output step ``t``, channel ``f`` of ``level`` (the output when None), as exact
        numbers: ``ledger(t, f)``, or ``ledger(f)`` where the level has no time axis.

        Each layer reads the values of the level below it, as in the notebook: Keras's own once it was asked, else exact
        sums rounded to float32.

        >>> import convexplain as cx
        >>> cx.example("kernel_flip").ledger(0, 0)
        y1[0, 0], one product a line, Keras 3.15.1, TensorFlow 2.21.0, called eagerly
          w1[0, 0, 0] * x[0, 0] =  1 * 2 =  2
          w1[1, 0, 0] * x[1, 0] = −1 * 2 = −2
          w1[2, 0, 0] * x[2, 0] =  2 * 1 =  2
          channel 0                      =  2
          total                          =  2
          Keras 2, off by 0, bound 1.5e-6

        ``ValueError`` without weights, ``IndexError`` for a cell out of range.
        """
        from convexplain.numbers.ledger import ledger

        stack = self.stack
        number = stack.check_level(stack.outputs[0] if level is None else level, lowest=stack.input_count)
        return ledger(self.network, self._levels_up_to(number), number, stack.check_cell(number, *cell))

    def verify(self, oracle: Any = None, call: Call = "eager", **options: Any) -> Verdict:
        """Compare the formulas with another way to compute the layers, Keras when ``oracle`` is None, which is called
        "eager", "predict" or "both"; see :func:`convexplain.check.verify.verify`.

        With Keras and known weights, its answers become the values of the levels, as in the notebook.

        >>> import convexplain as cx
        >>> verdict = cx.notebook().verify(cx.oracles.scipy)         # convolve, on the reversed kernels
        >>> verdict.ok
        True
        >>> [level.index_map for level in verdict.levels]            # which weight meets which sample
        ['proved', 'proved']
        >>> def forgets_to_reverse(layer, weights, x):
        ...     return cx.oracles.scipy(layer, [weights[0][::-1]], x)
        >>> cx.notebook().verify(forgets_to_reverse).ok
        False

        ``ValueError`` for what is no oracle, :class:`convexplain.MissingPart` when Keras is not installed.
        """
        from convexplain.check.verify import verify

        verdict = self.verdict = verify(self.network, oracle, call=call, **options)
        if oracle is None and verdict.ok:
            # A verdict may hold where numbers overflow; whoever then asks for the numbers is told.
            with suppress(ValueError):
                self._ask_keras(whatever=True)
        return verdict
