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

FIGURE = {1: ("all", "same", "causal"), 2: ("valid", "same", "causal", "all")}
"""The boards of the composed figure, by how many panels stand side by side."""
CHECKED = "check"
"""The board whose caption is what was checked."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return tuple(_Telling(script, form).boards())


class _Telling:
    """What was shown stays: the outputs of layers that are ``now`` there."""

    def __init__(self, script: Script, form: Format) -> None:
        self.stage, self.layer = Bands(script, form), script.layer
        self.bands, self.length = self.stage.bands, self.stage.length
        self.now = {m: b._replace(places=(), zeros=frozenset(), outputs=0) for m, b in self.bands.items()}
        self.first = next(iter(self.bands.values()))
        self.at = min(self.first.places, key=lambda place: abs(place.start - self.stage.told.start))

    def boards(self) -> Iterator[Board]:
        many = phrases.count(len(self.bands), "padding")
        said = f"The library Keras has {many}: zeros around samples, or none. How many outputs?"
        yield self.draw(said, self.first.places[0], self.first.mode, dict.fromkeys(self.now)).board("kernel", said, 3)
        for mode, band in self.bands.items():
            at = band.places[0]
            if band is self.first:
                said = "Samples in the window times the numbers below them, added up, are the output at"
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
        the outputs ``lit`` in each row, or all. Steps where windows told start are lit once all are.
        """
        keys, self.stage = (("zero", self.stage.meant), ("zero", told)), (stage := self.stage.telling(told))
        self.zeros = Cue(keys, staging.MOVE, 0.9, "anew")  # they go from where they were read to where they are
        draft = stage.draft(said)
        lit = lit or ({told: None} if told else dict.fromkeys(self.now))
        stage.lay_stage(draft, at)
        zeros = {mode: band.zeros for mode, band in self.now.items()}
        zeros[told] = zeros.get(told, frozenset()) | {tap.step for tap in at.taps if tap.padded}
        for mode, steps in zeros.items():
            stage.lay_zeros(draft, mode, steps, mode == told)
        for mode, band in self.now.items():
            stage.lay_row(draft, band, lit.get(mode, ()), at)
        if told and (shown := self.now[told].windows):
            stage.lay_leg(draft, at, self.now[told])
            if self.now[told].outputs:  # all are told
                draft.change({("ruler", start) for start in shown} & draft.marks.keys(), role="lit")
        return draft

    def begun(self, band: Band, name: str, said: str) -> Board:
        """The number of the first window, under the step where a padding writes it, and how it is made."""
        at = band.places[0]
        self.now[band.mode] = band._replace(places=(at,), outputs=0)
        draft = self.draw(said, at, band.mode)
        self.stage.lay_sum(draft, at, band)
        return draft.board(name, said, 4, [self.zeros, Cue((("sum",),), staging.ENTER + 1)])

    def filled(self, band: Band) -> Board:
        """All outputs of a padding: the window slides to its last place, and they stand when it has passed."""
        self.now[band.mode] = band
        end, said = band.places[-1], self.says(band)
        slide, *comes = sliding.passing([at.step for at in band.places], band.places[0], end, band.row, 2.0)
        comes = [cue._replace(keys=(cue.keys[0][:-1],), after=cue.after + 0.2) for cue in comes]  # with their numbers
        moves = [slide._replace(keys=(*slide.keys, ("leg",))), *comes, Cue((("count", band.mode),), staging.ENTER + 1)]
        return self.draw(said, end, band.mode).board(band.mode, said, 3, [self.zeros, *moves])

    def says(self, band: Band) -> str:
        """How many windows the zeros of a padding give, and where the outputs stand."""
        many, valid = sum(band.sides), self.bands.get("valid")
        if not many:
            starts = phrases.windows([band.script.start(n) for n in range(band.outputs)])
            stand = "Its output stands" if band.outputs == 1 else "Their outputs stand"
            return f"`{band.mode}` adds no zeros: {starts}. {stand} there."
        zeros = phrases.sentence(phrases.count(many, "zero"))
        said = f"{zeros} give{'s' * (many == 1)} {phrases.count(band.outputs, 'window')}"
        if valid and self.layer.strides == 1:
            sum_ = phrases.added([f"{valid.outputs:,}", f"{many:,}"], f"{band.outputs:,}")
            said = f"{'Each' if many > 1 else 'One'} zero gives one more window: {sum_}"
        ends = band.mode == "causal"
        return f"{said}. {'Outputs stand where their windows end' if ends else 'The first output is always at step 0'}."

    def wants(self, band: Band) -> str:
        """What a padding is for, and the zeros that this takes."""
        (front, behind), strides, many = band.sides, band.script.layer.strides, band.outputs
        zeros = phrases.count(front + behind, "zero")
        if band.mode == "causal":
            goes = "goes" if front == 1 else "go"
            return f"`causal` never waits for a later sample, as in live sound. So {zeros} {goes} in front."
        share = f"{self.length:,} / {strides}{', rounded up:' if self.length % strides else ' ='} {many:,} output"
        share = share + "s" * (many > 1) if strides > 1 else "as many outputs as samples"
        sides = f"{phrases.spelled(front)} in front, {phrases.spelled(behind)} behind"
        if strides > 1 and behind:
            where = f", {sides}" if front == behind else ". An odd one always goes behind"
            return f"`same` wants {share}, over {self.length + front + behind:,} steps: {zeros}{where}."
        where = f": {sides}" * (behind > 0)
        where = where if front == behind else f": Keras puts {'the' if front else 'an'} odd one behind"
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
            draft.change([key for key in draft.marks if key[0] == "zero" and key[2] < 0], role="ink")
            last, *others = reversed(bands)
            self.stage.lay_leg(draft, last.windows[start], last)
            for band in others:
                self.stage.lay_leg(draft, band.windows[start], band, band.mode)
        return draft.board("all", said, 5, [self.zeros])

    def strides(self) -> Iterator[Board]:
        """The paddings with strides: each keeps of its outputs those of its windows, the others stand back. A sample
        that no window reaches falls back, too.
        """
        for mode, band in self.stage.strided.items():
            whole, end = self.bands[mode], max(band.script.reads(band.outputs - 1)) + 1
            taken = f"every second window: {band.outputs:,} of {whole.outputs:,}."
            if mode == "valid":
                said = f"Strides of 2 keep {taken}" + f" None of them reads step {end:,}." * (end < self.length)
            else:
                zeros = phrases.count(band.sides[0], "zero")
                said = self.wants(band) if mode == "same" else f"`causal` still has {zeros} in front. It keeps {taken}"
            self.now[mode], self.at = band, band.places[-1]
            draft = self.draw(said, self.at, mode)
            cues = [self.zeros, Cue((("count", mode), band.row), staging.MOVE, 0.9)]
            if band.sides == whole.sides:
                self.stage.lay_passed(draft, whole, band)
            else:  # other windows: all outputs go before others come
                cues += [Cue((whole.row,), staging.LEAVE, 0.6), Cue((("leg",),), staging.MOVE, 0.9)]
                cues += [Cue(((*band.row, at.step),), staging.ENTER + n, 0.4) for n, at in enumerate(band.places)]
            if end < self.length:
                self.stage.recede(draft, {*self.stage.signal} - {end})
            yield draft.board(band.key, said, 5, cues)

    def check(self) -> Board:
        """All paddings with Keras's numbers beside ours, those without strides as well where they are no more seen."""
        every = [[band.script for band in bands.values()] for bands in (self.bands, self.stage.strided) if bands]
        said = places.agreed(every, "without and with strides" * bool(self.stage.strided))
        draft = self.draw(said, self.at)
        self.stage.lay_asked(draft, self.now.values())
        return draft.board("check", said, 4, [self.zeros, Cue((("keras",),), staging.ENTER)])
