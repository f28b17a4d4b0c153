"""Where two layers are not one: at the ends that padding makes, and with a relu between them.

Boards for the end of a story of two layers. This module knows three rows of numbers; it computes none.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain.board import motion, pieces
from convexplain.board.marks import SMALL, Board, Cue, Draft
from convexplain.board.text import words
from convexplain.stories.cascade import Cascade
from convexplain.style import MINUS


def edge(told: Cascade) -> list[Board]:
    """With padding, where an output reads beyond the end of the level between. When the layers themselves have no such
    output, it is shown of the same kernels with padding "same".
    """
    chain, pair = told.chain, told.pair
    padded = chain if chain.differing else chain.with_settings("same")
    if not padded.differing:
        return []
    step = max(padded.differing, key=lambda t: abs(padded.one(t) - padded.two(t)))
    # What makes the difference: a number that the one kernel reads beyond the end, where two layers read 0.
    read = [(place, m) for k, place in padded.beyond(step) for m in pair.middles if padded.second[m][k]]
    place, m = next((place, m) for place, m in read if padded.hidden(place, m, ends=False))
    inside = min(max(place, 0), padded.middle - 1)
    missing = pair.hidden(padded.hidden(place, m, ends=False))
    one, two = pair.output(padded.one(step)), pair.output(padded.two(step))
    mode, taps = padded.layers[1].padding, padded.layers[0].kernel_size
    where = {"causal": "before", "same": "around"}.get(mode, "around")
    under = "under the end of" if mode == "causal" else "under the middle of" if taps % 2 else "under"
    lost = pair.second(m, padded.beyond(step)[0][0])
    at = str(place).replace("-", MINUS)
    why = f"The one kernel acts as if *h* went on: *h*[{at}] is {missing.text}, not 0."
    if one.value - two.value == missing.value * lost.value:
        factor, gone = (f"({n.text})" if n.value < 0 else n.text for n in (lost, missing))
        total = f"{two.text} + {factor} × {gone} = {one.text}"
        why = f"One kernel has *h*[{at}] = {missing.text}, not 0. Times {lost.text} of kernel 2: {total}."
    whole = _channels(told)
    texts = {
        "padded": f'Now `padding="{mode}"`: zeros {where} *x*, and *h*[{inside}] {under} kernel 1.',
        "beyond": f'With `padding="{mode}"` layer 2 reads a 0 beyond *h*: *y*[{step}]{whole} is {two.text}.',
        "differs": f'With `padding="{mode}"` the one kernel gives {one.text}, two layers {two.text}.',
        "why": why,
    }
    boards = []
    for name, said in texts.items():
        draft = Draft(told.form)
        pieces.caption(draft, said)
        which = {"beyond": (1, 2), "differs": (0, 2)}.get(name, (0, 1))
        rows = Cascade.near(told.form, pair, padded, step, m, which)
        rows.lay_ruler(draft)
        if 0 in which:
            rows.lay_samples(draft)
            beyond = [padded.start(step) + j for j in range(padded.span)] if name == "differs" else []
            rows.lay_zeros(
                draft,
                0,
                beyond if name != "why" else [padded.reads(0, place, k) for k in range(padded.layers[0].kernel_size)],
            )
        if 1 in which:
            rows.lay_middle(draft, [inside] if name == "padded" else rows.window(step))
            if name == "beyond":
                rows.lay_zeros(draft, 1, rows.window(step))
        if 2 in which:
            rows.lay_outputs(draft, [step])
        if name == "why":
            cues = rows.lay_card(draft, 0, place)
            rows.lay_ghost(draft, place, missing, "differs", True)
            if rows.middle_place(place) == place:  # beyond the end the ruler has no steps
                column = words(at, rows.axis.x(place), pieces.RULER, SMALL, "quiet")
                draft.put("ruler", ("ruler", "beyond"), column)
            cues.append(Cue(((*rows.key(1, place), "ghost"),), beat=motion.ENTER + 5))
        elif name == "differs":
            cues = rows.lay_one_card(draft, step, makes=True)
            rows.lay_one(draft, {step: one}, True)
        else:
            cues = rows.lay_card(draft, which[0], step if name == "beyond" else inside, makes=True)
        boards.append(draft.board(name, said, 3, cues))
    return boards


def relu(told: Cascade, step: int) -> list[Board]:
    """With a relu in between: a number that it cuts, and a signal that is turned over."""
    chain, pair = told.chain.with_settings(activation="relu"), told.pair
    rows = Cascade.near(told.form, pair, chain, step, told.m, (1, 2))
    below = {s: told.chain.hidden(s, told.m) for s in rows.places if 0 <= s < chain.middle}
    least = min(below, key=below.__getitem__)
    reads = [t for t in rows.outputs if least in rows.window(t) and below[least] < 0]
    boards = []
    if reads:
        t = min(reads, key=lambda t: (chain.two(t) == told.chain.two(t), t))
        before, after = (pair.output(chain.two(t)).text for chain in (told.chain, chain))
        back = "Padding aside, now a relu. Without it" if told.chain.layers[1].padding == "valid" else "Without a relu"
        least_text = pair.hidden(below[least]).text
        texts = {
            "relu": f"{back} *h*[{least}] is {least_text}, *y*[{t}]{_channels(told)} is {before}.",
            "cut": f"A relu between the layers makes each *h* below 0 a 0: *y*[{t}] is {after}.",
        }
        for name, said in texts.items():
            shown = rows if name == "cut" else replace(rows, chain=told.chain)
            draft = Draft(told.form)
            pieces.caption(draft, said)
            shown.lay_ruler(draft)
            shown.lay_middle(draft, cut=name == "cut")
            shown.lay_outputs(draft, [t])
            boards.append(draft.board(name, said, 3, shown.lay_card(draft, 1, t, makes=name == "cut")))
    return [*boards, *_turned(told, replace(rows, chain=chain), step)]


def _channels(told: Cascade) -> str:
    """What an output is made of besides the channel that is shown."""
    several = len(told.pair.middles)
    return f", of all {several} channels," if several > 1 else ""


def _turned(told: Cascade, rows: Cascade, step: int) -> list[Board]:
    """The signal turned over: a kernel turns its outputs over, too, and a relu does not."""
    chain, pair = rows.chain, told.pair
    over = replace(chain, x=tuple(-value for value in chain.x))
    rows = Cascade.near(told.form, pair, chain, step, told.m, below=32.0, turned=True)
    differ = {t: pair.output(-chain.two(t)) for t in rows.outputs if over.two(t) != -chain.two(t)}
    texts = {
        "over": "With a relu each *h* below 0 becomes 0. Now turn *x* over …",
        "nowhere": "… any kernel would turn each product, so *y*, over (red outlines): this is no kernel.",
    }
    if not differ:
        texts["nowhere"] = "… here *y* turns over, too, as with one kernel; for another signal it may not."
    boards = []
    for name, said in texts.items():
        draft = Draft(told.form)
        pieces.caption(draft, said)
        shown = rows if name == "over" else replace(rows, chain=over)
        shown.lay_ruler(draft)
        shown.lay_samples(draft)
        shown.lay_middle(draft, cut=True)
        shown.lay_outputs(draft)
        if name == "nowhere":
            shown.lay_one(draft, differ)
        row = [rows.key(which, 0)[:2] for which in range(3)]
        cues = [rows.staged(), Cue((row[0], ("baseline", "row", 0)), beat=motion.ENTER)]
        if name == "nowhere":  # the signal turns over, then what is made of it, then what is made of that
            cues = [Cue((key,), beat=motion.MOVE + place) for place, key in enumerate(row)]
            cues.append(Cue((("one",),), beat=motion.ENTER + 3))
        boards.append(draft.board(name, said, 3, cues))
    return boards
