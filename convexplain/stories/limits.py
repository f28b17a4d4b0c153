"""Where two layers are not one: at the ends that padding makes, and with a relu between them.

Boards for the end of a story of two layers. This module knows rows of numbers; it computes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from convexplain.board import motion, pieces
from convexplain.board.marks import SMALL, TEXT, Board, Cue, Draft, plate
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.cascade import Cascade
from convexplain.stories.slabs import TOTAL, Slabs
from convexplain.style import MINUS


def edge(told: Cascade, most: float) -> list[Board]:
    """With padding, where an output reads beyond the end of the level between. When the layers themselves have no such
    output, it is shown of the same kernels with padding "same". The unit is at most ``most``.
    """
    chain, pair = told.chain, told.pair
    padded = chain if chain.differing else chain.with_settings("same")
    if not padded.differing:
        return []
    step = max(padded.differing, key=lambda t: abs(padded.one(t) - padded.two(t)))
    # What makes the difference: a number that the one kernel reads beyond the end, where two layers read 0.
    lacking = [(place, m) for k, place in padded.beyond(step) for m in pair.middles if padded.second[m][k]]
    place, m = next((p, m) for p, m in lacking if padded.hidden(p, m, ends=False))
    slabs = Slabs.fit(replace(told.beyond(step, padded), m=m), step, most)
    inside = [a for a in slabs.rows if 0 <= slabs.reads(a) < padded.middle]
    one, two = pair.output(padded.one(step)), pair.output(padded.two(step))
    sums = [(pair.output(padded.second[m][a] * padded.hidden(slabs.reads(a), m, ends=False))) for a in slabs.rows]
    end = "begins at 0" if place < 0 else f"ends at {padded.middle - 1}"
    at, mode = str(place).replace("-", MINUS), padded.layers[1].padding
    few = len(pair.middles) == 1 and not slabs.left_out and len(padded.beyond(step)) == 1
    read = [n.text if a in inside else "0" for a, n in zip(slabs.rows, sums, strict=True)]
    zero, kept = (f"*y*[{step}] is {n.text}" for n in (two, one))
    if few:
        zero = f"*y*[{step}] = {phrases.added(read, two.text)}"
        kept = phrases.added([n.text for n in sums], one.text)
    texts = {
        "beyond": f'And with `padding="{mode}"`? *h* {end}; for *h*[{at}] layer 2 reads a 0: {zero}.',
        "differs": f"One kernel goes on as if *h*[{at}] were there: {kept}, not {two.text}. So here they differ.",
    }
    boards = []
    for name, said in texts.items():
        draft = Draft(told.form)
        pieces.caption(draft, said)
        lost = () if name == "beyond" else [a for a in slabs.rows if a not in inside]
        slabs.lay(draft, inside if name == "beyond" else None, scaled=True, total=name == "differs", lost=lost)
        boards.append(draft.board(name, said, 3.5, _beyond(slabs) if name == "beyond" else _kept(slabs, lost)))
    return boards


def _beyond(slabs: Slabs) -> list[Cue]:
    """The one kernel leaves while the rows come."""
    numbers = tuple(("effective", j, "digits") for j in range(slabs.chain.span))
    leaving = (("card", "one"), ("baseline", "card"), ("effective",), slabs.signal.key(2, 0)[:2])
    coming = (("card", "copy"), ("card", "place"), ("kernel", 2), ("name", "reads"), ("name", "made"), ("beyond",))
    values = tuple((*slabs.signal.key(1, slabs.reads(after)), "digits") for after in slabs.rows)
    cues = [Cue(leaving, beat=motion.MOVE, lasts=0.9), Cue(numbers, beat=motion.LEAVE)]
    cues.append(Cue((*coming, *values, (*slabs.signal.key(2, slabs.step), "digits")), beat=motion.MOVE, after=0.4))
    return cues


def _kept(slabs: Slabs, lost: Sequence[int]) -> list[Cue]:
    """First the row that the one kernel has, then what it adds up to, then what the columns add up to."""
    total, made = slabs.signal.key(2, slabs.step), (("card", "one"), ("baseline", "card", "one"), ("name", "card"))
    cues = [Cue((("card", "place", TOTAL), *made, ("band",)), beat=motion.ENTER + 2)]
    cues += [Cue(((*key, "bar"),), beat=motion.ENTER + 3) for key, _ in slabs.total.values()]
    cues.append(Cue(((*total, "digits"),), beat=motion.ENTER + 4))
    for after in lost:
        row = (("copy", slabs.m, after), ("card", "copy", after), ("card", "place", after), ("baseline", "copy", after))
        cues += [Cue((*row, ("name", "reads", after)), beat=motion.ENTER, lasts=1.4)]
        cues += [Cue(((*slabs.signal.key(1, slabs.reads(after)), "digits"),), beat=motion.ENTER + 1)]
    return cues


def relu(told: Cascade, step: int, most: float, last: Board) -> list[Board]:
    """With a relu in between: a number that it cuts, and a signal that is turned over. The unit is at most ``most``;
    samples that are not in view on the ``last`` board come when the others have made room.
    """
    chain, pair = told.chain.with_settings(activation="relu"), told.pair
    rows = Cascade.near(told.form, pair, chain, step, told.m, most=most)
    below = {s: told.chain.hidden(s, told.m) for s in rows.places if 0 <= s < chain.middle}
    least = min(below, key=below.__getitem__)
    reads = [t for t in rows.outputs if least in rows.window(t) and below[least] < 0]
    boards = []
    if reads:
        t = min(reads, key=lambda t: (chain.two(t) == told.chain.two(t), t))
        before, after = (pair.output(chain.two(t)).text for chain in (told.chain, chain))
        said = f"And with a relu between? Each *h* below 0 becomes 0: *y*[{t}] is {after}, not {before}."
        factors = [
            (pair.second(told.m, k).text, pair.hidden(chain.hidden(s, told.m))) for k, s in enumerate(rows.window(t))
        ]
        worked = " + ".join(f"{tap} × {h.text}" for tap, h in factors)
        if len(pair.middles) == 1 and len(worked) < 24:
            said = f"And with a relu between? Each *h* below 0 becomes 0: {worked} = {after}, not {before}."
        draft = Draft(told.form)
        pieces.caption(draft, said)
        rows.lay_ruler(draft)
        rows.lay_samples(draft)
        rows.lay_middle(draft, cut=True)
        rows.lay_outputs(draft)
        rows.lay_edges(draft, 0, rows.lower(rows.window(t)))
        rows.lay_edges(draft, 1, rows.upper(t))
        rows.lay_layers(draft)
        gone = Cue(
            (("card",), ("copy",), ("kernel", 2), ("band",), ("effective",), ("name", "reads"), ("name", "made")),
            beat=motion.MOVE,
        )
        new = [(*rows.key(0, i), "bar") for i in rows.samples if (*rows.key(0, i), "bar") not in last.marks]
        boards.append(draft.board("relu", said, 3, [rows.staged(), gone, Cue(tuple(new), beat=motion.ENTER)]))
    return [*boards, *_turned(rows, step, most)]


def _turned(rows: Cascade, step: int, most: float) -> list[Board]:
    """The signal turned over: a kernel turns its outputs over, too, and a relu does not."""
    chain, pair = rows.chain, rows.pair
    over = chain.turned
    rows = Cascade.near(rows.form, pair, chain, step, rows.m, below=44.0, turned=True, most=most)
    rows = replace(rows, chain=over)
    must = {t: pair.output(-chain.two(t)) for t in rows.outputs}
    differ = {t: number for t, number in must.items() if over.two(t) != number.value}
    texts = {
        "over": "Any other kernel? It only multiplies and adds: turn *x* over, and *y* must turn over.",
        "nowhere": "With the relu *y* does not turn over: so no kernel gives what these two layers give.",
    }
    got = ", ".join(pair.output(over.two(t)).text for t in rows.outputs)
    if len(got) < 16:
        texts["nowhere"] = f"With the relu *y* is {got}: it does not turn over. So no kernel does what they do."
    if not differ:
        texts["nowhere"] = "Here *y* turns over, as with one kernel; with another signal it may not."
    boards = []
    for name, said in texts.items():
        draft = Draft(rows.form)
        pieces.caption(draft, said)
        rows.lay_ruler(draft)
        rows.lay_samples(draft)
        if name == "over":
            left, right = rows.axis.x(rows.samples[0]), rows.axis.x(rows.samples[-1])
            high, low = rows.zones[0][0], rows.zones[1][1]
            box = plate(
                "quiet", left - 60, high + 18, right + 60, low - 18, light=0.0, edge=0.5, size=3, hollow=True, dash=14
            )
            draft.put("card", ("card", "place", "any"), box.at(z=-3))
            draft.put("card", ("card", "place", "name"), words("any kernel", box.x, box.y, TEXT, "ink"))
            pieces.baseline(draft, ("row", 2), rows.axis.left, rows.axis.right, rows.feet[2])
            pieces.name(draft, ("row", 2), "output *y*", rows.feet[2], "ink")
            rows.lay_one(draft, must, solid=True)
        else:
            rows.lay_middle(draft, cut=True)
            rows.lay_outputs(draft)
            rows.lay_one(draft, differ, solid=True)
        if name == "over" or differ:
            low = rows.feet[2] + 14 + 0.338 * TEXT
            draft.put("name", ("name", "one"), words("any kernel", rows.form.margin, low, SMALL, "differs", align=-1))
        row = [rows.key(which, 0)[:2] for which in range(3)]
        cues = [rows.staged()]
        if name == "over":  # the signal turns over, then what is made of it
            cues += [Cue((row[0], ("baseline", "row", 0)), beat=motion.ENTER)]
            output = (("one",), ("baseline", "row", 2), ("name", "row", 2))
            cues += [Cue((("card", "place"),), beat=motion.ENTER + 1), Cue(output, beat=motion.ENTER + 2, lasts=1.2)]
            cues.append(Cue((("name", "one"),), beat=motion.ENTER + 3))
        else:
            cues += [Cue((("card", "place", "any"), row[1]), beat=motion.MOVE), Cue((row[2],), beat=motion.ENTER + 1)]
        boards.append(draft.board(name, said, 3.5, cues))
    return boards
