"""Two calls side by side, in the same rows: each its window under its name, and right of it what it makes of it.

This module knows the places of two calls, and pieces; what is said of them, the story says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from convexplain import style
from convexplain.board import pieces
from convexplain.board.marks import COLUMN, DIGIT, SMALL, Cue, Draft, Format, Key, line
from convexplain.board.pieces import Axis
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import calls
from convexplain.stories.bench import Bench
from convexplain.stories.calls import KERAS, REVERSED, Call
from convexplain.stories.places import Place, W, X, Y
from convexplain.stories.script import Tap
from convexplain.stories.turning import UNLIT, Turns, answers, fits, kernel, products
from convexplain.stories.workbench import PRODUCT

RESULT, NEXT, ENDS = 0.75, 1.55, 1.2
"""In places, from a window's end: to its result, to the next window, and to the picture's end."""


@dataclass(frozen=True)
class Panel:
    """One call's window: its bench, its taps by the steps they read, and where its result stands."""

    call: Call
    x: Key
    """What the keys of its samples begin with."""
    bench: Bench
    taps: tuple[Tap, ...]
    narrow: float
    """Its pitch in a column of a page."""

    @property
    def result(self) -> float:
        """Where its sum stands."""
        return self.bench.axis.right + RESULT * self.bench.axis.pitch


def _pitch(form: Format, count: int) -> float:
    """The pitch of two windows of so many taps."""
    return min(290.0, (form.width - form.margin - form.names) / (2 * count + NEXT + ENDS))


def pair(turns: Turns, other: Call, turned: bool) -> tuple[Panel, Panel]:
    """The told window of ``Conv1D`` and that of another call."""
    form, count = turns.form, turns.count
    pitch, narrow = _pitch(form, count), _pitch(COLUMN, count)
    made, left = [], form.names
    for call, taps in ((KERAS, turns.taps(False)), (other, turns.taps(turned))):
        texts = [*turns.weights(narrow).values(), *_summands(turns, narrow)]
        texts += [tap.sample.text for tap in taps] if fits([tap.sample.text for tap in taps], narrow) else []
        size = SMALL if form.is_narrow else benches.fitting(0.88 * pitch, texts)
        axis = Axis(tuple(tap.step for tap in taps), left, pitch, turns.length)
        made.append(Panel(call, X if call is KERAS else (call.name, *X), turns.on(axis, size), taps, narrow))
        left = axis.right + NEXT * pitch
    return made[0], made[1]


def _summands(turns: Turns, narrow: float) -> list[str]:
    """The products of both calls with their signs, where they and the sums have room; else none."""
    texts = [style.signed(tap.product.text) for turned in (False, True) for tap in turns.taps(turned)]
    sums = [turns.told.output.text, turns.met.output.text]
    return texts if fits(texts, narrow, 0.95) and fits([*texts, *sums], narrow, RESULT + 0.4) else []


def lay(turns: Turns, draft: Draft, panel: Panel, turned: bool, laid: bool = True) -> None:
    """One call's samples and kernel under its name; the kernel lies below its samples until it is ``laid`` on them."""
    bench, form = panel.bench, turns.form
    bench = bench if laid else replace(bench, top=bench.middle)
    written = fits([tap.sample.text for tap in panel.taps], panel.narrow)
    shown = bench if written else turns.on(bench.axis, 0.0)
    turns.stand(draft, shown, panel.call, panel.taps, turns.weights(panel.narrow), panel.x, turned)
    left, right = benches.columns(panel.taps, bench.axis)
    draft.marks["baseline", *panel.x] = line("line", left + 16, bench.foot, right - 16, bench.foot, z=-1)
    room = form.width - form.margin - form.names - 360
    size = benches.fitting(room, [f"`{calls.code_of(REVERSED, turns.layer)}`"])
    turns.title(draft, panel.call, left, pieces.RULER - 8, size, calls.code_of(panel.call, turns.layer))


def multiply(turns: Turns, draft: Draft, panel: Panel, place: Place, sums: list[str]) -> None:
    """The products of a panel head to tail, and their sum, in a size that suits both ``sums``."""
    bench, call, taps = panel.bench, panel.call, panel.taps
    at, half = products(call), bench.axis.bar / 2
    written = _summands(turns, panel.narrow)
    until = panel.result - half
    benches.lay_products(draft, bench, at, kernel(call), panel.x, taps, "kernel", turns.tints, until, False)
    for tap in taps:
        draft.change([(*at, tap.k, "bar")], seam=0)
        if written:
            pieces.digits(draft, (*at, tap.k), style.signed(tap.product.text), size=bench.size)
    floor = line("line", bench.axis.left, bench.floor, panel.result + half, bench.floor, z=-1)
    draft.marks["baseline", *at, "floor"] = floor
    key = turns.answer(draft, call, place, bench, panel.result, 2 * half)
    last = draft.marks.get((*at, taps[-1].k, "digits"))
    near = panel.result - bench.axis.x(taps[-1].step) - (half if last is None else last.width / 2)
    room = 2 * min(near - 8, (NEXT - RESULT) * bench.axis.pitch, turns.form.width - 4 - panel.result)
    size = benches.fitting(room, sums, (*turns.results, SMALL))
    pieces.digits(draft, key, place.output.text, size=size)


def ask(turns: Turns, draft: Draft, panel: Panel) -> None:
    """The sum of a panel is not known yet."""
    size = turns.results[0]
    y = panel.bench.floor - DIGIT * size / 2
    draft.put("ask", ("ask",), words("?", panel.result, y, size, "quiet"))


def falling(turns: Turns, call: Call, beat: float, apart: int = 1) -> list[Cue]:
    """A call's products come from their samples, so many beats ``apart``, then their sum."""
    taps = turns.taps(call.is_turned)
    fall = [Cue(((*products(call), tap.k, "bar"),), beat + place * apart) for place, tap in enumerate(taps)]
    return [*fall, Cue(((*answers(call), turns.told.step, "bar"),), beat + 1 + (len(taps) - 1) * apart)]


def join(draft: Draft, call: Call) -> None:
    """When the panels are left, the bars of a call's samples go to those of ``Conv1D``: they are the same ones."""
    for key in list(draft.marks):
        if key[: len(X) + 1] == (call.name, *X) and key[-1] == "bar" and key[1:] in draft.marks:
            draft.change([key], goes_into=key[1:])


def recede(draft: Draft) -> None:
    """What ``Conv1D`` has made, which is not spoken of, falls back."""
    for key, mark in list(draft.marks.items()):
        own = key[:2] == PRODUCT or key[0] in (X[0], W[0], Y[0]) or W[0] in key or X[0] in key or PRODUCT[0] in key
        others = any(part in key for part in ("convolve", "reversed", "name"))
        if own and not others:
            draft.change([key], light=mark.light * UNLIT, edge=mark.edge * UNLIT)
