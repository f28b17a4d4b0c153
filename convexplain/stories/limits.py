"""Where two layers are not one: at the ends that padding makes, and with a relu between them.

Boards for the end of a story of two layers. This module knows three rows of numbers; it computes none.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain.board import pieces
from convexplain.board.marks import Board, Draft
from convexplain.stories.cascade import Cascade


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
    rows = Cascade.near(told.form, pair, padded, step, m, around=False)
    missing, nothing = pair.hidden(padded.hidden(place, m, ends=False)), [(step, k) for k, _ in padded.beyond(step)]
    lost = [(place, k) for k in range(padded.layers[0].kernel_size)]
    lost = [(place, k) for _, k in lost if 0 <= padded.reads(0, place, k) < len(padded.x)]
    one, two = (pair.output(value).text for value in (padded.one(step), padded.two(step)))
    texts = {
        "beyond": f'But with `padding="{padded.layers[1].padding}"`, *y*[{step}] reads a 0 beyond the end of *h*.',
        "differs": f"The one kernel goes on: *h* would be {missing.text} there, so *y*[{step}] is {one}, not {two}.",
    }
    boards = []
    for name, said in texts.items():
        draft, differs = Draft(told.form), name == "differs"
        pieces.caption(draft, said)
        rows.lay_ruler(draft, step)
        rows.lay_samples(draft, [padded.reads(0, place, k) for _, k in lost] if differs else [])
        rows.lay_middle(draft, rows.window(step))
        rows.lay_outputs(draft, [step])
        if differs:
            rows.lay_edges(draft, 0, [], lost, rest=False)
            rows.lay_factors(draft, 0, lost)
            rows.lay_ghost(draft, place, missing, "differs", True)
            rows.lay_one(draft, lit=[step])
        rows.lay_edges(draft, 1, [pair for pair in rows.upper(step) if pair not in nothing], nothing, rest=False)
        rows.lay_factors(draft, 1, rows.upper(step))
        for _, beyond in padded.beyond(step):
            if not differs or beyond != place:
                rows.lay_nothing(draft, beyond, not differs)
        boards.append(draft.board(name, said, 3))
    return boards


def relu(told: Cascade, step: int) -> list[Board]:
    """With a relu in between: what is cut depends on the signal."""
    chain = told.chain.with_settings(activation="relu")
    rows = Cascade.near(told.form, told.pair, chain, step, told.m, (1, 2))
    below = {s: told.chain.hidden(s, told.m) for s in rows.places if 0 <= s < chain.middle}
    least = min(below, key=below.__getitem__)
    touched = [(t, k) for t in rows.outputs for _, k in rows.upper(t) if chain.reads(1, t, k) == least]
    touched = touched if below[least] < 0 else []
    if chain.differing:
        end = "Which *h* are cut depends on the signal: no single kernel (outline) can follow."
    else:
        end = "For this signal the outputs stay the same; for another they may not."
    texts = {
        "relu": "Now a relu between the layers: each *h* above zero stays …",
        "cut": "… each *h* below zero becomes 0, and *y* changes.",
        "nowhere": end,
    }
    boards = []
    for name, said in texts.items():
        draft, before = Draft(told.form), name == "relu"
        pieces.caption(draft, said)
        shown = replace(rows, chain=told.chain) if before else rows
        shown.lay_ruler(draft)
        shown.lay_middle(draft, cut=not before)
        shown.lay_outputs(draft, sorted({t for t, _ in touched}) if before else None)
        shown.lay_edges(draft, 1, touched, rest=False)
        shown.lay_factors(draft, 1, touched)
        if name == "nowhere":
            shown.lay_one(draft)
        boards.append(draft.board(name, said, 2 if before else 3))
    return boards
