"""padding_modes: valid, same and causal: where the zeros go, and why the lengths differ.

The window is the same everywhere; a padding decides where it may stand, and so how many outputs there are and under
which steps. It answers "where do the zeros go?", "why are the lengths different?", "where does the odd zero of `same`
go?" and "why is my last sample never read?".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from convexplain import style
from convexplain.board import staging
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.stories import phrases
from convexplain.stories.one_channel import places, sliding
from convexplain.stories.one_channel.bands import Band, Bands
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.track import Y
from convexplain.stories.script import Script

FIGURE = {1: ("all", "same", "causal"), 2: ("valid", "same", "causal", "all")}
"""The boards of the composed figure, by how many panels stand side by side."""
CHECKED = "check"
"""The board whose caption is what was checked."""
SHORT = 30
"""The most letters of numbers, new and old, that a caption lists."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return tuple(_Telling(script, form).boards())


class _Telling:
    """What was shown stays: the outputs of layers that are ``now`` there."""

    def __init__(self, script: Script, form: Format) -> None:
        self.stage, self.layer = Bands(script, form), script.layer
        self.bands, self.length = self.stage.bands, self.stage.length
        self.now = {mode: band._replace(places=(), zeros=frozenset(), outputs=0) for mode, band in self.bands.items()}
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
            yield self.filled(band, mode, self.says(band))
        yield self.all()
        yield from self.strides()
        yield self.check()

    def draw(self, said: str, at: Place, told: str = "", lit: Mapping[str, Any] | None = None) -> Draft:
        """The stage with the kernel on a window. In the light are the outputs of the row ``told``, or those ``lit`` in
        each row, or all; zeros of the rows that are lit stand beside the samples.
        """
        stage, draft = self.stage, self.stage.draft(said)
        lit = lit or ({told: None} if told else dict.fromkeys(self.now))
        stage.lay_stage(draft, at)
        stage.lay_zeros(draft, {step for mode in lit for step in self.now[mode].zeros})
        for mode, band in self.now.items():
            stage.lay_row(draft, band, lit.get(mode, ()), at)
        if told and self.now[told].places:
            stage.lay_leg(draft, at, told)
        return draft

    def begun(self, band: Band, name: str, said: str) -> Board:
        """The number of the first window, under the step where a padding writes it, and how it is made."""
        at = band.places[0]
        self.now[band.mode] = band._replace(places=(at,), outputs=0)
        draft = self.draw(said, at, band.mode, {band.mode: [at.step]})
        if band.mode != "same":  # which speaks of all samples
            self.stage.recede(draft, [tap.step for tap in at.taps])
        self.stage.lay_sum(draft, at, band)
        return draft.board(name, said, 4, [Cue((("sum",),), staging.ENTER + 1)])

    def filled(self, band: Band, name: str, said: str) -> Board:
        """All outputs of a padding: the window slides from its first place to its last, and an output stands when it
        has passed; all are counted then.
        """
        self.now[band.mode] = band
        seen = [at._replace(step=n) for n, at in enumerate(band.places)]  # so fast that places follow evenly
        slide, *comes = sliding.passing(range(len(seen)), seen[0], seen[-1], least=2.0)
        keys = [(*band.row, at.step) for at in band.places]  # with their numbers
        comes = [cue._replace(keys=(key,), after=cue.after + 0.2) for key, cue in zip(keys, comes, strict=True)]
        cues = [slide._replace(keys=(*slide.keys, ("leg",))), *comes, Cue((("count", band.mode),), staging.ENTER + 1)]
        return self.draw(said, band.places[-1], band.mode).board(name, said, 3, cues)

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
        """All paddings, and what zeros in front do: in each row what one window gives is in the light, a stair."""
        bands, start = self.bands.values(), self.at.start
        own = {band.mode: at for band in bands for at in band.places if at.start == start}
        is_shared, said = len(own) == len(bands), "The rows have other windows here, so their numbers differ too."
        if is_shared:
            fronts = ", ".join(phrases.spelled(band.sides[0]) if band.sides[0] else "none" for band in bands)
            said = f"One window gives {self.at.output.text} in all rows, a step later for each zero in front: {fronts}."
        if not any(any(band.sides) for band in bands):
            said, is_shared = "No zeros are needed. All rows have the same outputs.", False
        draft = self.draw(said, self.at, "", {mode: [at.step] for mode, at in own.items()} if is_shared else None)
        if is_shared:
            self.stage.recede(draft, [tap.step for tap in self.at.taps])
            for mode, at in own.items():
                self.stage.lay_leg(draft, at, mode, is_stair=True)
        return draft.board("all", said, 5)

    def strides(self) -> Iterator[Board]:
        """The paddings with strides: every second output stays, but is in doubt where other windows are read. The
        window is the last one, of a row that leaves a sample unread where there is one.
        """
        if not (strided := self.stage.strided):
            return
        missing = [mode for mode, band in strided.items() if band.script.reads(band.outputs - 1)[-1] < self.length - 1]
        who = " and ".join(f"`{mode}`" for mode in missing)
        kept = f"{who} miss{'es' * (len(missing) == 1)} the last sample" if missing else "every second output stays"
        said = f"Strides of 2 skip every second window, so {kept}."
        anew = [mode for mode, band in strided.items() if band.sides[0] < self.bands[mode].sides[0]]
        self.now, self.at = dict(strided), strided[(missing or [*strided])[0]].places[-1]
        for mode in anew:
            old = (at for at in self.bands[mode].places if at.step in strided[mode].asked)
            self.now[mode] = self.bands[mode]._replace(places=tuple(old), outputs=strided[mode].outputs)
        draft = self.draw(said, self.at, "", {mode: None for mode in strided if mode not in anew})
        self.stage.recede(draft, range(self.length - bool(missing)))
        yield draft.board("strides", said, 5, [Cue((Y, ("leg",), ("count",)), staging.MOVE, 0.9)])  # once it is said
        for mode in anew:
            yield from self.anew(self.now[mode], strided[mode])

    def anew(self, old: Band, new: Band) -> Iterator[Board]:
        """A padding that needs fewer zeros with strides: some of the ``old`` ones are not read; and Keras's choice of
        those that are enough, with what their windows give.
        """
        mode, at, many = old.mode, old.places[-1], sum(new.sides)
        less = sum(old.sides) - many
        was, now = (", ".join(place.output.text for place in band.places) for band in (old, new))
        is_told = len(old.places) == len(new.places) == new.outputs and was != now and len(was + now) <= SHORT
        kept = f"keep {was}" if is_told else "keep every second output"
        unread = "last zero is" if less == 1 else f"last {phrases.count(less, 'zero')} are"
        enough = f"{phrases.sentence(phrases.count(many, 'zero'))} {'is' if many == 1 else 'are'} enough"
        said = f"`{mode}` would {kept}, but its {unread} not read. {enough}."
        draft = self.draw(said, at, mode, {mode: None})
        idle = [("zero", step) for step in old.zeros if step > at.taps[-1].step]
        draft.change({(*key, *part) for key in idle for part in ((), ("place",))} & draft.marks.keys(), role="context")
        yield draft.board(f"{mode} skips", said, 5)
        self.now[mode], last = new, new.places[-1]
        front, behind = map(phrases.spelled, new.sides)
        first = f"Keras puts {front} in front, {behind} behind"
        first = "In front would do, but Keras puts it behind" if many == 1 else first
        later = phrases.count(old.sides[0] - new.sides[0], "step")
        begins = ", ".join(str(place.start).replace("-", style.MINUS) for place in new.places)
        gives = f"Windows from steps {begins} give {now}" if is_told else f"So windows start {later} later"
        said = f"{first}. {gives}."
        draft = self.draw(said, last, mode)
        self.stage.lay_sum(draft, last, new)
        keys = tuple((*new.row, place.step) for place in new.places)
        yield draft.board(f"{mode} strides", said, 5, [Cue(keys, staging.ENTER, 0.9)])

    def check(self) -> Board:
        """All paddings with Keras's numbers below ours, those without strides as well where they are no more seen."""
        every = [[band.script for band in bands.values()] for bands in (self.stage.strided, self.bands) if bands]
        said = places.agreed(every, these="the {} outputs with strides and the {} without")
        self.stage.spread()
        draft = self.draw(said, self.at)
        self.stage.lay_asked(draft, self.now.values())
        return draft.board("check", said, 4, [Cue((("keras",),), staging.ENTER)])


def _every(band: Band) -> str:
    """Which samples have outputs below them, where all that a padding wants are there."""
    strides = band.script.layer.strides
    return {1: "each", 2: "every second", 3: "every third"}.get(strides, f"every {strides}th")
