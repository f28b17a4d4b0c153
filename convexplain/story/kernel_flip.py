"""kernel_flip: one input, one kernel, three calls, and who turns the kernel over how often.

Keras slides the kernel as it is. ``scipy.signal.convolve`` turns it over first, so its answers differ; handed
``w[::-1]`` it turns back what was turned, and the numbers are Keras's again. A single 1 as input then shows the kernel
itself. The story is told of a layer with one channel and one filter, without bias and activation.

Kinds of frames: ``question``, ``calls`` (what the two functions are), ``take`` (the kernel as it is handed over),
``turn`` (one half turn), ``step`` (one output of one call), ``start`` (what K - 1 does in the index), ``same`` (twice
turned is not turned, in the formula), ``compare`` (two rows are set against each other), ``impulse`` (the input becomes
a single 1), ``why`` (what the impulse has shown), ``check``.
"""

from __future__ import annotations

from dataclasses import dataclass

from convexplain.layers import Cell, Conv1D, Term
from convexplain.stack import Stack
from convexplain.story.frames import Frame, Story


@dataclass(frozen=True)
class Call:
    """One way to ask for the sum: what is called, and how often the kernel is turned over by the time it slides."""

    name: str
    label: str
    turns: int


CALLS = (
    Call("keras", "Conv1D", 0),
    Call("convolve", "convolve(x, w)", 1),
    Call("reversed", "convolve(x, w[::-1])", 2),
)


def turned(terms: tuple[Term, ...], turns: int) -> tuple[Term, ...]:
    """The terms after ``turns`` half turns of the kernel: if oddly many, the first sample meets the last tap."""
    if turns % 2 == 0:
        return terms
    return tuple(
        mirror._replace(source=term.source, padded=term.padded)
        for term, mirror in zip(terms, reversed(terms), strict=True)
    )


def tell(stack: Stack, level: int, cell: Cell) -> Story:
    """The frames for ``cell``'s filter; all its steps are told, the first in full. ``ValueError`` for more than one
    channel or filter.
    """
    (_, channels), (steps, filters) = stack.shapes[level - 1], stack.shapes[level]
    if channels != 1 or filters != 1:
        raise ValueError(
            f"kernel_flip is about one channel and one filter. Received: {channels} channels, {filters} filters"
        )
    layer = stack.layers[level - 1]
    last = f"`w[{layer.kernel_size - 1}]`"
    cells = tuple(Cell(step, cell.channel) for step in range(steps))
    keras, convolve, reversed_ = CALLS

    def call_steps(call: Call, first: str, then: str, prefix: str = "") -> list[Frame]:
        return [
            Frame(
                f"{prefix}{call.name}[{at.step}]",
                "step",
                then if index else first,
                cell=at,
                terms=turned(stack.terms(level, at), call.turns),
                call=call.name,
                done=cells[: index + 1],
            )
            for index, at in enumerate(cells)
        ]

    def act(kind: str, call: Call, caption: str, number: int | None = None) -> Frame:
        return Frame(f"{call.name} {kind}{'' if number is None else f' {number}'}", kind, caption, call=call.name)

    turned_steps = call_steps(
        convolve, "Now `w[0]` meets the last sample of its window.", "Then it slides, turned over."
    )
    frames = [
        Frame("question", "question", "Same input, same kernel: do they agree?"),
        Frame("calls", "calls", "`Conv1D` is a layer of Keras, `convolve` a function of SciPy."),
        Frame("mode", "calls", _mode(layer)),
        act("take", keras, "Keras takes the kernel as it is."),
        *call_steps(keras, "`w[0]` meets the first sample of its window.", "Then it slides, as it is."),
        act("take", convolve, "`convolve` takes the same kernel."),
        act("turn", convolve, "`convolve` first turns it over.", 1),
        turned_steps[0],
        Frame(
            "convolve start",
            "start",
            "K − 1 only moves the start; the minus turns the kernel.",
            turned_steps[0].cell,
            turned_steps[0].terms,
            call=convolve.name,
            done=cells[:1],
        ),
        *turned_steps[1:],
        Frame("differ", "compare", "Output by output: are they equal?", call=convolve.name, done=cells),
        act("take", reversed_, "Hand `convolve` the reversed kernel instead."),
        act("turn", reversed_, "The first turn is yours: `w[::-1]`.", 1),
        act("turn", reversed_, "The second turn is `convolve`’s own.", 2),
        act("same", reversed_, "The same pairs in reverse order: the same sum."),
        *call_steps(reversed_, "Turned twice: back as it was.", "Turned twice: back as it was."),
        Frame("agree", "compare", "The numbers are Keras’s again.", call=reversed_.name, done=cells),
        Frame("impulse", "impulse", "A single 1 as input shows the kernel itself."),
        *call_steps(
            keras,
            f"The right end of the kernel reaches the 1 first: {last}.",
            "`Conv1D`: each output is the tap that stands under the 1.",
            "impulse ",
        ),
        *call_steps(
            convolve,
            "Turned over, `w[0]` is at the right end and comes first.",
            "`convolve`: each output is the tap that stands under the 1.",
            "impulse ",
        ),
        *call_steps(reversed_, "Turned twice: as Keras.", "Turned twice: as Keras.", "impulse "),
        Frame("why", "why", "`Conv1D` returns the kernel reversed, `convolve` returns it as it is.", done=cells),
        Frame("check", "check", "", done=cells),
    ]
    return Story("kernel_flip", stack, level, cells[0], tuple(frames))


def comparison(differing: int, outputs: int, mirror: bool) -> str:
    """What a comparison of two rows has found; ``mirror`` says that the kernel reads the same from both ends."""
    if mirror:
        return "No output differs: this kernel is its own mirror image."
    if not differing:
        return f"0 of {outputs} outputs differ, for this input."
    return "The only output differs." if outputs == 1 else f"{differing} of {outputs} outputs differ."


def _mode(layer: Conv1D) -> str:
    """Which windows count, and what is done by hand so that ``convolve`` counts the same."""
    if layer.padding != "valid":
        return f'Zeros first, as `padding="{layer.padding}"` asks; then `mode="valid"`.'
    if layer.strides > 1:
        return f'Both count whole windows only (`mode="valid"`), every {layer.strides} steps.'
    if layer.dilation_rate > 1:
        return f"Dilation {layer.dilation_rate}: zeros stand between the taps of w, in both calls."
    return 'Both count whole windows only: `mode="valid"`.'
