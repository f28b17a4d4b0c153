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
from convexplain.board.text import advance, runs_of
from convexplain.stories import phrases
from convexplain.stories.many_layers import walked
from convexplain.stories.one_channel import places, sliding
from convexplain.stories.one_channel.bands import Band, Bands
from convexplain.stories.one_channel.places import LISTED, Place
from convexplain.stories.one_channel.track import RIG, THREAD, W, X, Y, compare
from convexplain.stories.script import Script

FIGURE = {1: ("p", "causal", "same"), 2: ("valid", "p", "causal", "all", "same")}
"""The boards of the composed figure, by how many panels stand side by side."""
CHECKED = "check"
"""The board whose caption is what was checked."""
COUNTS = Cue((("count",), ("name",)), motion.ENTER)
CHANGES = (Cue((*RIG, X, ("zero",), ("ruler",), ("edge",)), motion.LEAVE, 1.2), COUNTS)
"""First the kernel opens or closes, with the words of it; then the rows change, at last their counts."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return tuple(_Telling(script, form).boards())


class _Telling:
    """What was shown stays: zeros, outputs of layers that are ``now`` there, p with the formula once it is ``told``."""

    def __init__(self, script: Script, form: Format) -> None:
        self.stage, self.layer, self.form = Bands(script, form), script.layer, form
        self.bands, self.length = self.stage.bands, self.stage.length
        self.now = {mode: band._replace(places=(), outputs=0) for mode, band in self.bands.items()}
        self.zeros, self.told = set[int](), False

    def boards(self) -> Iterator[Board]:
        first = next(iter(self.bands.values()))
        at = first.windows.get(self.stage.start, first.places[0])
        said = f"{self.length:,} samples, a kernel of {self.layer.kernel_size}: how many outputs, and where?"
        yield self.draw(said, at).board("kernel", said, 3)
        yield self.begun(first, at, "output", "The window’s products add up to one output")
        for mode, band in self.bands.items():
            over = next((place for place in reversed(band.places) if place.start < 0), None)
            if over and self.told:
                yield self.begun(band, band.places[0], "front", f"`{mode}`, all zeros in front")
            elif over and over != at:
                aim = "To lose none, " * (self.layer.strides == 1)
                yield self.begun(band, over, "border", f"{aim}`{mode}` reads a zero past the edge")
            yield self.filled(band, at if band is first else over or band.places[0])
            if over and not self.told:
                yield self.named(band)
        if len(self.bands) > 1:
            yield self.all(at)
        is_odd, waits = (
            "same" in bands and sum(bands["same"].sides) % 2 == 1 for bands in (self.bands, self.stage.strided)
        )
        if is_odd:
            yield from self.odd(self.bands["same"])
        if self.stage.strided:
            yield self.strides(waits and not is_odd)
        if waits and not is_odd:
            yield from self.odd(self.stage.strided["same"])
        if any(band.places for band in self.stage.dilated.values()):
            yield self.dilated()
        yield from self.answer(at)

    def draw(self, said: str, at: Place, mode: str = "", lit: Mapping[str, Any] | None = None, *notes: str) -> Draft:
        """The stage with the kernel on a window. In the light are outputs, zeros and edges of the row ``mode``, or the
        outputs ``lit`` in each row, or all. The first of ``notes`` is written; on paper the last, before the formula.
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
        text = next(filter(None, reversed(notes) if self.form.is_narrow else notes), "")
        is_long = advance(runs_of(text)) * self.form.small > self.form.width - 2 * self.form.margin
        if text and (is_long or (self.form.is_narrow and not self.told)):
            pieces.remark(draft, ("sum",), text)
        elif text:
            y = self.form.height - 36.0 if self.form.is_narrow else pieces.caption_line(draft) - 60.0
            pieces.note(draft, ("sum",), text, self.form.margin, y)
        return draft

    def begun(self, band: Band, at: Place, name: str, said: str) -> Board:
        """The number of one window, under the step where a padding writes it, and how it is made."""
        made, sum_ = at.output.text, self.worked(at)
        if len(at.taps) <= LISTED:
            made, sum_ = phrases.worked(at.taps, made), ""
        elif name != "output":
            made = next((f"0 × {walked.bracketed(tap.weight)} = 0" for tap in at.taps if tap.padded), made)
        said = f"{said}: {made}."
        self.now[band.mode] = band._replace(places=(at,), outputs=0)
        cues = [Cue((("zero",),), motion.LEAVE + 0.5), Cue(((*Y, band.mode),), motion.ENTER + 1)]
        return self.draw(said, at, band.mode, None, sum_).board(name, said, 4, cues)

    def worked(self, at: Place) -> str:
        """The sum of a window where it is all that an output is, and there is room for it."""
        said, is_all = phrases.worked(at.taps, at.output.text), sum(tap.product.value for tap in at.taps)
        return said if is_all == at.output.value and len(said) < (48 if self.told else 110) else ""

    def filled(self, band: Band, start: Place) -> Board:
        """All outputs of a padding: the window slides, and they stand when it has passed."""
        mode, layer, last, span = band.mode, band.script.layer, band.places[-1], band.script.layer.span
        start = start if self.now[mode].places else last
        self.now[mode] = band
        front, rear = (phrases.spelled(zeros) if zeros else "none" for zeros in band.sides)
        inside, aim = f"{band.outputs:,}", "centres its windows: "
        if layer.strides == 1:
            inside = f"{self.length:,} {style.MINUS} {span} + 1 = {inside}"
            aim = f"keeps the length: {span} {style.MINUS} 1 = "
        said = {
            "valid": f"`valid` stays inside, and writes under its first step: {inside} outputs.",
            "same": f"`same` {aim}{_zeros(sum(band.sides))}, {front} in front, {rear} behind.",
            "causal": f"For forecasts, `causal` reads nothing later: *p* = {_zeros(band.pad)}.",
        }[mode]
        cues = sliding.passing((place.step for place in band.places), start, last, (*Y, mode))
        cues += [Cue((("edge",),), motion.MOVE, cues[0].lasts), Cue((("zero",),), motion.MOVE, 0.4)]
        sum_ = self.worked(last)
        note = band.begins(last) if self.told else sum_ and f"Last window: {sum_}"
        draft = self.draw(said, last, mode, None, note)
        return draft.board(mode, said, 3, [*cues, Cue((("count",),), motion.ENTER + 1)])

    def named(self, band: Band) -> Board:
        """The zeros in front get their name, in the formula: it counts from them; and so do its other letters."""
        self.told, first = True, band.places[0]
        said = f"{band.begins(first)}: *p* = {_zeros(band.sides[0])} in front."
        note = "*y*: output, *t*: which one, *k*: tap, *p*: zeros in front"
        draft = self.draw(said, first, band.mode, {band.mode: [first.step]}, note)
        draft.change([k for k in draft.marks if k == (*W, 0, "index") or k[-1] in ("k", "k of x")], role="lit")
        return draft.board("p", said, 5)

    def all(self, at: Place) -> Board:
        """All paddings: the outputs of windows that all have are in the light, and lines join those of the told one."""
        stage, bands = self.stage, [*self.bands.values()]
        shared, lit, note = set.intersection(*(set(band.windows) for band in bands)), None, ""
        padded = any(any(band.sides) for band in bands)
        tied = padded and stage.start in shared
        said = "Other zeros, and other windows: the numbers differ too."
        if tied:
            apart = {low.pad - up.pad for up, low in pairwise(bands)}
            later = f"{phrases.count(max(apart), 'step')} later in each row" if len(apart) == 1 else "under other steps"
            said, note = f"One window, one number, {later}.", "Pale: windows that only some rows have"
            lit = {band.mode: [p.step for start, p in band.windows.items() if start in shared] for band in bands}
        elif not padded:
            said = "No zeros are needed: all paddings are alike."
        draft = self.draw(said, at, "", lit, note)
        if tied:
            stage.lay_edges(draft, bands[0].windows[stage.start], bands[0].mode)
            for above, below in pairwise(self.bands):
                stage.tie(draft, below, above)
        cues = [Cue((("link", mode),), motion.ENTER + place) for place, mode in enumerate(self.bands)]
        return draft.board("all", said, 4, cues)

    def strides(self, waits: bool) -> Board:
        """Every second window, and so every second output; `same` ``waits`` where that changes its p."""
        self.stage.widen()
        strided = {mode: band for mode, band in self.stage.strided.items() if not waits or mode != "same"}
        self.now = self.stage.bands | strided
        if waits:
            self.now["same"] = self.now["same"]._replace(said="next", outputs=0)
        ends = {mode: max(band.script.reads(band.outputs - 1)) + 1 for mode, band in strided.items()}
        missed = next((step for step in ends.values() if step < self.length), None)
        missing = [mode for mode, end in ends.items() if end == missed]
        names = " and ".join(f"`{mode}`" for mode in missing)
        said = f"Strides 2: {f'step {missed} is never read by {names}' if missing else 'every second output'}."
        band = strided[next(iter(missing or strided))]
        last = band.places[-1]
        notes = (f"Thin: every other output, left out. {band.begins(last)}", band.begins(last))
        draft = self.draw(said, last, band.mode, dict.fromkeys(strided), *notes)
        self.stage.recede(draft, {*self.stage.signal} - {missed})
        return draft.board("strides", said, 4, [COUNTS])

    def odd(self, band: Band) -> Iterator[Board]:
        """How many zeros ``same`` needs, and where the odd one goes."""
        many, stride, span = band.outputs, band.script.layer.strides, band.script.layer.span
        steps, (pad, rear), first, last = (many - 1) * stride + span, band.sides, band.places[0], band.places[-1]
        count = f"{many:,}" if stride == 1 else f"{self.length:,} / {stride} = {many:,}"
        said = f"`same` {'still writes under the middle:' if band.rest else 'needs zeros for'} {count} outputs."
        read = f"{many - 1:,} × {stride} + {span} = {steps:,} steps"
        moves = phrases.sentence(phrases.count(many - 1, "move"))
        half = f"{steps:,} {style.MINUS} {self.length:,} = {_zeros(pad + rear)}: half rounded down is *p* = {pad}"
        edge, y = 0.45 * self.stage.wide.pitch, pieces.RULER + 30
        left, right = self.stage.wide.x(-pad) - edge, self.stage.wide.x(self.length - 1 + rear) + edge
        for name, text, at, asked, *notes in (
            ("span", said, first, "*p* = ?", f"{moves} of {stride}, and a kernel over {span} steps: {read}", read),
            ("odd", f"{half}, {phrases.spelled(rear)} behind.", last, "", band.begins(last)),
        ):
            self.now = self.now | {"same": band._replace(said=asked)}
            draft = self.draw(text, at, "same", None, *notes)
            bracket = line("lit", left, y - 10, left, y, right, y, right, y - 10, size=4)
            draft.put("ruler", ("ruler", "span"), bracket)
            yield draft.board(name, text, 4, [COUNTS])

    def dilated(self) -> Board:
        """Gaps between the taps: the windows are longer, and need more zeros."""
        self.stage.widen()
        self.now, band = self.stage.dilated, [band for band in self.stage.dilated.values() if band.places][-1]
        at, span, valid = band.places[0], band.script.layer.span, self.now.get("valid")
        said = f"Dilation 2: as many taps see {span} steps, {span} {style.MINUS} 1 = {_zeros(sum(band.sides))}."
        sum_ = self.worked(at) and f"`{band.mode}`: {self.worked(at)}"
        less = f"`valid`: {self.length:,} {style.MINUS} {span} + 1 = {valid.outputs:,}" if valid else ""
        notes = [*filter(None, (sum_, less))]
        draft = self.draw(said, at, band.mode, dict.fromkeys(self.now), ". ".join(notes), *notes)
        return draft.board("dilated", said, 4, CHANGES)

    def answer(self, at: Place) -> Iterator[Board]:
        """What was asked, in words; and all paddings with Keras's numbers beside ours."""
        self.now = self.bands
        where = {"valid": "adds no zeros", "same": "puts half in front", "causal": "all in front"}
        put = {mode: where[mode if any(band.sides) else "valid"] for mode, band in self.bands.items()}
        said = " ".join(f"`{mode}` {put[mode]}: {band.outputs:,}." for mode, band in self.bands.items())
        gone = Cue((("edge",), THREAD), motion.LEAVE, 0.3)
        yield self.draw(said, at).board("answer", said, 4, [*CHANGES, gone])
        others = {"strides": self.stage.strided, "dilation": self.stage.dilated}
        gaps = {f"{name} {mode}": band.script for name, bands in others.items() for mode, band in bands.items()}
        said = places.agreed((band.script for band in self.bands.values()), gaps)
        draft = self.draw(said, at)
        for mode, band in self.bands.items():
            compare(draft, band.script, self.stage.row(mode), (*Y, mode), band.places)
        wide = max(14.0, self.stage.wide.pitch / 6)
        for key in [key for key in draft.marks if key[0] == "keras"]:
            mark = draft.marks.pop(key).at(role="lit")
            if mark.kind == "dot":
                draft.marks[key] = mark.at(width=wide, height=wide)
            else:
                draft.marks["keras", "name"] = mark.at(y=self.stage.stage.bottom - 28)
        yield draft.board("check", said, 4, [Cue((("keras",),), motion.ENTER)])


def _zeros(many: int) -> str:
    return f"{many:,} zero{'s' * (many != 1)}"
