"""All outputs of a filter: it moves along the ruler, and each output stands where its window starts; then another
filter in its place, on the same samples.

The middle boards of channel_summation, on the stage of the first. This module says what comes when; where it stands the
stage says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import motion
from convexplain.board.marks import Board, Cue, plate
from convexplain.stories import phrases
from convexplain.stories.many_channels.alone import ALL
from convexplain.stories.many_channels.channels import Channels
from convexplain.stories.many_channels.stage import Stage


class Along:
    """The boards of all outputs."""

    def __init__(self, row: Channels, stage: Stage) -> None:
        self.row, self.stage = row, stage
        self.is_worked = stage.near is stage.far and row.whole and not row.rest
        self.is_worked &= row.script.layer.activation == "linear"
        """Whether each output is worked out."""

    def boards(self) -> Iterator[Board]:
        row, at, f = self.row, self.row.at, self.row.f
        others = sorted(set(row.shown) - {at}, key=lambda step: (step < at, step))
        passed = others[:-1][: 2 if self.is_worked and len(others) <= 3 else 1]
        for n, step in enumerate(passed):
            said = "The same filter slides on: other samples, another output."
            said = f"Then *t* = {step}: {row.sum(step, f, row.script.output(step, f))}." if n else said
            yield self._slid(f"slide {step}", said, f, step, [at, *passed[: n + 1]])
        if others:
            yield self._slid("outputs", self._places(), f, others[-1], row.shown, [at, *passed][-1])
        for other in row.told[1:]:
            first, last = row.shown[0], row.shown[-1]
            said = f"Another filter, *f* = {other}: other kernels, other sums."
            yield self._slid("another", said, other, first, [first])
            if first != last:
                said = "Same samples, another signal: one for each filter."
                yield self._slid("its outputs", said, other, last, row.shown, first)

    def _places(self) -> str:
        """Why there are that many outputs; of a plain layer also what the numbers are."""
        layer, row = self.row.script.layer, self.row
        said = phrases.places(layer, row.read, row.steps)
        named = f"{phrases.count(row.read, 'step')}, {phrases.count(layer.span, 'tap')}"
        plain = said.startswith(f"{row.read} ") and layer.span == layer.kernel_size
        return f"{phrases.sentence(named)}: {said.replace(' for the filter:', ',')}" if plain else said

    def _slid(self, name: str, said: str, f: int, at: int, done: Sequence[int], since: int | None = None) -> Board:
        """A filter over the window of an output, where it came from that of ``since``, and the outputs ``done``."""
        row, stage, is_other = self.row, self.stage, f != self.row.f
        lit = ("f", "f of w", "f of b") if is_other else ("t", "t of x")
        draft = row.draft(said, None if is_other else ALL, lit, filters=is_other)
        row.ruler(draft, stage.far, at)
        stage.lay(draft, at, f, stage.far)
        stage.bias(draft, at, f, stage.far)
        if is_other:
            stage.signals(draft, row.f, row.shown, -1, stage.far, -1)
        stage.signals(draft, f, done, at, stage.far, int(is_other))
        x, half, key = stage.far.x(row.script.home(at)), 0.46 * stage.far.pitch, row.y(at, f)
        low = max(draft.marks[*key, end].bottom for end in ("bar", "digits") if (*key, end) in draft.marks)
        band = plate("output", x - half, stage.foot + 4, x + half, max(low, stage.floor) + 14, light=0.07, z=-5)
        draft.put("band", ("band", "at"), band)
        if self.is_worked:
            for place in range(len(row.parts)):
                stage.worked(draft, at, f, place)
            stage.listed(draft, f, done)
        if not is_other and len(row.told) > 1:
            draft.change(row.taps_of(at, f), goes_into=("name", f"y{row.script.level}", f))
        return draft.board(name, said, 1.6, self._cues(f, at, at if since is None else since))

    def _cues(self, f: int, at: int, since: int) -> list[Cue]:
        """The filter slides; its products are added in each channel, then the sums; its output ends them."""
        row, first, key = self.row, motion.ENTER, self.row.y(at, f)
        cues, line = [*self._passing(since, at, f)], ("count", "sum", at, f)
        if f != row.f and since == at:  # the kernels before go into what they gave, then the others come
            cues += [Cue(row.taps_of(at, row.f), motion.LEAVE, 0.9), Cue(row.taps_of(at, f), first)]
        cues += [Cue((("count", "worked", at),), first + 1), Cue((line,), first + 2)]
        cues.append(Cue(((*key, "bar"), ("place", "output", at, f)), first + 2.5))
        return [*cues, Cue(((*line, len(row.addends(at, f))),), first + 3.5)]

    def _passing(self, since: int, at: int, f: int) -> Iterator[Cue]:
        """A filter that goes far goes slowly, and the outputs that it passes come as it does."""
        row, lasts = self.row, 0.5 + 0.8 * min(4, max(1, at - since))
        if at - since > 1 or self.stage.near is self.stage.far:
            yield Cue((("ruler", row.script.start(at)),), motion.MOVE, after=0.7 * lasts)
        if at - since > 1:
            kernels = [row.w(part, f) for part in row.correlations(at, f)]
            kernels += [(f"b{row.script.level}", f), ("filter", "foot"), ("rig",), ("baseline", "rig")]
            yield Cue((*kernels, ("index",), ("band", "at")), motion.MOVE, lasts)
            yield from self._covering(since, at, f, lasts)
        for step in range(since + 1, at):
            passed = lasts * motion.passes((step - since) / (at - since))
            yield Cue(((*row.y(step, f), "bar"), ("place", "output", step, f)), motion.MOVE, after=passed)
            yield Cue((("count", "sum", step, f),), motion.MOVE, after=passed + motion.LASTS["grow"])

    def _covering(self, since: int, at: int, f: int, lasts: float) -> Iterator[Cue]:
        """Samples light up as the filter comes over them, and go out as it leaves them."""
        first = self.row.script.start(since)
        moved = self.row.script.start(at) - first
        for before, after in zip(self.row.correlations(since, f), self.row.correlations(at, f), strict=True):
            x, end = self.row.x(after), after.taps[-1].step
            shares = {tap.step: (tap.step - first + 0.5) / moved for tap in before.taps}
            shares |= {tap.step: 1 - (end - tap.step) / moved for tap in after.taps}
            for step, share in shares.items():
                when = lasts * motion.passes(min(1.0, max(0.0, share)))
                yield Cue(((*x, step),), motion.MOVE, 0.4, after=when)
