"""padding_modes: valid, same and causal: where the zeros go, and why the lengths differ.

A window gives one number; the padding decides under which step it is written, and how many windows there are beyond
the ends. It answers "where do the zeros go?", "why are the lengths different?", "where does the odd zero of `same` go?"
and "why is my last sample never read?".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, FILM, SMALL, Board, Cue, Draft, Format, Key
from convexplain.board.pieces import Axis
from convexplain.stories import phrases
from convexplain.stories.many_layers import walked
from convexplain.stories.one_channel import places, sliding
from convexplain.stories.one_channel.bands import ENDS, FAN, WIDE, Band, Bands, paddings
from convexplain.stories.one_channel.places import Place, W, X
from convexplain.stories.one_channel.workbench import Workbench
from convexplain.stories.script import Script

FIGURE = ("all", "strides", "odd", "dilated")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return tuple(_Telling(script, form).boards())


class _Telling:
    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, layer = script, form, script.layer
        self.base = Bands(paddings(script), script, form)
        self.strides = self.dilation = None
        if layer.strides == layer.dilation_rate == 1 and layer.kernel_size > 1:
            self.strides = Bands(paddings(script, strides=2), script, form, " strides 2")
            dilated = {mode: other for mode, other in paddings(script, dilation_rate=2).items() if mode == "same"}
            self.dilation = Bands(dilated, script, form, " dilation 2") if dilated else None
        told = [bands for bands in (self.base, self.strides, self.dilation) if bands]
        axis = self._axis(told)
        for bands in told:
            bands.stand(axis)
        values = [value for bands in told for value in bands.track.numbers()]
        for bands in told:  # one unit for all
            bands.track.more += values

    def _axis(self, told: Sequence[Bands]) -> Axis:
        """All samples with all zeros around them, and room for the counts; of a long signal its ends and the followed
        windows.
        """
        form, length, read = self.form, self.base.length, {step for bands in told for step in bands.read}
        first, last = min(0, *read), max(length - 1, *read)
        steps = list(range(first, last + 1))
        if len(steps) > WIDE:
            near = {step for b in told for step in range(b.tracked.taps[0].step, b.tracked.taps[-1].step + 1)}
            kept = {*range(first, ENDS), *near, *range(length - ENDS, last + 1)}
            steps = [step for step in steps if step in kept]
        shown: list[int | None] = []
        for step in steps:
            shown += [None] if shown and shown[-1] != step - 1 else []
            shown.append(step)
        full, room = Axis.over(Draft(form), shown, length), form.width - form.margin - form.names
        behind = (last - length + 1) * full.pitch  # where only zeros stand, counts have room below them
        counts = max(0.0, (110.0 if form.is_narrow else 170.0) - behind)
        pitch = min(full.pitch, full.pitch * (room - counts) / (full.right - full.left))
        return Axis(full.steps, full.left, pitch, length)

    def boards(self) -> Iterator[Board]:
        layer, length, base = self.script.layer, self.base.length, self.base
        one = Workbench(base.track, formula=False, close=True)
        yield one.kernel(f"{length:,} samples, a kernel of {layer.kernel_size}: how many outputs, and where?")
        yield one.window()
        yield one.products("Each tap multiplies its sample; each product begins where the one before ended.")
        yield one.output("One window gives one number. Under which step is it written?")
        yield from self.modes()
        yield from self.all()
        if self.strides:
            yield self.strided(self.strides)
        odd = [*self.odd(base)]
        yield from odd or (self.odd(self.strides) if self.strides else ())
        if self.dilation:
            yield from self.dilated(self.dilation)
        yield self.check()

    # one padding after the other

    def modes(self) -> Iterator[Board]:
        """The number of the window in one padding, then all numbers of each. Before the first padding with zeros in
        front the window hangs over the edge; after it those zeros get their name.
        """
        base, told = self.base, False
        first = next((mode for mode in base.bands if base.followed(mode)), "")
        fronted = next((mode for mode, band in base.bands.items() if _over(band)), "")
        if first:
            yield from self.written(first)
        for mode, band in base.bands.items():
            if mode == fronted:
                yield self.border(band)
            if mode == "causal" and band.left and base.followed(mode) and mode != fronted:
                yield from self.trailing(band, told)
            else:
                yield self.mode(band, mode in (first, fronted), told)
            if mode == fronted:
                yield self.counted(band)
                told = True

    def written(self, mode: str) -> Iterator[Board]:
        """The number of the window goes to its step; then the window goes back to its first place, and gives the
        numbers on its way.
        """
        base, place, first = self.base, self.base.followed(mode), self.base.bands[mode].places[0]
        assert place is not None
        starts = place.home == place.taps[0].step
        said = f"`{mode}` writes it under the window’s first sample." if starts else f"`{mode}` writes it here."
        draft, key = base.single(mode, said, place, [place], False, False), (*base.row(mode), place.step)
        yield draft.board("written", said, 3, [_moved(draft, {key: ("y", base.tracked.step)})])
        if place != first:
            is_short, worked = places.is_short(first, self.script.layer), phrases.worked(first.taps, first.output.text)
            said = f"Back to the first place: {worked}." if is_short else "Back to the first place …"
            known = base.bands[mode].places[: base.bands[mode].places.index(place) + 1]
            draft = base.single(mode, said, first, known, False, False)
            yield draft.board("first", said, 2, self.sliding(base, mode, place, first))

    def sliding(self, bands: Bands, mode: str, start: Place, end: Place) -> list[Cue]:
        """The window slides from one place to another with its edges."""
        found = sliding.passing(bands.bands[mode].places, start, end, bands.row(mode))
        own = [Cue(((FAN,),), motion.MOVE, found[0].lasts), Cue((("zero",),), motion.MOVE, 0.4)]
        return [*found, *own, Cue((("count",),), beat=motion.ENTER + 1)]

    def border(self, band: Band) -> Board:
        """The window hangs over the edge, and what it reads there is worked out."""
        place, layer = _over(band), self.script.layer
        assert place is not None
        zeros = [tap for tap in place.taps if tap.padded]
        many = "a zero" if len(zeros) == 1 else phrases.count(len(zeros), "zero")
        said = f"Past the edge the window reads {many}, the padding: {phrases.worked(place.taps, place.output.text)}."
        if not places.is_short(place, layer):
            said = f"Past the edge the window reads {many}, the padding: 0 × {walked.bracketed(zeros[0].weight)} = 0."
        draft = self.base.single(band.mode, said, place, [place], False, False)
        cues = [Cue((("zero",),), beat=motion.ENTER), Cue((self.base.row(band.mode),), beat=motion.ENTER + 1)]
        return draft.board("border", said, 4, cues)

    def counted(self, band: Band) -> Board:
        """The zeros in front get their name, and the formula counts them."""
        first, end = band.places[0], f"0 + 0 {style.MINUS} {band.left} = {style.MINUS}{band.left}"
        said = f"*p* zeros in front: at *t* = 0, tap 0 reads step {end}."
        draft = self.base.single(band.mode, said, first)
        feet = [draft.marks[*self.base.row(band.mode), place.step, "bar"].bottom for place in band.places[:2]]
        y = max(self.base.track.stage.floor, *feet) + 12 + DIGIT * SMALL / 2
        pieces.note(draft, ("t",), "*t* = 0", self.base.axis.x(first.home), y, 0.0, "lit")
        draft.change([k for k in ((*W, 0, "index"), (*W, "k")) if k in draft.marks], role="lit")
        return draft.board("p", said, 4)

    def trailing(self, band: Band, told: bool) -> Iterator[Board]:
        """A padding with all its zeros in front: its first sum; why no output reads a later step; all its outputs."""
        base, first, place = self.base, band.places[0], self.base.followed(band.mode)
        assert place is not None
        said = self.said_of(band, told)
        if places.is_short(first, band.script.layer):
            said = f"`causal` puts all zeros in front: {phrases.worked(first.taps, first.output.text)}."
        yield base.single(band.mode, said, first, [first], told, told).board(band.mode, said, 4)
        said = "Each output stands under the last step it reads: it never looks ahead."
        done = band.places[: band.places.index(place) + 1]
        draft = base.single(band.mode, said, place, done, told, told)
        yield draft.board("later", said, 4, self.sliding(base, band.mode, first, place))
        last, each = band.places[-1], ", one per sample" if band.script.layer.strides == 1 else ""
        said = f"So `causal` gives {phrases.count(band.script.shape[0], 'output')}{each}."
        draft = base.single(band.mode, said, last, None, told, told)
        yield draft.board("last", said, 2, self.sliding(base, band.mode, place, last))

    def mode(self, band: Band, begun: bool, told: bool) -> Board:
        """All outputs of one padding, whose window may have ``begun`` to slide. Whether p was ``told``."""
        base, said, mode, last = self.base, self.said_of(band, told), band.mode, band.places[-1]
        start = (base.followed(mode) if mode == next(iter(base.bands)) else _over(band)) or band.places[0]
        draft = base.single(mode, said, last if begun else band.places[0], None, told, told)
        cues = self.sliding(base, mode, start, last) if begun else [Cue((("zero",),), motion.MOVE)]
        return draft.board(mode, said, 3, cues)

    def said_of(self, band: Band, told: bool) -> str:
        layer, steps = band.script.layer, band.script.shape[0]
        outputs, pad = phrases.count(steps, "output"), layer.left_pad(self.base.length)
        if band.mode == "valid":
            sum_ = f"{self.base.length:,} {style.MINUS} {layer.span} + 1 = {steps:,} places"
            return f"`valid`: the window stays inside: {sum_ if layer.strides == 1 else outputs}."
        front, rear = phrases.count(band.left, "zero"), phrases.spelled(band.right) if band.right else "none"
        where = f"*p* = {pad}, {rear} behind" if told else f"{front} in front, {rear} behind"
        if band.mode == "causal":
            return f"`causal`: {where}: no output reads a later step."
        if not told and layer.strides == 1 and band.left == band.right:
            return f"`same` writes under the middle: {where}."
        return f"`same`: {where}: {'an output per sample' if layer.strides == 1 else outputs}."

    # all paddings, and layers with gaps

    def all(self) -> Iterator[Board]:
        """The outputs of all paddings, each row out of the one above it where they have the same."""
        base, modes, beat = self.base, [*self.base.bands], motion.ENTER
        pads = [band.script.layer.left_pad(base.length) for band in base.bands.values()]
        apart = [phrases.count(after - before, "step") if after > before else "" for before, after in pairwise(pads)]
        alike, zeros = all(map(base.followed, modes)), any(band.zeros for band in base.bands.values())
        for number in range(2 if alike and zeros and len(modes) > 2 else len(modes), len(modes) + 1):
            *above, last = modes[:number]
            said = "Other zeros, and other windows: the numbers differ too."
            if not zeros:
                said = "No zeros are needed: all paddings are alike."
            elif number < len(modes):
                later = f" {apart[0]} later" if apart[0] else ""
                said = f"`{last}` has the numbers of `{above[0]}`{later}, and new ones at the borders."
            elif not apart:
                said = f"`{last}` is the only padding that this layer can have."
            elif alike:
                shift = f"{apart[0]} apart" if len({*apart}) == 1 else "moved along"
                said = f"Equal numbers, {shift}: only the borders differ."
            draft, _ = base.together(said, [*above, last], alike and zeros)
            cues = [Cue((base.row(mode),), motion.MOVE) for mode in above]
            cues.append(Cue((base.row(last),), beat + 1))  # what only this padding has
            if above and alike and zeros:
                cues.append(_moved(draft, base.same(last, base, above[-1]), beat, "down first"))
            yield draft.board("all" if last == modes[-1] else "shifted", said, 4, [*cues, Cue((("link",),), beat + 2)])

    def odd(self, bands: Bands) -> Iterator[Board]:
        """How many zeros ``same`` needs, and where the odd one goes, if there is one; only then the sums."""
        same = bands.bands.get("same")
        if same is None or same.zeros % 2 == 0:
            return
        layer, many = same.script.layer, same.script.shape[0]
        windows, span = phrases.count(many, "window"), phrases.count(bands.length + same.zeros, "step")
        if layer.strides > 1:
            rounded = ", rounded up" if bands.length % layer.strides else ""
            sum_ = f"{bands.length:,} samples / {layer.strides} = {many:,}"
            said = f"`same` with strides {layer.strides}: {sum_} windows{rounded}."
            yield bands.waiting(said, same.places[0], 0).board("needs", said, 3.4)
        end = next((place for place in same.places if place.taps[-1].padded), same.places[-1])
        starts = ", ".join(str(place.taps[0].step) for place in same.places)
        listed = layer.strides > 1 and not same.left and len(same.places) == many <= 4
        said = f"Its windows start at {starts} and read" if listed else f"The {windows} read"
        said += f" {span}, {phrases.spelled(same.zeros)} more than there are samples."
        slid = self.sliding(bands, "same", same.places[0], end) if layer.strides > 1 else ()
        yield bands.waiting(said, end, 1).board("span", said, 3.4, slid)
        missing, front = phrases.count(same.zeros, "zero is", "zeros are"), phrases.spelled(same.left)
        front, half = front if same.left else "none", f"Half of {phrases.spelled(same.zeros)}, rounded down, is"
        said = f"{phrases.sentence(missing)} missing. {half} {front}: "
        said += f"{front} in front, {phrases.spelled(same.right)} behind."
        yield bands.waiting(said, end, 2).board("odd", said, 4)
        said = f"`same` gives {phrases.count(many, 'output')}."
        if places.is_short(end, layer):
            said = f"The last window reads the zero: {phrases.worked(end.taps, end.output.text)}."
        draft = bands.single("same", said, end)
        bands.lay_steps(draft, same)
        yield draft.board("summed", said, 4)

    def strided(self, bands: Bands) -> Board:
        """A layer with gaps between its windows; a sample that no window reads falls back."""
        mode, band = next(iter(bands.bands.items()))
        at, until = bands.followed(mode) or band.places[0], max(tap.step for tap in bands.found[mode][-1].taps)
        unread = [step for step in bands.axis.shown if until < step < bands.length]
        said = "Strides 2: every second window." + "".join(f" No window reads step {step}." for step in unread[:1])
        draft = bands.single(mode, said, at)
        bands.track.recede(draft, {*bands.axis.shown} - {*unread})
        bands.lay_steps(draft, band)
        return draft.board("strides", said, 4, [Cue((X, W, ("rig",), ("baseline", *X)), motion.MOVE)])

    def dilated(self, bands: Bands) -> Iterator[Board]:
        """A layer with gaps between its taps: its windows are longer, and it needs more zeros."""
        ((mode, band),) = bands.bands.items()
        at, last, pad = band.places[0], band.places[-1], band.script.layer.left_pad(bands.length)
        span, zeros = phrases.count(band.script.layer.span, "step"), phrases.count(band.zeros, "zero")
        said = f"Dilation 2: taps two steps apart: {phrases.worked(at.taps, at.output.text)}."
        if not (places.is_short(at, band.script.layer) and places.whole(tap.product.value for tap in at.taps)):
            said = f"Dilation 2: taps two steps apart span {span}."
        yield bands.single(mode, said, at, [at], False).board("dilation", said, 4)
        said = f"A window of {span} needs {zeros}, half in front: *p* = {pad}."
        yield bands.single(mode, said, last).board("dilated", said, 4, self.sliding(bands, mode, at, last))

    def check(self) -> Board:
        """All paddings, with Keras's numbers below ours."""
        base, said = self.base, places.agreed(self.base.scripts.values())
        draft, rows = base.together(said, [*base.bands])
        for (mode, band), bench in zip(base.bands.items(), rows, strict=True):
            bars = [(place, (*base.row(mode), place.step)) for place in band.places]
            places.compare(draft, band.script, base.axis, bench.floor, bench.lowest, bars)
        for key in [key for key in draft.marks if key[:2] == ("keras", "name")][1:]:
            del draft.marks[key]  # it is named once
        here = Cue(tuple(map(base.row, base.bands)), motion.MOVE)
        return draft.board("check", said, 4, [here, Cue((("keras",),), motion.ENTER)])


def _over(band: Band) -> Place | None:
    """The place that hangs over the edge before the samples by the least."""
    return next((place for place in reversed(band.places) if place.taps[0].step < 0), None)


def _moved(draft: Draft, outputs: Mapping[Key, Key], beat: float = motion.MOVE, how: str = "") -> Cue:
    """Outputs fly from where others stood, with their numbers."""
    keys = [(*key, part) for key in outputs for part in ("bar", "digits") if (*key, part) in draft.marks]
    for key in keys:
        draft.change([key], copy_of=(*outputs[key[:-1]], key[-1]))
    return Cue(tuple(keys), beat, 1.6 if how else 1.2, how)
