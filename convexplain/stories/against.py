"""What is held against the outputs of two layers: what one kernel gives, and what a library gave.

This module knows rows of numbers with their places; it computes none.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from convexplain.board import pieces
from convexplain.board.marks import DIGIT, SMALL, TEXT, Draft
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories.cascade import Cascade


def lay_one(rows: Cascade, draft: Draft, given: Mapping[int, Number]) -> None:
    """What the one kernel gives where it is another output than that of the two layers, ``given`` by step: both
    stand side by side.
    """
    width, size = rows.pair_width, rows.size([number.text * 2 for number in given.values()])
    for t, number in given.items():
        x, foot, own = rows.axis.x(rows.output_place(t)), rows.feet[2], (*rows.key(2, t), "bar")
        if own in draft.marks:
            narrow = {"width": width} if draft.marks[own].kind == "bar" else {}
            draft.change([own], x=x - width / 2 - 4, **narrow)
        if (digits := (*own[:-1], "digits")) in draft.marks:
            draft.change([digits], x=x - width / 2 - 4)
        bricks, one = number.value.denominator == 1, ("one", t)
        pieces.column(draft, one, number, x + width / 2 + 4, foot, width, rows.unit, "differs", True, bricks)
        if size:
            pieces.digits(draft, one, number.text, size=size, role="differs")
    if given:
        y = rows.feet[2] + 14 + DIGIT * SMALL / 2
        draft.put("name", ("name", "one"), words("one kernel", rows.form.margin, y, SMALL, "differs", align=-1))


def lay_kept(rows: Cascade, draft: Draft, kept: Mapping[int, Number]) -> None:
    """What the one kernel reads beyond the ends of the level between, ``kept`` by step, beside the zeros of padding."""
    width, size = rows.pair_width, rows.size([number.text * 2 for number in kept.values()])
    for s, number in kept.items():
        if number.value and rows.axis.has(rows.middle_place(s)):
            x, own = rows.axis.x(rows.middle_place(s)), ("one", "between", s)
            for key in [key for key in draft.marks if key[:3] == ("beyond", 1, s)]:
                draft.change([key], x=x - width / 2 - 4)
            bricks = number.value.denominator == 1
            x += width / 2 + 4
            pieces.column(draft, own, number, x, rows.feet[1], width, rows.unit, "differs", True, bricks)
            if size:
                pieces.digits(draft, own, number.text, size=size, role="differs")


def lay_given(rows: Cascade, draft: Draft) -> None:
    """What two layers give, as numbers under the places of the outputs: one kernel is to give the same."""
    texts = {t: rows.pair.output(rows.chain.two(t)).text for t in rows.outputs}
    if size := rows.size([*texts.values()]):
        y = rows.feet[2] + max(0.0, *(-float(rows.chain.two(t)) for t in texts)) * rows.unit + 16 + DIGIT * TEXT / 2
        for t, text in texts.items():
            draft.put("given", ("given", t), words(text, rows.axis.x(rows.output_place(t)), y, size, "quiet"))
        draft.put("name", ("name", "given"), words("two layers", rows.form.margin, y, SMALL, "quiet", align=-1))


def lay_asked(rows: Cascade, draft: Draft, asked: Mapping[int, Fraction], who: str, written: bool) -> None:
    """What a library gave for some outputs: its numbers ``written`` below their bars, or dots beside their tips."""
    texts = {t: rows.pair.output(number).text for t, number in asked.items()} if written else {}
    size = rows.size([*texts.values()])
    down = max((draft.marks[(*rows.key(2, t), "bar")].bottom for t in asked), default=0.0)
    y = max(rows.feet[2], down) + 14 + DIGIT * TEXT / 2
    for t, number in asked.items():
        mark = draft.marks[(*rows.key(2, t), "bar")]
        if texts and size:
            draft.put("compared", ("compared", t), words(texts[t], mark.x, y, size, "lit"))
            continue
        pieces.compared(draft, ("compared", t), mark.right + 22, rows.feet[2] - float(number) * rows.unit)
        draft.change([("compared", t)], role="lit", width=22.0, height=22.0)
    if asked:
        draft.put("name", ("name", "compared"), words(who, rows.form.margin, y, SMALL, "lit", align=-1))
