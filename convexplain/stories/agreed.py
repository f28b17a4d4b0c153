"""The check of layers that differ in their padding: all their outputs, and Keras's numbers beside them.

This module knows bands and pieces; it compares nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import FULL, SMALL, Board, Cue, Draft
from convexplain.check.verdict import Check
from convexplain.stories import phrases, places
from convexplain.stories.bands import Band, Bands, Heights
from convexplain.stories.places import Place


def check(base: Bands, others: Mapping[str, Bands | None]) -> Board:
    """The outputs at full precision, and Keras's numbers beside them. How many of ``others``, by what they differ in,
    were compared too is a remark.
    """
    said, more = _asked(base, base).line + ".", {name: _asked(base, bands) for name, bands in others.items() if bands}
    size = _size(base)
    draft, heights = base.draft(said, formula=False), base.heights(bare=True, above=1.2 * size)
    for mode, band in base.bands.items():
        base.lay(draft, heights, mode, lambda place: FULL, lambda place, tap: 0.0)
        for place in band.places:
            _compare(draft, base, heights, band, place, size)
    if any(key[0] == "keras" for key in draft.marks):
        pieces.legend(draft, [("output", "bar", "formula"), ("kernel", "dot", base.told.check.library)])
    if more:
        many = phrases.spelled(sum(d.compared for one in more.values() for d in one.distances if d))
        gaps = [name + " in each padding" * bool(bands and len(bands.bands) > 1) for name, bands in others.items()]
        gaps = [gap for gap, bands in zip(gaps, others.values(), strict=True) if bands]
        pieces.remark(
            draft, ("others",), phrases.sentence(f"{many} more, with {' and with '.join(gaps)}, were compared too.")
        )
    return draft.board("check", said, 3, [Cue((("keras",),), beat=motion.ENTER + 1)])


def _asked(base: Bands, bands: Bands) -> Check:
    """What was found of some layers, as far as the told layer's library was asked."""
    own = base.told.check
    checks = [script.check for script in bands.scripts.values() if script.check.library == own.library]
    return Check(own.oracle, tuple(d for check in checks for d in check.distances), own.ok)


def _size(base: Bands) -> float:
    """The size at which whole numbers have room over their bars; 0 where they have none, or are not whole."""
    texts = [place.output.text for band in base.bands.values() for place in band.places]
    return SMALL if places.whole(base.values) and places.size_on(base.axis, texts) else 0.0


def _compare(draft: Draft, base: Bands, heights: Heights, band: Band, place: Place, size: float) -> None:
    """An output at full precision with its number, and Keras's beside it."""
    at = base.key(band.mode, place)
    full, asked = band.script.full(place.step, 0), band.script.asked(place.step, 0)
    mark, foot = draft.marks[(*at, "bar")], heights.feet[band.mode]
    if mark.kind == "bar":
        rise = float(abs(full)) * heights.unit
        draft.change([(*at, "bar")], height=rise, y=foot - mark.base * rise / 2)
    if asked is not None:
        x = mark.x + base.axis.bar / 2 + 12
        pieces.compared(draft, ("keras", *at[1:]), x, foot - float(Fraction(asked)) * heights.unit)
    if size:
        pieces.digits(draft, at, place.output.text, size, side="below" if place.output.value < 0 else "above")
