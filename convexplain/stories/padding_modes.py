"""padding_modes: valid, same and causal: where the zeros go, and why the lengths differ.

The window is the same everywhere; a padding decides where it may stand, and so how many outputs there are and under
which steps. It answers "where do the zeros go?", "why are the lengths different?", "where does the odd zero of `same`
go?" and "why is my last sample never read?".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from convexplain.board import motion, staging
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.stories import phrases
from convexplain.stories.one_channel import places, sliding
from convexplain.stories.one_channel.bands import Band, Bands
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.track import RIG, W
from convexplain.stories.script import Script

FIGURE = {1: ("all", "same", "causal"), 2: ("valid", "same", "causal", "all")}
"""The boards of the composed figure, by how many panels stand side by side."""
CHECKED = "check"
"""The board whose caption is what was checked."""
AGAIN, BACK = 3.0, 0.35
"""Seconds in which a window goes back and on, and the share of them in which it goes back."""


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
        yield self.asks()
        for mode, band in self.bands.items():
            at = band.places[0]
            if band is self.first:
                first = f"the output at step {at.home}" if at.home else "the first output, at the first step"
                is_sum, said = self.layer.kernel_size > 1, "Samples times the kernel's numbers, added up, are"
                yield self.begun(band, "output", f"{said if is_sum else 'The sample times the kernel is'} {first}.")
            elif at.start < 0:
                yield self.begun(band, f"{mode} border", self.wants(band))
            yield self.filled(band, mode, self.says(band))
        yield self.all()
        self.now |= {mode: self.bands[mode]._replace(outputs=0) for mode in self.stage.strided}
        for band in sorted(self.stage.strided.values(), key=lambda band: band.mode == "same"):
            yield self.again(band, self.keeps(band))  # last `same`, which may need other zeros
        yield self.check()

    def asks(self) -> Board:
        """The question, and what a window is."""
        count, do = phrases.count, "does" if self.length == 1 else "do"
        asked = f"How many outputs {do} {count(self.length, 'sample')} give?"
        said = f"{asked} The library Keras has {count(len(self.bands), 'way')}."
        draft = self.draw(said, self.first.places[0])
        right, y = draft.marks["rig", *W, "frame"].right, self.stage.stage.middle + self.stage.form.small
        means, end = f"{count(self.layer.kernel_size, 'sample')}, one output", draft.marks["counted",].left - 30
        sliding.point(draft, "window", means, right, y, end)
        return draft.board("kernel", said, 3)

    def draw(self, said: str, at: Place, lit: Mapping[str, Collection[int] | None] | None = None) -> Draft:
        """The stage with the kernel on a window. In the light are some outputs (all when None) of some rows, or all,
        and the samples that they read; a leg leads from the window to what it gives there. One row has all its zeros.
        """
        stage, draft = self.stage, self.stage.draft(said)
        meant = lit or dict.fromkeys(self.now)
        zeros = {step for mode in meant for step in self.now[mode].zeros}
        stage.lay_stage(draft, at)
        stage.lay_zeros(draft, {step for step in zeros if len(meant) == 1 or step in at.window})
        if lit:  # one light, one meaning: what is read
            stage.recede(draft, {step for mode, steps in lit.items() for step in _read(self.now[mode], steps)})
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
        self.stage.lay_sum(draft, at, band)
        cues = Cue((("zero",),), staging.MOVE), Cue((("sum",),), staging.ENTER + 1)  # no zero leaves an idle window
        return draft.board(name, said, 4, cues)

    def filled(self, band: Band, name: str, said: str) -> Board:
        """All outputs of a padding: the window slides over all its places, and outputs stand when it has passed."""
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
        zeros, half = (phrases.count(number, "zero") for number in (front + behind, front))
        if band.mode == "causal":
            return f"`causal` reads no later sample: outputs are under the window's end, so {zeros} in front."
        said = f"`same` wants an output below {_every(band)} sample"
        if 2 * front == 2 * behind == len(band.places[0].window) - 1:
            return f"{said}, under the window's middle: {half if front > 1 else 'a zero'} at each end."
        return f"{said}. That takes {zeros}: {phrases.spelled(front)} in front, {phrases.spelled(behind)} behind."

    def all(self) -> Board:
        """All paddings, and where they put one number: what one window gives is in the light in each row, a stair."""
        bands, at = self.bands.values(), self.at
        own = {band.mode: place for band in bands for place in band.places if place.start == at.start}
        homes, ends = [place.home for place in own.values()], (at.window[0], at.window[-1])
        names = {sum(ends) / 2: "middle", ends[1]: "end", ends[0]: "start"}
        under = ", ".join(f"its {names[home]}" for home in homes if home in names)
        where = f"under {under}" if names.keys() >= {*homes} else f"at steps {phrases.listed(homes)}"
        said = f"One window gives {at.output.text} in all rows, {where}."
        if not any(any(band.sides) for band in bands):
            own, said = {}, "No zeros are needed. All rows have the same outputs."
        elif len(own) < len(bands):
            own, said = {}, "The rows have other windows here, so their numbers differ too."
        return self.draw(said, at, {mode: [place.step] for mode, place in own.items()} or None).board("all", said, 5)

    def keeps(self, band: Band) -> str:
        """What strides leave of a row, and a last sample that is not read, where that is in view."""
        length, zeros = phrases.spelled(self.length), phrases.count(sum(band.sides), "zero")
        is_missed = band.places[-1].window[-1] == _read(band)[-1] < self.length - 1
        kept = "The last sample is missed" if is_missed else "Every second output stays"
        if band.mode == "valid":
            kept = "One step is left: the last sample is missed" if is_missed else kept
            return f"Strides of 2: the window moves by two. {kept}."
        if band.mode == "causal":
            return f"`causal` starts at its {zeros}: {phrases.count(band.outputs, 'place')}. {kept}."
        half = f"half of {length}{', rounded up' * (2 * band.outputs > self.length)}: {phrases.spelled(band.outputs)}"
        if band.sides[0] < self.bands["same"].sides[0]:
            kept = f"Their windows take {zeros}: the odd one goes behind"
            kept = kept if sum(band.sides) > 1 else "The last window sticks out, so one zero goes behind"
        return f"`same` wants {half}. {kept}."

    def again(self, band: Band, said: str) -> Board:
        """The window goes back to the third last place of a row and on to the last: its outputs are in the light."""
        was, self.at, x, mode = self.at, band.places[-1], self.stage.wide.x, band.mode
        self.now[mode] = band
        draft = self.draw(said, self.at, {mode: None})
        seen = self.stage.lay_past(draft, band)
        first, way = seen[0].start, max(1, self.at.start - seen[0].start)
        legs = [("leg", mode)] * (band is next(iter(self.stage.strided.values())))  # which stood there before
        behind = tuple(("zero", step) for step in band.zeros if step > 0)  # come when a window is seen to stick out
        cues = [Cue((("zero",),), staging.LEAVE + 0.5), Cue(behind, staging.ENTER)]
        cues += [Cue((("count", mode),), staging.ENTER + 1)]
        cues += [Cue((*RIG, *legs), staging.MOVE, AGAIN, "back first", (x(first) - x(was.start), BACK))]
        come = {band.row: first} | {(*band.row, at.step): at.start for at in band.places}
        for key, start in (come | {("past", mode, at.start): at.start for at in seen}).items():
            passed = motion.passes(min(1.0, max(0, start - first) / way))
            cues.append(Cue((key,), staging.MOVE, 0.4, after=AGAIN * (BACK + (1 - BACK) * passed) - 0.2))
        return draft.board(f"{mode} strides", said, 5, cues)

    def check(self) -> Board:
        """Keras's lists beside the outputs of all paddings, with strides those that stay."""
        every = [[band.script for band in bands.values()] for bands in (self.stage.strided, self.bands) if bands]
        said = places.agreed(every, these="the {} outputs with strides and the {} without")
        draft = self.draw(said, self.at)
        self.stage.lay_asked(draft)
        cues = Cue((("count",), ("counted",)), staging.MOVE), Cue((("keras",),), staging.ENTER)
        return draft.board("check", said, 4, cues)


def _every(band: Band) -> str:
    """Which samples have outputs below them, where all that a padding wants are there."""
    strides = band.script.layer.strides
    return {1: "each", 2: "every second", 3: "every third"}.get(strides, f"every {strides}th")


def _read(band: Band, steps: Collection[int] | None = None) -> Sequence[int]:
    """The steps that some outputs read; when None all up to the last one that is read."""
    if steps is None:
        return range(band.script.reads(band.script.shape[0] - 1)[-1] + 1)
    return [tap.step for at in band.places if at.step in steps for tap in at.taps]
