"""Two calls side by side: each its window under its name, and between them what they make of it.

This module knows the places of two calls, and pieces; what is said of them, the story says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from convexplain import style
from convexplain.board import pieces
from convexplain.board.marks import COLUMN, HERO, PARTIAL, SMALL, TEXT, Cue, Draft, Format, Key, line
from convexplain.board.pieces import Axis
from convexplain.stories import bench as benches
from convexplain.stories import calls
from convexplain.stories.bench import Bench, levels
from convexplain.stories.calls import CONVOLVE, KERAS, Call
from convexplain.stories.places import Place, W, X
from convexplain.stories.script import Tap
from convexplain.stories.turning import UNLIT, Turns, answers, fits, kernel, products


@dataclass(frozen=True)
class Panel:
    """One call's window: its bench, its taps by the steps they read, and where its result stands."""

    call: Call
    x: Key
    """What the keys of its samples begin with."""
    bench: Bench
    taps: tuple[Tap, ...]
    result: float
    narrow: float
    """Its pitch in a column of a page."""

    @property
    def inward(self) -> int:
        """On which side the result stands: between the two panels."""
        return 1 if self.call is KERAS else -1


def _pitches(form: Format, share: float, places: float) -> tuple[float, float]:
    """The pitch of two windows of so many places, of which the first has a share of the width."""
    room = 0.95 * form.width - 2 * form.margin
    return min(290.0, room * share / places), min(290.0, room * (1 - share) / places)


def pair(turns: Turns, share: float, other: Call, turned: bool, results: bool) -> tuple[Panel, Panel]:
    """The told window of ``Conv1D``, with this share of the width, and that of another call; their results stand
    between them, so that the eye compares.
    """
    form, straight, met = turns.form, turns.taps(False), turns.taps(turned)
    places = turns.count + (1.6 if results else 0.0)
    (left, right), narrow = _pitches(form, share, places), _pitches(COLUMN, share, places)
    one = Axis(tuple(tap.step for tap in straight), form.margin, left, turns.length)
    start = form.width - form.margin - right * turns.count
    two = Axis(tuple(tap.step for tap in met), start, right, turns.length)
    sums = [level for call, taps in ((KERAS, straight), (other, met)) for level in _climb(call, taps)]
    made = []
    for call, axis, taps, end, pitch in (
        (KERAS, one, straight, one.right + 0.8 * left, narrow[0]),
        (other, two, met, two.left - 0.8 * right, narrow[1]),
    ):
        texts = [*turns.weights(pitch, results).values(), *(_summands(turns, pitch) if results else ())]
        size, x = turns.sized(axis.pitch, texts), X if call is KERAS else (call.name, *X)
        bench = turns.stage(axis, turns.sized(right, texts))
        if results:
            samples, weights = [tap.sample.value for tap in taps], [tap.weight.value for tap in turns.told.taps]
            bench = Bench.fit(form, axis, samples, weights, sums, size)
        made.append(Panel(call, x, replace(bench, size=size), taps, end, pitch))
    return made[0], made[1]


def _climb(call: Call, taps: Sequence[Tap]) -> list[Fraction]:
    """The levels that a staircase reaches."""
    return levels(tap.product.value for tap in calls.in_order(call, taps))


def _summands(turns: Turns, narrow: float) -> list[str]:
    """The products of both calls with their signs, where they have room; else none."""
    texts = [style.signed(tap.product.text) for turned in (False, True) for tap in turns.taps(turned)]
    return texts if fits(texts, narrow, 0.95) else []


def lay(turns: Turns, draft: Draft, panel: Panel, turned: bool, results: bool) -> None:
    """One call's window under its name; the baseline of its samples ends at the frame. Without ``results`` its taps
    have their indices.
    """
    bench, narrow = panel.bench, panel.narrow
    benches.lay_signal(draft, bench, panel.x, turns.signal, panel.taps, "sample", False)
    if fits([tap.sample.text for tap in panel.taps], narrow):
        for tap in panel.taps:
            role = "quiet" if tap.padded or tap.more else "ink"
            pieces.digits(draft, (*panel.x, tap.step), tap.sample.text, size=bench.size, role=role)
    turns.lay_kernel(draft, bench, panel.call, panel.taps, turns.weights(narrow, results), turned, not results)
    left, right = benches.columns(panel.taps, bench.axis)
    draft.marks["baseline", *panel.x] = line("line", left + 16, bench.foot, right - 16, bench.foot, z=-1)
    turns.title(draft, panel.call, left, pieces.RULER - 8, TEXT)


def multiply(turns: Turns, draft: Draft, panel: Panel, place: Place, sums: Sequence[str]) -> None:
    """The products of a panel head to tail, in the order in which its call counts k, and their sum, in a size that
    suits both ``sums``.
    """
    bench, call, inward = panel.bench, panel.call, panel.inward
    at, half, taps = products(call), bench.axis.bar / 2, calls.in_order(call, panel.taps)
    until, written = panel.result - inward * half, _summands(turns, panel.narrow)
    benches.lay_products(draft, bench, at, kernel(call), panel.x, taps, "kernel", turns.tints, until, False)
    for tap in taps:
        if written:
            pieces.digits(draft, (*at, tap.k), style.signed(tap.product.text), size=bench.size)
    outer, inner = (bench.axis.left if inward > 0 else bench.axis.right), panel.result + inward * half
    draft.marks["baseline", *at, "floor"] = line("line", outer, bench.floor, inner, bench.floor, z=-1)
    key = turns.answer(draft, call, place, bench, panel.result, 2 * half, bench.unit)
    last = draft.marks.get((*at, taps[-1].k, "digits"))
    near = abs(panel.result - bench.axis.x(taps[-1].step)) - (half if last is None else last.width / 2)
    room = 2 * min(near - 8, abs(turns.form.width / 2 - panel.result) - 10)
    size = benches.fitting(room, sums, (HERO, PARTIAL, TEXT, SMALL))
    pieces.digits(draft, key, place.output.text, size=size)


def falling(turns: Turns, call: Call, beat: float, apart: int = 1) -> list[Cue]:
    """A call's products come from their samples, so many beats ``apart``, then their sum."""
    taps = calls.in_order(call, turns.taps(call.is_turned))
    fall = [Cue(((*products(call), tap.k, "bar"),), beat + place * apart) for place, tap in enumerate(taps)]
    return [*fall, Cue(((*answers(call), turns.told.step, "bar"),), beat + 1 + (len(taps) - 1) * apart)]


def recede(draft: Draft) -> None:
    """The window of ``Conv1D``, which is not spoken of, falls back."""
    for key, mark in list(draft.marks.items()):
        if not {X[0], W[0], KERAS.name}.isdisjoint(key) and CONVOLVE.name not in key:
            draft.change([key], light=mark.light * UNLIT, edge=mark.edge * UNLIT)
