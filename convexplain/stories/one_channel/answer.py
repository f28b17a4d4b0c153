"""The answer of kernel_flip as a picture: the kernel as each of the two functions slides it, side by side."""

from __future__ import annotations

from convexplain.board import motion, pieces
from convexplain.board.marks import COLUMN, DIGIT, SMALL, TEXT, Board, Cue, Draft, Format
from convexplain.board.pieces import Axis
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories.bench import extent, whole
from convexplain.stories.one_channel import signs
from convexplain.stories.one_channel.calls import CONVOLVE, KERAS
from convexplain.stories.one_channel.track import HIGH, ON_TOP, W, Y, broad
from convexplain.stories.one_channel.turning import BROADEST, Turns

ANSWER = "Only `convolve` turns its kernel over: hand it `w[::-1]`, and it gives what `Conv1D` gives."
IS = ("cross-correlation", "convolution")
"""What sliding a kernel as it is, and turned over, are called."""
DOES = ("slides *w* as it is", "turns *w* over, then slides it")
"""What the functions do with the kernel."""
TURNED = ("turned", *W)
"""What the keys of the turned kernel begin with."""


def _axis(form: Format, many: int) -> Axis:
    """The places of two kernels with a gap between them; right of the names where there is room for these."""
    left, right, wide = form.margin if form.is_narrow else form.names, form.width - form.margin, 2 * many + 0.6
    pitch = min((right - left) / wide, BROADEST)
    return broad(Axis((*range(many), None, *range(many)), (left + right - wide * pitch) / 2, pitch, many))


def answer(turns: Turns) -> Board:
    """Both kernels under the names of the functions, and what each of them computes."""
    form, taps, many = turns.form, turns.taps, len(turns.taps)
    draft, axis, weights = Draft(form), _axis(form, many), [tap.weight.value for tap in taps]
    pieces.caption(draft, ANSWER)
    (up, down), texts = extent(weights), [tap.weight.text for tap in taps]
    size = benches.fitting(0.9 * _axis(COLUMN, many).pitch - 8, texts, (SMALL, 0.0))  # the same numbers on all formats
    if size and not form.is_narrow:
        size = benches.fitting(0.9 * axis.pitch - 24, texts)
    above, under = 22 + HIGH * size, TEXT + 24
    top, bottom = benches.TOP + 150, form.height - 180.0 - under
    unit = benches.unit_of(bottom - top - above - 28, up + down, weights, 110.0)
    bottom -= (bottom - top - above - 28 - (up + down) * unit) / 2
    top = bottom - above - 28 - (up + down) * unit
    foot, half, lefts = bottom - 14 - down * unit, 0.45 * axis.pitch, list[float]()
    for call, key in ((KERAS, W), (CONVOLVE, TURNED)):
        xs = [axis.place(n + call * (many + 1)) for n in range(many)]
        left, right = xs[0] - half, xs[-1] + half
        pieces.card(draft, ("rig", *key), left, right, top, bottom, "kernel")
        draft.change([("rig", *key, "card")], hatch=pieces.HATCHED * call)
        pieces.baseline(draft, ("rig", *key), left + 16, right - 16, foot, "kernel")
        for tap, x in zip(taps[::-1] if call else taps, xs, strict=True):
            own = (*key, tap.k)
            pieces.column(draft, own, tap.weight, x, foot, axis.bar, unit, turns.tint(tap), bricks=whole(weights))
            if size or tap.more:
                pieces.digits(draft, own, tap.weight.text, size or SMALL, z=ON_TOP)
        y = bottom + 20 + DIGIT * TEXT
        draft.put("count", ("count", call), words(IS[call], (left + right) / 2, y, TEXT))
        lefts.append(left)
    signs.titles(draft, lefts, top - 130, DOES)
    middle = (lefts[1] + axis.right) / 2
    turned = Cue(
        (TURNED, ("rig", *TURNED), ("baseline", "rig", *TURNED)),
        motion.MOVE, 1.2, "turn", (middle, (top + bottom) / 2, 0.0, axis.right - middle),
    )  # fmt: skip
    parts = [(*W, tap.k, part) for tap in taps for part in ("bar", "digits")[: 1 + bool(size)]]  # else digits go first
    kernel = Cue((*parts, ("rig", *W, "card"), ("baseline", "rig", *W)), motion.MOVE, 1.2)
    outputs = Cue((Y, ("convolve",), ("baseline", *Y)), motion.MOVE, 1.2)
    titles = Cue((("title",), ("note",)), motion.MOVE, 0.4, after=0.8)
    return draft.board("answer", ANSWER, 3, [outputs, kernel, turned, titles])
