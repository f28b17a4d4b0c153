"""closed_form: the formula of one output, and whether it is what Keras computes.

An output is a sum of taps times numbers of the layer below; each of those is a bracket that opens to products of its
own. The taps outside are multiplied in, the brackets go, and every product is a tile that can be sorted and stacked to
the output. Then the number line: the exact sum, how far float32 may land from it, and where Keras landed. It answers
"what is the formula of one output?" and "is it really what Keras computes?".
"""

from __future__ import annotations

from collections.abc import Iterable

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Draft, Format, Key
from convexplain.board.pieces import Part
from convexplain.stories import phrases
from convexplain.stories.cone import Cone
from convexplain.stories.field import Field, Row
from convexplain.stories.formulas import StackFormula, names
from convexplain.stories.gathered import quick
from convexplain.stories.landing import Lines
from convexplain.stories.script import Script
from convexplain.stories.ways import lowest

FIGURE = ("opened", "stacked", "bound", "keras")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    base = lowest(script, ("linear",))
    field, formula = Field(Cone(script, form, base)), StackFormula(script, base)
    boards = [_terms(field, formula), _sum(field, formula)]
    if field.rows:
        boards += [_open(field, formula), _opened(field, formula), *_multiplied(field, formula), _stacked(field, formula)]
    lines = Lines(script, form, base, field.cone.key(script.level, script.cell))
    return (*boards, lines.full(), lines.bound(), *lines.landed())


def _draft(field: Field, said: str, formula: list[Part], lit: Iterable[str] = ()) -> Draft:
    draft = Draft(field.form)
    pieces.caption(draft, said)
    pieces.formula(draft, formula, lit)
    return draft


def _board(field, draft, name, said, hold, cues=()):
    return draft.board(name, said, hold, cues)


def _terms(field: Field, formula: StackFormula) -> Board:
    many = phrases.count(len(field.rows), "product")
    said = f"One output is {many}: a tap times a number below."
    draft = _draft(field, said, formula.closed())
    field.samples(draft)
    field.names(draft)
    field.taps(draft)
    field.closed(draft)
    return draft.board("terms", said, 3)


def _sum(field: Field, formula: StackFormula) -> Board:
    said = "Head to tail, the products reach the output."
    parts = formula.closed()
    draft = _draft(field, said, parts)
    field.samples(draft)
    field.names(draft)
    field.taps(draft)
    field.closed(draft)
    field.products(draft)
    keys = [("product", *row.at, "bar") for row in field.rows]
    cues = [Cue((key,), motion.ENTER + n, quick(n, len(keys), 0.9)) for n, key in enumerate(keys)]
    out = (*field.cone.key(field.level, field.script.cell), "bar")
    return draft.board("sum", said, 3, [*cues, Cue((out,), motion.ENTER + len(keys))])


def _open(field: Field, formula: StackFormula) -> Board:
    row = field.rows[0]
    said = "The number in a bracket is itself a sum."
    parts = formula.closed()
    draft = _draft(field, said, parts, names(parts, "inner"))
    field.samples(draft, [piece.source for piece in row.pieces])
    field.names(draft)
    field.taps(draft, [row])
    field.closed(draft, [row], [row])
    field.kernel(draft, row)
    field.products(draft)
    return draft.board("open", said, 3)


def _opened(field: Field, formula: StackFormula) -> Board:
    said = "All open."
    parts = formula.nested()
    draft = _draft(field, said, parts, names(parts, "open", "close"))
    field.samples(draft)
    field.names(draft)
    field.taps(draft)
    field.closed(draft, None, field.rows)
    field.products(draft)
    return draft.board("opened", said, 3)


def _multiplied(field: Field, formula: StackFormula) -> list[Board]:
    if field.rows[0].weight is None:
        return []
    said = "What stands outside multiplies in."
    draft = _draft(field, said, formula.expanded())
    field.samples(draft)
    field.names(draft)
    field.multiplied(draft)
    field.products(draft)
    return [draft.board("multiplied", said, 3)]


def _stacked(field: Field, formula: StackFormula) -> Board:
    said = "Sorted by sample, all products stack up to the output."
    draft = _draft(field, said, formula.expanded())
    field.samples(draft)
    field.stacks(draft)
    return draft.board("stacked", said, 4)
