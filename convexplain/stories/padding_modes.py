"""padding_modes: valid, same and causal: where the zeros go, and why the lengths differ.

The window is the same everywhere; a padding decides where it may stand, and so how many outputs there are and under
which steps. It answers "where do the zeros go?", "why are the lengths different?", "where does the odd zero of `same`
go?" and "why is my last sample never read?".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from convexplain.board import motion, staging
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.stories import phrases
from convexplain.stories.one_channel import places, sliding
from convexplain.stories.one_channel.bands import Band, Bands
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.track import RIG
from convexplain.stories.script import Script

FIGURE = {1: ("all", "same", "causal"), 2: ("valid", "same", "causal", "all")}
"""The boards of the composed figure, by how many panels stand side by side."""
CHECKED = "check"
"""The board whose caption is what was checked."""
AGAIN, BACK = 3.0, 0.35
"""Seconds in which a window goes back and on, and the share of them in which it goes back."""

Lit: TypeAlias = "Mapping[str, Collection[int] | None]"
"""The rows in the light, with the steps of their outputs that are (all when None)."""


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
        many, ways = self.layer.kernel_size, phrases.count(len(self.bands), "way")
        said = f"{phrases.sentence(phrases.count(many, 'sample'))} make{'s' * (many == 1)} one output. How many do"
        said = f"{said} {phrases.spelled(self.length)}? The library Keras has {ways}."
        yield self.draw(said, self.first.places[0]).board("kernel", said, 3)
        for mode, band in self.bands.items():
            at = band.places[0]
            if band is self.first:
                said = "Samples times the kernel's numbers, added up, are the output"
                said = said if many > 1 else "The sample times the kernel is the output"
                where = "under the window's start" if at.home == at.start and many > 1 else f"at step {at.home}"
                yield self.begun(band, "output", f"{said} {where}.")
            elif at.start < 0:
                yield self.begun(band, f"{mode} border", self.wants(band))
            yield self.filled(band, mode, self.says(band))
        yield self.all()
        yield from self.strides()
        yield self.check()

    def draw(self, said: str, at: Place, lit: Lit | None = None) -> Draft:
        """The stage with the kernel on a window. In the light are some rows, or some outputs of each (all when None),
        with a leg from the window to what it gives there; or all rows. Zeros that they read stand beside the samples:
        of several rows those in front, which are the same for all.
        """
        stage, draft = self.stage, self.stage.draft(said)
        meant: Lit = dict.fromkeys(self.now) if lit is None else lit
        zeros = {step for mode in meant for step in self.now[mode].zeros}
        stage.lay_stage(draft, at)
        stage.lay_zeros(draft, {step for step in zeros if len(meant) == 1 or (lit and step < 0) or step in at.window})
        for mode, band in self.now.items():
            stage.lay_row(draft, band, meant.get(mode, ()), at)
        for band in map(self.now.__getitem__, lit or ()):
            for place in (place for place in band.places if place.start == at.start):
                stage.lay_leg(draft, place, band.mode)
        return draft

    def begun(self, band: Band, name: str, said: str) -> Board:
        """The number of the first window, under the step where a padding writes it, and how it is made."""
        at = band.places[0]
        self.now[band.mode] = band._replace(places=(at,), outputs=0)
        draft = self.draw(said, at, {band.mode: [at.step]})
        if band.mode != "same":  # which speaks of all samples
            self.stage.recede(draft, [tap.step for tap in at.taps])
        self.stage.lay_sum(draft, at, band)
        cues = Cue((("zero",),), staging.MOVE), Cue((("sum",),), staging.ENTER + 1)  # no zero leaves an idle window
        return draft.board(name, said, 4, cues)

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
        return self.draw(said, band.places[-1], {band.mode: None}).board(name, said, 3, cues)

    def says(self, band: Band) -> str:
        """How many windows the zeros of a padding give, and that it has what it wants."""
        many, valid = sum(band.sides), self.bands.get("valid")
        placed, made = (phrases.count(band.outputs, noun) for noun in ("place", "output"))
        if not many:
            return f"`{band.mode}` adds no zeros. The window has {placed}, so {made}."
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
            return f"`causal` reads no later sample: outputs are under the window's end, so {zeros} in front."
        said = f"`same` wants an output below {_every(band)} sample"
        if 2 * front == 2 * behind == len(band.places[0].window) - 1:
            each = "a zero" if front == 1 else phrases.count(front, "zero")
            return f"{said}, under the window's middle: {each} at each end."
        return f"{said}. {_takes(band)}."

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
        meant: Lit | None = {mode: [at.step] for mode, at in own.items()} if is_shared else None
        draft = self.draw(said, self.at, meant)
        if is_shared:
            self.stage.recede(draft, [tap.step for tap in self.at.taps])
        return draft.board("all", said, 5)

    def strides(self) -> Iterator[Board]:
        """With strides every second output stays: first in the rows that keep their zeros, where the window is the last
        one of a row that leaves a sample unread if there is one; then in a row that needs fewer.
        """
        strided, bands = self.stage.strided, self.bands
        rows = {mode: band for mode, band in strided.items() if band.sides[0] == bands[mode].sides[0]}
        ends = {mode: band.script.reads(band.outputs - 1)[-1] for mode, band in rows.items()}
        missing = [m for m, end in ends.items() if rows[m].places[-1].window[-1] == end < self.length - 1]
        here = "" if missing == [*rows] else f" in `{''.join(missing)}`"
        kept = f"Two more do not fit{here}: the last sample is missed" if missing else "Every second output stays"
        self.now |= {mode: bands[mode]._replace(outputs=0) for mode in strided} | rows
        if rows:
            said = f"Strides of 2: the window moves two steps. {kept}."
            told = max((rows[mode] for mode in missing or rows), key=lambda band: len(band.places))
            yield self.again("strides", said, rows, told, bool(missing))
        for mode, band in ((mode, band) for mode, band in strided.items() if mode not in rows):
            half = f"half of {phrases.spelled(self.length)}: {phrases.spelled(band.outputs)}"
            spans = f"Their windows span {phrases.count(self.length + sum(band.sides), 'step')}: one zero, put behind"
            takes = spans if sum(band.sides) == 1 else _takes(band)
            self.now[mode] = band
            yield self.again(f"{mode} strides", f"`{mode}` wants {half}. {takes}.", {mode: band}, band)

    def again(self, name: str, said: str, rows: Mapping[str, Band], told: Band, is_missed: bool = False) -> Board:
        """The window goes back to the third last place of the row that is told, and from there on to the last one. What
        the rows keep is in the light when it has stood over it, the rest fades.
        """
        was, self.at, x = self.at, told.places[-1], self.stage.wide.x
        seen = told.places[-3:]
        first, way = seen[0].start, max(1, self.at.start - seen[0].start)
        draft = self.draw(said, self.at, dict.fromkeys(rows))
        self.stage.lay_past(draft, seen[:-1])
        self.stage.recede(draft, range(self.length - is_missed))
        legs = [("leg", mode) for mode in rows if len(rows) > 1]  # which stood there before
        cues = [Cue((*RIG, *legs), staging.MOVE, AGAIN, "back first", (x(first) - x(was.start), BACK))]
        come = dict.fromkeys([("zero",), *(band.row for band in rows.values())], first)
        come |= {(*band.row, at.step): at.start for band in rows.values() for at in band.places}
        for key, start in (come | {("past", at.start): at.start for at in seen}).items():
            passed = motion.passes(min(1.0, max(0, start - first) / way))
            cues.append(Cue((key,), staging.MOVE, 0.4, after=AGAIN * (BACK + (1 - BACK) * passed) - 0.2))
        return draft.board(name, said, 5, [*cues, Cue((("count",),), staging.ENTER)])

    def check(self) -> Board:
        """Keras's numbers below the outputs of all paddings, with strides those that stay."""
        every = [[band.script for band in bands.values()] for bands in (self.stage.strided, self.bands) if bands]
        said = places.agreed(every, these="the {} outputs with strides and the {} without")
        draft = self.draw(said, self.at)
        self.stage.lay_asked(draft)
        return draft.board("check", said, 4, [Cue((("keras",),), staging.ENTER)])


def _every(band: Band) -> str:
    """Which samples have outputs below them, where all that a padding wants are there."""
    strides = band.script.layer.strides
    return {1: "each", 2: "every second", 3: "every third"}.get(strides, f"every {strides}th")


def _takes(band: Band) -> str:
    """The zeros of a padding."""
    front, behind = band.sides
    sides = f"{phrases.spelled(front)} in front, {phrases.spelled(behind)} behind"
    return f"That takes {phrases.count(front + behind, 'zero')}: {sides}"
