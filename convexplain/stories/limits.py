"""Where two layers are not one: at the ends that padding makes, and with a relu between them.

Boards for the end of a story of two layers. This module knows rows of numbers; it computes none.
"""

from __future__ import annotations

from collections.abc import Iterable

from convexplain.board import motion, pieces
from convexplain.board.marks import SMALL, Board, Cue, Draft
from convexplain.board.text import words
from convexplain.stories import against, bench
from convexplain.stories.cascade import Cascade
from convexplain.stories.pair import Chain
from convexplain.style import MINUS


def edge(told: Cascade, most: float, last: Board) -> list[Board]:
    """With padding: what it adds, what two layers read there, and what the one kernel reads, where an output reads
    beyond the end of the level between. When the layers themselves have no such output, it is shown of the same
    kernels with padding "same". ``told`` are the rows; the unit is at most ``most``; the ``last`` board stands before.
    """
    chain, pair = told.chain, told.pair
    padded = chain if chain.differing else chain.with_settings("same")
    if not padded.differing:
        return []
    step = max(padded.differing, key=lambda t: abs(padded.one(t) - padded.two(t)))
    # What makes the difference: a number that the one kernel reads beyond the end, where two layers read 0.
    lacking = [(place, m) for k, place in padded.beyond(step) for m in pair.middles if padded.second[m][k]]
    place, m = next((p, m) for p, m in lacking if padded.hidden(p, m, ends=False))
    rows = told.beyond(step, padded, m, most)
    return [*_added(rows, place, last), _read(rows, step, place), _kept(rows, step, place)]


def _added(rows: Cascade, place: int, board: Board) -> list[Board]:
    """The zeros beyond the samples, and the number between next to the end, which reads one."""
    chain = rows.chain
    last = min(max(place, 0), chain.middle - 1)
    mode = chain.layers[0].padding
    if mode == "valid" or not rows.zeros([last]):
        return []
    said = f'`padding="{mode}"` adds zeros {"in front" if mode == "causal" else "at the ends"} of *x*'
    said += ", so that *h* is as long as *x*." if chain.middle == len(chain.x) else "."
    draft = _signal(rows, said)
    rows.lay_middle(draft)
    rows.lay_kernel(draft, 0, last)
    stay = [t for t in rows.outputs if (*rows.key(2, t), "bar") in board.marks]
    rows.lay_outputs(draft, made=stay)
    return [draft.board("same", said, 4, rows.replacing(draft, board.marks, motion.LEAVE + 0.5, after=0.9))]


def _read(rows: Cascade, step: int, place: int) -> Board:
    """What two layers make at the end: one of the numbers between is a 0 of the padding."""
    chain, pair, m = rows.chain, rows.pair, rows.m
    last = min(max(place, 0), chain.middle - 1)
    at, value = str(place).replace("-", MINUS), pair.output(chain.two(step)).text
    said = f"*h* has zeros beyond its ends, too: *h*[{at}] is 0. So *y*[{step}] is {value}."
    factors = [(pair.second(m, k).text, pair.hidden(chain.hidden(s, m)).text) for k, s in enumerate(rows.window(step))]
    worked = " + ".join(f"{tap} × {h}" for tap, h in factors)
    if len(pair.middles) == 1 and len(worked) < 24:
        said = f"Layer 2 reads a zero, too, for *h*[{at}]: *y*[{step}] = {worked} = {value}."
    draft = _signal(rows, said)
    rows.lay_middle(draft)
    rows.lay_zeros(draft, [s for _, s in chain.beyond(step)], row=1)
    rows.lay_kernel(draft, 0, last)
    rows.lay_kernel(draft, 1, step)
    rows.lay_outputs(draft)
    cues = [Cue((("card", "kernel"), ("kernel", 2), ("name", "layer", 2)), beat=motion.ENTER)]
    cues.append(Cue((("edge", pair.level),), beat=motion.ENTER + 1))
    return draft.board(
        "beyond", said, 3.5, [*cues, Cue(tuple(rows.key(2, t) for t in rows.outputs), beat=motion.ENTER + 2)]
    )


def _kept(rows: Cascade, step: int, place: int) -> Board:
    """What the one kernel reads there and gives, beside what the two layers do."""
    chain, pair, m = rows.chain, rows.pair, rows.m
    one, two = pair.output(chain.one(step)), pair.output(chain.two(step))
    at, kept = str(place).replace("-", MINUS), pair.hidden(chain.hidden(place, m, ends=False))
    factors = [
        (pair.second(m, k).text, pair.hidden(chain.hidden(s, m, ends=False)).text)
        for k, s in enumerate(rows.window(step))
    ]
    worked = " + ".join(f"{tap} × {h}" for tap, h in factors)
    said = f"For the one kernel *h* goes on, *h*[{at}] = {kept.text}: *y*[{step}] is {one.text}, not {two.text}."
    if len(pair.middles) == 1 and len(worked) < 24:
        said = f"{said.partition(':')[0]}: *y*[{step}] = {worked} = {one.text}, not {two.text}."
    if len(pair.middles) > 1:
        said = f"The one kernel goes on as if *h* did not end: *y*[{step}] is {one.text}, not {two.text}."
    read = [chain.reads(0, place, k) for k in range(chain.layers[0].kernel_size)]
    draft = _signal(rows, said, [i for i in read if not 0 <= i < len(chain.x)])
    rows.lay_middle(draft)
    rows.lay_zeros(draft, [s for _, s in chain.beyond(step)], row=1)
    rows.lay_kernel(draft, 0, place)
    rows.lay_kernel(draft, 1, step)
    rows.lay_outputs(draft)
    against.lay_kept(rows, draft, {s: pair.hidden(chain.hidden(s, m, ends=False)) for _, s in chain.beyond(step)})
    against.lay_one(rows, draft, {step: one})
    cues = [Cue((("one", "between"),), beat=motion.ENTER + 1)]
    return draft.board("differs", said, 4, [*cues, Cue((("one", step), ("name", "one")), beat=motion.ENTER + 2)])


def relu(told: Cascade, step: int, most: float, last: Board) -> list[Board]:
    """With a relu in between: a number that it cuts, and what two layers and the one kernel make of that. The unit is
    at most ``most``; the ``last`` board stands before.
    """
    plain, pair = told.chain, told.pair
    chain = plain.with_settings(activation="relu")
    rows = Cascade.near(told.form, pair, chain, step, told.m, most=most)
    cut = [(t, s) for t in rows.outputs for s in rows.window(t) if _cuts(plain, s, told.m)]
    cut = [
        (t, s) for t, s in cut if chain.two(t) != plain.one(t) == plain.two(t) and rows.axis.has(rows.middle_place(s))
    ]
    if not cut:
        return []
    t, lost = min(cut, key=lambda at: (plain.hidden(at[1], told.m), at))
    before, after = (pair.output(value).text for value in (plain.one(t), chain.two(t)))
    said = f"With a relu between, *h* below 0 becomes 0: *y*[{t}] is {after}. The one kernel gives {before}."
    factors = [
        (pair.second(told.m, k).text, pair.hidden(chain.hidden(s, told.m)).text) for k, s in enumerate(rows.window(t))
    ]
    worked = " + ".join(f"{tap} × {h}" for tap, h in factors)
    if len(pair.middles) == 1 and len(worked) < 24:
        said = f"With a relu between the layers: *y*[{t}] = {worked} = {after}. The one kernel gives {before}."
    draft = _signal(rows, said)
    rows.lay_middle(draft, cut=True)
    rows.lay_kernel(draft, 0, lost)
    rows.lay_kernel(draft, 1, t)
    rows.lay_outputs(draft)
    room = rows.axis.x(rows.axis.shown[0]) - rows.axis.bar / 2 - rows.form.margin - 14
    acts = bench.longest(room, ["relu: below 0 becomes 0", "relu: below 0 is 0", "relu"])
    y = draft.marks["name", "row", 1].y - 1.2 * SMALL
    draft.put("name", ("name", "relu"), words(acts, rows.form.margin, y, SMALL, "lit", align=-1))
    against.lay_one(rows, draft, {u: pair.output(plain.one(u)) for u in rows.outputs if plain.one(u) != chain.two(u)})
    late = tuple(key for key in draft.marks if key[0] == "one")
    cues = rows.replacing(draft, last.marks, motion.LEAVE + 0.5)
    return [draft.board("relu", said, 4, [*cues, Cue(late, beat=motion.ENTER)])]


def _cuts(chain: Chain, step: int, m: int) -> bool:
    """Whether a relu takes something away from a number between the layers."""
    return 0 <= step < chain.middle and chain.hidden(step, m) < 0


def _signal(rows: Cascade, said: str, read: Iterable[int] = ()) -> Draft:
    """A board with its caption, the ruler, the samples and the zeros at their ends, those that are ``read`` as well."""
    draft = Draft(rows.form)
    pieces.caption(draft, said)
    rows.lay_ruler(draft)
    rows.lay_samples(draft)
    rows.lay_zeros(draft, sorted({*rows.zeros(range(rows.chain.middle)), *read}))
    return draft
