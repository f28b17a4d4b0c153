"""The window slides along one band: each place gets its edges and gives its number when the window is there.

This module knows bands and motion; which places there are, the padding has decided.
"""

from __future__ import annotations

from collections.abc import Sequence

from convexplain.board import motion
from convexplain.board.marks import Cue
from convexplain.stories.bands import Bands, Drawn
from convexplain.stories.places import RIG, Place, X
from convexplain.stories.sliding import SLIDE

THICK, THIN = 6.0, 3.0
"""Of the edges that are meant, and of the others."""


def edges(places: Sequence[Place]) -> Drawn:
    """The edges of some places, those of the first one meant."""
    return lambda place, tap: 0.0 if place not in places else THICK if place is places[0] else THIN


def cues(bands: Bands, mode: str, start: Place, end: Place) -> list[Cue]:
    """How the window slides from one place of a band to another."""
    count = max(1, abs(end.home - start.home))
    lasts = max(1.2, SLIDE * count)
    found = [Cue((*RIG, X), beat=motion.MOVE, lasts=lasts)]
    for place in bands.bands[mode].places:
        key, share = bands.key(mode, place), min(1.0, abs(place.home - start.home) / count)
        drawn = tuple((kind, *key[1:]) for kind in ("edge", "stem"))
        drawn += tuple(("read", mode, tap.step) for tap in place.taps)
        found.append(Cue((*drawn, (*key, "bar")), beat=motion.MOVE, lasts=0.4, after=motion.passes(share) * lasts))
    return [*found, Cue((("count",),), beat=motion.ENTER + 1)]
