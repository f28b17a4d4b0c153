"""What a frame of a story is, and which part of a long axis is shown."""

from __future__ import annotations

from dataclasses import dataclass

from convexplain.layers import Cell, Term
from convexplain.stack import Stack


@dataclass(frozen=True)
class Frame:
    """One state of the picture.

    ``name`` is stable and unique within a story: it names the film's section and the figure's panel. ``kind`` says what
    happens, from a small set of words each story lists. ``terms`` are the products that light, in their order; ``done``
    the output cells that stand written when the frame ends.
    """

    name: str
    kind: str
    caption: str
    cell: Cell | None = None
    terms: tuple[Term, ...] = ()
    channel: int | None = None
    call: str | None = None
    done: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Story:
    """The frames of one explanation of one level of a stack."""

    name: str
    stack: Stack
    level: int
    cell: Cell
    """The output that is told in full."""
    frames: tuple[Frame, ...]

    @property
    def input_shape(self) -> tuple[int, int]:
        """(steps, channels) of the level that is read."""
        return self.stack.shapes[self.level - 1]

    @property
    def output_shape(self) -> tuple[int, int]:
        """(steps, channels) of the level that is written."""
        return self.stack.shapes[self.level]

    def frame(self, name: str) -> Frame:
        """The frame of this name. ``KeyError`` when there is none."""
        for frame in self.frames:
            if frame.name == name:
                return frame
        raise KeyError(name)


def elide(length: int, most: int, keep: tuple[int, ...] = ()) -> tuple[int | None, ...]:
    """Which of ``length`` indices are shown in ``most`` places: all of them, or the first, those to keep, and the last.

    ``None`` stands for a gap and takes one place. Indices are in order and none is shown twice.

    >>> elide(5, 6)
    (0, 1, 2, 3, 4)
    >>> elide(64, 4)
    (0, 1, None, 63)
    >>> elide(64, 7, keep=(30, 31))
    (0, None, 30, 31, 32, None, 63)
    """
    if length <= most:
        return tuple(range(length))
    wanted = {0, length - 1, *(index for index in keep if 0 <= index < length)}
    candidates = [*range(max(keep, default=0) + 1, length), *range(length)]
    for index in candidates:
        grown = wanted | {index}
        if len(with_gaps(grown)) > most:
            if len(with_gaps(wanted)) >= most or index == candidates[-1]:
                break
            continue
        wanted = grown
    return with_gaps(wanted)


def with_gaps(indices: set[int]) -> tuple[int | None, ...]:
    """The indices in order, ``None`` where more than one is left out; a single missing one is put in.

    >>> with_gaps({0, 1, 3, 7})
    (0, 1, 2, 3, None, 7)
    """
    shown: list[int | None] = []
    for index in sorted(indices):
        if shown and shown[-1] is not None and index - shown[-1] == 2:
            shown.append(index - 1)
        elif shown and index - (shown[-1] or 0) > 1:
            shown.append(None)
        shown.append(index)
    return tuple(shown)
