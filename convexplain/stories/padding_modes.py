"""padding_modes: valid, same and causal: where the zeros go, and why the lengths differ.

A window gives one number; the padding decides under which step it is written, and how many windows there are beyond
the ends. It answers "where do the zeros go?", "why are the lengths different?", "where does the odd zero of `same` go?"
and "why is my last sample never read?".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise, product
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
from convexplain.stories.one_channel.track import W, Y, compare
from convexplain.stories.script import Script

FIGURE = {1: ("p", "all", "causal"), 2: ("valid", "p", "causal", "all", "same")}
"""The boards of the composed figure, by how many panels stand side by side."""
CHECKED = "check"
"""The board whose caption is what was checked."""
COUNTS = Cue((("count",), ("name",)), motion.ENTER)


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return tuple(_Telling(script, form).boards())


class _Telling:
    """What was shown stays: zeros, outputs of layers that are ``now`` there, p once it is ``told``."""

    def __init__(self, script: Script, form: Format) -> None:
        self.stage, self.layer, self.form = Bands(script, form), script.layer, form
        self.bands, self.length = self.stage.bands, self.stage.length
        self.now = {mode: band._replace(places=(), outputs=0) for mode, band in self.bands.items()}
        self.zeros, self.told = set[int](), False
        self.formula: Script | None = None
        starts = set.intersection(*(set(band.windows) for band in self.bands.values()))
        self.padded = any(any(band.sides) for band in self.bands.values())
        self.shared = starts if self.padded and self.stage.start in starts else set()

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
                zeros = phrases.count(sum(tap.padded for tap in over.taps), "zero").replace("one ", "a ")
                yield self.begun(band, over, "border", f"{aim}`{mode}` reads {zeros} past the edge")
            yield self.filled(band, at if band is first else over or band.places[0])
            if over and not self.told:
                yield self.named(band)
        if len(self.bands) > 1:
            yield self.all(at)
        kinds = (self.bands, self.stage.strided)
        odd = next((bands for bands in kinds if "same" in bands and sum(bands["same"].sides) % 2), None)
        if odd is self.bands:
            yield from self.odd(odd["same"])
        if self.stage.strided:
            yield from self.strides(odd is self.stage.strided)
        if odd is self.stage.strided:
            yield from self.odd(odd["same"])
        if any(band.places for band in self.stage.dilated.values()):
            yield from self.dilated()
        yield from self.answer(at)

    def draw(self, said: str, at: Place, mode: str = "", lit: Mapping[str, Any] | None = None, *notes: str) -> Draft:
        """The stage with the kernel on a window. In the light are outputs, zeros and edges of the row ``mode``, or the
        outputs ``lit`` in each row, or all. The first of ``notes`` is written; on paper the last, before the formula.
        """
        stage, band, draft = self.stage, self.now.get(mode), self.stage.draft(said, self.stage.wide)
        if self.formula:
            is_named = band is not None and at.home == at.step and band.script is self.bands[mode].script
            stage.lay_formula(draft, self.formula.layer, is_named)
            if is_named and stage.wide.pitch > 120:
                stage.tell_step(draft, at.step, "*t*")
        lit = lit or ({mode: None} if band else dict.fromkeys(self.bands))
        seen = (self.now[row].reads for row in lit if not self.now[row].said)
        self.zeros.update((tap.step for tap in at.taps if tap.padded), *seen)
        stage.lay_stage(draft, at, self.zeros, band.reads if band else (), self.told)
        for row, own in self.now.items():
            stage.lay_row(draft, own, lit.get(row, ()), at if mode in ("", row) else None, self.told)
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
            zeros = [f"0 × {walked.bracketed(tap.weight)} = 0" for tap in at.taps if tap.padded]
            made = zeros[0] if len(zeros) == 1 else f"{phrases.count(len(zeros), 'product')} are 0"
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
        front, rear = band.sides
        inside, aim = f"{band.outputs:,}", "centres its windows: "
        if layer.strides == 1:
            inside = f"{self.length:,} {style.MINUS} {span} + 1 = {inside}"
            aim = f"keeps the length: {span} {style.MINUS} 1 = "
        said = {
            "valid": f"`valid` stays inside, each output under its first sample: {inside}.",
            "same": f"`same` {aim}{_zeros(front + rear)}, {front} in front, {rear} behind.",
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
        self.told, self.formula, first = True, band.script, band.places[0]
        said = f"{band.begins(first)}: *p* = {_zeros(band.sides[0])} in front."
        note = "*y*: output, *t*: which one, *k*: tap, *p*: zeros in front"
        draft = self.draw(said, first, band.mode, {band.mode: [first.step]}, note)
        draft.change([k for k in draft.marks if k == (*W, 0, "index") or k[-1] in ("k", "k of x")], role="lit")
        return draft.board("p", said, 5)

    def all(self, at: Place) -> Board:
        """All paddings: what zeros in front do."""
        apart = [low.pad - up.pad for up, low in pairwise(self.bands.values())]
        more = apart[0] if len(set(apart)) == 1 else 1
        later = phrases.count(more, "step")
        said = phrases.sentence(f"{phrases.count(more, 'zero')} more in front: every number {later} later.")
        if not self.shared:
            said = "Other zeros, and other windows: the numbers differ too."
        if not self.padded:
            said = "No zeros are needed: all paddings are alike."
        pale = "Pale: windows that only some rows have" if self.shared else ""
        draft = self.tied(said, at, f"Lit: the same windows, the same numbers. {pale}" if pale else "", pale)
        cues = [Cue((("link", mode),), motion.ENTER + place) for place, mode in enumerate(self.bands)]
        return draft.board("all", said, 5, cues)

    def tied(self, said: str, at: Place, *notes: str) -> Draft:
        """All paddings: the outputs of windows that all have are in the light, and lines join them row by row."""
        shared, first = self.shared, next(iter(self.bands.values()))
        lit = {m: [p.step for start, p in band.windows.items() if start in shared] for m, band in self.bands.items()}
        draft = self.draw(said, at, "", lit if shared else None, *notes)
        if shared:
            self.stage.lay_edges(draft, first.windows[self.stage.start], first.mode)
            self.stage.recede(draft, [tap.step for tap in at.taps])
        for start, (above, below) in product(shared, pairwise(self.bands)):
            self.stage.tie(draft, below, above, start)
        return draft

    def strides(self, waits: bool) -> Iterator[Board]:
        """Every second window, and so every second output; `same` ``waits`` where that changes its p. Then the sample
        that no window reaches.
        """
        strided = {mode: band for mode, band in self.stage.strided.items() if not waits or mode != "same"}
        self.now = self.stage.bands | strided
        if waits:
            self.now["same"] = self.now["same"]._replace(said="*p* = ?", outputs=0)
        ends = {mode: max(band.script.reads(band.outputs - 1)) + 1 for mode, band in strided.items()}
        missed = next((step for step in ends.values() if step < self.length), None)
        missing = [mode for mode, end in ends.items() if end == missed]
        band = strided[next(iter(missing or strided))]
        self.formula, said = band.script, "Strides 2: every second window, every second output."
        lit, note = dict.fromkeys(strided), "Thin: the outputs that are left out"
        yield self.draw(said, band.places[0], band.mode, lit, note).board("strides", said, 4, [COUNTS])
        self.formula = None
        if missing:
            names, whose = " and ".join(f"`{mode}`" for mode in missing), "their" if len(missing) > 1 else "its"
            said = f"Step {missed:,} is never read by {names}: {whose} next window does not fit."
            draft = self.draw(said, band.places[-1], band.mode, lit)
            draft.change({("ruler", missed)} & draft.marks.keys(), role="lit")
            self.stage.recede(draft, {*self.stage.signal} - {missed})
            yield draft.board("unread", said, 4)

    def odd(self, band: Band) -> Iterator[Board]:
        """How many zeros ``same`` needs; then where the odd one goes."""
        many, stride, span, self.formula = band.outputs, band.script.layer.strides, band.script.layer.span, None
        (pad, rear), first, last = band.sides, band.places[0], band.places[-1]
        zeros, sign = pad + rear, "=" if many * stride == self.length else "rounded up:"
        steps = self.length + zeros
        count = f"{self.length:,} / {stride} {sign} " * (stride > 1) + f"{many:,}"
        needed = f"`same`: {count} outputs, whose windows cover {steps:,} steps. It takes {_zeros(zeros)}."
        half = f"Half of {_zeros(zeros)}, rounded down, is {pad} in front"
        apart = f"{many:,} windows of {span} steps, {phrases.count(stride, 'step')} apart"
        sums = f"{many - 1:,} × {stride} + {span} = {steps:,}. {steps:,} {style.MINUS} {self.length:,} = {zeros}"
        edge, y, self.zeros = 0.45 * self.stage.wide.pitch, pieces.RULER + 22, set[int]()
        left, right = self.stage.wide.x(-pad) - edge, self.stage.wide.x(self.length - 1 + rear) + edge
        for name, said, at, asked, *notes in (
            ("span", needed, first, "*p* = ?", f"{apart}: {sums}", sums),
            ("odd", f"{half}: the odd one goes behind.", last, ""),
        ):
            self.now = self.now | {"same": band._replace(said=asked)}
            draft = self.draw(said, at, "same", None, *notes)
            bracket = line("lit", left, y - 10, left, y, right, y, right, y - 10, size=4)
            draft.put("ruler", ("ruler", "span"), bracket)
            yield draft.board(name, said, 4, [COUNTS])

    def dilated(self) -> Iterator[Board]:
        """Gaps between the taps: the windows are longer; then the zeros that they need."""
        self.stage.wide, dilated = self.stage.broad, self.stage.dilated
        bands = [band for band in dilated.values() if band.places]
        first, last, span = bands[0], bands[-1], bands[0].script.layer.span
        self.now = {mode: band._replace(places=(), outputs=0) for mode, band in dilated.items()} | {first.mode: first}
        self.zeros, self.formula = set(), first.script
        said = f"Dilation 2: taps two steps apart span {span} steps."
        note = f"`valid`: {self.length:,} {style.MINUS} {span} + 1 = {first.outputs:,}" * (first.mode == "valid")
        yield self.draw(said, first.places[0], first.mode, None, note).board("dilated", said, 4, [COUNTS])
        self.formula, self.now, at = None, dilated, last.places[0]
        zeros = f"{span} {style.MINUS} 1 = {_zeros(sum(last.sides))}"
        said = f"{zeros} keep the length: `same` puts half in front, `causal` all."
        sum_ = self.worked(at) and f"`{last.mode}`: {self.worked(at)}"
        draft = self.draw(said, at, last.mode, dict.fromkeys(dilated), sum_)
        yield draft.board("reach", said, 4, [COUNTS])

    def answer(self, at: Place) -> Iterator[Board]:
        """What was asked, in words; and all paddings with Keras's numbers beside ours."""
        self.now, self.formula, self.stage.wide = self.bands, None, self.stage.near
        where = {"valid": "adds no zeros", "same": "puts half in front", "causal": "all in front"}
        put = {mode: where[mode if any(band.sides) else "valid"] for mode, band in self.bands.items()}
        said = " ".join(f"`{mode}` {put[mode]}: {band.outputs:,}." for mode, band in self.bands.items())
        back = "The first layers again: every window, taps side by side" if self.stage.strided else ""
        yield self.tied(said, at, back).board("answer", said, 4, [COUNTS, Cue((("link",),), motion.ENTER + 1)])
        if len(self.bands) == 3:
            said = "`valid` makes nothing up, `same` keeps the length, `causal` sees no future."
            note = "`same`: layers can be stacked, and no output gets shorter"
            yield self.draw(said, at, "", None, note).board("choose", said, 4)
        others = {"strides": self.stage.strided, "dilation": self.stage.dilated}
        gaps = {f"{name} {mode}": band.script for name, bands in others.items() for mode, band in bands.items()}
        said = places.agreed((band.script for band in self.bands.values()), gaps)
        draft = self.draw(said, at)
        for mode, band in self.bands.items():
            compare(draft, band.script, self.stage.row(mode), (*Y, mode), band.places)
        names = [draft.marks.pop(key) for key in [*draft.marks] if key[:2] == ("keras", "name")]
        draft.marks.update((("keras", "name"), name.at(y=self.stage.stage.bottom - 28)) for name in names)
        draft.change([key for key in draft.marks if key[0] == "keras"], role="lit")
        yield draft.board("check", said, 4, [Cue((("keras",),), motion.ENTER)])


def _zeros(many: int) -> str:
    return f"{many:,} zero{'s' * (many != 1)}"
