"""One place of a window near by, with which stories about one channel begin: the kernel below its signal and on its
window, as high as the picture.

This module knows one place and pieces; what its products make, a story says.
"""

from __future__ import annotations

from collections.abc import Iterable

from convexplain.board import motion, pieces
from convexplain.board.marks import SMALL, Board, Cue, Draft, Key, Role
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Track, W
from convexplain.stories.script import Tap

LISTED = 4
"""The most products that a caption adds up."""
PRODUCTS = ("w", "k", "w ]", "x", "stride", "t of x", "sign", "dilation", "k of x", "pad", "x ]")
"""The parts of the formula that write one product."""


class Workbench:
    """The boards of the told window of a track."""

    def __init__(self, track: Track) -> None:
        self.track, self.near, self.told = track, track.near, track.told
        self.taps = places.elided(track.script, self.told.taps)
        large = max(abs(tap.product.value) for tap in self.taps) / 10
        self.lead = next((place for place, tap in enumerate(self.taps) if abs(tap.product.value) > large), 0)

    def kernel(self, said: str) -> Board:
        """The kernel below its signal, which it does not yet lie on."""
        return self._opened(said, laid=False).board("kernel", said, 3)

    def window(self) -> Board:
        """The kernel on its window."""
        said = f"It lies on {phrases.count(len(self.told.taps), 'sample')}: they are its window."
        return self._opened(said).board("window", said, 3)

    def _opened(self, said: str, laid: bool = True) -> Draft:
        """The signal and the kernel, as high as the picture; ``laid`` on its window, and with what a tap is, or below
        it.
        """
        draft, bench = self.track.draft(said, self.near), self.track.on(self.near, self.track.opening())
        self.track.lay(draft, bench, self.taps)
        if not laid:
            high = bench.bottom - bench.middle
            draft.change([("rig", *W, "frame")], y=bench.middle + high / 2, height=high)
            return draft
        _, right = benches.columns(self.taps, self.near)
        last, low = self.taps[-1], bench.bottom - benches.INDEX / 2 - 2
        begin, meaning = (self.near.x(last.step) + SMALL, low), f"the kernel’s number at *k* = {last.k}"
        pieces.callout(draft, ("tap",), f"tap {last.k}", right + 40, low, begin, meaning)
        return draft


def join(draft: Draft, bench: Bench, product: Key, tap: Tap, tint: Role) -> None:
    """A sample, its tap and their product belong together."""
    end = draft.marks[*product, "bar"].bottom
    pieces.band(draft, product, bench.axis.x(tap.step), bench.foot, end, bench.axis.bar, tint)


def falling(key: Key, taps: Iterable[Tap]) -> Iterable[Cue]:
    """A product comes from its sample: first down through its tap, one after the other."""
    for number, tap in enumerate(taps):
        own, lasts = (*key, tap.k), max(0.6, 1.3 - 0.2 * number)
        yield Cue(((*own, "bar"), (*own, "band")), motion.ENTER + number, lasts, "down first")
