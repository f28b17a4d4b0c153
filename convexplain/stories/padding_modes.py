"""padding_modes: valid, same and causal: where the zeros go, and why the lengths differ.

A window gives one number; the padding decides under which step it is written, and how many windows there are beyond
the ends. It answers "where do the zeros go?", "why are the lengths different?", "where does the odd zero of `same` go?"
and "why is my last sample never read?".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Draft, Format, line
from convexplain.stories import phrases
from convexplain.stories.many_layers import walked
from convexplain.stories.one_channel import places, sliding
from convexplain.stories.one_channel.bands import Band, Bands
from convexplain.stories.one_channel.places import Place, W, Y
from convexplain.stories.script import Script

FIGURE = {1: ("same", "all"), 2: ("valid", "same", "causal", "all")}
"""The boards of the composed figure, by how many panels stand side by side."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return tuple(_Telling(script, form).boards())


class _Telling:
    """What has been shown stays: the zeros, the outputs of the layers that are ``now`` there, p once it is ``told``."""

    def __init__(self, script: Script, form: Format) -> None:
        self.stage, self.layer = Bands(script, form), script.layer
        self.bands, self.length = self.stage.bands, self.stage.length
        self.now = {mode: band._replace(places=(), outputs=0) for mode, band in self.bands.items()}
        self.zeros, self.told = set[int](), False

    def boards(self) -> Iterator[Board]:
        start = self.stage.start
        first, at = next((band, band.windows[start]) for band in self.bands.values() if start in band.windows)
        said = f"{self.length:,} samples, a kernel of {self.layer.kernel_size}: how many outputs, and where?"
        yield self.draw(said, at).board("kernel", said, 3)
        yield self.begun(first, at, "output", "The window’s products add up to one output")
        for mode, band in self.bands.items():
            over = next((place for place in reversed(band.places) if place.taps[0].step < 0), None)
            if over and not self.told and over != at:
                yield self.begun(band, over, "border", f"`{mode}` reads a zero past the edge")
            elif over and self.told:
                yield self.begun(band, band.places[0], "front", f"`{mode}`, all zeros in front")
            yield self.filled(band, at if band is first else over or band.places[0])
            if over and not self.told:
                yield self.named(band)
        yield self.all(at)
        plain, strided, dilated = (b.get("same") for b in (self.bands, self.stage.strided, self.stage.dilated))
        odd = next((band for band in (plain, strided) if band and sum(band.sides) % 2), None)
        for band in filter(None, (plain, strided)):
            if band is strided:
                yield self.strides()
            if band is odd:
                yield from self.odd(band)
        if dilated and dilated.places:
            yield self.dilated(dilated)
        yield from self.answer(at)

    def draw(self, said: str, at: Place, mode: str = "", lit: Mapping[str, Any] | None = None, note: str = "") -> Draft:
        """The stage with the kernel on a window; the outputs, the zeros and the edges of the row ``mode`` are in the
        light, or the outputs that are ``lit`` in each row, or all. A ``note`` stands by the text line.
        """
        stage, band, draft = self.stage, self.now.get(mode), self.stage.draft(said, self.stage.wide)
        if self.told and (band or lit):
            stage.lay_formula(draft, (band.script if band else stage.script).layer, bool(band))
        self.zeros.update((tap.step for tap in at.taps if tap.padded), *(own.reads for own in self.now.values()))
        stage.lay_stage(draft, at, self.zeros, band.reads if band else (), self.told)
        lit = lit or ({mode: None} if band else dict.fromkeys(self.bands))
        for row, own in self.now.items():
            stage.lay_row(draft, own, lit.get(row, ()), at if row == mode else None, self.told)
        if band:
            stage.lay_edges(draft, at, mode)
        if note:
            x, y = (
                (8.0, stage.form.height - 36.0)
                if stage.form.is_narrow
                else (stage.wide.left, pieces.caption_line(draft) - 50.0)
            )
            pieces.note(draft, ("sum",), note, x, y)
        return draft

    def begun(self, band: Band, at: Place, name: str, said: str) -> Board:
        """The number of one window, under the step where a padding writes it, and how it is made."""
        worked, zeros = phrases.worked(at.taps, at.output.text), [tap for tap in at.taps if tap.padded]
        is_short = places.is_short(at, self.layer)
        long = f"0 × {walked.bracketed(zeros[0].weight)} = 0" if zeros and name != "output" else at.output.text
        said = f"{said}: {worked if is_short else long}."
        self.now[band.mode] = band._replace(places=(at,), outputs=0)
        draft = self.draw(said, at, band.mode)
        if not is_short and not self.told and len(worked) < 110:
            pieces.remark(draft, ("sum",), worked)
        cues = [Cue((("zero",),), motion.LEAVE + 0.5), Cue(((*Y, band.mode),), motion.ENTER + 1)]
        return draft.board(name, said, 4, cues)

    def filled(self, band: Band, start: Place) -> Board:
        """All outputs of a padding: the window slides, and they stand when it has passed."""
        mode, layer, last, is_new = band.mode, band.script.layer, band.places[-1], not self.now[band.mode].places
        self.now[mode] = band
        front, rear = (phrases.spelled(zeros) if zeros else "none" for zeros in band.sides)
        inside, zeros = phrases.count(band.outputs, "output"), ""
        if layer.strides == 1:
            inside = f"{self.length:,} {style.MINUS} {layer.span} + 1 = {band.outputs:,}"
            zeros = f"{layer.span} {style.MINUS} 1 = {sum(band.sides)} zero{'s' * (sum(band.sides) != 1)}, "
        said = {
            "valid": f"`valid` writes where its window begins, and stays inside: {inside}.",
            "same": f"`same` centres its window: {zeros}{front} in front, {rear} behind.",
            "causal": "`causal` writes at its end: it never sees what comes later.",
        }[mode]
        cues = sliding.passing(band.places, last if is_new else start, last, (*Y, mode))
        cues += [Cue((("edge",),), motion.MOVE, cues[0].lasts), Cue((("zero",),), motion.MOVE, 0.4)]
        return self.draw(said, last, mode).board(mode, said, 3, [*cues, Cue((("count",),), motion.ENTER + 1)])

    def named(self, band: Band) -> Board:
        """The zeros in front get their name, and the formula counts them."""
        self.told, first = True, band.places[0]
        said = f"*p* = {band.pad} zero{'s' * (band.pad > 1)} in front: {band.begins(first)}."
        draft = self.draw(said, first, band.mode, {band.mode: [first.step]})
        draft.change([k for k in ((*W, 0, "index"), (*W, "k")) if k in draft.marks], role="lit")
        return draft.board("p", said, 4)

    def all(self, at: Place) -> Board:
        """The outputs of all paddings: lines join those of the same windows, and only the others are in the light."""
        stage, pairs, padded = self.stage, [*pairwise(self.bands)], any(any(band.sides) for band in self.bands.values())
        steps = [self.bands[after].pad - self.bands[above].pad for above, after in pairs]
        tied = padded and all(stage.start in band.windows for band in self.bands.values())
        said = "No zeros are needed: all paddings are alike."
        if not pairs:
            said = f"`{next(iter(self.bands))}` is the only padding that this layer can have."
        elif tied:
            apart = f"{phrases.count(max(steps), 'step')} apart" if len({*steps} - {0}) == 1 else "moved along"
            said = f"Equal numbers, {apart}: only the borders differ."
        elif padded:
            said = "Other zeros, and other windows: the numbers differ too."
        windows = {mode: band.windows for mode, band in self.bands.items()}
        own = {low: [p.step for at, p in windows[low].items() if at not in windows[up]] for up, low in pairs}
        draft = self.draw(said, at, lit=own if tied and pairs else None)
        for above, after in pairs if tied else ():
            stage.tie(draft, after, above)
        cues = [Cue((("link", mode),), motion.ENTER + place) for place, mode in enumerate(self.bands)]
        return draft.board("all", said, 4, cues)

    def strides(self) -> Board:
        """Every second window, and so every second output; a sample that no window reads falls back."""
        self.now = self.stage.strided
        mode, band = next(iter(self.now.items()))
        unread = range(max(band.script.reads(band.outputs - 1)) + 1, self.length)
        said = "Strides 2: every second window."
        said += f" `{mode}` misses step {unread[0]}." if unread else ""
        draft = self.draw(said, band.places[-1], mode, dict.fromkeys(self.now), band.begins(band.places[-1]))
        self.stage.recede(draft, {*self.stage.signal} - {*unread})
        return draft.board("strides", said, 4, [Cue((("count",),), motion.ENTER + 1)])

    def odd(self, band: Band) -> Iterator[Board]:
        """How many zeros ``same`` needs, and where the odd one goes."""
        at, layer, many = band.places[-1], band.script.layer, band.outputs
        zeros, steps = phrases.count(sum(band.sides), "zero"), f"{self.length + sum(band.sides):,}"
        windows = f"{many:,} windows" if layer.strides == 1 else f"{self.length:,} / {layer.strides} = {many:,} windows"
        said = f"`same`: {windows} read {steps} steps: {zeros} missing."
        draft = self.draw(said, at, "same", note=f"{many - 1:,} × {layer.strides} + {layer.span} = {steps}")
        half, y = 0.45 * self.stage.wide.pitch, pieces.RULER + 30
        left, right = (self.stage.wide.x(step) for step in (-band.sides[0], self.length - 1 + band.sides[1]))
        ends = (left - half, y - 10, left - half, y, right + half, y, right + half, y - 10)
        draft.put("ruler", ("ruler", "span"), line("lit", *ends, size=4))
        yield draft.board("span", said, 3.4)
        front, rear = (phrases.spelled(zeros) if zeros else "none" for zeros in band.sides)
        said = f"Half of {zeros.partition(' ')[0]}, rounded down, is {front} in front; {rear} behind."
        yield self.draw(said, at, "same", note=band.begins(at)).board("odd", said, 4)

    def dilated(self, band: Band) -> Board:
        """Gaps between the taps: the windows are longer, and need more zeros."""
        self.now = self.stage.dilated
        span, minus, valid = band.script.layer.span, style.MINUS, self.now.get("valid")
        said = f"Dilation 2: a window of {span} steps, {span} {minus} 1 = {sum(band.sides)} zeros."
        note = f"`valid`: {self.length:,} {minus} {span} + 1 = {valid.outputs:,}" if valid else ""
        draft = self.draw(said, band.places[0], "same", dict.fromkeys(self.now), note)
        return draft.board("dilated", said, 4, [Cue((("count",),), motion.ENTER + 1)])

    def answer(self, at: Place) -> Iterator[Board]:
        """What was asked, in words; and all paddings with Keras's numbers beside ours."""
        self.now = self.bands
        where = {"valid": "adds no zeros", "same": "puts half in front", "causal": "all in front"}
        put = {mode: where[mode if any(band.sides) else "valid"] for mode, band in self.bands.items()}
        said = " ".join(f"`{mode}` {put[mode]}: {band.outputs:,}." for mode, band in self.bands.items())
        yield self.draw(said, at).board("answer", said, 4, [Cue((("count",), ("name",)), motion.MOVE + 0.5)])
        others = {"strides": self.stage.strided, "dilation": self.stage.dilated}
        gaps = {f"{name} {mode}": band.script for name, bands in others.items() for mode, band in bands.items()}
        said = places.agreed((band.script for band in self.bands.values()), gaps)
        draft = self.draw(said, at)
        for mode, band in self.bands.items():
            bench, bars = self.stage.rows[mode], [(place, (*Y, mode, place.step)) for place in band.places]
            places.compare(draft, band.script, bench.axis, bench.floor, bench.lowest, bars, False)
        for key in [key for key in draft.marks if key[:2] == ("keras", "name")]:
            draft.marks["keras", "name"] = draft.marks.pop(key).at(y=self.stage.stage.bottom - 28)
        yield draft.board("check", said, 4, [Cue((("keras",),), motion.ENTER)])
