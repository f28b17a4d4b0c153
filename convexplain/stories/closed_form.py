"""closed_form: the formula of one output, and whether it is what Keras computes.

Two layers make one number of some inputs: can one sum of these inputs do it? The taps of the first layer slide along
the input, the next layer multiplies what they give. Its factors go into the brackets, the columns add up, and a tap for
each input is left: one kernel, which meets the input and gives the same number. Then the check: Keras's number, and how
far float32 may land from the exact sum. It answers "what is the formula of one output?" and "is it really what Keras
computes?".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, HERO, PARTIAL, Board, Cue, Draft, Format, Key
from convexplain.board.pieces import Part
from convexplain.stories import phrases
from convexplain.stories.many_layers import beside
from convexplain.stories.many_layers.cone import Cone
from convexplain.stories.many_layers.every import Every
from convexplain.stories.many_layers.field import Field
from convexplain.stories.many_layers.formulas import change, lit
from convexplain.stories.many_layers.gathered import quick
from convexplain.stories.many_layers.landing import Lines
from convexplain.stories.many_layers.merged import Merged
from convexplain.stories.many_layers.rows import Row
from convexplain.stories.many_layers.ways import Joined, lowest
from convexplain.stories.script import Script

FIGURE = ("sum", "multiplied", "column", "combined", "output", "keras", "bound")
FEW = 4
"""How many rows come one after the other."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    base = lowest(script, ("linear",))
    field = Field(Cone(script, form, base))
    merged, boards = Merged(field), list[Board]()
    if field.cone.shown:
        boards.append(_question(merged))
    if field.rows and field.cone.shown:
        others = [row for row in field.rows if row not in field.firsts]
        boards += [_rows(merged, "first", field.firsts), *([_rows(merged, "slid", others)] if others else [])]
        boards.append(_sum(merged))
        if field.is_deep:
            boards += [_nested(merged), *([_nested(merged, 1)] if field.is_written else []), _multiplied(merged)]
            boards += [*([_values(merged)] if field.is_written else []), *_columns(merged)]
        boards.append(_combined(merged))
    if field.cone.shown:
        boards.append(_output(merged))
    lines = Lines(script, form, base, field.cone.key(script.level, script.cell))
    every = Every(merged)
    if lines.is_same and every.is_told:
        return (*boards, *every.boards(lines))
    return (*boards, *lines.boards())


def _drafted(field: Field, said: str, parts: list[Part], meant: Iterable[str] = (), key: Key = ()) -> Draft:
    """A board with its caption and its formula, which has a ``key`` where it is another than those around it."""
    draft = Draft(field.form)
    pieces.caption(draft, said)
    # A long formula may take more than half of the line: what is said with it is short.
    part = [part for part in parts if part.name.partition(" ")[0] != "x"]
    pieces.formula(draft, parts, meant, longest=() if field.form.is_narrow else part, key=key)
    return draft


def _question(merged: Merged) -> Board:
    """The inputs, the output, and a dashed place for a tap under each input: what could stand there?"""
    field = merged.field
    output, many = field.script.output(*field.script.cell), len(field.cone.ways.joined)
    read = phrases.count(many, "input") if not field.base else phrases.count(many, "number") + f" of layer {field.base}"
    turn = phrases.sentence(phrases.count(field.level - field.base, "layer turns", "layers turn"))
    asked = "Can one kernel do the same?" if field.is_deep else "By which formula?"
    said = f"{turn} {read} into {output.text}. {asked}"
    added = [field.script.source.stack.layers[n - 1].use_bias for n in field.formula.numbers]
    stops = "They only multiply and add: no bias, and no activation between them."
    if field.base:
        below = field.script.source.stack.layers[field.base - 1].activation
        stops = f"Layer {field.base} ends in {below}: no formula goes through that, so it starts after it."
    draft = Draft(field.form)
    pieces.caption(draft, said)
    field.samples(draft)
    beside.total(field, draft, merged.asked(draft), PARTIAL if field.form.is_narrow else HERO, "output")
    shown = stops if field.base or (field.is_deep and not any(added)) else ""
    if remarks := " ".join(filter(None, (shown, phrases.rounding(field.script)))):
        pieces.remark(draft, ("rounded",), remarks)
    return draft.board("question", said, 4)


def _rows(merged: Merged, name: str, new: list[Row]) -> Board:
    """The ``first`` row of each channel; then the others, ``slid`` from them."""
    field, low = merged.field, merged.field.base + 1
    if not field.is_deep:
        said = "Each channel is multiplied by its own taps."
    elif name == "slid":
        said = "The same kernels" if len(field.channels) > 1 else "The same kernel"
        said += " one step on." if len(new) == len(field.firsts) else ", slid on and on."
    elif len(field.channels) == 1:
        said = f"Layer {low} multiplies by its taps, and adds."
    else:
        count, taps = len(field.channels), field.script.source.stack.layers[field.base].kernel_size
        said = f"Layer {low}: {phrases.count(count, 'kernel')} of {phrases.count(taps, 'tap')}, one a channel *c*."
    parts = field.formula.inner()
    draft = _drafted(field, said, parts, lit(parts, field.own_k, field.c) if name == "first" else lit(parts, "*t*"))
    rows = [*field.firsts, *new] if name == "slid" else new
    read = {piece.source for row in new for piece in row.pieces}
    field.samples(draft, read)
    field.bands(draft, read, field.low - field.kernel / 2 - field.apart / 2)
    field.strips(draft, rows, rows if name == "first" else new, named=name == "first")
    beside.names(field, draft, rows, steps=True)
    beside.taps(field, draft, low)
    beside.given(field, draft, rows, new)
    merged.waiting(draft)
    beside.total(field, draft, field.low, field.larger)
    if not field.is_written:
        beside.head(field, draft, "scale", "taller: larger, dim: below zero", field.left, -1)
    # Of many rows, those of a channel come at once.
    parted = [[row] for row in new] if len(new) <= FEW else [[r for r in new if r.channel == c] for c in field.channels]
    total, start = field.cone.key(field.level, field.script.cell), motion.ENTER
    cues = [Cue((("letter", "output"), total, ("layer",)), motion.MOVE, 0.8)] if name == "first" else []
    for n, part in enumerate(filter(None, parted)):
        beat, lasts = start + 2 * n, quick(n, len(parted), 1.2)
        bars = tuple((*p.key, "bar") for row in part for p in row.pieces)
        words = [(*p.key, own) for row in part for p in row.pieces for own in ("digits", "second")]
        cues.append(Cue((*bars, *((*r.key, "card") for r in part)), beat, lasts, "down first" * (name == "slid")))
        cues.append(Cue(tuple(words), beat, 0.3, "", (), lasts))
        cues.append(Cue(tuple((*r.key, "work") for r in part), beat + 1, 0.5 * min(1, lasts)))
        given = tuple((*r.key, own) for r in part for own in ("digits", "bar"))
        cues.append(Cue(given, beat + 1, 0.4 * min(1, lasts), "", (), 0.4 * min(1, lasts)))
    return draft.board(name, said, 4, cues)


def _sum(merged: Merged) -> Board:
    """Each number times a tap of the next layer, and their sum."""
    field, first = merged.field, merged.field.base + 2
    said = f"Layer {first} multiplies each by a tap *w*{first}, and adds."
    said = said if field.level == first else f"Layers {first} to {field.level} multiply each by a tap, and add."
    said = said if field.is_deep else "Added, they give the output."
    parts = field.formula.closed()
    draft = _drafted(field, said, parts, lit(parts, field.k, field.c) if field.is_deep else ())
    _base(merged, draft)
    if field.is_deep:
        beside.factors(field, draft, field.rows)
    beside.products(field, draft, True)
    cues: list[Cue] = [Cue((("tap",), ("letter", "head"), ("letter", "k")), motion.ENTER - 0.5, 0.7)]
    keys: list[Key] = [("product", *row.at) for row in field.rows] + [key for key, *_ in field.rest]
    for n, key in enumerate(keys):
        worked = tuple(("row", *key[1:], sign) for sign in ("equals", "times"))
        cues.append(Cue((key, *worked), motion.ENTER + n, quick(n, len(keys), 0.6)))
    return draft.board("sum", said, 4, cues)


def _base(merged: Merged, draft: Draft, multiplied: Collection[Row] = (), named: bool = False) -> None:
    """Samples, rows with their names, and the place of the one kernel; where taps are not ``named`` steps are."""
    field = merged.field
    field.samples(draft)
    field.strips(draft, field.rows, multiplied=multiplied, named=named)
    beside.names(field, draft, field.rows, read=not named)
    if multiplied == field.rows or not field.k:
        beside.taps(field, draft, *(range(field.level, field.base, -1) if multiplied else (field.base + 1,)))
    beside.rule(field, draft)
    merged.waiting(draft)


def _nested(merged: Merged, done: int = 0) -> Board:
    """Each sum in brackets; what stands before the first ones that are ``done`` goes to every tap in them."""
    field, first, rows = merged.field, merged.field.rows[:done], merged.field.rows[done:]
    before, parts = field.formula.closed(), field.formula.nested()
    meant = [part.name for part in parts if part.name in ("open", "close")]
    said = f"Each bracket is one number *y*{field.base + 1}."
    said = next((f"{r.weight.text} multiplies each tile in its bracket." for r in first if r.weight is not None), said)
    draft = _drafted(field, said, parts, meant if done else [*meant, *lit(parts, field.own_k)])
    _base(merged, draft, first, named=True)
    field.brackets(draft, rows)
    beside.factors(field, draft, rows)
    beside.products(field, draft)
    if done:
        return draft.board("into", said, 4, _multiplying(first, 1.2))
    cues = [Cue((("caption",),), motion.LEAVE - 4, 0.4), *change(before, parts, motion.LEAVE - 3)]
    return draft.board("nested", said, 3.5, [*cues, Cue((("bracket",),), motion.ENTER, 0.9)])


def _multiplied(merged: Merged) -> Board:
    """What stands before a bracket goes to every tap in it."""
    field, said = merged.field, "Multiply out: no bracket is left."
    before, parts = field.formula.nested(), field.formula.expanded()
    draft = _drafted(field, said, parts)
    _base(merged, draft, field.rows, True)
    beside.products(field, draft)
    if not field.is_written:
        beside.head(field, draft, "scale", "products, to a scale of their own", field.left, -1)
    cues = [*_multiplying(field.rows), *change(before, parts, motion.MOVE + FEW + 1)]
    return draft.board("multiplied", said, 3, cues)


def _values(merged: Merged) -> Board:
    """The names and what stands beside the rows leave; row after row the products are worked out."""
    field, every = merged.field, [own.cell for own in merged.cone.shown]
    said = f"Worked out: {phrases.count(sum(len(row.pieces) for row in field.rows), 'product')}."
    draft = _drafted(field, said, field.formula.expanded())
    field.samples(draft)
    field.strips(draft, field.rows, multiplied=field.rows, only=every)
    merged.waiting(draft)
    rows = [tuple((*piece.key, "digits") for piece in row.pieces) for row in field.rows]
    cues = [Cue(row, motion.MOVE + n, quick(n, len(rows), 0.6)) for n, row in enumerate(rows)]
    return draft.board("values", said, 0.8, cues)


def _multiplying(rows: Sequence[Row], slowest: float = 0.7) -> list[Cue]:
    """How what stands before a row goes into its tiles, one after the other, and then its bracket leaves."""
    cues = list[Cue]()
    for n, row in enumerate(rows):
        beat, lasts = motion.MOVE + min(n, FEW), quick(n, len(rows), slowest)
        cues.append(Cue((("tap", *row.at),), beat, lasts))
        for place, piece in enumerate(row.pieces):
            tile = tuple((*piece.key, kind) for kind in ("bar", "digits"))
            cues.append(Cue(tile, beat, lasts, "", (), 0.3 * lasts * (1 + place)))
        cues.append(Cue((("bracket", *row.at),), beat, 0.4, "", (), lasts))
    return cues


def _columns(merged: Merged) -> list[Board]:
    """One input's column, then another; then the others, where their numbers are written."""
    worked, every = merged.worked, merged.cone.shown
    told = list(zip(("column", "another"), ([own] for own in worked), (worked[:1], worked), strict=False))
    if merged.field.is_written and len(every) > len(worked):
        told.append(("rest", [own for own in every if own not in worked], every))
    return [_column(merged, *one) for one in told]


def _column(merged: Merged, name: str, told: list[Joined], made: list[Joined]) -> Board:
    """The columns of the ``told`` inputs: all that each is multiplied with, and the tap that it adds up to."""
    field, own, cells = merged.field, told[0], [own.cell for own in told]
    who = {1: "one tile multiplies", 2: "both multiply"}.get(own.paths, f"all {phrases.spelled(own.paths)} multiply")
    input = f"*x*[{own.cell.step}] = {own.sample.text}" if field.is_written and not field.base else "the same input"
    said = phrases.sentence(f"{who} {input}: add {'it' if own.paths == 1 else 'them'}.")
    said = "Another column adds up the same way." if name == "another" else said
    if name == "rest":
        sums = ": " + " and ".join(merged.added(own) for own in told)
        said = f"The other columns too{sums if len(told) < 3 else ''}."
    parts = field.formula.column(*(field.index(own.cell).split(", ") if name != "rest" else ()))
    meant = [part.name for part in parts if part.name in ("at", "met at")]
    draft = _drafted(field, said, parts, meant, ("column", own.cell))
    field.samples(draft, cells)
    beside.met(field, draft, cells)
    field.strips(draft, field.rows, multiplied=field.rows, only=cells)
    merged.waiting(draft, made, True)
    if name != "rest":
        field.bands(draft, cells, field.low + field.kernel / 2 + 12, slides=True)
        beside.worked(field, draft, own, merged.added(own))
    cues = [Cue((("band",), ("letter", "met")), motion.MOVE, 0.7)]
    for n, other in enumerate(told):
        cues.append(Cue((("joined", *other.cell), ("letter", "merged", *other.cell)), motion.ENTER + n, 0.8))
        cues.append(Cue((("asked", *other.cell),), motion.ENTER + n, 0.3))
    return draft.board(name, said, 4, cues)


def _combined(merged: Merged) -> Board:
    field = merged.field
    said = f"Side by side, {'the sums' if field.is_deep else 'they'} are one kernel *w*"
    said += f"[*j*], *j* = {field.formula.met}." if field.is_seen else "."
    parts = field.formula.merged()
    draft = _drafted(field, said, parts, lit(parts, "*j*", "*w*"))
    field.samples(draft)
    merged.sums(draft)
    changed = [] if field.is_deep else change(field.formula.closed(), parts, motion.LEAVE - 3)
    return draft.board("combined", said, 4, [*changed, *merged.merging()])


def _output(merged: Merged) -> Board:
    """The one kernel meets the inputs."""
    field, total = merged.field, merged.field.script.output(*merged.field.script.cell)
    products = [own.product for own in field.cone.shown]
    whole = field.is_written and sum(number.value for number in products) == total.value
    said = f"The one kernel meets the input: the same {total.text}."
    if whole:
        said = f"One kernel gives the same: {phrases.added([own.text for own in products], total.text)}."
    if total.value != field.total.value:
        said = f"{field.script.layer.activation} makes {total.text} of {field.total.text}."
    parts = field.formula.merged()
    draft = _drafted(field, said, parts, lit(parts, "*j*"))
    merged.meets(draft)
    return draft.board("output", said, 4, merged.stairs())
