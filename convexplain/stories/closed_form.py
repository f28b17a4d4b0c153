"""closed_form: the formula of one output, and whether it is what Keras computes.

The kernel of each channel slides along the input: every place gives a number of the layer below. The layer above
multiplies these and adds. Multiplied into the rows instead, its taps leave one sum: a tap for each input, one kernel.
Then the check: Keras's number, and how far float32 may land from the exact sum. It answers "what is the formula of one
output?" and "is it really what Keras computes?".
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Draft, Format, Key
from convexplain.board.pieces import Number, Part
from convexplain.stories import beside, gathered, phrases
from convexplain.stories.cone import Cone
from convexplain.stories.field import STEP, Field, Row
from convexplain.stories.formulas import StackFormula, change
from convexplain.stories.gathered import quick
from convexplain.stories.landing import Lines
from convexplain.stories.script import Script
from convexplain.stories.ways import Joined, lowest

FIGURE = ("slid", "sum", "multiplied", "output", "keras", "bound")

FEW = 4
"""How many rows come one after the other."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    base = lowest(script, ("linear",))
    field, formula = Field(Cone(script, form, base)), StackFormula(script, base)
    boards = []
    if field.rows:
        boards += [_kernels(field), *_rows(field), _sum(field, formula)]
        if field.is_deep:
            boards += [_nested(field, formula), *_multiplied(field, formula), _column(field)]
    if field.cone.shown:
        boards += [_combined(field)] if field.rows and field.is_deep else []
        boards += [_output(field)]
    lines = Lines(script, form, base, field.cone.key(script.level, script.cell))
    return (*boards, *lines.boards())


def _draft(field: Field, said: str, formula: StackFormula, parts: list[Part], lit: Iterable[str] = ()) -> Draft:
    draft = Draft(field.form)
    pieces.caption(draft, said)
    pieces.formula(draft, parts, lit, longest=formula.longest())
    return draft


def _kernels(field: Field) -> Board:
    read = f"numbers of layer {field.base}" if field.base else "input"
    whose = f"layer {field.level}" if not field.is_deep else phrases.count(field.level - field.base, "layer")
    said = f"The {read}, and the kernels of {whose}: their numbers are called taps."
    draft = Draft(field.form)
    pieces.caption(draft, said)
    field.samples(draft)
    beside.opening(field, draft)
    stops = ""
    if field.base:
        below = field.script.source.stack.layers[field.base - 1].activation
        stops = f"Layer {field.base} ends in {below}: no formula goes through that, so it starts after it."
    remarks = " ".join(filter(None, (stops, phrases.rounding(field.script))))
    if remarks:
        pieces.remark(draft, ("rounded",), remarks)
    return draft.board("kernels", said, 4)


def dot(taps: Iterable[tuple[Number, Number]]) -> str:
    """Products as a sum is written: ``−1·1 + 1·1 + 1·2``."""
    said = ""
    for tap, sample in taps:
        text, minus = tap.text, tap.value < 0
        sign = (f" {style.MINUS} " if minus else " + ") if said else (style.MINUS if minus else "")
        factor = f"({sample.text})" if sample.value < 0 else sample.text
        said += f"{sign}{text.removeprefix(style.MINUS)}·{factor}"
    return said


def _calculated(field: Field, row: Row) -> str:
    met = {own.cell: own.sample for own in field.cone.shown}
    said, bias = dot((piece.inner, met[piece.source]) for piece in row.pieces), field.bias(row.channel)
    if bias is not None:
        said += f" {style.MINUS if bias.value < 0 else '+'} {bias.text.removeprefix(style.MINUS)}"
    return f"{said} = {row.inner.text}"


def _rows(field: Field) -> list[Board]:
    """The first kernel lies on the input, slides, and the other kernels do the same."""
    first, *slid = field.of(field.channels[0])
    others = [row for channel in field.channels[1:] for row in field.of(channel)]
    made = f"number of layer {field.base + 1}" if field.is_deep else "sum"
    if field.is_written:
        added = "added" if field.bias(first.channel) is None else "added, and a bias"
        said = f"Each tap times the input above it, {added}: {_calculated(field, first)}."
    else:
        added = "added, is" if field.bias(first.channel) is None else "added, with a bias, is"
        said = f"Each tap times the number above it, {added} one {made}: {first.inner.text}."
    # The rows of the first channel are told apart, large.
    large = Field(field.cone, apart=True) if others else field
    boards = [_row(large, "first", said, [first], [first])]
    if slid:
        if field.is_written and len(slid) == 1:
            said = f"The same taps, slid on: {_calculated(field, slid[0])}."
        else:
            said = f"The same taps, slid on, give {phrases.spelled(len(slid))} more."
        boards.append(_row(large, "slid", said, slid, [first, *slid]))
    if others:
        whose = "The other kernel does" if len(field.channels) == 2 else "The other kernels do"
        told = [row.inner.text for row in others]
        gives = f"{', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else told[0]
        gives = gives if field.is_written else f"{phrases.spelled(len(others))} more"
        boards.append(_row(field, "others", f"{whose} the same: {gives}.", others, field.rows))
    return boards


def _row(field: Field, name: str, said: str, new: list[Row], rows: list[Row]) -> Board:
    """Rows that come, one after the other."""
    draft = Draft(field.form)
    pieces.caption(draft, said)
    lit = {piece.source for row in new for piece in row.pieces}
    field.samples(draft, lit if name != "others" else None)
    field.kernels(draft, {row.channel for row in new} if name != "others" else None)
    beside.heads(field, draft, symbols=False)
    if field.is_deep:
        beside.waiting(field, draft)
    field.lines(draft, rows, lit=new if name != "others" else None)
    beside.numbers(field, draft, rows, new if name != "others" else None)
    cues, first = [], [field.of(channel)[0] for channel in field.channels]
    # Of many rows, those of a channel come at once.
    parts = [[row] for row in new] if len(new) <= FEW else [[r for r in new if r.channel == c] for c in field.channels]
    for n, part in enumerate(filter(None, parts)):
        beat, lasts = motion.ENTER + 2 * n, quick(n, len(parts), 1.3)
        taps = tuple((*piece.key, name) for row in part for piece in row.pieces for name in ("bar", "digits"))
        cues.append(Cue(taps, beat, lasts, "down first"))
        cues += [Cue(((*r.key, "card"),), beat, lasts, "" if r in first else "down first") for r in part]
        cues += [Cue(((*r.key, "digits"), (*r.key, "bar")), beat + 1, 0.4 * min(1, lasts)) for r in part]
    return draft.board(name, said, 4, cues)


def _base(field: Field, draft: Draft, multiplied: Iterable[Row] = (), numbers: bool = True) -> None:
    """Samples, kernels, rows, and what stands beside those that are not multiplied."""
    gone = list(multiplied)
    left = [row for row in field.rows if row not in gone]
    field.samples(draft)
    field.kernels(draft)
    beside.heads(field, draft, bool(left), bool(left) and field.is_deep, True, gone)
    field.lines(draft, field.rows, gone)
    beside.numbers(field, draft, left)
    beside.taps(field, draft, gone)


def _sum(field: Field, formula: StackFormula) -> Board:
    if field.is_deep:
        whose = beside.upper_name(field).capitalize()
        said = f"{whose} multiplies each by its own tap, and adds."
        if field.level - field.base > 2:
            said = f"{whose} multiply each by taps of their own, and add."
    else:
        said = "Added, they give the output."
    draft = _draft(field, said, formula, formula.closed())
    _base(field, draft)
    beside.products(field, draft)
    keys: list[Key] = [("product", *row.at) for row in field.rows] + [key for key, *_ in field.rest]
    start = motion.ENTER + 1
    cues = [Cue((("tap",), ("zero", "tap")), motion.MOVE), Cue((("upper",),), motion.MOVE)]
    cues += [Cue((key,), start + n, quick(n, len(keys), 0.7)) for n, key in enumerate(keys)]
    cues.append(
        Cue(
            (("products", "brace"), ("letter", "output"), field.cone.key(field.level, field.script.cell)),
            start + len(keys),
        )
    )
    return draft.board("sum", said, 4, cues)


def _nested(field: Field, formula: StackFormula) -> Board:
    said = f"One sum for {'both' if len(formula.numbers) == 2 else 'all'} layers? Open the bracket."
    before, parts = formula.closed(), formula.nested()
    lit = [part.name for part in parts[[part.name for part in parts].index("open") :] if part.name != "act close"]
    draft = _draft(field, said, formula, parts, lit)
    _base(field, draft)
    beside.products(field, draft)
    return draft.board("nested", said, 4, change(before, parts, motion.MOVE))


def _multiplied(field: Field, formula: StackFormula) -> list[Board]:
    """What stands beside a row goes into it: first where it is positive, then where it turns the row over."""
    turned = [row for row in field.rows if row.weight is not None and row.weight.value < 0]
    kept = [row for row in field.rows if row not in turned]
    boards = []
    if kept:
        whose = f"Taps of {beside.upper_name(field)} multiply"
        whose = whose if field.level - field.base > 2 else f"A tap of {beside.upper_name(field)} multiplies"
        said = _into(field, kept) or f"{whose} into each row."
        boards.append(_multiply(field, formula, said, kept, kept, turned))
    if turned:
        said = _into(field, turned)
        said = f"{said[:-1]}: a minus turns it over." if said else "A minus turns its row over."
        boards.append(_multiply(field, formula, said, turned, field.rows, []))
    return boards


def _into(field: Field, rows: list[Row]) -> str:
    """How the first row that changes is multiplied; nothing where its numbers are not written."""
    row = next((row for row in rows if row.weight is not None and row.weight.value != 1), rows[0])
    if not field.is_written or row.weight is None:
        return ""
    taps = [
        ", ".join(piece.text for piece in own) for own in zip(*((p.inner, p.product) for p in row.pieces), strict=True)
    ]
    return f"{row.weight.text} × ({taps[0]}) = ({taps[1]})."


def _multiply(
    field: Field, formula: StackFormula, said: str, new: list[Row], gone: list[Row], left: list[Row]
) -> Board:
    """Rows that are ``new`` multiplied; ``gone`` are all that are now, ``left`` those that are still to come."""
    before, parts = formula.nested(), formula.nested() if left else formula.expanded()
    draft = _draft(field, said, formula, parts)
    _base(field, draft, gone)
    beside.products(field, draft)
    cues: list[Cue] = [Cue((("products",),), motion.LEAVE)]
    for n, row in enumerate(new):
        beat, lasts = motion.MOVE + 2 * min(n, 2), (1.6, 1.2, 1.2)[min(n, 2)]
        cues += [Cue((("tap", *row.at),), beat, 1.0), Cue((("way", *row.at),), beat + 1, lasts)]
        cues.append(Cue(((*row.key, "digits"), (*row.key, "bar")), motion.LEAVE))
    last = motion.MOVE + 2 * min(3, len(new))
    name = "multiplied" if not left else "multiply"
    return draft.board(name, said, 4, [*cues, *(change(before, parts, last) if not left else [])])


def _told(field: Field) -> Joined:
    """The sample whose column is told: one that many rows read."""
    told = field.cone.told
    if told is not None and not field.is_written:
        return next(own for own in field.cone.shown if own.cell == told.cells[0])
    return max(field.cone.shown, key=lambda own: (own.paths, own.weight.value != 0))


def _column(field: Field) -> Board:
    own = _told(field)
    found = [piece.product for row in field.rows for piece in row.pieces if piece.source == own.cell]
    if field.is_written and len(found) == own.paths:
        added = "".join(f" {style.MINUS if n.value < 0 else '+'} {n.text.removeprefix(style.MINUS)}" for n in found[1:])
        said = f"One input meets a whole column of taps: {found[0].text}{added} = {own.weight.text}."
    else:
        said = f"One input meets a whole column: its {phrases.count(own.paths, 'tap')} add up to {own.weight.text}."
    draft = Draft(field.form)
    pieces.caption(draft, said)
    field.samples(draft, [own.cell])
    field.lines(draft, field.rows, field.rows, column=own.cell)
    for row in field.rows:
        for piece in row.pieces:
            draft.change([(*piece.key, "bar")], goes_into=("joined", *piece.source, "bar"))
    beside.joined(field, draft, own)
    return draft.board("column", said, 4)


def _combined(field: Field) -> Board:
    layers = phrases.count(field.level - field.base, "layer")
    said = f"Every column adds up to one tap: the {layers} are one kernel."
    draft = Draft(field.form)
    pieces.caption(draft, said)
    axis = gathered.lay_kernel(field.cone, draft, False)
    pieces.ruler(draft, axis, STEP)
    bars = tuple((*piece.key, "bar") for row in field.rows for piece in row.pieces)
    joined: list[Key] = [("joined", *own.cell, "bar") for own in field.cone.shown]
    cues = [Cue(bars, motion.MOVE, 1.2), Cue(tuple(joined), motion.MOVE + 1, 0.8)]
    cues.append(Cue((("joined", *_told(field).cell, "digits"),), motion.MOVE, 1.2))
    return draft.board("combined", said, 4, cues)


def _output(field: Field) -> Board:
    cone, total = field.cone, field.script.output(*field.script.cell)
    said = "Each tap times its input: the same output."
    whole = total.value == sum((own.product.value for own in cone.shown), Fraction(0))
    if field.is_written and whole:
        said = f"{dot((own.weight, own.sample) for own in cone.shown)} = {total.text}: the same output."
    if total.value != field.total.value:
        said = f"{field.script.layer.activation} makes {total.text} of {field.total.text}."
    draft = Draft(field.form)
    pieces.caption(draft, said)
    axis = gathered.lay_kernel(cone, draft, True)
    pieces.ruler(draft, axis, STEP)
    return draft.board("output", said, 4, gathered.stair_cues(cone))
