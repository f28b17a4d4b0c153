"""Where two layers are no longer one kernel: padding or a relu puts a zero between them.

The second layer reads that zero, the one kernel reads the signal alone: they make two numbers, below each other. This
module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from convexplain import style
from convexplain.board import staging
from convexplain.board.marks import DIGIT, Board, Cue, Draft
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.two_layers.copies import Copies
from convexplain.stories.two_layers.sheet import Sheet, keys_of, row_of, together


def limits(told: Copies, answer: Board) -> list[Board]:
    """After the ``answer`` what padding does, where numbers have room first what is missed, then what follows, and what
    a relu does, where they change an output.
    """
    boards = [answer]
    for act, own in told.altered.items():
        is_parted = act == "padding" and told.stage.size > 0
        for name in ("past", act) if is_parted else (act,):
            boards.append(_cut(own, [*told.altered.values()], name, boards, is_parted))
    return boards


def _cut(own: Copies, among: list[Copies], act: str, told: list[Board], is_parted: bool) -> Board:
    """The one kernel on the signal, and below it what the first kernel makes where w goes ``past`` the end, or the
    second layer at a zero; new samples come once the view has moved.
    """
    sheet = own.cut(among, "*h* after relu" if act == "relu" else "*h* with padding", is_made := act != "past")
    read, one, *first, middle, second = sheet.bands
    is_first, before = not told[1:], told[-1].marks
    draft, cues = own.draft(said := _said(own, act, is_parted), sheet), list[Cue]()
    _lay_given(draft, sheet, is_made)
    for n, band in enumerate(sheet.bands):
        if not band.at_work:
            continue
        if band in first:
            sheet.lay_fan(draft, n, own.chain.middle_place(own.missed))
        else:
            sheet.lay_light(draft, n)
        products = (("product", *bar.key, sheet.where) for bar in band.bars.values())
        given = ("value", *band.key, sheet.where), ("name", "given", *band.key)
        cues.append(Cue(keys_of(draft, *products, *given), staging.ENTER + n // 2))
    if is_first or any(before[key].x != draft.marks[key].x for key in keys_of(draft, ("ruler",)) if key in before):
        cues.append(together(draft, *(band for band in sheet.bands if not (is_first and band is one)), after=0.15))
        new = (key for band in (read, middle)[: 2 - is_first] for key in row_of(draft, band) if key not in before)
        cues.append(Cue((*new,), staging.LEAVE, after=0.75))
        cues.append(Cue((*before.keys() - draft.marks.keys(),), lasts=0.7))
    places = (own.chain.middle_place(own.reads(k)) for k in own.chain.lost(own.step))
    missed = keys_of(draft, *(middle.bars[at].key for at in places))
    if is_made:
        zeros = (key for key in missed if key[-1] != "missed")
        draft.change((*zeros, *keys_of(draft, ("value", *second.key))), role="differs")
    else:
        cues.append(Cue(row_of(draft, first[0]), staging.ENTER + 1, how="fade"))
        cues += [Cue(keys_of(draft, ("edge",)), staging.ENTER + 2), Cue(missed, staging.ENTER + 3)]
    return draft.board(act, said, 3.5, cues)


def _lay_given(draft: Draft, sheet: Sheet, is_made: bool) -> None:
    """What the one kernel gives, and two layers when that ``is_made``."""
    kernels = sheet.bands[1], sheet.bands[-1]
    sheet.lay_totals(draft, *kernels)
    if not is_made:
        draft.marks.pop(("value", *kernels[1].key, sheet.where), None)
    for band in kernels[: 1 + is_made]:
        key, named = ("value", *band.key, sheet.where), draft.marks["name", "card", *band.key]
        if sheet.size and band is not kernels[0]:
            sheet.lay_name(draft, ("given", *band.key), "two layers", band.line + DIGIT * sheet.em / 2, "ink")
            named = draft.marks["name", "given", *band.key]
        if key not in draft.marks:  # it has no room at the right
            total = words(f"gives {band.total}", sheet.form.margin, named.y + 1.1 * sheet.em, sheet.em, align=-1)
            draft.put("value", key, total)


def _said(own: Copies, act: str, is_parted: bool) -> str:
    """What puts a zero between the layers, and what follows."""
    steps, chain = [*map(own.reads, own.chain.lost(own.step))], own.chain
    is_before, is_after = min(steps) < 0, max(steps) >= 0
    side = "past both ends" if is_before and is_after else "before the start" if is_before else "past the end"
    zeros, made = "zeros" if steps[1:] else "a 0", own.pair.hidden(chain.made(steps[0], own.m)).text
    would = "kernel *a* would " + ("go on" if steps[1:] else f"make {made}")
    if act == "past":
        return f"Often zeros stand {side} of *x*, called padding. There {would}."
    through = "through this channel " * own.several
    gives = phrases.sentence(f"{through}that gives {own.second().total}, not {own.total().total}.")
    if act == "padding":
        if is_parted and not own.stage.form.points:  # what it would make was seen
            first, last = (f"{chain.middle_place(s)}".replace("-", style.MINUS) for s in (0, chain.middle - 1))
            made = f"{phrases.count(chain.middle, 'number')}, steps {first} to {last}"
            return f"But layer 1 makes {made}: layer 2 reads {zeros}. {gives}"
        return f"Padding puts {zeros} {f'where {would}' if is_parted else f'{side} of *h*'}. {gives}"
    here = "" if steps[1:] or through else f", here {made},"
    return f"Often a relu stands between: numbers below 0{here} become 0. {gives}"
