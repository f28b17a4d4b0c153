"""padding_modes: valid, same and causal: where the zeros go, and why the lengths differ.

The window is the same everywhere; a padding decides where it may stand, and so how many outputs there are and under
which steps. It answers "where do the zeros go?", "why are the lengths different?", "where does the odd zero of `same`
go?" and "why is my last sample never read?".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from convexplain import style
from convexplain.board import staging
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.stories import phrases
from convexplain.stories.one_channel import places, sliding
from convexplain.stories.one_channel.bands import Band, Bands
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.track import W, Y, compare
from convexplain.stories.script import Script

FIGURE = {1: ("all", "same", "causal"), 2: ("valid", "same", "causal", "all")}
"""The boards of the composed figure, by how many panels stand side by side."""
CHECKED = "check"
"""The board whose caption is what was checked."""
ZEROS = Cue((("zero",), ("ruler",)), staging.LEAVE + 0.5)
"""The zeros, with their steps, are there before they are read."""
PARTS = Cue((("window",),), staging.LEAVE, 0.9)
"""While the kernel leaves, all windows come out of its window."""
BACK = Cue((("rig", *W), W, ("baseline",), Y, ("name",), ("count",), ("counted",)), staging.LEAVE, after=0.3)
"""The kernel comes back, with all rows, while they leave."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return tuple(_Telling(script, form).boards())


class _Telling:
    """What was shown stays: the outputs of layers that are ``now`` there."""

    def __init__(self, script: Script, form: Format) -> None:
        self.stage, self.layer = Bands(script, form), script.layer
        self.bands, self.length = self.stage.bands, self.stage.length
        self.now = {mode: band.awaited for mode, band in self.bands.items()}
        self.first = next(iter(self.bands.values()))
        self.at = min(self.first.places, key=lambda place: abs(place.start - self.stage.start))

    def boards(self) -> Iterator[Board]:
        samples, taps = phrases.count(self.length, "sample"), self.layer.kernel_size
        said = phrases.sentence(f"{samples} and a kernel of {phrases.count(taps, 'number')}. ")
        said += "How many outputs does each padding of the library Keras give?"
        yield self.draw(said, self.first.places[0]).board("kernel", said, 3)
        for mode, band in self.bands.items():
            at, zeros = band.places[0], phrases.count(band.sides[0], "zero")
            if band is self.first:
                said = "Each sample is multiplied by the number below it. The sum is one output."
                yield self.begun(band, "output", said if taps > 1 else "The sample times the kernel is one output.")
            elif at.start < 0:
                said = f"The window that starts at step {at.start} gives the output at step {at.home}."
                said = f"`{mode}` puts {zeros} in front. {said.replace('-', style.MINUS)}"
                yield self.begun(band, f"{mode} border", said)
            yield self.filled(band)
        yield self.all()
        yield from self.strides()
        yield self.check()

    def draw(self, said: str, at: Place, mode: str = "", lit: Mapping[str, Any] | None = None) -> Draft:
        """The stage with the kernel on a window. In the light are outputs, zeros and edges of the row ``mode``, or the
        outputs ``lit`` in each row, or all.
        """
        stage, draft = self.stage, self.stage.draft(said)
        lit = lit or ({mode: None} if mode else dict.fromkeys(self.bands))
        stage.lay_stage(draft, at, self.now[mode].reads if mode else {tap.step for tap in at.taps if tap.padded})
        for row, own in self.now.items():
            stage.lay_row(draft, own, lit.get(row, ()), at if mode in ("", row) else None)
        if mode:
            stage.lay_edges(draft, at, self.now[mode])
        return draft

    def begun(self, band: Band, name: str, said: str) -> Board:
        """The number of the first window, under the step where a padding writes it, and how it is made."""
        at = band.places[0]
        self.now[band.mode] = band.awaited._replace(places=(at,))
        draft = self.draw(said, at, band.mode)
        self.stage.lay_sum(draft, at, band)
        return draft.board(name, said, 4, [ZEROS])

    def filled(self, band: Band) -> Board:
        """All outputs of a padding: the window slides to its last place, and they stand when it has passed."""
        self.now[band.mode], end, said = band, band.places[-1], self.says(band)
        slide, *comes = sliding.passing([at.step for at in band.places], band.places[0], end, band.row, 2.0)
        comes = [cue._replace(after=max(0.1, cue.after)) for cue in comes]  # the first with its number, too
        moves = [ZEROS, slide, *comes, Cue((("edge",), ("baseline", *band.row)), staging.MOVE, slide.lasts)]
        moves += [Cue((("count", band.mode),), staging.ENTER + 1)]
        return self.draw(said, end, band.mode).board(band.mode, said, 3, moves)

    def says(self, band: Band) -> str:
        """What a padding does, and how many outputs that makes."""
        front, behind = (phrases.count(many, "zero") for many in band.sides)
        if band.mode == "causal":
            return f"`causal` puts {behind} behind. No window reads past the step of its output."
        made = phrases.count(band.outputs, "output")
        if band.mode == "valid":
            return f"`valid` keeps the window on the samples. That gives {made}."
        made = "as many outputs as samples" if band.outputs == self.length else made
        return f"With {front} in front and {behind} behind, `same` gives {made}."

    def all(self) -> Board:
        """All paddings, and what zeros in front do: the outputs of windows that several have are in the light, and
        lines join them row by row.
        """
        many = Counter(start for band in self.bands.values() for start in band.windows)
        is_shared = many[self.stage.start] == len(self.bands)
        if not any(any(band.sides) for band in self.bands.values()):
            said, is_shared = "No zeros are needed. All paddings give the same outputs.", False
        elif is_shared:
            said = "Each zero in front moves the same numbers one step later."
        else:
            said = "The paddings have other windows here, so their numbers differ too."
        lit = {m: [p.step for p in band.places if many[p.start] > 1] for m, band in self.bands.items()}
        draft = self.draw(said, self.at, "", lit if is_shared else None)
        if is_shared:
            self.stage.lay_edges(draft, self.at, self.first)
            self.stage.recede(draft, [tap.step for tap in self.at.taps])
            for above, below in pairwise(self.bands.values()):
                self.stage.tie(draft, above, below)
        cues = [Cue((("link", mode),), staging.ENTER + place) for place, mode in enumerate(self.bands)]
        return draft.board("all", said, 5, cues)

    def strides(self) -> Iterator[Board]:
        """The windows of a strided layer side by side, each with its output: a sample that none reaches falls back; and
        how many zeros `same` needs, and where they go.
        """
        known = dict[int, Any]()
        for mode, band in self.stage.strided.items():
            end, many = max(band.script.reads(band.outputs - 1)) + 1, sum(band.sides)
            said = "With strides of 2 the window moves two steps at a time."
            said += f" `valid` never reads step {end:,}." if end < self.length else ""
            if mode == "same":
                said = f"`same` needs {phrases.count(many, 'zero')} for {phrases.count(band.outputs, 'output')}."
                said += " Keras puts the odd one behind." if many % 2 else " Half of them go in front." if many else ""
            draft = self.stage.draft(said)
            self.stage.lay_stage(draft, band.places[0], band.reads)
            self.stage.lay_row(draft, band, None, band.places[0])
            self.stage.lay_windows(draft, band)
            for at, place in band.windows.items():  # what a window gave becomes what the same window gives
                draft.change([(*band.row, place.step, "bar")], copy_of=known.get(at))
                known[at] = (*band.row, place.step, "bar")
            if end < self.length:
                draft.change({("ruler", end)} & draft.marks.keys(), role="lit")
                self.stage.recede(draft, {*self.stage.signal} - {end})
            named = Cue((("name", *band.row), ("count", mode)), staging.LEAVE + 0.5)
            yield draft.board(f"{mode} strides", said, 5, [ZEROS, PARTS, named])

    def check(self) -> Board:
        """All paddings with Keras's numbers beside ours."""
        self.now, said = self.bands, places.agreed(band.script for band in self.bands.values())
        draft = self.draw(said, self.at)
        for mode, band in self.bands.items():
            compare(draft, band.script, self.stage.row(mode), band.row, band.places)
        names = [draft.marks.pop(key) for key in [*draft.marks] if key[:2] == ("keras", "name")]
        y = (self.stage.stage.bottom + self.stage.floors[self.first.mode]) / 2
        for name in names[:1]:  # what the dots are is said once, above all rows
            draft.put("party", ("keras", "name"), name.at(y=y))
        return draft.board("check", said, 4, [BACK, Cue((("keras",),), staging.ENTER + 1)])
