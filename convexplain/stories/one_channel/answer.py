"""The answer of kernel_flip as a picture: the kernel as each of the two functions slides it, side by side, and under
each what it makes; under ``convolve`` also what it makes of the kernel that is handed over turned.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain.board import motion, pieces
from convexplain.board.marks import COLUMN, DIGIT, SMALL, TEXT, Board, Cue, Draft, Format
from convexplain.board.pieces import Axis
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories.bench import extent, whole
from convexplain.stories.one_channel import signs
from convexplain.stories.one_channel.calls import BACKWARDS, CONVOLVE, KERAS, REVERSED
from convexplain.stories.one_channel.track import HIGH, W, Y, broad, columns
from convexplain.stories.one_channel.turning import ROWS, Turns

ANSWER = f"Only `convolve` turns its kernel over: handed `{BACKWARDS}`, it gives the numbers of `Conv1D`."
IS, DOES = ("cross-correlation: ", "convolution: "), ("slides *w* as it is", "turns *w* over, then slides it")
"""What sliding a kernel as it is, and turned over, are called, and what the functions do with the kernel."""
HANDED = ("handed *w*", "handed *w*", f"handed `{BACKWARDS}`")
"""What the functions are handed, by call."""
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
    around, highest, lowest = 50 + HIGH * size, benches.TOP + 150, _lay_outputs(draft, turns) - 40
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
    says = [("" if form.is_narrow else IS[call]) + DOES[call] for call in (KERAS, CONVOLVE)]
    signs.titles(draft, lefts, top - 130, says)
    about = (middles[1], (top + bottom) / 2, 0.0, middles[1] - lefts[1])
    turned = Cue((TURNED, ("rig", *TURNED), ("baseline", "rig", *TURNED)), motion.MOVE, 1.2, "turn", about)
    outputs = Cue((Y, ROWS[REVERSED]), motion.MOVE, 1.1)
    titles = Cue((("title",), ("note",)), motion.MOVE, 0.5, after=0.7)
    return draft.board("answer", ANSWER, 3, [outputs, turned, titles])


def _lay_outputs(draft: Draft, turns: Turns) -> float:
    """The outputs of every call, those of ``convolve`` in two groups under its kernel; where they begin."""
    form, rows = draft.format, (turns.places, turns.theirs, turns.places)
    many, axes = len(turns.places), [_axis(form, 2 * len(turns.places) + 1) for form in (draft.format, COLUMN)]
    values, texts = zip(*((at.output.value, at.output.text) for row in rows for at in row), strict=True)
    size = benches.fitting(0.95 * axes[1].pitch - 8, texts, (SMALL, 0.0))  # as on all formats
    (up, down), high, low = extent(values), pieces.ABOVE + HIGH * size, form.height - 160.0 + 20 * form.is_narrow
    bottom = low - 0.6 * form.small - 14
    unit = benches.unit_of(0.17 * form.height - high, up + down, values, 40.0)
    for call, row in enumerate(rows):
        xs = [axes[0].x(place + (0, 2 * many + 1, 3 * many + 2)[call]) for place in range(many)]
        base, half = bottom - down * unit, axes[0].pitch / 2
        pieces.baseline(draft, ROWS[call], xs[0] - half, xs[-1] + half, base)
        made_of = tuple((*(TURNED if call else W), tap.k, "bar") for tap in turns.taps)
        for at, x in zip(row, xs, strict=True):
            look = {"bricks": whole([at.output.value]), "made_of": made_of, **signs.LOOKS[min(call, 1)]}
            key = (*ROWS[call], at.step)
            pieces.column(draft, key, at.output, x, base, axes[0].bar, unit, "output", **look)
            if size:
                pieces.digits(draft, key, at.output.text, size)
        pieces.note(draft, ("handed", call), HANDED[call], xs[0] - half, low)
    return bottom - (up + down) * unit - high
