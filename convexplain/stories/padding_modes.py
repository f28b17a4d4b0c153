"""padding_modes: valid, same and causal: where the zeros go, and why the lengths differ.

The window is the same everywhere; a padding decides where it may stand, and so how many outputs there are and under
which steps. It answers "where do the zeros go?", "why are the lengths different?", "where does the odd zero of `same`
go?" and "why is my last sample never read?".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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

    told = ""

    def __init__(self, script: Script, form: Format) -> None:
        self.stage, self.layer = Bands(script, form), script.layer
        self.bands, self.length = self.stage.bands, self.stage.length
        self.none = {m: b._replace(places=(), zeros=frozenset(), outputs=0) for m, b in self.bands.items()}
        self.now = dict(self.none)
        self.first = next(iter(self.bands.values()))
        self.at = min(self.first.places, key=lambda place: abs(place.start - self.stage.told.start))

    def boards(self) -> Iterator[Board]:
        read, answers = phrases.count(self.layer.kernel_size, "sample"), phrases.count(len(self.bands), "answer")
        said = f"{phrases.sentence(read)} make{'s' * (self.layer.kernel_size == 1)} one output. How many do"
        said = f"{said} {phrases.spelled(self.length)}? The library Keras has {answers}."
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
        the outputs ``lit`` in each row, or all.
        """
        keys, self.told = (("zero", self.told), ("zero", told)), told
        self.zeros = Cue(keys, staging.MOVE, 0.9, "anew")  # they go from where they were read to where they are
        stage, draft = self.stage, self.stage.draft(said)
        lit = lit or ({told: None} if told else dict.fromkeys(self.now))
        stage.lay_stage(draft, at)
        zeros = {mode: band.zeros for mode, band in self.now.items()}
        zeros[told] = zeros.get(told, frozenset()) | {tap.step for tap in at.taps if tap.padded}
        for mode, steps in zeros.items():
            stage.lay_zeros(draft, mode, steps, mode == told)
        for mode, band in self.now.items():
            stage.lay_row(draft, band, lit.get(mode, ()), at)
        if told and self.now[told].places:
            stage.lay_leg(draft, at, self.now[told])
        return draft

    def begun(self, band: Band, name: str, said: str) -> Board:
        """The number of the first window, under the step where a padding writes it, and how it is made."""
        at = band.places[0]
        self.now[band.mode] = band._replace(places=(at,), outputs=0)
        draft = self.draw(said, at, band.mode)
        if band.mode != "same":  # which speaks of all samples
            self.stage.recede(draft, [tap.step for tap in at.taps])
        self.stage.lay_sum(draft, at, band)
        return draft.board(name, said, 4, [self.zeros, Cue((("sum",),), staging.ENTER + 1)])

    def filled(self, band: Band) -> Board:
        """All outputs of a padding: the window slides to its last place, and they stand when it has passed."""
        self.now[band.mode], said = band, self.says(band)
        draft = self.draw(said, band.places[-1], band.mode)
        return draft.board(band.mode, said, 3, self.passing(band, *band.row))

    def passing(self, band: Band, *row: Any) -> list[Cue]:
        """The window slides from its first place to its last, and what is in a ``row`` stands when it has passed; all
        are counted then.
        """
        seen = [at._replace(step=n) for n, at in enumerate(band.places)]  # so fast that places follow evenly
        slide, *comes = sliding.passing(range(len(seen)), seen[0], seen[-1], least=2.0)
        keys = [(*row, at.step) for at in band.places]  # with their numbers
        comes = [cue._replace(keys=(key,), after=cue.after + 0.2) for key, cue in zip(keys, comes, strict=True)]
        counts = Cue((("count", band.mode),), staging.ENTER + 1)
        return [self.zeros, slide._replace(keys=(*slide.keys, ("leg",))), *comes, counts]

    def says(self, band: Band) -> str:
        """How many windows the zeros of a padding give, and that it has what it wants."""
        many, valid = sum(band.sides), self.bands.get("valid")
        placed = phrases.count(band.outputs, "place")
        if not many:
            outputs = f"{phrases.count(band.outputs, 'output')} {'from step 0 on' if band.outputs > 1 else 'at step 0'}"
            return f"`{band.mode}` adds no zeros. The window has {placed}, so {outputs}."
        said = f"{phrases.sentence(phrases.count(many, 'zero'))} give{'s' * (many == 1)} {placed}"
        if valid and self.layer.strides == 1:
            sum_ = phrases.added([f"{valid.outputs:,}", f"{many:,}"], f"{band.outputs:,}")
            said = f"{'Each' if many > 1 else 'One'} zero gives one more place: {sum_}"
        has = "No output reads a later sample" if band.mode == "causal" else f"Now {_every(band)} sample has its output"
        return f"{said}. {has}."

    def wants(self, band: Band) -> str:
        """What a padding is for, and the zeros that this takes."""
        front, behind = band.sides
        zeros = phrases.count(front + behind, "zero")
        if band.mode == "causal":
            goes = "goes" if front == 1 else "go"
            return f"`causal` never waits for a later sample, as in live sound. So {zeros} {goes} in front."
        sides = f"{phrases.spelled(front)} in front, {phrases.spelled(behind)} behind"
        return f"`same` wants an output below {_every(band)} sample. That takes {zeros}: {sides}."

    def all(self) -> Board:
        """All paddings, and what zeros in front do: in each row what one window gives is in the light."""
        start, bands = self.at.start, self.bands.values()
        lit = {band.mode: [band.windows[start].step] for band in bands if start in band.windows}
        is_shared, said = len(lit) == len(bands), "The rows have other windows here, so their numbers differ too."
        if is_shared:
            said = f"One window gives {self.at.output.text} in every row."
            said += f" Each zero in front puts the {self.at.output.text} one step later."
        if not any(any(band.sides) for band in bands):
            said, is_shared = "No zeros are needed. All rows have the same outputs.", False
        draft = self.draw(said, self.at, "", lit if is_shared else None)
        if is_shared:
            self.stage.recede(draft, [tap.step for tap in self.at.taps])
            self.legs(draft, bands)
        return draft.board("all", said, 5, [self.zeros])

    def legs(self, draft: Draft, bands: Iterable[Band]) -> None:
        """What the window gives in each row that has it: from row to row a stair."""
        for own, band in enumerate(band for band in bands if self.at.start in band.windows):
            self.stage.lay_leg(draft, band.windows[self.at.start], band, *[band.mode][:own])

    def strides(self) -> Iterator[Board]:
        """The paddings with strides: every second output stays in the light, but not where other windows are read. The
        window is the last one, of a row that leaves a sample unread where there is one.
        """
        if not (strided := self.stage.strided):
            return
        missing = [mode for mode, band in strided.items() if band.script.reads(band.outputs - 1)[-1] < self.length - 1]
        last, who = [strided[mode] for mode in missing or strided], " and ".join(f"`{mode}`" for mode in missing)
        kept = f"{who} miss{'es' * (len(missing) == 1)} the last sample" if missing else "Every second output stays"
        said = f"Strides of 2 move the window by two steps. {kept}."
        anew = {mode: self.none[mode] for mode, band in strided.items() if band.sides[0] < self.bands[mode].sides[0]}
        self.now = {m: b._replace(zeros=strided[m].zeros, outputs=strided[m].outputs) for m, b in self.bands.items()}
        self.now, self.at = self.now | anew, last[0].places[-1]
        lit = {mode: band.asked.keys() for mode, band in strided.items() if mode not in anew}
        draft = self.draw(said, self.at, "", lit)
        self.stage.recede(draft, range(self.length - bool(missing)))
        self.legs(draft, last)
        yield draft.board("strides", said, 5, [self.zeros, Cue((("count",),), staging.MOVE, 0.9)])
        self.now = strided | anew
        for mode in anew:
            yield from self.anew(strided[mode])

    def anew(self, band: Band) -> Iterator[Board]:
        """A padding with fewer zeros in front: how far its windows reach, and so how many zeros are enough; then its
        outputs.
        """
        many, reach = sum(band.sides), phrases.count(self.length + sum(band.sides), "step")
        said = f"`{band.mode}` wants an output below {_every(band)} sample:"
        said = f"{said} {phrases.count(band.outputs, 'window')} over {reach}."
        self.now[band.mode] = band._replace(places=())
        draft = self.draw(said, band.places[-1], band.mode)
        self.stage.lay_windows(draft, band)
        yield draft.board(f"{band.mode} windows", said, 5, self.passing(band, "window", band.mode))
        self.now[band.mode], enough = band, f"{phrases.count(many, 'zero')} {'is' if many == 1 else 'are'} enough"
        said = f"So {enough}. Keras puts {'it' if many == 1 else 'the odd one'} behind."
        said = f"{said} With {'one fewer' if band.sides[0] else 'none'} in front, all outputs are new."
        leaves = Cue((("window",),), staging.ENTER)
        yield self.draw(said, band.places[-1], band.mode).board(f"{band.mode} strides", said, 5, [self.zeros, leaves])

    def check(self) -> Board:
        """All paddings with Keras's numbers below ours, those without strides as well where they are no more seen."""
        every = [[band.script for band in bands.values()] for bands in (self.stage.strided, self.bands) if bands]
        said = places.agreed(every, these="the {} outputs with strides and the {} without")
        self.stage.spread()
        draft = self.draw(said, self.at)
        self.stage.lay_asked(draft, self.now.values())
        return draft.board("check", said, 4, [self.zeros, Cue((("keras",),), staging.ENTER)])


def _every(band: Band) -> str:
    """Which samples have outputs below them, where all that a padding wants are there."""
    strides = band.script.layer.strides
    return {1: "each", 2: "every second", 3: "every third"}.get(strides, f"every {strides}th")
