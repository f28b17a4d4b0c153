"""padding_modes: valid, same and causal: where the zeros go, and why the lengths differ.

The window is the same everywhere; a padding decides where it may stand, and so how many outputs there are and under
which steps. It answers "where do the zeros go?", "why are the lengths different?", "where does the odd zero of `same`
go?" and "why is my last sample never read?".
"""

from __future__ import annotations

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
from convexplain.stories.one_channel.track import W, compare
from convexplain.stories.script import Script

FIGURE = {1: ("all", "same", "causal"), 2: ("valid", "same", "causal", "all")}
"""The boards of the composed figure, by how many panels stand side by side."""
CHECKED = "check"
"""The board whose caption is what was checked."""
ZEROS = Cue((("zero",), ("ruler",)), staging.LEAVE + 0.5)
"""The zeros, with their steps, are there before they are read."""
PARTS = Cue((("window",),), staging.LEAVE, 0.9)
"""While the kernel leaves, all windows come out of its window; and go while it comes back."""


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
        said = "A padding puts zeros around the signal, or none. How many outputs does each give?"
        yield self.draw(said, self.first.places[0]).board("kernel", said, 3)
        for mode, band in self.bands.items():
            at, zeros = band.places[0], phrases.count(band.sides[0], "zero")
            if band is self.first:
                said = "Each sample in the window is multiplied by the number below it. The sum is one output."
                one = "The sample times the kernel is one output."
                yield self.begun(band, "output", said if self.layer.kernel_size > 1 else one)
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
        left = tuple(("zero", step) for other in self.now.values() for step in other.reads if step > 0)
        return draft.board(name, said, 4, [ZEROS, Cue(left, staging.ENTER)])  # when the window has left them

    def filled(self, band: Band) -> Board:
        """All outputs of a padding: the window slides to its last place, and they stand when it has passed."""
        self.now[band.mode], end, said = band, band.places[-1], self.says(band)
        slide, *comes = sliding.passing([at.step for at in band.places], band.places[0], end, band.row, 2.0)
        comes = [cue._replace(after=max(0.1, cue.after)) for cue in comes]  # the first with its number, too
        moves = [ZEROS, slide, *comes, Cue((("edge",), ("baseline", *band.row)), staging.MOVE, slide.lasts)]
        moves += [Cue((("count", band.key), ("head",)), staging.ENTER + 1)]
        return self.draw(said, end, band.mode).board(band.mode, said, 3, moves)

    def says(self, band: Band) -> str:
        """What a padding does, and how many outputs that makes."""
        if band.mode == "causal":
            return "`causal` puts no zeros behind. No output needs a sample later than its own step."
        if band.mode == "valid":
            times = "once" if band.outputs == 2 else phrases.count(band.outputs - 1, "time")
            on = f"After its first place it moves on {times}." if band.outputs > 1 else "It has one place there."
            return f"`valid` keeps the window on the samples. {on}"
        made = "as many outputs as samples" if band.outputs == self.length else phrases.count(band.outputs, "output")
        return f"With {_zeros(band)}, `same` gives {made}."

    def all(self) -> Board:
        """All paddings, and what zeros in front do: in each row what one window gives is in the light, and joined."""
        start, bands = self.at.start, self.bands.values()
        lit = {band.mode: [band.windows[start].step] for band in bands if start in band.windows}
        is_shared, said = len(lit) == len(bands), "The paddings have other windows here, so their numbers differ too."
        if is_shared:
            said = f"This window gives {self.at.output.text} with every padding."
            said += f" Each zero in front puts the {self.at.output.text} one step later."
        if not any(any(band.sides) for band in bands):
            said, is_shared = "No zeros are needed. All paddings give the same outputs.", False
        draft = self.draw(said, self.at, "", lit if is_shared else None)
        if is_shared:
            self.stage.lay_edges(draft, self.at, self.first)
            self.stage.recede(draft, [tap.step for tap in self.at.taps])
            for above, below in pairwise(self.bands.values()):
                self.stage.tie(draft, above, below)
        cues = [Cue((("link", mode),), staging.ENTER + place) for place, mode in enumerate(self.bands)]
        return draft.board("all", said, 5, cues)

    def strides(self) -> Iterator[Board]:
        """All windows of a strided layer, each with its output: a sample that none reaches falls back."""
        known = {start: (*self.first.row, place.step) for start, place in self.first.windows.items()}
        for mode, band in self.stage.strided.items():
            end = max(band.script.reads(band.outputs - 1)) + 1
            reach = f"They reach over {self.length + sum(band.sides):,} steps, so it puts {_zeros(band)}."
            reach = reach if any(band.sides) else "They need no zeros."
            said = f"`same` has a window for every second sample: {phrases.spelled(band.outputs)}. {reach}"
            if mode == "valid":
                said = "With strides of 2 the window moves two steps at a time."
                said += f" `valid` never reads step {end:,}." if end < self.length else ""
            draft = self.stage.draft(said)
            self.stage.lay_stage(draft, band.places[0], band.reads)
            self.stage.lay_row(draft, band, None, band.places[0])
            self.stage.lay_windows(draft, band)
            outputs = [key for key in draft.marks if key[:2] == band.row]
            starts = {(*band.row, place.step): at for at, place in band.windows.items()}
            for key in [key for key in outputs if starts[key[:-1]] in known]:  # what the same window gave becomes them
                draft.change([key], copy_of=(*known[starts[key[:-1]]], key[-1]))
            known |= {at: own for own, at in starts.items()}
            if end < self.length:
                draft.change({("ruler", end)} & draft.marks.keys(), role="lit")
                self.stage.recede(draft, {*self.stage.signal} - {end})
            named = ("name", *band.row), ("count", band.key), ("baseline", *band.row), ("counted",), ("paddings",)
            yield draft.board(band.key, said, 5, [ZEROS, PARTS, Cue((*named, *outputs), staging.LEAVE + 0.5, 0.9)])

    def check(self) -> Board:
        """All paddings with Keras's numbers beside ours."""
        self.now, said = self.bands, places.agreed(band.script for band in self.bands.values())
        strided = [band.script.check.library for band in self.stage.strided.values()]
        if {*strided} == {self.stage.script.check.library} and "Keras was not" not in said:
            said = f"{said[:-1]}; likewise with strides."
        draft = self.draw(said, self.at)
        for band in self.bands.values():
            compare(draft, band.script, self.stage.row(band), band.row, band.places)
        draft.marks.pop(("paddings",), None)
        names = [draft.marks.pop(key) for key in [*draft.marks] if key[:2] == ("keras", "name")]
        for name in names[-1:]:  # what the dots are is said once, above all rows
            draft.put("party", ("keras", "name"), name.at(y=draft.marks["counted",].y))
        rows = [(*part, *band.row) for band in self.bands.values() for part in ((), ("name",), ("baseline",))]
        counts = [("count", mode) for mode in self.bands]
        back = Cue((("rig", *W), W, *rows, *counts, ("counted",), ("head",)), staging.LEAVE, after=0.2)
        return draft.board("check", said, 4, [PARTS, back, Cue((("keras",),), staging.ENTER + 1)])


def _zeros(band: Band) -> str:
    """How many zeros a layer has on each side that has some."""
    sides = zip(band.sides, ("in front", "behind"), strict=True)
    return " and ".join(f"{phrases.count(many, 'zero')} {side}" for many, side in sides if many) or "no zeros"
