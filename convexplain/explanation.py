"""The object a user holds: one network, and every question that can be asked of it.

Each method is one call into the module that knows the answer, imported when it is asked; nothing is computed here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from convexplain import parts
from convexplain.graph import Graph, describe
from convexplain.layers import Conv1D
from convexplain.stack import Path, Stack

if TYPE_CHECKING:
    import matplotlib.figure
    import numpy as np
    import sympy

    from convexplain.algebra.activity import ActiveForm
    from convexplain.algebra.closed_form import Level
    from convexplain.algebra.collapse import Collapsed
    from convexplain.algebra.gradient import Gradient
    from convexplain.algebra.views import Polynomials
    from convexplain.board.marks import Board
    from convexplain.check.verify import Verdict
    from convexplain.ledger import Ledger
    from convexplain.network import Levels, Network
    from convexplain.stories.told import Story


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
    What cannot be explained raises a ``ValueError`` that says what is required and what was received; a missing file
    ``FileNotFoundError``.
    """
    from convexplain import network as networks
    from convexplain import reader

    network = reader.read(source, weights, until=until, steps=steps, x=x)
    if x is not None:
        network = replace(network, x=networks.check_input(network.stack, x), recorded=None)
    return Explanation(network)


def notebook() -> Explanation:
    """The notebook's model: input (20, 1), ``Conv1D(4, 5)``, ``Conv1D(8, 5)``, no bias. Its weights, input and
    Keras's outputs are recorded data, so this needs no TensorFlow.
    """
    return example("notebook")


def example(name: str) -> Explanation:
    """One of the named examples, see :data:`convexplain.examples.EXAMPLES`."""
    from convexplain import examples

    return Explanation(lambda: examples.network(name), examples.find(name).stack)


class Explanation:
    """What one network computes: as formulas, as numbers, as pictures. Made by :func:`explain` and :func:`notebook`."""

    def __init__(self, network: Network | Callable[[], Network], stack: Graph | None = None) -> None:
        """``network`` may be a function that loads it; formulas need its ``stack`` alone, and load no numbers."""
        self._network = network
        self._stack = stack
        self._levels: Levels | None = None

    @property
    def _is_notebook(self) -> bool:
        from convexplain import examples

        return self._network is examples.network("notebook") or (
            callable(self._network) and self._stack is examples.find("notebook").stack
        )

    @property
    def network(self) -> Network:
        """The stack with as many of its numbers as are known."""
        if callable(self._network):
            self._network = self._network()
        return self._network

    @property
    def stack(self) -> Any:
        """The layers and the shapes."""
        return self._stack or self.network.stack

    @property
    def layers(self) -> tuple[Any, ...]:
        """The layers, first layer first."""
        return self.stack.layers

    def __repr__(self) -> str:
        numbers = "formulas and numbers" if self.network.weights is not None else "formulas, no weights"
        shapes = [str(shape) for shape in self.stack.shapes]
        if len(shapes) > 4:
            shapes[2:-1] = ["..."]
        depth = len(self.stack.layers)
        return f"<Explanation of {depth} layer{'s' * (depth != 1)}, {' -> '.join(shapes)}: {numbers}>"

    def _repr_latex_(self) -> str:
        from convexplain.algebra.printing import aligned

        return f"$\\displaystyle {aligned(self._equations(), most=12)}$"

    def _repr_html_(self) -> str:
        from convexplain.display import network_html

        return network_html(self)

    __iter__ = None
    """Outputs are addressed by [t, f], not walked: there is no order that is everybody's."""

    # formulas

    def equation(self, layer: int) -> sympy.Eq:
        """Layer ``layer`` in index notation, ``Eq(y2[t, f], Sum(w2[k, c, f]*y1[t + k, c], ...))``."""
        from convexplain.algebra.equation import level_equation

        return level_equation(self.stack, self.stack.check_level(layer, lowest=self.stack.input_count))

    def level(self, number: int) -> Level:
        """The closed forms of level ``number``: 0 is the input, l the output of layer l."""
        from convexplain.algebra.closed_form import Level

        return Level(self._forms, self.stack.check_level(number))

    def __getitem__(self, cell: Any) -> sympy.Expr:
        """Output step t, channel f, as a nested expression in x, w and b; ``[f]`` where the output has no time axis.
        Of several outputs, the first."""
        return self.level(self.stack.outputs[0])[cell]

    @cached_property
    def _forms(self) -> Any:
        from convexplain.algebra.closed_form import ClosedForms

        return ClosedForms(self.stack)

    def _chain(self, what: str) -> Any:
        """The stack, when it is one of Conv1D layers without activation or with relu; otherwise a ``ValueError``."""
        layers = list(enumerate(self.stack.layers, self.stack.input_count))
        odd = [
            (number, layer)
            for number, layer in layers
            if not isinstance(layer, Conv1D) or layer.activation not in ("linear", "relu")
        ]
        if odd or not isinstance(self.stack, Stack):
            number, layer = odd[0] if odd else layers[0]
            raise ValueError(
                f"{what} needs a stack of Conv1D layers, one after another, with relu or no activation. "
                f"Received: {describe(layer, number) if odd else 'a graph'}" + (f", {layer!r}" if odd else "")
            )
        return self.stack

    def paths(self, t: int, f: int) -> Iterator[Path]:
        """Every path from a sample to this output: one tap per layer."""
        stack = self._chain("a path")
        return stack.paths(stack.depth, stack.check_cell(stack.depth, t, f))

    def path_count(self, t: int, f: int) -> int:
        """How many paths make this output, without listing them."""
        stack = self._chain("a count of paths")
        return stack.path_count(stack.depth, stack.check_cell(stack.depth, t, f))

    def expanded(self, t: int, f: int) -> sympy.Expr:
        """The sum over paths of this output of a linear stack; equal to ``sympy.expand(ex[t, f])``."""
        from convexplain.algebra.expansion import expanded

        stack = self._chain("an expansion into paths")
        return expanded(stack, stack.check_cell(stack.depth, t, f))

    def collapse(self) -> Collapsed:
        """A linear stack as one layer: effective kernel, bias, and the output steps on which that is exact."""
        from convexplain.algebra.collapse import collapse

        self._chain("a collapsed layer")
        return collapse(self.network)

    def gradient(self, symbol: str) -> Gradient:
        """dL/d(symbol) in the upstream gradient ``g[t, f]``, for "x", "w1", "b1", ...: ``gradient("x")[i, c]``."""
        from convexplain.algebra.gradient import Gradient

        return Gradient(self._backward, symbol)

    @cached_property
    def _backward(self) -> Any:
        from convexplain.algebra.gradient import Backward

        self._chain("a gradient")
        return Backward(self._forms)

    def active_form(self, t: int, f: int) -> ActiveForm:
        """The affine form of this output that holds at the given input, and how certain the sign of each relu is."""
        from convexplain.algebra.activity import active_form

        stack = self._chain("an active form")
        return active_form(self.network, stack.check_cell(stack.depth, t, f))

    def matrix(self, layer: int, numeric: bool = False) -> Any:
        """Layer ``layer`` without bias and activation as a block-Toeplitz matrix, ``y.ravel() = matrix @ x.ravel()``:
        sympy symbols, or with ``numeric`` the weights in a scipy sparse array.
        """
        from convexplain.algebra import views

        number = self._chain("a matrix").check_level(layer, lowest=1)
        return views.numeric_matrix(self.network, number) if numeric else views.matrix(self.stack, number)

    def polynomial(self, layer: int | None = None) -> Polynomials:
        """Layer ``layer``, or the whole linear stack, as polynomials in z, one for each channel and filter."""
        from convexplain.algebra.views import polynomial

        return polynomial(self._chain("an operator"), layer)

    def frequency_response(self, omega: Any) -> np.ndarray:
        """The response of the linear stack at angular frequencies ``omega``, radians per input step: complex
        (frequencies, channels, filters).
        """
        from convexplain.algebra.views import frequency_response

        self._chain("a frequency response")
        return frequency_response(self.network, omega)

    def latex(self, layer: int | None = None) -> str:
        """The equation of layer ``layer``, or of all of them aligned, in LaTeX without dollar signs."""
        from convexplain.algebra.printing import aligned, latex

        return aligned(self._equations()) if layer is None else latex(self.equation(layer))

    def typst(self, layer: int | None = None) -> str:
        """The equation of layer ``layer``, or of all of them aligned, in Typst mathematics without dollar signs."""
        from convexplain.algebra.printing import aligned_typst, typst

        return aligned_typst(self._equations()) if layer is None else typst(self.equation(layer))

    def text(self, layer: int | None = None) -> str:
        """The equation of layer ``layer``, or of all of them line by line, in plain text."""
        from convexplain.algebra.printing import text

        return "\n".join(map(text, self._equations())) if layer is None else text(self.equation(layer))

    def code(self, layer: int | None = None) -> str:
        """Layer ``layer``, or the whole network, as a short NumPy program."""
        from convexplain.algebra.numpy_code import code

        return code(self._chain("a program"), layer)

    def _equations(self) -> list[sympy.Eq]:
        return [self.equation(number) for number in range(self.stack.input_count, self.stack.depth + 1)]

    # numbers

    def levels(self) -> Levels:
        """The values of every level, the input first, (steps, channels) float32: Keras's own once it was asked."""
        if self._levels is None:
            from convexplain.ledger import evaluate

            if self.network.live is not None:
                self._ask_keras()
            self._levels = evaluate(self.network)
        return self._levels

    def _ask_keras(self, whatever: bool = False) -> None:
        """Take Keras's outputs for the values of the levels, as the notebook does; kept, since Keras is slow to ask.

        Of a network that is no chain of convolutions only when asked for ``whatever`` it is.
        """
        from convexplain.stories.within import is_told_whole

        known = self.network.recorded is not None or self.network.weights is None
        if not known and (whatever or is_told_whole(self.stack)):
            from convexplain.check.verify import record

            self._network = replace(self.network, recorded=record(self.network))
            self._levels = None

    def ledger(self, *cell: int, level: int | None = None) -> Ledger:
        """The products that make output step ``t``, channel ``f`` of ``level`` (the output when None), as exact
        numbers: ``ledger(t, f)``, or ``ledger(f)`` where the level has no time axis.

        Each layer reads the values of the level below it, as in the notebook: Keras's own once it was asked, else exact
        sums rounded to float32. ``ValueError`` without weights, ``IndexError`` for a cell out of range.
        """
        from convexplain.ledger import ledger

        stack = self.stack
        number = stack.check_level(stack.outputs[0] if level is None else level, lowest=stack.input_count)
        return ledger(self.network, self.levels(), number, stack.check_cell(number, *cell))

    def verify(self, oracle: Any = None, **options: Any) -> Verdict:
        """Compare the formulas with another way to compute the layers, Keras when ``oracle`` is None; see
        :func:`convexplain.check.verify.verify`.

        With Keras and known weights, its answers become the values of the levels, as in the notebook.
        """
        from convexplain.check.verify import verify

        verdict = verify(self.network, oracle, **options)
        if oracle is None and verdict.ok:
            # A verdict may hold where numbers overflow; whoever then asks for the numbers is told.
            with suppress(ValueError):
                self._ask_keras(whatever=True)
        return verdict

    # pictures

    def story(
        self,
        name: str,
        cell: tuple[int, int] | None = None,
        level: int | None = None,
        format: str | float = "film",
        numbers: str = "short",
    ) -> Story:
        """The boards of story ``name`` for one output ``cell`` (step, channel) of ``level``, checked before it is told.

        Without a cell, of the output that is easiest to follow; without a level, of the last one. ``format`` is "film",
        "page", a publisher's column ("ieee", "ieee-wide", "neurips", "elsevier") or a width in inches. ``numbers`` are
        "short" (rounded to a grid on which every printed product and sum is exact) or "full".
        """
        from convexplain.stories import script
        from convexplain.stories.told import format_of, tell

        form = format_of(format)
        if parts.is_installed(*parts.keras_and_backend()):
            self._ask_keras()
        return tell(script.write(name, self.network, cell, level, numbers, self._levels), form)

    def figure(
        self,
        name: str,
        cell: tuple[int, int] | None = None,
        level: int | None = None,
        *,
        width: str | float = "ieee-wide",
        theme: str = "light",
        frames: Sequence[int | str] | None = None,
        ax: Any = None,
        numbers: str = "short",
    ) -> matplotlib.figure.Figure:
        """The figure of story ``name`` for one output, as a ``matplotlib.figure.Figure`` that shows itself.

        ``width`` is a publisher's ("ieee", "ieee-wide", "neurips", "elsevier") or in inches; the height follows, and
        lettering has 7 points or more. ``frames`` chooses boards by number or name, for a strip of panels; ``ax`` takes
        one of them into axes of your own. Save it with :func:`convexplain.save`, which writes the same bytes each time,
        or with its own ``savefig``. See :meth:`story` for the other arguments and errors.
        """
        from convexplain.render import figure
        from convexplain.stories.told import chosen, panels

        form, inches, columns = panels(width)
        story = self.story(name, cell, level, form.width * form.points / 72, numbers)
        boards = chosen(story, frames, columns)
        return figure.draw(boards, inches, theme, story.subject, ax, min(columns, len(boards)))

    def animate(
        self,
        name: str,
        path: str | os.PathLike[str],
        cell: tuple[int, int] | None = None,
        level: int | None = None,
        *,
        pacing: str = "normal",
        theme: str = "dark",
        numbers: str = "short",
        on_board: Callable[[Board], None] | None = None,
    ) -> str:
        """Write the story as an animated GIF or WebP, board by board the same as its film; the path is returned.

        ``pacing`` is "teach", "normal" or "fast". See :meth:`story` for the other arguments and errors.
        """
        from convexplain.render import animation

        story = self.story(name, cell, level, "film", numbers)
        return animation.write(story.boards, path, pacing=pacing, theme=theme, on_board=on_board, subject=story.subject)

    def film(
        self,
        name: str,
        path: str | os.PathLike[str],
        quality: str = "medium",
        cell: tuple[int, int] | None = None,
        level: int | None = None,
        *,
        pacing: str = "normal",
        theme: str = "dark",
        numbers: str = "short",
        on_board: Callable[[Board], None] | None = None,
    ) -> str:
        """Render the story as a film, MP4 or WebM; the path is returned. ``quality`` is "low", "medium", "full" or
        "high": 480, 720, 1080 and 1080 lines at 15, 30, 30 and 60 frames a second.

        "all" is the whole film, all stories of this network from the question to the check, with its captions and a
        poster beside it. :class:`convexplain.MissingPart` when manim is not installed; it says the command. See
        :meth:`story` for the other arguments and errors.
        """
        if name == "all":
            from convexplain import whole

            told = None if self._is_notebook else self
            return whole.render(told, path, quality=quality, pacing=pacing, theme=theme)
        from convexplain.render import film

        story = self.story(name, cell, level, "film", numbers)
        return film.render(
            story.boards, path, quality=quality, pacing=pacing, theme=theme, title=story.subject, on_board=on_board
        )

    def page(
        self,
        name: str | os.PathLike[str],
        path: str | os.PathLike[str] | None = None,
        cell: tuple[int, int] | None = None,
        level: int | None = None,
        *,
        theme: str = "dark",
        numbers: str = "short",
    ) -> str:
        """Write the story as one self-contained interactive page, HTML; the path is returned. With a path alone, all
        stories that can be told of this network.

        See :meth:`story` for the other arguments and errors.
        """
        from convexplain.render import page
        from convexplain.stories.programme import programme

        if path is None:
            target: Any = name
            told = [self.story(one, None, at, "page", numbers) for one, at in programme(self.stack).items()]
        else:
            target, told = path, [self.story(str(name), cell, level, "page", numbers)]
        return page.write(
            [page.Story(story.name, story.title, story.boards, story.note) for story in told], target, theme=theme
        )
