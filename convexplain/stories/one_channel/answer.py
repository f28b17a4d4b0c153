"""The answer of kernel_flip as a picture: the kernel as each of the two functions slides it, side by side, and under
each what it makes of it.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain.board import motion, pieces
from convexplain.board.marks import COLUMN, SMALL, Board, Cue, Draft, Format
from convexplain.board.pieces import Axis
from convexplain.stories import bench as benches
from convexplain.stories.bench import extent, whole
from convexplain.stories.one_channel import signs
from convexplain.stories.one_channel.calls import BACKWARDS, CONVOLVE, KERAS
from convexplain.stories.one_channel.track import HIGH, W, X, Y, broad, columns
from convexplain.stories.one_channel.turning import ROWS, Turns

ANSWER = f"Only `convolve` turns its kernel over: handed `{BACKWARDS}`, it gives the numbers of `Conv1D`."
IS, DOES = ("cross-correlation: ", "convolution: "), ("slides *w* as it is", "turns *w* over, then slides it")
"""What sliding a kernel as it is, and turned over, are called, and what the functions do with the kernel."""
TURNED = ("turned", *W)
"""What the keys of the turned kernel begin with."""


def _axis(form: Format, many: int) -> Axis:
    """As many places twice with a gap between them, from margin to margin."""
    wide, steps = replace(form, names=form.margin), (*range(many), None, *range(many, 2 * many))
    return broad(Axis.over(Draft(wide), steps, 2 * many, form.width))


def answer(turns: Turns) -> Board:
    """Both kernels under the names of the functions, and their outputs."""
    form, taps, many = turns.form, turns.taps, len(turns.taps)
    draft, axis, weights = Draft(form), _axis(form, many), [tap.weight.value for tap in taps]
    pieces.caption(draft, ANSWER)
    (up, down), texts = extent(weights), {tap.k: tap.weight.text for tap in taps}
    size = benches.fitting(0.9 * _axis(COLUMN, many).pitch - 8, texts.values(), (SMALL, 0.0))  # as on all formats
    if size and not form.is_narrow:
        size = benches.fitting(0.9 * axis.pitch - 24, texts.values())
    around, highest, lowest = 50 + HIGH * size, benches.TOP + 150, _lay_outputs(draft, turns, axis) - 40
    unit = benches.unit_of(lowest - highest - around, up + down, weights, 110.0)
    half = ((up + down) * unit + around) / 2
    top, bottom = (highest + lowest) / 2 - half, (highest + lowest) / 2 + half
    lefts = []
    for call, key in ((KERAS, W), (CONVOLVE, TURNED)):
        own = [tap._replace(step=n + call * many) for n, tap in enumerate(taps[::-1] if call else taps)]
        turns.lay_card(draft, key, own, axis, (top, bottom - 14 - down * unit, bottom), unit, texts, size, bool(call))
        left, right = columns(own, axis)
        lefts.append(left)
    says = [("" if form.is_narrow else IS[call]) + DOES[call] for call in (KERAS, CONVOLVE)]
    signs.titles(draft, lefts, top - 130, says)
    about = ((left + right) / 2, (top + bottom) / 2, 0.0, (right - left) / 2)
    turned = Cue((TURNED, ("rig", *TURNED), ("baseline", "rig", *TURNED)), motion.MOVE, 1.2, "turn", about)
    given, ours = Cue((X, ("ruler",)), motion.MOVE, 0.7), Cue((Y, ("baseline", *Y)), motion.MOVE, 0.8)
    theirs = Cue((ROWS[CONVOLVE],), motion.MOVE, 0.6, after=0.4)
    titles = Cue((("title",), ("note",)), motion.MOVE, 0.4, after=0.6)
    return draft.board("answer", ANSWER, 3, [given, ours, theirs, turned, titles])


def _lay_outputs(draft: Draft, turns: Turns, axis: Axis) -> float:
    """The outputs of each function under its kernel; where they begin."""
    form, taps, many, rows = draft.format, len(turns.taps), len(turns.places), (turns.places, turns.theirs)
    values, texts = zip(*((at.output.value, at.output.text) for row in rows for at in row), strict=True)
    share = min(1.0, (taps - 0.1) / many)
    size = benches.fitting(share * _axis(COLUMN, taps).pitch - 8, texts, (SMALL, 0.0))  # as on all formats
    if size and not form.is_narrow:
        size = benches.fitting(share * axis.pitch - 24, texts)
    (up, down), high, pitch = extent(values), pieces.ABOVE + HIGH * size, share * axis.pitch
    bottom = form.height - 164.0
    unit = benches.unit_of(0.2 * form.height - high, up + down, values, 40.0)
    for call, row in enumerate(rows):
        left, base = axis.x(taps * call) + ((taps - 1) * axis.pitch - many * pitch) / 2, bottom - down * unit
        pieces.baseline(draft, ROWS[call], left, left + many * pitch, base)
        made_of = (("rig", *(TURNED if call else W), "card"),)
        for place, at in enumerate(row):
            look = {"bricks": whole([at.output.value]), "made_of": made_of, **signs.LOOKS[call]}
            key, x = (*ROWS[call], at.step), left + (place + 0.5) * pitch
            pieces.column(draft, key, at.output, x, base, min(0.6 * pitch, axis.bar), unit, "output", **look)
            if size:
                pieces.digits(draft, key, at.output.text, size)
    return bottom - (up + down) * unit - high
