"""The answer of kernel_flip as a picture: the kernel as each of the two functions slides it, side by side."""

from __future__ import annotations

from dataclasses import replace

from convexplain.board import motion, pieces
from convexplain.board.marks import COLUMN, DIGIT, SMALL, TEXT, Board, Cue, Draft, Format
from convexplain.board.pieces import Axis
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories.bench import extent
from convexplain.stories.one_channel import signs
from convexplain.stories.one_channel.calls import CONVOLVE, KERAS
from convexplain.stories.one_channel.track import HIGH, W, Y, broad, columns
from convexplain.stories.one_channel.turning import Turns

ANSWER = "Only `convolve` turns its kernel over: hand it `w[::-1]`, and it gives what `Conv1D` gives."
IS, DOES = ("cross-correlation", "convolution"), ("slides *w* as it is", "turns *w* over, then slides it")
"""What sliding a kernel as it is, and turned over, are called, and what the functions do with the kernel."""
TURNED = ("turned", *W)
"""What the keys of the turned kernel begin with."""


def _axis(form: Format, many: int) -> Axis:
    """The places of two kernels with a gap between them, from margin to margin."""
    wide, steps = replace(form, names=form.margin), (*range(many), None, *range(many, 2 * many))
    return broad(Axis.over(Draft(wide), steps, 2 * many, form.width))


def answer(turns: Turns) -> Board:
    """Both kernels under the names of the functions, and what each of them computes."""
    form, taps, many = turns.form, turns.taps, len(turns.taps)
    draft, axis, weights = Draft(form), _axis(form, many), [tap.weight.value for tap in taps]
    pieces.caption(draft, ANSWER)
    (up, down), texts = extent(weights), {tap.k: tap.weight.text for tap in taps}
    size = benches.fitting(0.9 * _axis(COLUMN, many).pitch - 8, texts.values(), (SMALL, 0.0))  # as on all formats
    if size and not form.is_narrow:
        size = benches.fitting(0.9 * axis.pitch - 24, texts.values())
    around, highest, lowest = 50 + HIGH * size, benches.TOP + 150, form.height - 204.0 - TEXT
    unit = benches.unit_of(lowest - highest - around, up + down, weights, 110.0)
    half = ((up + down) * unit + around) / 2
    top, bottom = (highest + lowest) / 2 - half, (highest + lowest) / 2 + half
    middles, lefts = [], list[float]()
    for call, key in ((KERAS, W), (CONVOLVE, TURNED)):
        own = [tap._replace(step=n + call * many) for n, tap in enumerate(taps[::-1] if call else taps)]
        turns.lay_card(draft, key, own, axis, (top, bottom - 14 - down * unit, bottom), unit, texts, size, bool(call))
        left, right = columns(own, axis)
        lefts.append(left)
        middles.append((left + right) / 2)
        draft.put("count", ("count", call), words(IS[call], middles[call], bottom + 20 + DIGIT * TEXT, TEXT))
    signs.titles(draft, lefts, top - 130, DOES)
    about = (middles[1], (top + bottom) / 2, 0.0, middles[1] - lefts[1])
    turned = Cue((TURNED, ("rig", *TURNED), ("baseline", "rig", *TURNED)), motion.MOVE, 1.2, "turn", about)
    outputs = Cue((Y, ("convolve",), ("baseline", *Y)), motion.MOVE, 1.1)
    titles = Cue((("title",), ("note",)), motion.MOVE, 0.5, after=0.7)
    return draft.board("answer", ANSWER, 3, [outputs, turned, titles])
