"""closed_form: the formula of one output, and whether it is what Keras computes.

An output is a sum of taps times numbers of the layer below; each of those is a bracket that opens to products of its
own. The taps outside are multiplied in, the brackets go, and every product is a tile that can be sorted and stacked to
the output. Then the number line: the exact sum, how far float32 may land from it, and where Keras landed. It answers
"what is the formula of one output?" and "is it really what Keras computes?".
"""

from __future__ import annotations

from collections.abc import Iterable

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Draft, Format, Key
from convexplain.board.pieces import Part
from convexplain.stories import chain, phrases
from convexplain.stories.cone import Cone
from convexplain.stories.field import Field, Row
from convexplain.stories.formulas import StackFormula, change, names
from convexplain.stories.gathered import quick
from convexplain.stories.landing import Lines
from convexplain.stories.script import Script
from convexplain.stories.ways import lowest

FIGURE = ("opened", "multiplied", "stacked", "keras", "bound")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    base = lowest(script, ("linear",))
    field, formula = Field(Cone(script, form, base)), StackFormula(script, base)
    boards = [_terms(field), _sum(field, formula)]
    if field.rows:
        boards += [
            *_open(field, formula),
            _opened(field, formula),
            *_multiplied(field, formula),
            _stacked(field, formula),
        ]
    lines = Lines(script, form, base, field.cone.key(script.level, script.cell))
    return (*boards, *_activation(field, formula), *lines.boards())


def _draft(field: Field, said: str, formula: StackFormula, parts: list[Part], lit: Iterable[str] = ()) -> Draft:
    draft = Draft(field.form)
    pieces.caption(draft, said)
    pieces.formula(draft, parts, lit, longest=formula.longest())
    return draft


def _terms(field: Field) -> Board:
    said = phrases.sentence(f"{phrases.count(field.count, 'product')}, tap times number, make one output")
    if not field.rows or field.rows[0].weight is None:
        below = f"layer {field.base}" if field.base else "the input"
        said = f"One output reads {phrases.count(field.count, 'channel')} of {below}"
    said += "." if field.count == len(field.rows) else f", {len(field.rows)} are drawn."
    draft = Draft(field.form)
    pieces.caption(draft, said)
    field.samples(draft)
    field.names(draft)
    field.heads(draft)
    field.taps(draft)
    field.brackets(draft)
    has_minus = any(number.value < 0 for row in field.rows for number in (*row.taps, row.inner, row.product))
    remarks = [phrases.rounding(field.script), "Faint: below 0." if has_minus and not field.is_written() else ""]
    if any(remarks):
        pieces.remark(draft, ("rounded",), " ".join(filter(None, remarks)))
    return draft.board("terms", said, 4)


def _sum(field: Field, formula: StackFormula) -> Board:
    said = "Head to tail, they reach the output."
    draft = _draft(field, said, formula, formula.closed())
    field.samples(draft)
    field.names(draft)
    field.heads(draft, True)
    field.taps(draft)
    field.brackets(draft)
    field.products(draft)
    keys: list[Key] = [("product", *row.at) for row in field.rows] + [key for key, *_ in field.rest]
    cues = [Cue((key,), motion.ENTER + n, quick(n, len(keys), 0.9)) for n, key in enumerate(keys)]
    return draft.board("sum", said, 3, [*cues, Cue((_out(field),), motion.ENTER + len(keys))])


def _out(field: Field) -> Key:
    return field.cone.key(field.level, field.script.cell)


def _open(field: Field, formula: StackFormula) -> list[Board]:
    """The first bracket of a channel opened, and then that of the next one, whose taps are its own."""
    first = {row.channel: row for row in reversed(field.rows)}
    rows = [first[channel] for channel in sorted(first)][:2]
    boards = []
    for number, row in enumerate(rows):
        said = f"The number in a bracket, here {row.inner.text}, is itself a sum."
        said = f"Channel {row.channel} has taps of its own: here they give {row.inner.text}." if number else said
        if field.is_written():
            start, *others = [piece.inner.text for piece in row.pieces]
            addends = " ".join([start, *(f"{text[0]} {text[1:]}" for text in map(style.signed, others))])
            said = f"This {row.inner.text} is itself a sum: {addends}."
            said = f"This {row.inner.text} too, with channel {row.channel}’s own taps: {addends}." if number else said
        boards.append(_opening(field, formula, said, row, rows[: number + 1]))
    return boards


def _opening(field: Field, formula: StackFormula, said: str, row: Row, opened: list[Row]) -> Board:
    """One bracket opened: its taps under the samples that they meet."""
    parts = formula.closed()
    draft = _draft(field, said, formula, parts, names(parts, "inner"))
    field.samples(draft, [piece.source for piece in row.pieces])
    field.names(draft)
    field.taps(draft, opened)
    field.brackets(draft, opened, opened)
    field.kernel(draft, row)
    field.products(draft)
    first = Cue((("kernel", row.channel), ("note", "kernel")), motion.MOVE)
    many = len(row.pieces)
    cues = [Cue(((*piece.key, "bar"),), motion.ENTER + n, quick(n, many, 0.9)) for n, piece in enumerate(row.pieces)]
    name = "open" if len(opened) == 1 else "open next"
    return draft.board(name, said, 4, [first, Cue(((*row.key, "digits"),), motion.ENTER), *cues])


def _opened(field: Field, formula: StackFormula) -> Board:
    drawn, every = sum(len(row.pieces) for row in field.rows), field.cone.ways.count
    many = phrases.count(drawn, "product") if drawn == every else f"{drawn} of {every:,} products"
    which = {1: "It opens", 2: "Both open"}.get(len(field.rows), f"All {phrases.spelled(len(field.rows))} open")
    said = f"{which}: {many}."
    if field.base:
        below = field.cone.script.source.stack.layers[field.base - 1].activation
        said = f"Layer {field.base} ends in {below}: the formula stops there."
    before, parts = formula.closed(), formula.nested()
    draft = _draft(field, said, formula, parts, names(parts, "open", "close"))
    field.samples(draft)
    field.names(draft)
    field.taps(draft)
    field.brackets(draft, None, field.rows)
    field.products(draft)
    groups = list(dict.fromkeys(row.channel for row in field.rows))
    cues = []
    for n, channel in enumerate(groups):
        mine = [row for row in field.rows if row.channel == channel]
        keys = [(*piece.key, "bar") for row in mine for piece in row.pieces]
        cues.append(Cue((*keys, *((*row.key, "digits") for row in mine)), motion.ENTER + n, 0.9))
    return draft.board("opened", said, 4, [*cues, *change(before, parts, motion.ENTER + len(groups))])


def _multiplied(field: Field, formula: StackFormula) -> list[Board]:
    """What stands outside goes into the brackets: first where it is positive, then where it turns tiles over."""
    if field.rows[0].weight is None:
        return []
    turned = [row for row in field.rows if row.weight is not None and row.weight.value < 0]
    kept = [row for row in field.rows if row not in turned]
    boards = []
    if kept:
        boards.append(_multiply(field, formula, "A tap multiplies into its bracket.", kept, kept, turned))
    if turned:
        boards.append(_multiply(field, formula, "A minus turns the tiles over.", turned, field.rows, []))
    return boards


def _multiply(
    field: Field, formula: StackFormula, said: str, new: list[Row], gone: list[Row], left: list[Row]
) -> Board:
    """Rows that are ``new`` multiplied; ``gone`` are all that are now, ``left`` those that are still in brackets."""
    before, parts = formula.nested(), formula.nested() if left else formula.expanded()
    draft = _draft(field, said, formula, parts)
    field.samples(draft)
    field.names(draft)
    field.taps(draft, None, gone)
    field.brackets(draft, None, field.rows, gone)
    field.multiplied(draft, gone)
    field.products(draft)
    cues: list[Cue] = []
    for place, row in enumerate(field.rows):
        if row in new:
            beat = motion.MOVE + min(1, new.index(row))
            cues += field.turns(row, place, beat, (1.8, 1.4)[min(1, new.index(row))])
    name = "multiplied" if not left else "multiply"
    return draft.board(name, said, 3, [*cues, *(change(before, parts, motion.MOVE + 2) if not left else [])])


def _stacked(field: Field, formula: StackFormula) -> Board:
    said = "Sorted by sample, they reach the output."
    draft = _draft(field, said, formula, formula.expanded())
    field.samples(draft)
    chain.lay(field, draft)
    cues = []
    for n, own in enumerate(field.cone.shown):
        mine = [piece.key for row in field.rows for piece in row.pieces if piece.source == own.cell]
        beat = motion.MOVE + n
        more: list[Key] = [("link", *own.cell), ("share", *own.cell)]
        cues.append(Cue(tuple(mine), beat, quick(n, len(field.cone.shown), 1.2)))
        cues.append(Cue(tuple(more), beat + 0.5, 0.3))
    last = motion.MOVE + len(field.cone.shown)
    return draft.board("stacked", said, 4, [*cues, Cue(((*_out(field), "bar"), (*_out(field), "digits")), last, 0.9)])


def _activation(field: Field, formula: StackFormula) -> list[Board]:
    """What the output's own activation makes of the sum, where that is another number."""
    output = field.script.output(*field.script.cell)
    if output.value == field.total.value:
        return []
    said = f"{field.script.layer.activation} makes {output.text} of it."
    parts = formula.expanded()
    draft = _draft(field, said, formula, parts, names(parts, "act"))
    field.samples(draft)
    chain.lay(field, draft, output)
    return [draft.board("activation", said, 3)]
