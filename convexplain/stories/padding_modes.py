"""padding_modes: valid, same and causal: where the zeros go, and why the lengths differ.

The window is the same everywhere; a padding decides where it may stand, and so how many outputs there are and under
which steps. It answers "where do the zeros go?", "why are the lengths different?", "where does the odd zero of `same`
go?" and "why is my last sample never read?".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from convexplain.board import staging
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.stories import phrases
from convexplain.stories.one_channel import places, sliding
from convexplain.stories.one_channel.bands import Band, Bands
from convexplain.stories.one_channel.places import Place
from convexplain.stories.script import Script
from convexplain.style import MINUS

FIGURE = {1: ("all", "same", "causal"), 2: ("valid", "same", "causal", "all")}
"""The boards of the composed figure, by how many panels stand side by side."""
CHECKED = "check"
"""The board whose caption is what was checked."""
ZEROS = Cue((("zero",), ("ruler",)), staging.MOVE, 0.3, after=0.2)
"""The zeros, with their steps, go and come as the window moves, before it reads them."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return tuple(_Telling(script, form).boards())


class _Telling:
    """What was shown stays: the outputs of layers that are ``now`` there."""

    def __init__(self, script: Script, form: Format) -> None:
        self.stage, self.layer = Bands(script, form), script.layer
        self.bands, self.length = self.stage.bands, self.stage.length
        self.now = {mode: band._replace(places=(), outputs=0) for mode, band in self.bands.items()}
        self.first = next(iter(self.bands.values()))
        self.at = min(self.first.places, key=lambda place: abs(place.start - self.stage.start))

    def boards(self) -> Iterator[Board]:
        said = "A padding of the library Keras puts zeros around samples, or none. How many outputs?"
        yield self.draw(said, self.first.places[0]).board("kernel", said, 3)
        for mode, band in self.bands.items():
            at = band.places[0]
            if band is self.first:
                said = "Each sample in the window times the tap below it: the sum is the output at"
                said = said if self.layer.kernel_size > 1 else "The sample times the kernel is the output at"
                yield self.begun(band, "output", f"{said} step {at.home}.")
            elif at.start < 0:
                yield self.begun(band, f"{mode} border", self.wants(band))
            yield self.filled(band)
        yield self.all()
        yield from self.strides()
        yield self.check()

    def draw(self, said: str, at: Place, told: str = "", lit: Mapping[str, Any] | None = None) -> Draft:
        """The stage with the kernel on a window. In the light are outputs, zeros and windows of the row ``told``, or
        the outputs ``lit`` in each row, or all.
        """
        stage, draft = self.stage, self.stage.draft(said)
        lit = lit or ({told: None} if told else dict.fromkeys(self.now))
        read = self.now[told].reads if told else {tap.step for tap in at.taps if tap.padded}
        stage.lay_stage(draft, at, read)
        stage.lay_head(draft)
        for mode, band in self.now.items():
            stage.lay_row(draft, band, lit.get(mode, ()), at if told in ("", mode) else None)
        if told:
            stage.lay_leg(draft, at, self.now[told])
        return draft

    def begun(self, band: Band, name: str, said: str) -> Board:
        """The number of the first window, under the step where a padding writes it, and how it is made."""
        at = band.places[0]
        self.now[band.mode] = band._replace(places=(at,), outputs=0)
        draft = self.draw(said, at, band.mode)
        self.stage.lay_sum(draft, at, band)
        return draft.board(name, said, 4, [ZEROS, Cue((("sum",),), staging.ENTER + 1)])

    def filled(self, band: Band) -> Board:
        """All outputs of a padding: the window slides to its last place, and they stand when it has passed."""
        self.now[band.mode] = band
        end, said = band.places[-1], self.says(band)
        slide, *comes = sliding.passing([at.step for at in band.places], band.places[0], end, band.row, 2.0)
        comes = [cue._replace(keys=(cue.keys[0][:-1],), after=cue.after + 0.2) for cue in comes]  # with their numbers
        moves = [ZEROS, slide._replace(keys=(*slide.keys, ("leg",))), *comes]
        moves += [Cue((("count", band.mode),), staging.ENTER + 1)]
        return self.draw(said, end, band.mode).board(band.mode, said, 3, moves)

    def says(self, band: Band) -> str:
        """What a padding does, and in how many places the window stands then."""
        layer, many, places = self.layer, sum(band.sides), phrases.count(band.outputs, "place")
        if not many:
            does = "adds no zeros" if band.mode == "valid" else "needs no zeros"
            sum_ = phrases.places(layer, self.length, band.outputs).partition(":")[0]
            return f"`{band.mode}` {does}. That makes {sum_ if layer.strides == 1 < band.outputs else places}."
        if layer.strides == 1:
            terms = [f"{self.length + many:,}", f"{MINUS}{layer.span:,}", "1"]
            places = phrases.added(terms, f"{band.outputs:,} place{'s' * (band.outputs > 1)}")
        said = f"{phrases.sentence(_zeros(band))} make{'s' * (many == 1)} {places}"
        if band.mode == "causal":
            return f"{said}. No output reads a later sample."
        return f"{said}, as many as samples." if band.outputs == self.length else f"{said}."

    def wants(self, band: Band) -> str:
        """What a padding is for, and the zeros that this takes."""
        (front, behind), strides, many = band.sides, band.script.layer.strides, band.outputs
        zeros = phrases.count(front + behind, "zero")
        if band.mode == "causal":
            goes = "goes" if front == 1 else "go"
            return f"`causal` never waits for a later sample, as in live sound. So {zeros} {goes} in front."
        share = f"{self.length:,} / {strides}{', rounded up:' if self.length % strides else ' ='} {many:,} output"
        share = share + "s" * (many > 1) if strides > 1 else "as many outputs as samples"
        if strides > 1 and any(band.sides):
            are, them = ("is", "it") if front + behind == 1 else ("are", "them")
            where = f"{phrases.spelled(front)} in front and {phrases.spelled(behind)} behind"
            where = where if front else f"Keras puts {them} behind"
            return f"`same` wants {share}. {phrases.sentence(zeros)} {are} enough for that: {where}."
        where = f", {phrases.spelled(front)} of them in front" * (front > 0)
        return f"`same` wants {share}. That takes {zeros}{where}."

    def all(self) -> Board:
        """All paddings, and what zeros in front do: in each row what one window gives is in the light."""
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
            self.stage.recede(draft, [tap.step for tap in self.at.taps])
            last, *others = reversed(bands)
            self.stage.lay_leg(draft, last.windows[start], last)
            for band in others:
                self.stage.lay_leg(draft, band.windows[start], band, band.mode)
        return draft.board("all", said, 5)

    def strides(self) -> Iterator[Board]:
        """The paddings with strides: each keeps of its outputs those of its windows, the others stand back. A sample
        that no window reaches falls back, too.
        """
        for mode, band in self.stage.strided.items():
            whole, end = self.bands[mode], max(band.script.reads(band.outputs - 1)) + 1
            taken = f"every second place: {band.outputs:,} of {whole.outputs:,}."
            if mode == "valid":
                said = f"With strides of 2, the window takes {taken}"
                said += f" It never reads step {end:,}." * (end < self.length)
            else:
                said = self.wants(band) if mode == "same" else f"`causal` still puts {_zeros(band)}. It takes {taken}"
            self.now[mode], self.at = band, band.places[-1]
            draft = self.draw(said, self.at, mode)
            self.stage.lay_passed(draft, whole, band)
            if mode == "valid" and end < self.length:
                draft.change({("ruler", end)} & draft.marks.keys(), role="lit")
                self.stage.recede(draft, {*self.stage.signal} - {end})
            way = "anew" if band.sides != whole.sides else ""  # with other zeros they stand at other windows
            cues = [ZEROS, Cue((band.row,), staging.MOVE, 0.9, way), Cue((("count", mode),), staging.ENTER + 1)]
            yield draft.board(band.key, said, 5, cues)

    def check(self) -> Board:
        """All paddings with Keras's numbers beside ours, those without strides as well where they are no more seen."""
        every = [*self.bands.values(), *self.stage.strided.values()]
        said = places.agreed((band.script for band in every), "with and without strides" * bool(self.stage.strided))
        draft = self.draw(said, self.at)
        self.stage.lay_asked(draft, self.now.values())
        return draft.board("check", said, 4, [Cue((("keras",),), staging.ENTER)])


def _zeros(band: Band) -> str:
    """How many zeros a layer has on each side that has some."""
    front, behind = band.sides
    if front and behind:
        return f"{phrases.count(front, 'zero')} in front and {phrases.spelled(behind)} behind"
    return phrases.count(front, "zero") + " in front" if front else phrases.count(behind, "zero") + " behind"
