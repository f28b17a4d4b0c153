"""closed_form: the formula of one output, and whether it is what Keras computes.

Two layers make one number of some inputs: can one sum of these inputs do it? The taps of the first layer slide along
the input, the next layer multiplies what they give. Its factors go into the brackets, the columns add up, and a tap for
each input is left: one kernel, which meets the input and gives the same number. Then the check: Keras's number, and how
far float32 may land from the exact sum. It answers "what is the formula of one output?" and "is it really what Keras
computes?".
"""

from __future__ import annotations

from collections.abc import Iterable

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, HERO, PARTIAL, Board, Cue, Draft, Format, Key
from convexplain.board.pieces import Part
from convexplain.stories import beside, phrases
from convexplain.stories.cone import Cone
from convexplain.stories.every import Every
from convexplain.stories.field import Field
from convexplain.stories.formulas import change, lit
from convexplain.stories.gathered import quick
from convexplain.stories.landing import Lines
from convexplain.stories.merged import Merged
from convexplain.stories.rows import Row
from convexplain.stories.script import Script
from convexplain.stories.ways import Joined, lowest

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
            boards += [_nested(merged), _multiplied(merged)]
            boards += [_column(merged, merged.worked[:count]) for count in range(1, len(merged.worked) + 1)]
        boards.append(_combined(merged))
    if field.cone.shown:
        boards.append(_output(merged))
    lines = Lines(script, form, base, field.cone.key(script.level, script.cell))
    every = Every(merged)
    if lines.is_same and every.is_told:
        return (*boards, *every.boards(lines))
    return (*boards, *lines.boards())


def _drafted(field: Field, said: str, parts: list[Part], meant: Iterable[str] = ()) -> Draft:
    """A board with its caption and its formula."""
    draft = Draft(field.form)
    pieces.caption(draft, said)
    # A long formula may take more than half of the line: what is said with it is short.
    part = [part for part in parts if part.name.partition(" ")[0] != "x"]
    pieces.formula(draft, parts, meant, longest=() if field.form.is_narrow else part)
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
        last, count = field.channels[-1], phrases.count(len(field.channels), "kernel")
        said = f"Layer {low} has {count} (*c* = 0 {'and' if last == 1 else 'to'} {last}): multiply, add."
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
    several = field.level > first
    said = f"Layer{f's {first} to' * several} {field.level} multipl{'y' if several else 'ies'} each by a tap, and adds."
    said = said.replace("adds", "add") if several else said
    said = said if field.is_deep else "Added, they give the output."
    parts = field.formula.closed()
    draft = _drafted(field, said, parts, lit(parts, field.k, field.c) if field.is_deep else ())
    _base(merged, draft)
    if field.is_deep:
        beside.factors(field, draft)
    beside.products(field, draft, True)
    cues: list[Cue] = [Cue((("tap",), ("letter", "head"), ("letter", "k")), motion.ENTER - 0.5, 0.7)]
    keys: list[Key] = [("product", *row.at) for row in field.rows] + [key for key, *_ in field.rest]
    for n, key in enumerate(keys):
        worked = tuple(("row", *key[1:], sign) for sign in ("equals", "times"))
        cues.append(Cue((key, *worked), motion.ENTER + n, quick(n, len(keys), 0.6)))
    return draft.board("sum", said, 4, cues)


def _base(merged: Merged, draft: Draft, multiplied: bool = False, named: bool = False) -> None:
    """Samples, rows with their names, and the place of the one kernel."""
    field = merged.field
    field.samples(draft)
    field.strips(draft, field.rows, multiplied=multiplied, named=named)
    beside.names(field, draft, field.rows)
    if multiplied or not field.k:
        beside.taps(field, draft, *(range(field.level, field.base, -1) if multiplied else (field.base + 1,)))
    else:
        beside.head(field, draft, "taps", f"*t* = {field.formula.index(field.base + 1)}", field.form.margin, -1)
    beside.rule(field, draft)
    merged.waiting(draft)


def _nested(merged: Merged) -> Board:
    field, said = merged.field, "Write each sum instead."
    before, parts = field.formula.closed(), field.formula.nested()
    meant = [part.name for part in parts if part.name in ("open", "close")]
    draft = _drafted(field, said, parts, [*meant, *lit(parts, field.own_k)])
    _base(merged, draft, named=True)
    field.brackets(draft)
    beside.factors(field, draft)
    beside.products(field, draft)
    cues = [Cue((("caption",),), motion.LEAVE - 4, 0.4), *change(before, parts, motion.LEAVE - 3)]
    cues.append(Cue((("bracket",),), motion.ENTER, 0.9))
    return draft.board("nested", said, 4, cues)


def _multiplied(merged: Merged) -> Board:
    """What stands before a bracket goes to every tap in it."""
    field, said = merged.field, "Multiply every tap: no brackets."
    before, parts = field.formula.nested(), field.formula.expanded()
    draft = _drafted(field, said, parts)
    _base(merged, draft, True, True)
    beside.products(field, draft)
    if not field.is_written:
        beside.head(field, draft, "scale", "products, to a scale of their own", field.left, -1)
    cues = list[Cue]()
    for n, row in enumerate(field.rows):
        beat, lasts = motion.MOVE + min(n, FEW), quick(n, len(field.rows), 0.7)
        cues.append(Cue((("tap", *row.at),), beat, lasts))
        for place, piece in enumerate(row.pieces):
            tile = tuple((*piece.key, kind) for kind in ("bar", "digits"))
            cues.append(Cue(tile, beat, lasts, "", (), 0.3 * lasts * (1 + place)))
        cues.append(Cue((("bracket", *row.at),), beat, 0.4, "", (), lasts))
    return draft.board("multiplied", said, 4, [*cues, *change(before, parts, motion.MOVE + FEW + 1)])


def _column(merged: Merged, made: list[Joined]) -> Board:
    """One input's column: all that it is multiplied with, and what that adds up to; it is the last that is made."""
    field, own = merged.field, made[-1]
    cell, first = own.cell, len(made) == 1
    parts = field.formula.column(field.index(cell).partition(",")[0], str(cell.channel))
    meant = [part.name for part in parts if part.name.startswith("met")]
    who = {1: "One tap meets", 2: "Both meet"}.get(own.paths, f"All {phrases.spelled(own.paths)} meet")
    name = f"*x*[{cell.step}]" if not field.base else f"*y*{field.base}[{cell.step}]"
    said = f"{who} {name}: added up, they are one tap."
    if field.is_written:
        inside, _, total = merged.added(own).rpartition(" = ")
        said = f"{who} {name}: ({inside})·{name} = {total}·{name}." if inside else f"{who} {name}."
    draft = _drafted(field, said, parts, meant)
    field.samples(draft, [cell])
    field.bands(draft, [cell], field.low + field.kernel / 2 + 12, slides=True)
    field.strips(draft, field.rows, multiplied=True, only=cell, named=True)
    beside.names(field, draft, field.rows)
    merged.waiting(draft, made, True)
    beside.asked(field, draft)
    if field.is_written:
        beside.rule(field, draft)
    else:
        beside.taps(field, draft, *field.formula.numbers)
    keys = beside.reasons(field, draft, own, merged.column(own))
    cues = [*change(field.formula.expanded() if first else parts, parts, motion.LEAVE - 3)]
    cues.append(Cue((("band",),), motion.LEAVE if first else motion.MOVE, 0.7))
    cues += [Cue((key,), motion.ENTER, 0.4, "", (), 0.5 * n) for n, key in enumerate(keys)]
    cues.append(Cue((("asked", *cell, "box"),), motion.ENTER + 0.5, 0.3))
    cues.append(Cue((("joined", *cell), ("letter", "merged", *cell)), motion.ENTER + 1, 0.8))
    return draft.board("column" if first else "another", said, 4, cues)


def _combined(merged: Merged) -> Board:
    field, said = merged.field, "Every column leaves one tap: one kernel *w*."
    said = said if field.is_deep else "Side by side, they are one kernel *w*."
    parts = field.formula.column() if field.is_deep else field.formula.merged()
    draft = _drafted(field, said, parts, lit(parts, "*j*", "*w*"))
    field.samples(draft)
    merged.sums(draft)
    beside.asked(field, draft)
    before = field.formula.closed() if not field.is_deep else parts
    return draft.board("combined", said, 4, [*change(before, parts, motion.LEAVE - 3), *merged.merging(merged.worked)])


def _output(merged: Merged) -> Board:
    """The one kernel meets the inputs."""
    field, total = merged.field, merged.field.script.output(*merged.field.script.cell)
    products = [own.product for own in field.cone.shown]
    whole = field.is_written and sum(number.value for number in products) == total.value
    said = f"The one kernel meets the input: the same {total.text}."
    if whole:
        said = f"Each goes on where the last ended: {phrases.added([own.text for own in products], total.text)}."
    if total.value != field.total.value:
        said = f"{field.script.layer.activation} makes {total.text} of {field.total.text}."
    parts = field.formula.merged()
    draft = _drafted(field, said, parts, lit(parts, "*j*"))
    merged.meets(draft)
    before = field.formula.column() if field.is_deep else parts
    return draft.board("output", said, 4, [*change(before, parts, motion.LEAVE - 3), *merged.stairs()])
