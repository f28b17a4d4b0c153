"""padding_modes: valid, same and causal: where the zeros go, and why the lengths differ.

A window gives one number; the padding decides under which step it is written, and how many windows there are beyond
the ends. It answers "where do the zeros go?", "why are the lengths different?", "where does the odd zero of `same` go?"
and "why is my last sample never read?".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Draft, Format, line
from convexplain.stories import phrases
from convexplain.stories.many_layers import walked
from convexplain.stories.one_channel import places, sliding
from convexplain.stories.one_channel.bands import Band, Bands
from convexplain.stories.one_channel.places import Place, W, Y
from convexplain.stories.script import Script

FIGURE = ("all", "strides", "odd", "dilated")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return tuple(_Telling(script, form).boards())


class _Telling:
    """What has been shown stays: the outputs of each row, the zeros, and what was ``counted`` and ``told`` of a row:
    its outputs and its p.
    """

    def __init__(self, script: Script, form: Format) -> None:
        self.stage, self.layer = Bands(script, form), script.layer
        self.bands, self.length = self.stage.bands, self.stage.length
        self.known: dict[str, tuple[Place, ...]] = dict.fromkeys(self.bands, ())
        self.zeros, self.counted, self.told = set[int](), set[str](), set[str]()

    def boards(self) -> Iterator[Board]:
        first, at = next((band, at) for band in self.bands.values() if (at := self.stage.followed(band.mode)))
        said = f"{self.length:,} samples, a kernel of {self.layer.kernel_size}: how many outputs, and where?"
        yield self.draw(said, at).board("kernel", said, 3)
        yield self.begun(first, at, "output", "The window’s products add up to one output")
        for mode, band in self.bands.items():
            over = next((place for place in reversed(band.places) if place.taps[0].step < 0), None)
            if over and not self.told and over != at:
                yield self.begun(band, over, "border", "Past the edge the window reads a zero")
            elif over and self.told:
                yield self.begun(band, band.places[0], "front", f"`{mode}` puts all zeros in front")
            yield self.filled(band, at if band is first else over or band.places[0])
            if over and not self.told:
                yield self.named(band)
        yield self.all(at)
        for band in [*self.stage.strided.values()][:1]:
            yield self.strides(band)
        same = [bands["same"] for bands in (self.bands, self.stage.strided) if "same" in bands]
        for band in [band for band in same if band.zeros % 2][:1]:
            yield from self.odd(band)
        for band in self.stage.dilated.values():
            if band.places:
                yield self.dilated(band)
        yield from self.answer(at)

    def draw(
        self, said: str, at: Place, band: Band | None = None, lit: Mapping[str, Collection[int] | None] | None = None
    ) -> Draft:
        """The stage with the kernel on a window; the outputs, the zeros and the edges of a ``band`` are in the light,
        or the outputs that are ``lit`` in each row, or all.
        """
        stage, read, draft = self.stage, band.reads if band else (), self.stage.draft(said, self.stage.wide)
        self.zeros |= {tap.step for tap in at.taps if tap.padded}
        self.told |= {band.mode} if band and self.told else set()
        if self.told and (band or lit):
            stage.lay_formula(draft, (band.script if band else stage.script).layer)
        stage.lay_stage(draft, at, self.zeros, read, bool(self.told))
        if lit is None:
            lit = {band.mode: [place.step for place in band.places]} if band else dict.fromkeys(self.bands)
        for mode, own in self.bands.items():
            now, meant = band if band and band.mode == mode else own, lit.get(mode, ())
            stage.lay_row(draft, now, self.known[mode], meant, mode in self.told, mode in self.counted)
        if band:
            stage.lay_edges(draft, at, band.mode)
        return draft

    # one padding after the other

    def begun(self, band: Band, at: Place, name: str, said: str) -> Board:
        """The number of one window, under the step where a padding writes it, and how it is made."""
        worked, zeros = phrases.worked(at.taps, at.output.text), [tap for tap in at.taps if tap.padded]
        is_short = places.is_short(at, self.layer)
        long = f"0 × {walked.bracketed(zeros[0].weight)} = 0" if zeros and name != "output" else at.output.text
        said = f"{said}: {worked if is_short else long}."
        self.known[band.mode] = (at,)
        draft = self.draw(said, at, band)
        if not is_short and not self.told and len(worked) < 110:
            pieces.remark(draft, ("sum",), worked)
        cues = [Cue((("zero",),), motion.MOVE + 0.5), Cue(((*Y, band.mode),), motion.ENTER + 1)]
        return draft.board(name, said, 4, cues)

    def filled(self, band: Band, start: Place) -> Board:
        """All outputs of a padding: the window slides, and they stand when it has passed."""
        mode, layer, last, is_new = band.mode, band.script.layer, band.places[-1], not self.known[band.mode]
        self.known[mode], self.zeros = band.places, self.zeros | band.reads
        self.counted.add(mode)
        outputs, rear = phrases.count(band.outputs, "output"), phrases.spelled(band.right) if band.right else "none"
        zeros = f"{phrases.count(band.left, 'zero')} in front, {rear} behind: {outputs}"
        said = f"`{mode}`: {zeros}."
        if mode == "valid":
            sum_ = f"{self.length:,} {style.MINUS} {layer.span} + 1 = {band.outputs:,} places"
            said = f"`valid` writes under the first step, and stays inside: {sum_ if layer.strides == 1 else outputs}."
        elif mode == "causal" and band.left:
            said = "`causal` writes under the last step: it never looks ahead."
        elif layer.strides == 1 and band.left == band.right:
            said = f"`{mode}` writes under the middle: {zeros}."
        cues = sliding.passing(band.places, last if is_new else start, last, (*Y, mode))
        cues += [Cue((("edge",),), motion.MOVE, cues[0].lasts), Cue((("zero",),), motion.MOVE, 0.4)]
        return self.draw(said, last, band).board(mode, said, 3, [*cues, Cue((("count",),), motion.ENTER + 1)])

    def named(self, band: Band) -> Board:
        """The zeros in front get their name, and the formula counts them."""
        self.told = {*self.counted}
        first, minus = band.places[0], style.MINUS
        begin = f"*x*[{first.home} + 0 {minus} {band.pad}] = *x*[{minus}{abs(first.taps[0].step)}]"
        said = f"*p* = {band.pad}, the zeros in front: *y*[{first.step}] begins at {begin}."
        draft = self.draw(said, first, band, {band.mode: [first.step]})
        draft.change([k for k in ((*W, 0, "index"), (*W, "k")) if k in draft.marks], role="lit")
        return draft.board("p", said, 4)

    # all paddings, and layers with gaps

    def all(self, at: Place) -> Board:
        """The outputs of all paddings: lines join those of the same windows, and only the others are in the light."""
        stage, pairs, padded = self.stage, [*pairwise(self.bands)], any(band.zeros for band in self.bands.values())
        steps = [self.bands[after].pad - self.bands[above].pad for above, after in pairs]
        tied = padded and all(map(stage.followed, self.bands))
        said = "No zeros are needed: all paddings are alike."
        if not pairs:
            said = f"`{next(iter(self.bands))}` is the only padding that this layer can have."
        elif padded:
            apart = f"{phrases.count(max(steps), 'step')} apart" if len({*steps} - {0}) == 1 else "moved along"
            said = f"Equal numbers, {apart}: only the borders differ."
            said = said if tied else "Other zeros, and other windows: the numbers differ too."
        windows = {mode: band.windows for mode, band in self.bands.items()}
        own = {low: [p.step for at, p in windows[low].items() if at not in windows[up]] for up, low in pairs}
        draft = self.draw(said, at, lit=own if tied and pairs else None)
        for above, after in pairs if tied else ():
            stage.tie(draft, after, above)
        cues = [Cue((("link", mode),), motion.ENTER + place) for place, mode in enumerate(self.bands)]
        return draft.board("all", said, 4, cues)

    def strides(self, band: Band) -> Board:
        """Every second window, and so every second output; a sample that no window reads falls back."""
        unread = range(max(band.script.reads(band.outputs - 1)) + 1, self.length)
        said = f"`{band.mode}`, strides 2: every second window."
        said += f" None reads step {unread[0]}." if unread else ""
        draft = self.draw(said, band.places[-1], band)
        self.stage.recede(draft, {*self.stage.signal} - {*unread})
        return draft.board("strides", said, 4)

    def odd(self, band: Band) -> Iterator[Board]:
        """How many zeros ``same`` needs, and where the odd one goes."""
        at, layer, many, missing = band.places[-1], band.script.layer, band.outputs, phrases.spelled(band.zeros)
        read = f"read {many - 1:,} × {layer.strides} + {layer.span} = {self.length + band.zeros:,} steps"
        windows = f"{many:,} windows" if layer.strides == 1 else f"{self.length:,} / {layer.strides} = {many:,} windows"
        said = f"`same`: {windows} {read}: {missing} too many."
        draft = self.draw(said, at, band)
        half, y = 0.45 * self.stage.wide.pitch, pieces.RULER + 30
        left, right = (self.stage.wide.x(step) for step in (-band.left, self.length - 1 + band.right))
        ends = (left - half, y - 10, left - half, y, right + half, y, right + half, y - 10)
        draft.put("ruler", ("ruler", "span"), line("lit", *ends, size=4))
        yield draft.board("span", said, 3.4)
        front, rear = (phrases.spelled(zeros) if zeros else "none" for zeros in (band.left, band.right))
        said = f"Half of {missing}, rounded down, stands in front: {front}. Behind: {rear}."
        yield self.draw(said, at, band).board("odd", said, 4)

    def dilated(self, band: Band) -> Board:
        """Gaps between the taps: the windows are longer, and need more zeros."""
        self.known[band.mode], self.zeros, at = band.places, self.zeros | band.reads, band.places[0]
        span, zeros = phrases.count(band.script.layer.span, "step"), phrases.count(band.zeros, "zero")
        said = f"Dilation 2: a window of {span} needs {zeros}, half in front."
        if places.is_short(at, self.layer) and places.whole(tap.product.value for tap in at.taps):
            said = f"Dilation 2: {span}, {zeros}: {phrases.worked(at.taps, at.output.text)}."
        cues = [Cue(((*Y, band.mode),), motion.ENTER), Cue((("zero",),), motion.MOVE)]
        return self.draw(said, at, band).board("dilated", said, 4, cues)

    def answer(self, at: Place) -> Iterator[Board]:
        """What was asked, in words; and all paddings with Keras's numbers beside ours."""
        self.known = {mode: band.places for mode, band in self.bands.items()}
        where = {"valid": "adds no zeros", "same": "puts half in front", "causal": "all in front"}
        words = {mode: where[mode if band.zeros else "valid"] for mode, band in self.bands.items()}
        said = " ".join(f"`{mode}` {words[mode]}: {band.outputs:,}." for mode, band in self.bands.items())
        yield self.draw(said, at).board("answer", said, 4)
        said = places.agreed(band.script for band in self.bands.values())
        draft = self.draw(said, at)
        for mode, band in self.bands.items():
            bench, bars = self.stage.rows[mode], [(place, (*Y, mode, place.step)) for place in band.places]
            places.compare(draft, band.script, bench.axis, bench.floor, bench.lowest, bars, False)
        names = [draft.marks.pop(key) for key in [*draft.marks] if key[:2] == ("keras", "name")]
        for name in names[:1]:
            draft.put("party", ("keras", "name"), name.at(y=self.stage.stage.bottom - 28))
        yield draft.board("check", said, 4, [Cue((("keras",),), motion.ENTER)])
