"""Where two layers are no longer one kernel: by padding or a relu between them.

In both the second layer reads a 0 where the one kernel goes on with what the first kernel makes. The two layers stand
above, and below them, in the columns that it reads of the signal, the one kernel: each with what it gives. This module
knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, SMALL, Board, Cue, Draft, Key
from convexplain.board.text import words
from convexplain.stories.two_layers.bands import Band
from convexplain.stories.two_layers.copies import Copies
from convexplain.stories.two_layers.sheet import Sheet, keys_of


def padded(told: Copies) -> Copies | None:
    """An output that reads beyond the end of the level between. When the layers themselves have no padding, it is that
    of the same kernels where the second layer has padding "same".
    """
    chain = told.chain.padded
    return told.at(chain.worst, chain) if chain.missing(chain.worst) else None


def rectified(told: Copies) -> Copies | None:
    """With a relu in between: an output that reads a number which it cuts."""
    chain = told.chain.with_settings(activation="relu")
    steps = [t for t in range(chain.steps) if chain.missing(t) and t not in told.chain.differing]
    best = min(steps, key=lambda t: (t not in told.whole, len(chain.lost(t)), abs(t - told.step), t), default=None)
    return None if best is None else told.at(best, chain)


def padding(own: Copies, before: Board) -> list[Board]:
    """What two layers give with padding in between, then what the one kernel gives there."""
    chain, (cut, *more) = own.chain, _lost(own)
    why = f"pads, to keep the length of {chain.steps}" if chain.steps == chain.middle else "reaches beyond *h*"
    said = f"Layer 2 {why}: it reads a 0 in place of {own.between(cut)}."
    would = "goes on where layer 2 read zeros" if more else f"makes {own.made(cut).text} where layer 2 read a 0"
    then = f"With *x* padded instead of *h*, layer 1 {would}: *w* gives {own.total().total}."
    sheet = own.way()
    draft = own.draft(said, sheet)
    sheet.lay_work(draft, 1, own.chain.middle_place(own.reads(own.told)))
    sheet.lay_work(draft, 3, own.place)
    _mark_lost(draft, own, sheet)
    made = keys_of(draft, ("product",), ("edge",), sheet.bands[4].bars[own.place].key)
    first = draft.board("padding", said, 3.5, staged(draft, before, made, 0.15 if own.several else 0.4))
    return [first, _beside(own, "beyond", then, cut, first)]


def relu(own: Copies, before: Board) -> list[Board]:
    """What two layers with a relu in between give, and what the one kernel gives."""
    cut = _lost(own)[0]
    who, one, two = "the sum *w*" if own.several else "one kernel", own.total().total, own.second().total
    said = f"A relu between makes all below 0 a 0, here {own.between(cut)}: {who} gives {one}, two layers {two}."
    return [_beside(own, "relu", said, cut, before)]


def _lost(own: Copies) -> list[int]:
    """The taps of the second kernel that read a 0 instead of what the first kernel makes, those in view first."""
    return sorted(own.chain.lost(own.step), key=lambda k: k not in own.rows)


def _mark_lost(draft: Draft, own: Copies, sheet: Sheet) -> None:
    """The columns of the level between where the second layer reads a 0 instead of what the first kernel makes."""
    middle, second = sheet.bands[-3:-1]
    for at in map(own.chain.middle_place, map(own.reads, own.chain.lost(own.step))):
        if own.axis.has(at):
            key = middle.bars[at].key
            draft.change(keys_of(draft, ("product", *second.bars[at].key)), role="differs")
            if middle.bars[at].ghost is None:
                draft.change(keys_of(draft, key), role="differs")
            pieces.band(draft, ("lost", at), own.axis.x(at), middle.top, second.under, 2 * sheet.half, "differs")


def _beside(own: Copies, name: str, said: str, after: int, before: Board) -> Board:
    """Two layers, with what the second kernel makes of the level between, and the one kernel. Where something is lost
    the first kernel stands where it makes what tap ``after`` of the second does not read.
    """
    sheet = own.beside(after, "after relu" if name == "relu" else "with padding")
    read, _, middle, second, one = sheet.bands
    draft = own.draft(said, sheet)
    sheet.lay_fan(draft, 1, own.chain.middle_place(own.reads(after)))
    for at in filter(own.axis.has, one.bars) if sheet.size else ():  # it reads the samples
        pieces.band(draft, ("reads", at), own.axis.x(at), read.top, one.under, 2 * sheet.half, "ink")
    _mark_lost(draft, own, sheet)
    draft.change([("name", *middle.key)], role="differs")
    _lay_given(draft, own, sheet, second, "two layers")
    _lay_given(draft, own, sheet, one)
    ghosts = [key for bar in middle.bars.values() if bar.ghost for key in keys_of(draft, bar.key)]
    made = keys_of(draft, ("product", "copy"), ("edge",), ("ghost",), *ghosts)
    is_new = name == "beyond" or (own.several and before.name != "beyond")
    cues = staged(draft, before, made, 0.3) if is_new else [Cue(made, staging.ENTER + 1)]
    zeros = tuple(key for key in keys_of(draft, ("ghost",)) if key not in before.marks)
    return draft.board(name, said, 3.5, [*cues, Cue(zeros, staging.ENTER + 2)])


def staged(
    draft: Draft, before: Board, made: tuple[Key, ...], after: float, *steps: tuple[float, tuple[Key, ...]]
) -> list[Cue]:
    """What is ``made`` of the rest comes last; all else comes and moves while what stood there goes, so many seconds
    ``after`` that begins, or in ``steps`` of its own: the board is never empty. What is new in a row that was there
    waits for the others.
    """
    first = tuple(key for key in draft.marks if key not in made and key[0] not in staging.TEXT_LINE)
    given = keys_of(draft, ("value",), ("name", "made"), ("name", "who"))
    given += tuple(key for key in keys_of(draft, ("product",)) if key in first)
    cues = [Cue(first, staging.LEAVE, how="fade", after=after), Cue(given, staging.LEAVE, after=0.9)]
    rows = {key[:-2] or key[:1] for key in before.marks}
    new = [key for key in first if key[0] == "ruler" or key[-1] in ("bar", "digits")]
    late = tuple(key for key in new if key not in before.marks and (key[:-2] or key[:1]) in rows)
    cues += [Cue(keys, staging.LEAVE, how="fade", after=at) for at, keys in (*steps, (0.9, late))]
    return [*cues, Cue(made, staging.ENTER + 1)]


def _lay_given(draft: Draft, own: Copies, sheet: Sheet, kernel: Band, said: str = "") -> None:
    """Under a kernel what its products add up to: an output, of the one kernel or of what is ``said``."""
    end, role = 0.0, "differs" if said else "ink"
    if said:
        foot = kernel.line + DIGIT * (sheet.em if sheet.size else 2 * sheet.em - SMALL) / 2
        sheet.lay_name(draft, ("who", kernel.key), said, foot, role)
        end = draft.marks["name", "who", kernel.key].right
    if sheet.size:
        own.lay_made(draft, sheet, kernel)
        for key in keys_of(draft, ("name", "made", *kernel.key)):
            if draft.marks[key].left < end + 12:
                del draft.marks[key]
    else:
        y = kernel.line + DIGIT * (sheet.em - SMALL) / 2
        value = words(f"= {kernel.total}", sheet.left, y, sheet.em, role, align=-1)
        draft.put("value", ("value", *kernel.key, sheet.where), value)
    draft.change(keys_of(draft, ("value", *kernel.key)), role=role)
