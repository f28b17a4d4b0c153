"""The answer of kernel_flip as a picture: the kernel as it is and turned over, side by side; over each, which function
slides it so when it is handed what, and under it what that makes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from convexplain.board import pieces, staging
from convexplain.board.marks import COLUMN, SMALL, TEXT, Board, Cue, Draft, Format
from convexplain.board.pieces import Axis, Part
from convexplain.stories import bench as benches
from convexplain.stories.bench import extent
from convexplain.stories.one_channel import calls, signs
from convexplain.stories.one_channel.calls import BACKWARDS, CONVOLVE, KERAS, REVERSED
from convexplain.stories.one_channel.track import HIGH, W, X, Y, broad, carried, columns, upright
from convexplain.stories.one_channel.turning import ROWS, Turns

ANSWER = f"Only `convolve` turns its kernel. Handed `{BACKWARDS}`, it gives the numbers of `Conv1D`."
TURNED = ("turned", *W)
"""What the keys of the turned kernel begin with."""
SIDES = (
    (W, (KERAS, REVERSED), ("*w* as it is", ": cross-correlation")),
    (TURNED, (CONVOLVE,), ("*w* turned", ": convolution")),
)
"""The two kernels, the calls that slide each, and what it is, with what that is called where it has room."""


def _axis(form: Format, many: int) -> Axis:
    """As many places twice with a gap between them, from margin to margin."""
    wide, steps = replace(form, names=form.margin), (*range(many), None, *range(many, 2 * many))
    return broad(Axis.over(Draft(wide), steps, 2 * many, form.width))


def _size(form: Format, many: int, share: float, texts: Iterable[str]) -> float:
    """The size of numbers in a share of a place; 0 where they have none on paper, as then on all formats."""
    texts = list(texts)
    size = benches.fitting(share * _axis(COLUMN, many).pitch - 8, texts, (SMALL, 0.0))
    return benches.fitting(share * _axis(form, many).pitch - 24, texts) if size and not form.is_narrow else size


def _handed(call: int, form: Format) -> list[Part]:
    """What a function is handed in a call, and that it turns it back, where that has room."""
    return [*calls.handed(call), *[Part("back", ", turns it back")] * (call == REVERSED and not form.is_narrow)]


def answer(turns: Turns, after_single: bool) -> Board:
    """Both kernels under the names of the calls that slide them so, and their outputs, in one unit."""
    form, taps, many, homes = turns.form, turns.taps, len(turns.taps), [at.home for at in turns.places]
    draft, axis, weights = Draft(form), _axis(form, many), [tap.weight.value for tap in taps]
    pieces.caption(draft, ANSWER)
    outputs, texts = [at.output for at in (*turns.places, *turns.theirs)], {tap.k: tap.weight.text for tap in taps}
    share = min(1.0, (many - 0.1) / len(homes))
    size = _size(form, many, 0.9, texts.values())
    written = _size(form, many, 2 * signs.APART * share, [number.text for number in outputs])
    values, top, bottom = [number.value for number in outputs], _lay_titles(draft, axis, many), form.height - 176.0
    (up, down), (high, low), around = extent(weights), extent(values), 50 + HIGH * size
    room = bottom - top - around - 40 - pieces.ABOVE - HIGH * written
    unit, lowest = benches.units_of(room, up + down, high + low, [*weights, *values], 72.0, turns.uneven)
    end = top + around + (up + down) * unit
    rows = replace(turns.stage, axis=axis, unit=unit, middle=top, kernel=end - 14 - down * unit, bottom=end, size=size)
    row = replace(rows, base=bottom - low * lowest, lowest=lowest, size=written)
    for side, (key, its, _) in enumerate(SIDES):
        own = [tap._replace(step=n + side * many) for n, tap in enumerate(taps[::-1] if side else taps)]
        turns.lay_card(draft, key, rows, own, turned=bool(side), texts=texts)
        left, right = columns(own, axis)
        start, pitch = (left + right - len(homes) * share * axis.pitch) / 2, share * axis.pitch
        pieces.baseline(draft, ROWS[its[0]], start, start + len(homes) * pitch, row.base)
        under = replace(axis, steps=tuple(homes), pitch=pitch, left=start)
        turns.lay_indices(draft, ROWS[its[0]], under, not form.is_narrow)
        made_of = {(*ROWS[call], at.step): (("rig", *key, "card"),) for call in its for at in turns.places}
        known = dict.fromkeys(its, turns.theirs if side else turns.places)
        turns.lay_outputs(draft, replace(row, axis=under), known, made_of)
    turned = Cue(carried(TURNED), staging.MOVE, 1.2, "turn", upright(rows, own))
    made = tuple((*ROWS[CONVOLVE], at.step, "bar") for at in turns.theirs)
    theirs = Cue((*made, ("baseline", *ROWS[CONVOLVE])), staging.MOVE, 0.6, after=0.4)
    titles = Cue((("title",), ("note", "call")), staging.MOVE, 0.4, after=0.2)
    bricks = Cue(tuple(("title", call, "bar") for call in range(3)), staging.MOVE, 0.2, "fade", after=0.2)
    names = (("name", *row) for row in (X, W, Y, ("products",)))
    given = Cue((X, ("product",), ("sum",), ("ruler",), ("baseline", *X), *names), staging.MOVE, 0.4)
    if after_single:  # the signal goes for the titles, then the cards for others, what the 1 has made for the outputs
        gone = ("window",), ("rig", "window"), ("one",), ("thread",), ("index",), ("formula",)
        new = Cue((Y, ROWS[CONVOLVE], ROWS[REVERSED], ("note", "t")), staging.MOVE, 0.7, after=0.3)
        kept = Cue(carried(W), staging.MOVE, 0.9, "anew")
        cues = [Cue(gone, staging.MOVE, 0.7), new, turned, kept, titles._replace(after=0.0), bricks]
        return draft.board("answer", ANSWER, 3, cues)
    return draft.board("answer", ANSWER, 3, [given, theirs, turned, titles, bricks])


def _lay_titles(draft: Draft, axis: Axis, many: int) -> float:
    """Over each kernel the calls that slide it, and what is slid; where the kernels begin."""
    form, y = draft.format, benches.TOP - 34.0
    em = min(TEXT, *((many * axis.pitch) / signs.reach(min(call, 1), _handed(call, form)) for call in range(3)))
    for side, (_, its, said) in enumerate(SIDES):
        left = axis.x(side * many) - 0.45 * axis.pitch
        for line, call in enumerate(its, 2 - len(its)):
            signs.call(draft, ("title", call), min(call, 1), left, y + line * signs.LINE, em, _handed(call, form))
        what = "".join(said[: 2 - form.is_narrow])
        pieces.note(draft, ("call", side), what, left, y + 1.9 * signs.LINE, -1, "formula")
    return y + 1.9 * signs.LINE + 0.9 * form.small
