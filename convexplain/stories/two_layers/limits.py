"""Where two layers are no longer one kernel: padding or a relu puts a zero between them.

The second layer reads that zero, the one kernel reads the signal alone: they make two numbers, below each other. This
module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, Board, Cue, Draft
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.two_layers.copies import Copies
from convexplain.stories.two_layers.sheet import Sheet, keys_of, row_of, together


def limits(told: Copies, answer: Board) -> list[Board]:
    """After the ``answer`` what padding does, and what a relu does, where they change an output."""
    boards = [answer]
    for act, own in told.altered.items():
        boards.append(_cut(own, [*told.altered.values()], act, boards))
    return boards


def _cut(own: Copies, among: list[Copies], act: str, told: list[Board]) -> Board:
    """The one kernel on the signal, and below it what the second layer makes at a zero; new samples come once the view
    has moved.
    """
    sheet = own.cut(among, "*h* after relu" if act == "relu" else "padded *h*")
    read, one, *firsts, middle, second = sheet.bands
    is_first, before = not told[1:], told[-1].marks
    draft, cues = own.draft(said := _said(own, act), sheet), list[Cue]()
    _lay_given(draft, sheet)
    if firsts:
        sheet.lay_fan(draft, 2, own.chain.middle_place(own.missed), dash=10.0)
    sheet.lay_light(draft, 1)
    sheet.lay_light(draft, len(sheet.bands) - 1)
    for n, band in enumerate((one, *firsts, second)):
        products = (("product", *bar.key, sheet.where) for bar in band.bars.values())
        given = ("value", *band.key, sheet.where), ("name", "given", *band.key), ("edge", *band.key)
        cues.append(Cue(keys_of(draft, *products, *given), staging.ENTER + n))
    if is_first or any(before[key].x != draft.marks[key].x for key in keys_of(draft, ("ruler",)) if key in before):
        cues.append(together(draft, *sheet.bands, after=0.15))
        late = (read, *firsts, middle, second) if firsts else (read, middle)[: 2 - is_first]
        new = (key for band in late for key in row_of(draft, band) if key not in before)
        cues.append(Cue((*new,), staging.LEAVE, after=0.75))
        cues.append(Cue((*before.keys() - draft.marks.keys(),), lasts=0.7))
    places = [own.chain.middle_place(own.reads(k)) for k in own.chain.lost(own.step)]
    zeros = (key for key in keys_of(draft, *(middle.bars[at].key for at in places)) if key[-1] != "missed")
    draft.change((*zeros, *keys_of(draft, ("value", *second.key))), role="differs")
    if act == "padding" and _is_counted(own):
        _lay_count(draft, own, sheet)
        cues.append(Cue((("note", "nth"),), staging.ENTER + 2))
    return draft.board(act, said, 3.5, cues)


def _lay_count(draft: Draft, own: Copies, sheet: Sheet) -> None:
    """The numbers between are counted, up to the one that is not made, under all bars; the zeros that are read of the
    signal have their name where it has room.
    """
    read, *_, middle, second = sheet.bands
    small, last = sheet.form.small, max(read.bars)
    under = max(draft.marks[key].bottom for key in keys_of(draft, *(bar.key for bar in middle.bars.values())))
    y = (under + second.top) / 2
    for s in range(own.chain.middle + 1) if y - under > DIGIT * small / 2 + 6 else ():
        if own.axis.has(at := own.chain.middle_place(s)):
            pieces.note(draft, ("nth", s), _nth(s), sheet.axis.x(at), y, 0)
    at = own.chain.middle_place(own.missed)
    if bar := middle.bars[at].missed:
        outline, x = draft.marks[*middle.bars[at].key, "missed"], sheet.axis.x(at) + sheet.half + 16
        pieces.note(draft, ("nth", "not made"), f"{bar.text}, not made", x, outline.y)
    y = draft.marks[*read.bars[last].key, "digits"].y
    named = words("padding", sheet.axis.right + 8, y, small, "quiet", align=-1)
    if named.right < sheet.form.width - 8 and last == sheet.axis.shown[-1]:
        draft.put("note", ("note", "padding"), named)


def _is_counted(own: Copies) -> bool:
    """Whether layer 1 makes as many numbers as there are samples, and layer 2 reads one more past their end."""
    chain, (first, *more) = own.chain, map(own.reads, own.chain.lost(own.step))
    is_as_long = chain.middle == len(chain.x)
    return is_as_long and not more and first == chain.middle and own.stage.size > 0 and not own.several


def _nth(step: int) -> str:
    """The place of a step in its row: the first one is step 0."""
    n = step + 1
    return f"{n}{'th' if n % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def _lay_given(draft: Draft, sheet: Sheet) -> None:
    """What the one kernel gives, and two layers."""
    kernels = sheet.bands[1], sheet.bands[-1]
    sheet.lay_totals(draft, *kernels, *sheet.bands[2:-2])
    for band in kernels:
        key, named = ("value", *band.key, sheet.where), draft.marks["name", "card", *band.key]
        if sheet.size and band is not kernels[0]:
            sheet.lay_name(draft, ("given", *band.key), "two layers", band.line + DIGIT * sheet.em / 2, "ink")
            named = draft.marks["name", "given", *band.key]
        if key not in draft.marks:  # it has no room at the right
            total = words(f"gives {band.total}", sheet.form.margin, named.y + 1.1 * sheet.em, sheet.em, align=-1)
            draft.put("value", key, total)


def _said(own: Copies, act: str) -> str:
    """What puts a zero between the layers, and what follows."""
    steps, chain = [*map(own.reads, own.chain.lost(own.step))], own.chain
    is_before, is_after = min(steps) < 0, max(steps) >= 0
    side = "past both ends" if is_before and is_after else "before the start" if is_before else "past the end"
    zeros, made = "zeros" if steps[1:] else "a 0", own.pair.hidden(chain.made(steps[0], own.m)).text
    through = "through this channel " * own.several
    gives = f"{own.second().total}, not {own.total().total}."
    if act == "padding" and _is_counted(own):
        many = phrases.count(chain.middle, "number")
        return f"With padding *h* keeps {many}; past them layer 2 reads 0, not {made}. It gives {gives}"
    gives = f"{phrases.sentence(through + 'that gives')} {gives}"
    if act == "padding":
        return f"Padding puts {zeros} {side} of *h*. {gives}"
    here = "" if steps[1:] or through else f", here {made},"
    return f"Often a relu stands between: numbers below 0{here} become 0. {gives}"
