"""The kernels of a stack as tables of tiles: every tap of every layer, a row for each channel, at the right of a board.

They are met before the paths and stay, so that what a path multiplies can be read off. This module knows the numbers of
a script and tiles; which board they stand on a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from convexplain.board import pieces, tiles
from convexplain.board.marks import COLUMN, FULL, SMALL, TEXT, Draft, Format, Key, Role
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.script import Script

MOST_LINES, MOST_WIDTH, ASIDE = 10, 0.39, 0.06
"""What the narrowest format has room for, in lines and as a share of its width; and the light of a tap that is not
meant.
"""


class Row(NamedTuple):
    """One kernel: its role, and its taps with their keys."""

    role: Role
    taps: tuple[tuple[Key, Number], ...]


@dataclass(frozen=True)
class Tables:
    """The tables of all layers from a base up, in one format; none where there is no room for them."""

    form: Format
    layers: Mapping[int, tuple[Row, ...]]
    biased: Collection[int] = ()

    @classmethod
    def of(cls, script: Script, form: Format, cells: Mapping[int, Sequence[Cell]]) -> Tables:
        """The tables of the layers above the lowest of some levels, whose ``cells`` are read."""
        base, *levels = sorted(cells)
        layers = {level: _rows(script, level, cells[level]) for level in levels}
        narrow = cls(COLUMN, layers)
        complete = all(
            len({cell.channel for cell in cells[level]}) == script.source.stack.shapes[level][1]
            for level in levels[:-1]
        )
        alone = all(len({row.role for row in rows}) == len(rows) for rows in layers.values())
        lines = sum(len(rows) + 1 for rows in layers.values())
        fits = lines <= MOST_LINES and narrow._width <= MOST_WIDTH * COLUMN.width
        biased = [level for level in levels if script.source.stack.layers[level - 1].use_bias]
        return cls(form, layers if base == 0 and complete and alone and fits and len(levels) > 1 else {}, biased)

    # where they stand

    @property
    def size(self) -> float:
        """Of the numbers."""
        texts = [number.text for rows in self.layers.values() for row in rows for _, number in row.taps]
        return SMALL if self.form.is_narrow else benches.fitting(90.0, texts, (TEXT, SMALL))

    @property
    def _pitch(self) -> tuple[float, float]:
        """From one tap to the next, and from one kernel to the next."""
        texts = [number.text for rows in self.layers.values() for row in rows for _, number in row.taps]
        longest = max((advance(runs_of(text)) for text in texts), default=0.0) * self.size
        return longest + (16.0 if self.form.is_narrow else 30.0), self.size * (1.12 if self.form.is_narrow else 1.4)

    @property
    def _width(self) -> float:
        most = max(len(row.taps) for rows in self.layers.values() for row in rows)
        titles = [advance(runs_of(self._title(level))) * SMALL for level in self.layers if not self.form.is_narrow]
        return max([most * self._pitch[0] + self._aside, *titles])

    def _title(self, level: int) -> str:
        kernels = "kernel" if len(self.layers[level]) == 1 else "kernels"
        return f"{kernels} of layer {level}, {'with a bias' if level in self.biased else 'no bias'}"

    @property
    def _aside(self) -> float:
        """The room for the word that stands before the numbers of the taps."""
        return advance(runs_of("tap")) * SMALL + 14.0

    @property
    def room(self) -> float:
        """The width that is taken from the picture; nothing where there are no tables."""
        return self._width + (24.0 if self.form.is_narrow else 70.0) if self.layers else 0.0

    def taps(self, level: int, filter: int) -> set[Key]:
        """The keys of the taps of one filter of a layer."""
        return {key for row in self.layers.get(level, ()) for key, _ in row.taps if key[-1] == filter}

    def lay(self, draft: Draft, lit: Collection[Key] | None = None) -> float:
        """Every tap as a tile with its number; those that are not ``lit`` (all when None) are numbers alone. Returns
        the lower end.
        """
        (across, down), size, form = self._pitch, self.size, self.form
        top = 84.0 if form.is_narrow else benches.TOP - 20.0
        left = form.width - form.margin - self._width if self.layers else 0.0
        for level, rows in self.layers.items():
            if not form.is_narrow:
                pieces.note(draft, ("kernel", level), self._title(level), left, top + 22.0)
                top += 46.0
            used = {place for row in rows for place, (key, _) in enumerate(row.taps) if lit is not None and key in lit}
            used = used if len(used) < max(len(row.taps) for row in rows) else set()  # all of them is no choice
            pieces.note(draft, ("taps", level), "tap", left, top + 20.0)
            for place in range(max(len(row.taps) for row in rows)):
                x = left + self._aside + across * (place + 0.5)
                mark = words(str(place), x, top + 20.0, SMALL, "lit" if place in used else "quiet")
                draft.put("tap", ("index", level, place), mark)
            top += 38.0 if form.is_narrow else 46.0
            for row in rows:
                for place, (key, number) in enumerate(row.taps):
                    x, y = left + self._aside + across * (place + 0.5), top + down / 2
                    lay_tap(
                        draft, key, number, row.role, (x, y), (across - 6, down - 6), size, lit is None or key in lit
                    )
                top += down
            top += 12.0 if form.is_narrow else 40.0
        return top


def lay_tap(
    draft: Draft,
    key: Key,
    number: Number,
    role: Role,
    at: tuple[float, float],
    room: tuple[float, float],
    size: float,
    meant: bool = True,
    copied: bool = False,
) -> None:
    """A weight as a tile with its number in it, about a point; a zero is its number alone. With ``copied`` it comes
    from the tap of the same number in its table.
    """
    (x, y), seen = at, bool(number.value)
    light = tiles.light_of(number.value) if meant else ASIDE
    source = ("tap", *number.about[1:]) if copied and number.about is not None else None
    if seen:
        mark = tiles.tile(draft, key, number, role, x, y, *room, light=light)
        draft.marks[(*key, "bar")] = mark.at(copy_of=(*source, "bar") if source else None, z=2)
    bright = meant and number.value > 0
    written = words(number.text, x, y, size, "ink" if meant else "quiet", light=0.0 if bright else FULL, z=3)
    rides = (*key, "bar") if seen else None
    copy = (*source, "digits") if source else None
    draft.put("tap", (*key, "digits"), written.at(about=number.about, rides=rides, copy_of=copy))


def _rows(script: Script, level: int, cells: Sequence[Cell]) -> tuple[Row, ...]:
    """The kernels that some cells of a level are made with: one for each filter and channel."""
    found: dict[tuple[int, int], list[tuple[Key, Number]]] = {}
    roles: dict[tuple[int, int], Role] = {}
    several = [shape[1] > 1 for shape in script.source.stack.shapes]
    for cell in {cell.channel: cell for cell in cells}.values():
        for term in script.source.stack.terms(level, cell):
            k, c, f = term.weight
            number = script.number(("weight", level, k, c, f))
            found.setdefault((f, c), []).append((("tap", level, k, c, f), number))
            last = level == script.level
            at, channel = (level - 1, term.source.channel) if last else (level, cell.channel)
            roles[f, c] = f"channel {channel}" if several[at] else "kernel"
    return tuple(Row(roles[at], tuple(taps)) for at, taps in sorted(found.items()))
