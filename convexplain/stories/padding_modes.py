"""padding_modes: valid, same and causal: where the zeros go, and why the lengths differ.

A window gives one number; the padding decides under which step it is written, and how many windows there are beyond
the ends. It answers "where do the zeros go?", "why are the lengths different?", "where does the odd zero of `same` go?"
and "why is my last sample never read?".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from convexplain import style
from convexplain.board import staging
from convexplain.board.marks import FILM, SMALL, TEXT, Board, Cue, Draft, Format
from convexplain.stories import phrases
from convexplain.stories.one_channel import places, sliding
from convexplain.stories.one_channel.bands import Band, Bands
from convexplain.stories.one_channel.places import LISTED, Place
from convexplain.stories.one_channel.track import W, Y, compare
from convexplain.stories.script import Script

FIGURE = {1: ("p", "all", "causal"), 2: ("valid", "p", "causal", "all", "same")}
"""The boards of the composed figure, by how many panels stand side by side."""
CHECKED = "check"
"""The board whose caption is what was checked."""
ZEROS = Cue((("zero",), ("ruler",)), staging.LEAVE + 0.5)
"""The zeros, with their steps, are there before they are read."""
PARTS = Cue((("window",),), staging.LEAVE, 0.9)
"""While the kernel leaves, all windows come out of its window."""
BACK = Cue((("rig", *W), W, ("baseline", "rig"), ("edge",), Y), staging.LEAVE + 0.5)
"""The kernel comes back when they are gone, or moves on with its edges; outputs of other layers leave."""
ROOMY = 110.0
"""From so wide a step on there is room for what t is, and for large dots."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return tuple(_Telling(script, form).boards())


class _Telling:
    """What was shown stays: the outputs of layers that are ``now`` there, p once it is ``told``."""

    def __init__(self, script: Script, form: Format) -> None:
        self.stage, self.layer = Bands(script, form), script.layer
        self.bands, self.length = self.stage.bands, self.stage.length
        self.now = {mode: band.awaited for mode, band in self.bands.items()}
        self.told = False
        self.formula: Script | None = None
        self.padded = any(any(band.sides) for band in self.bands.values())
        self.shared = self.padded and all(self.stage.start in band.windows for band in self.bands.values())

    def boards(self) -> Iterator[Board]:
        first = next(iter(self.bands.values()))
        at = min(first.places, key=lambda place: abs(place.start - self.stage.start))
        asked = f"{self.length:,} samples, a kernel of {phrases.count(self.layer.kernel_size, 'tap')}, Keras’s paddings"
        said = f"{asked}: how many outputs, and where?"
        yield self.draw(said, at).board("kernel", said, 3)
        made = "products add up to one" if self.layer.kernel_size > 1 else "one product is the"
        yield self.begun(first, at, "output", f"The window’s {made} output")
        for mode, band in self.bands.items():
            over = next((place for place in reversed(band.places) if place.start < 0), None)
            if over and not self.told and over != at:
                early = phrases.count(band.sides[0], "step")
                yield self.begun(band, over, "border", f"`{mode}`: the window begins {early} before its output")
            elif over and over != at:
                aim = f"`{mode}`, *p* = {_zeros(band.sides[0])} in front"
                yield self.begun(band, band.places[0], f"{mode} border", aim)
            yield self.filled(band)
            if over and not self.told:
                yield self.named(band)
        yield self.all(at)
        same, strided = self.bands["same"], self.stage.strided.get("same")
        odd = next((band for band in (same, strided) if band and sum(band.sides) % 2), None)
        if odd is same:
            yield from self.odd(odd)
        yield from self.strides(odd)
        if odd and odd is strided:
            yield from self.odd(odd)
        if self.stage.dilated:
            yield from self.dilated()
        yield from self.answer(at)

    def draw(
        self, said: str, at: Place, mode: str = "", lit: Mapping[str, Any] | None = None, side: Band | None = None
    ) -> Draft:
        """The stage with the kernel on a window, or all windows of a layer ``side`` by side. In the light are outputs,
        zeros and edges of the row ``mode``, or the outputs ``lit`` in each row, or all.
        """
        stage, band, draft = self.stage, self.now.get(mode), self.stage.draft(said)
        if self.formula:
            is_named = band is not None and at.home == at.step and band.script is self.bands[mode].script
            stage.lay_formula(draft, self.formula.layer, is_named)
            if is_named and stage.wide.pitch > ROOMY:
                stage.tell_step(draft, at.step, "*t*")
        lit = lit or ({mode: None} if band else dict.fromkeys(self.bands))
        zeros = (side or band).reads if band else {tap.step for tap in at.taps if tap.padded}
        stage.lay_stage(draft, at, zeros, self.told, "?" if band and not band.places else "0")
        for row, own in self.now.items():
            stage.lay_row(draft, own, lit.get(row, ()), at if mode in ("", row) else None, self.told)
        if side:
            stage.lay_windows(draft, side)
            stage.name_outputs(draft, self.now[mode])
        elif band:
            stage.lay_edges(draft, at, band)
        return draft

    def begun(self, band: Band, at: Place, name: str, said: str) -> Board:
        """The number of one window, under the step where a padding writes it, and how it is made."""
        made = phrases.worked(at.taps, at.output.text) if len(at.taps) <= LISTED else at.output.text
        if len(at.taps) > LISTED and name != "output":
            zeros = [phrases.multiplied(tap) for tap in at.taps if tap.padded]
            made = zeros[0] if len(zeros) == 1 else f"{phrases.count(len(zeros), 'product')} are 0"
        said, self.now[band.mode] = f"{said}: {made}.", band.awaited._replace(places=(at,))
        return self.draw(said, at, band.mode).board(name, said, 4, [ZEROS])

    def filled(self, band: Band) -> Board:
        """All outputs of a padding: the window slides to its last place, and they stand when it has passed."""
        self.now[band.mode], end, said = band, band.places[-1], self.says(band)
        slide, *comes = sliding.passing([at.step for at in band.places], band.places[0], end, band.row, 2.0)
        comes = [cue._replace(after=max(0.1, cue.after)) for cue in comes]  # the first with its number, too
        moves = [ZEROS, slide, *comes, Cue((("edge",),), staging.MOVE, slide.lasts)]
        moves += [Cue((("ruler", "said", end.step),), staging.ENTER), Cue((("count", band.mode),), staging.ENTER + 1)]
        return self.draw(said, end, band.mode).board(band.mode, said, 3, moves)

    def says(self, band: Band) -> str:
        """What a padding does, and how many outputs that makes."""
        layer, (front, rear), many, is_apart = band.script.layer, band.sides, f"{band.outputs:,}", "apart" in band.row
        added = [f"{self.length:,}", *[f"{front + rear:,}"] * (front + rear > 0), f"{style.MINUS}{layer.span:,}", "1"]
        sum_ = phrases.added(added, many) if layer.strides == 1 else many
        if band.mode == "causal":
            reach = phrases.sample_at(layer, self.length, layer.kernel_size - 1)
            return f"`causal`: {f'{_zeros(front)} in front: ' * (front > 0)}*y*[*t*] reads no later than step {reach}."
        if band.mode == "same":
            aim = "" if is_apart else " centres its windows" if layer.strides > 1 else " keeps the length"
            return f"`same`{aim}: {_zeros(front)} in front, {rear} behind: {sum_}."
        if is_apart:
            return f"Dilation 2: {phrases.count(layer.kernel_size, 'tap')} span {layer.span} steps. `valid`: {sum_}."
        till = f"s 0 to {last:,}" if (last := band.script.start(band.outputs - 1)) else " 0"
        every = f" by {layer.strides}" * (layer.strides > 1)
        return f"`valid` stays inside. Windows start, and outputs stand, at step{till}{every}: {sum_}."

    def named(self, band: Band) -> Board:
        """The zeros in front get their name, in the formula: it counts from them; and so do its other letters."""
        self.told, self.formula, first = True, band.script, band.places[0]
        stride, rate = (f"{many} × ".removeprefix("1 × ") for many in (self.layer.strides, self.layer.dilation_rate))
        pad, index = band.sides[0], phrases.index(band.script.layer, self.length).rpartition(" ")[0]
        read = f"*x*[{index} *p*] = *x*[{stride}{first.step} + {rate}0 {style.MINUS} {pad}]"
        said = f"*y*[{first.step}] begins at {read}: *p* = {_zeros(pad)} in front."
        draft = self.draw(said, first, band.mode, {band.mode: [first.step]})
        self.stage.name_outputs(draft, band, [first.step])
        draft.change([k for k in draft.marks if k == (*W, 0, "index") or k[-1] in ("k", "k of x")], role="lit")
        return draft.board("p", said, 5)

    def all(self, at: Place) -> Board:
        """All paddings, and what zeros in front do: the outputs of windows that several have are in the light, and
        lines join them row by row.
        """
        said = "Each zero more in front: every number one step later."
        if not self.shared:
            said = "Other zeros, and other windows: the numbers differ too."
        if not self.padded:
            said = "No zeros are needed: all paddings are alike."
        many = Counter(start for band in self.bands.values() for start in band.windows)
        lit = {m: [p.step for p in band.places if many[p.start] > 1] for m, band in self.bands.items()}
        draft = self.draw(said, at, "", lit if self.shared else None)
        if self.shared:
            first = next(iter(self.bands.values()))
            self.stage.lay_edges(draft, first.windows[self.stage.start], first)
            self.stage.recede(draft, [tap.step for tap in at.taps])
            for above, below in pairwise(self.bands.values()):
                self.stage.tie(draft, above, below)
        cues = [Cue((("link", mode),), staging.ENTER + place) for place, mode in enumerate(self.bands)]
        return draft.board("all", said, 5, cues)

    def strides(self, odd: Band | None) -> Iterator[Board]:
        """The windows of one strided layer after the other, each with its output, and the sample that none reaches; one
        that needs an ``odd`` number of zeros waits.
        """
        strided, ends = self.stage.strided, set[int]()
        self.now = {mode: band.awaited for mode, band in strided.items()}
        for band in (band for band in strided.values() if band is not odd):
            self.now[band.mode] = band
            mode, self.formula, end = band.mode, band.script, max(band.script.reads(band.outputs - 1)) + 1
            missed = f"`{mode}` misses step {end:,}{', too' * (end in ends)}." if end < self.length else ""
            said = missed or f"`{mode}` begins at step {band.places[0].start}.".replace("-", style.MINUS)
            said = said if ends else f"Strides 2: *y*[*t*] stands under step 2*t*. {missed}".rstrip()
            draft = self.draw(said, band.places[0], mode, side=band)
            if end < self.length:
                draft.change({("ruler", end)} & draft.marks.keys(), role="lit")
                self.stage.recede(draft, {*self.stage.signal} - {end})
            yield draft.board(f"{mode} strides" if ends else "strides", said, 5, [ZEROS, PARTS])
            ends.add(end)

    def odd(self, band: Band) -> Iterator[Board]:
        """How many zeros ``same`` needs: its windows, side by side, reach beyond the samples; where they go."""
        many, stride, (pad, rear), self.formula = band.outputs, band.script.layer.strides, band.sides, band.script
        steps, hops = self.length + pad + rear, [stride] * (many - 1)
        hops = [*(hops if stride > 1 and many <= places.LISTED else [sum(hops)]), band.script.layer.span]
        added = phrases.added([f"{number:,}" for number in hops], f"{steps:,}")
        ratio = f"{self.length:,} / {stride}{', rounded up:' if many * stride > self.length else ' ='} " * (stride > 1)
        needed = f"`same`: {ratio}{many:,} windows from step {-pad}: {added} steps.".replace("-", style.MINUS)
        added = f"{steps:,} {style.MINUS} {self.length:,} = {_zeros(pad + rear)}"
        half = f"{added}; half, rounded down, in front: *p* = {pad}; {rear} behind."
        for name, said, own in (("span", needed, band._replace(places=())), ("odd", half, band)):
            self.now = self.now | {"same": own}
            draft = self.draw(said, band.places[0], "same", side=band)
            draft.change([key for key in draft.marks if key[0] == "zero"], role="lit")
            if own is not band:
                self.stage.lay_hops(draft, -pad, hops)
            yield draft.board(name, said, 4, [ZEROS, PARTS])

    def dilated(self) -> Iterator[Board]:
        """Gaps between the taps: longer windows, and so more zeros. The first stands; outputs come in turn."""
        dilated = self.stage.dilated
        self.now, self.formula = {mode: band.awaited for mode, band in dilated.items()}, dilated["same"].script
        for mode, band in dilated.items():
            self.now[mode], said, apart = band, self.says(band), min(0.2, 2 / len(band.places))
            rows = enumerate((*band.row, place.step) for place in band.places)
            cues = [Cue((key,), staging.ENTER, after=0.4 + n * apart) for n, key in rows]
            cues = [ZEROS, BACK, *cues, Cue((("count", mode),), staging.ENTER + 1)]
            yield self.draw(said, band.places[0], mode).board(f"{mode} dilated", said, 3, cues)

    def answer(self, at: Place) -> Iterator[Board]:
        """What was asked; and all paddings with Keras's numbers beside ours."""
        self.now, self.formula = self.bands, None
        said, span = "One output for each window that fits into samples and zeros", self.layer.span
        if self.layer.strides == 1 and self.padded:
            zeros = ", ".join(f"{sum(band.sides):,}" for band in self.bands.values())
            less = f"{style.MINUS} {span:,} {'taps' if self.layer.dilation_rate == 1 else 'steps'} + 1"
            said = f"One output for each window that fits: {self.length:,} samples + {zeros} zeros {less}"
        rows = tuple((*band.row, place.step) for band in self.bands.values() for place in band.places)
        cues = Cue((*rows, ("count",), ("name", *Y)), staging.LEAVE, after=0.3), ZEROS._replace(beat=staging.ENTER)
        # The window leaves the zeros before they go.
        yield self.draw(f"{said}.", at).board("answer", f"{said}.", 4, cues)
        said = places.agreed(band.script for band in self.bands.values())
        draft = self.draw(said, at)
        for mode, band in self.bands.items():
            compare(draft, band.script, self.stage.row(mode), band.row, band.places)
        names = [draft.marks.pop(key) for key in [*draft.marks] if key[:2] == ("keras", "name")]
        y, larger = self.stage.stage.bottom + 34, 1.0 if self.stage.form.is_narrow else TEXT / SMALL
        draft.marks.update((("keras", "name"), name.shrunk(larger).at(y=y)) for name in names)
        if self.stage.wide.pitch > ROOMY:
            draft.change([key for key in draft.marks if key[:2] == ("keras", *Y)], width=20.0, height=20.0)
        yield draft.board("check", said, 4, [Cue((("keras",),), staging.ENTER)])


def _zeros(many: int) -> str:
    return f"{many:,} zero{'s' * (many != 1)}"
