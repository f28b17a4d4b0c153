"""The boards on which the layer below the told one gives its numbers: its kernels lie under the input and slide.

This module knows a field and what stands beside it; what becomes of the rows a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from convexplain.board import motion, pieces
from convexplain.board.marks import Board, Cue, Draft
from convexplain.board.pieces import Part
from convexplain.stories import beside, phrases
from convexplain.stories.field import Field
from convexplain.stories.formulas import lit
from convexplain.stories.gathered import quick
from convexplain.stories.rows import FEW_ROWS, Row

FEW = 4
"""How many rows come one after the other."""
MEANT = {"first": "", "slid": "t", "others": "c"}
"""Which letters name large rows on each board; on the first their taps alone are named."""


def drafted(field: Field, said: str, parts: list[Part], meant: Iterable[str] = ()) -> Draft:
    """A board with its caption and its formula."""
    draft = Draft(field.form)
    pieces.caption(draft, said)
    pieces.formula(draft, parts, meant, longest=field.formula.longest())
    return draft


def boards(field: Field) -> list[Board]:
    """The first kernel lies on the input, slides, and the other kernels do the same."""
    (first, *slid), firsts = field.of(field.channels[0]), field.firsts if field.is_seen else []
    others = [row for channel in field.channels[1:] for row in field.of(channel)]
    low, k, found = field.base + 1, field.own_k, []
    large = field if field.is_written or not others else Field(field.cone, alone=True)
    read = "inputs" if not field.base else "numbers"
    added = "adds" if field.bias(first.channel) is None else "adds, with a bias"
    taps = phrases.count(len(first.pieces), "tap")
    said = f"Layer {low} multiplies {read} by {taps} and {added}."
    found.append(_row(large, "first", said, [first], [first], k, firsts[1:]))
    if slid:
        said = "The same taps one step on: the next number." if len(slid) == 1 else "The same taps, slid on and on."
        found.append(_row(large, "slid", said, slid, [first, *slid], "*t*", firsts[1:]))
    if others:
        said = "Another channel *c* has taps of its own."
        said = said if len(field.channels) == 2 else "Other channels *c* have taps of their own."
        found.append(_row(field, "others", said, others, field.rows, field.c or "*c*"))
    return found


def _row(
    field: Field, name: str, said: str, new: list[Row], rows: list[Row], letter: str, waiting: Collection[Row] = ()
) -> Board:
    """Rows that come one after the other, and those ``waiting``; the ``letter`` that they differ in is lit."""
    parts = field.formula.inner()
    draft = drafted(field, said, parts, lit(parts, letter))
    read = {piece.source for row in new for piece in row.pieces}
    field.samples(draft, read if name != "others" else None)
    roomy = beside.is_roomy(field)
    beside.names(field, draft, rows if roomy else [*rows, *waiting], taps=False, meant=MEANT[name])
    if not roomy or name == "first":
        beside.heads(field, draft)
        beside.taps_named(field, draft, rows if roomy else [*rows, *waiting])
    if field.is_seen:
        beside.upper(field, draft)
    if len(new) == 1:
        beside.bands(field, draft, new[0])
    field.lines(draft, [*rows, *waiting], lit=new if name != "others" else None)
    seen = any(piece.inner.value for row in rows for piece in row.pieces)
    if field.is_written or (seen and len(rows) <= FEW_ROWS):
        beside.worked(field, draft, rows, new if name != "others" else rows)
    else:
        beside.numbers(field, draft, rows)
    asked = ("asked",), ("letter", "output"), field.cone.key(field.level, field.script.cell)
    cues = [Cue((*asked, ("letter",)), motion.MOVE, 0.7)] if name == "first" else []
    firsts = [field.of(channel)[0] for channel in field.channels]
    # Of many rows, those of a channel come at once.
    parted = [[row] for row in new] if len(new) <= FEW else [[r for r in new if r.channel == c] for c in field.channels]
    for n, part in enumerate(filter(None, parted)):
        beat, lasts = motion.ENTER + 2 * n, quick(n, len(parted), 1.3)
        lasts = 0.3 if field.is_seen and part[0] in firsts else lasts  # it lies there already
        taps, digits = (tuple((*p.key, name) for row in part for p in row.pieces) for name in ("bar", "digits"))
        cues.append(Cue(taps, beat, lasts, "" if part[0] in firsts else "down first"))
        cues.append(Cue(digits, beat + (lasts if field.is_inside else 0), 0.4 if field.is_inside else lasts))
        cues += [Cue(((*r.key, "card"),), beat, lasts, "" if r in firsts else "down first") for r in part]
        cues.append(Cue(tuple(("letter", "tap", *p.key[1:]) for row in part for p in row.pieces), beat + lasts, 0.4))
        cues += [Cue(((*r.key, "work"),), beat + 0.5, 0.5 * min(1, lasts)) for r in part]
        cues += [Cue(((*r.key, "digits"), (*r.key, "bar")), beat + 1, 0.4 * min(1, lasts)) for r in part]
    return draft.board(name, said, 4, cues)
