"""kernel_flip: one input, one kernel, three calls, and who turns the kernel over how often.

Keras slides the kernel as it is. ``scipy.signal.convolve`` turns it over first, so its answers differ; handed
``w[::-1]`` it turns back what was turned, and the numbers are Keras's again. A single 1 as input then shows the kernel
itself. The story is told of a layer with one channel and one filter, without bias and activation.

Kinds of frames: ``question``, ``take`` (the kernel as it is handed over), ``turn`` (one half turn), ``step`` (one
output of one call), ``compare`` (two rows are set against each other), ``impulse`` (the input becomes a single 1),
``why`` (what the impulse has shown), ``check``.
"""

from __future__ import annotations

from dataclasses import dataclass

from convexplain.layers import Cell, Term
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
    """The terms when the kernel was turned over ``turns`` times: if oddly often, the first sample meets the last tap."""
    if turns % 2 == 0:
        return terms
    return tuple(
        mirror._replace(source=term.source, padded=term.padded)
        for term, mirror in zip(terms, reversed(terms), strict=True)
    )


def tell(stack: Stack, level: int, cell: Cell) -> Story:
    """The frames for ``cell``'s filter; all its steps are told. ``ValueError`` for more than one channel or filter."""
    (_, channels), (steps, filters) = stack.shapes[level - 1], stack.shapes[level]
    if channels != 1 or filters != 1:
        raise ValueError(
            f"kernel_flip is about one channel and one filter. Received: {channels} channels, {filters} filters"
        )
    cells = [Cell(step, cell.channel) for step in range(steps)]
    frames = [Frame("question", "question", "Same input, same kernel: do they agree?")]
    frames += _told(stack, level, cells, CALLS[0], ("Keras takes the kernel as it is.", "Then it slides, as it is."))
    frames += _told(
        stack, level, cells, CALLS[1], ("convolve first turns the kernel over.", "Then it slides, turned over.")
    )
    frames.append(
        Frame("differ", "compare", "The two calls are compared, output by output.", call="convolve", done=tuple(cells))
    )
    frames += _told(stack, level, cells, CALLS[2], ("The first turn is yours: w[::-1].", "Turned twice is not turned."))
    frames.append(Frame("agree", "compare", "The numbers are Keras's again.", call="reversed", done=tuple(cells)))
    frames.append(Frame("impulse", "impulse", "A single 1 as input shows the kernel itself."))
    for call in CALLS:
        frames += [
            Frame(
                f"impulse {call.name}[{at.step}]",
                "step",
                f"{call.label} reads the 1.",
                cell=at,
                terms=turned(stack.terms(level, at), call.turns),
                call=call.name,
                done=tuple(cells[: index + 1]),
            )
            for index, at in enumerate(cells)
        ]
    frames.append(Frame("why", "why", "The kernel's last tap reaches the 1 first.", done=tuple(cells)))
    frames.append(Frame("check", "check", "", done=tuple(cells)))
    return Story("kernel_flip", stack, level, cell, tuple(frames))


def _told(stack: Stack, level: int, cells: list[Cell], call: Call, captions: tuple[str, str]) -> list[Frame]:
    """One call: the kernel is handed over, turned as often as it is, and slides."""
    first, then = captions
    frames = [
        Frame(
            f"{call.name} take", "take", first if call.turns != 1 else "convolve takes the same kernel.", call=call.name
        )
    ]
    turns = (
        ("convolve first turns the kernel over.",) if call.turns == 1 else (first, "The second turn is convolve's own.")
    )
    frames += [
        Frame(f"{call.name} turn {number + 1}", "turn", turns[number], call=call.name) for number in range(call.turns)
    ]
    meets = "first" if call.turns % 2 == 0 else "last"
    for index, cell in enumerate(cells):
        caption = then if index else f"w[0] meets the {meets} sample of its window."
        terms = turned(stack.terms(level, cell), call.turns)
        frames.append(
            Frame(
                f"{call.name}[{cell.step}]",
                "step",
                caption,
                cell,
                terms,
                call=call.name,
                done=tuple(cells[: index + 1]),
            )
        )
    return frames
