"""closed_form: the formula of one output, and whether it is what Keras computes.

Two layers make one number of some inputs: can one sum of these inputs do it? The taps of the first layer slide along
the input, the next layer multiplies what they give. Its factors go into the brackets, the columns merge, and a tap for
each input is left: one kernel, which meets the input and gives the same number. Then the check: Keras's number, and how
far float32 may land from the exact sum. It answers "what is the formula of one output?" and "is it really what Keras
computes?".
"""

from __future__ import annotations

from collections.abc import Collection

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Draft, Format, Key
from convexplain.board.pieces import Part
from convexplain.stories import below, beside, phrases
from convexplain.stories.below import drafted
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

FIGURE = ("slid", "sum", "multiplied", "combined", "output", "keras", "bound")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    base = lowest(script, ("linear",))
    field = Field(Cone(script, form, base))
    merged, boards = Merged(Field(field.cone, turned=True)), []
    if field.cone.shown:
        boards += [_question(field)]
    if field.rows:
        boards += [*below.boards(field), _sum(field)]
        if field.is_deep:
            boards += [_nested(field), *_multiplied(field, merged.field)]
    if field.cone.shown:
        if field.rows and field.is_deep:
            told = merged.told
            boards += [_column(merged, told), _combined(merged, told)]
        boards += [_output(merged)]
    lines = Lines(script, form, base, field.cone.key(script.level, script.cell))
    found = lines.found
    same = found.answer in (None, found.exact) and not script.shown.is_rounded
    if field.cone.shown and same and not found.bound:
        every = Every(merged)
        if every.is_told:
            return (*boards, *every.boards(lines))
        return (*boards, _same(merged, lines))
    return (*boards, *lines.boards())


def _question(field: Field) -> Board:
    """The inputs and the output; between them the layers' kernels, or a place for a tap: what could stand there?"""
    output, many = field.script.output(*field.script.cell), len(field.cone.ways.joined)
    read = phrases.count(many, "input") if not field.base else phrases.count(many, "number") + f" of layer {field.base}"
    turn = phrases.sentence(phrases.count(field.level - field.base, "layer turns", "layers turn"))
    asked = "Can one kernel do the same?" if field.is_deep else "By which formula?"
    said = f"{turn} {read} into {output.text}. {asked}"
    if field.is_seen and not field.base:
        steps = [cell.step for cell in field.cone.read[0]]
        said = f"Two layers make output {field.script.cell.step} of inputs {min(steps)} to {max(steps)}. {asked}"
    draft, stops = Draft(field.form), ""
    pieces.caption(draft, said)
    field.samples(draft)
    if field.is_seen:
        beside.heads(field, draft)
        beside.names(field, draft, field.firsts, taps=False)
        if not beside.is_roomy(field):
            beside.taps_named(field, draft, field.firsts)
        field.lines(draft, field.firsts)
        beside.upper(field, draft)
        beside.total(field, draft, output)
        added = [field.script.source.stack.layers[n - 1].use_bias for n in field.formula.numbers]
        stops = "" if any(added) else "They only multiply and add: no bias, and no activation between them."
    else:
        beside.asked(field, draft, output)
    if field.base:
        below = field.script.source.stack.layers[field.base - 1].activation
        stops = f"Layer {field.base} ends in {below}: no formula goes through that, so it starts after it."
    remarks = " ".join(filter(None, (stops, phrases.rounding(field.script))))
    if remarks:
        pieces.remark(draft, ("rounded",), remarks)
    return draft.board("question", said, 4)


def _base(field: Field, draft: Draft, multiplied: Collection[Row] = (), numbers: bool = True, meant: str = "") -> None:
    """Samples, rows with their names, and what stands beside those that are not ``multiplied``. Large rows have those
    names alone that are ``meant``: ``c``, ``k`` of the next layer, or their ``own`` taps'.
    """
    left = [row for row in field.rows if row not in multiplied]
    field.samples(draft)
    lower = field.rows[0] in left if field.is_written else bool(left)
    if not beside.is_roomy(field):
        beside.heads(field, draft, lower, numbers and field.is_deep, bool(left) and field.is_deep)
    beside.names(field, draft, field.rows, meant="" if meant == "own" else meant)
    if not beside.is_roomy(field) or meant == "own":
        beside.taps_named(field, draft, field.rows, multiplied)
    field.lines(draft, field.rows, multiplied)
    if numbers:
        beside.numbers(field, draft, left)
    beside.factors(field, draft, multiplied)


def _sum(field: Field) -> Board:
    if field.is_deep:
        said = f"{beside.upper_name(field)} multiplies each number by a tap, and adds."
        if field.level - field.base > 2:
            said = f"{beside.upper_name(field)} multiply each by taps of their own, and add."
    else:
        said = "Added, they give the output."
    parts = field.formula.closed()
    draft = drafted(field, said, parts, [*lit(parts, field.k), *lit(parts, field.c)] if field.is_deep else ())
    _base(field, draft, meant="kc")
    beside.products(field, draft)
    if field.is_seen:
        beside.upper(field, draft, named=True)
    keys: list[Key] = [("product", *row.at) for row in field.rows] + [key for key, *_ in field.rest]
    start = motion.ENTER + 1
    cues = [Cue((("tap",), ("zero", "tap")), motion.MOVE)]
    cues += [Cue((key,), start + n, quick(n, len(keys), 0.7)) for n, key in enumerate(keys)]
    last = (("products", "brace"), ("letter", "output"), field.cone.key(field.level, field.script.cell))
    cues.append(Cue(last, start + len(keys)))
    return draft.board("sum", said, 4, cues)


def _nested(field: Field) -> Board:
    said = "Write each as the sum that it is."
    before, parts = field.formula.closed(), field.formula.nested()
    meant = [part.name for part in parts if part.name in ("open", "close")]
    draft = drafted(field, said, parts, [*meant, *lit(parts, field.own_k)])
    _base(field, draft, numbers=False, meant="own")
    beside.brackets(field, draft, field.rows)
    beside.products(field, draft)
    keys = tuple(("bracket", *row.at) for row in field.rows)
    return draft.board("nested", said, 4, [*change(before, parts, motion.MOVE), Cue(keys, motion.ENTER, 0.9)])


def _multiplied(field: Field, after: Field) -> list[Board]:
    """What stands before a bracket goes into it: first where it is positive, then where it turns the row over, for
    which there is room ``after`` that.
    """
    turned = [row for row in field.rows if row.weight is not None and row.weight.value < 0]
    kept = [row for row in field.rows if row not in turned]
    boards = []
    if kept:
        said = _into(field, kept)
        said = said or "A factor before a bracket multiplies every tap in it."
        boards.append(_multiply(field, said, kept, kept, turned))
    if turned:
        said = _into(field, turned)
        said = said or "A minus turns each bar to the other side."
        boards.append(_multiply(after, said, turned, field.rows, []))
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


def _multiply(field: Field, said: str, new: list[Row], gone: list[Row], left: list[Row]) -> Board:
    """Rows that are ``new`` multiplied; ``gone`` are all that are now, ``left`` those that are still to come."""
    before, parts = field.formula.nested(), field.formula.nested() if left else field.formula.expanded()
    draft = drafted(field, said, parts)
    _base(field, draft, gone, numbers=False)
    beside.brackets(field, draft, left)
    beside.products(field, draft)
    cues: list[Cue] = [Cue((("products",),), motion.LEAVE)]
    names = ("channel", "t", "k")
    stay: list[Key] = [("letter", name) for name in names]
    stay += [key for r in field.rows if r not in new for key in (r.key, ("way", *r.at), ("letter", "tap", *r.at))]
    cues.append(Cue(tuple(stay), motion.LEAVE, 1.0))
    ones = [row for row in new if row.weight is not None and row.weight.value == 1]
    changed = [row for row in new if row not in ones]
    for n, row in enumerate(changed):
        beat, lasts = motion.MOVE + 2 * min(n, 2), (1.6, 1.2, 1.2)[min(n, 2)]
        cues += [Cue((("tap", *row.at),), beat, 1.0), Cue((("way", *row.at),), beat + 1, lasts)]
        cues.append(Cue((("bracket", *row.at),), beat + 1, 0.5))
    last = motion.MOVE + 2 * min(3, len(changed))
    plain = tuple(key for row in ones for key in (("tap", *row.at), ("bracket", *row.at)))
    cues += [Cue(plain, last, 0.6), Cue(tuple(("way", *row.at) for row in ones), motion.LEAVE, 1.0)]
    if not left:  # the other side is free then
        signs = [(p, 1 if p.product.value >= 0 else -1) for row in new for p in row.pieces]
        cues.append(Cue(tuple(("letter", "tap", *p.key[1:], side) for p, side in signs), last, 0.5))
    name = "multiplied" if not left else "multiply"
    return draft.board(name, said, 4, [*cues, *(change(before, parts, last) if not left else [])])


def _merging(merged: Merged, said: str, done: list[Joined], parts: list[Part], meant: list[str]) -> Draft:
    """Rows that have come apart, and the stacks of the columns that are ``done``."""
    field = merged.field
    draft = drafted(field, said, parts, meant)
    field.samples(draft, [done[0].cell] if len(done) == 1 else None)
    field.lines(draft, field.rows, field.rows, [] if len(done) == 1 else None, [own.cell for own in done])
    merged.stacks(draft, done)
    if not field.is_seen:
        beside.kept(field, draft)
    return draft


def _column(merged: Merged, own: Joined) -> Board:
    """One input's column: all that it is multiplied with, and what that adds up to."""
    field, parts = merged.field, merged.field.formula.column(*own.cell)
    meant = [part.name for part in parts if part.name.startswith("met")]
    cues = change(field.formula.expanded(), parts, motion.LEAVE - 1)
    if not field.is_seen:
        said = f"Pluses climb, minuses come down: {own.weight.text}."
        draft = _merging(merged, said, [own], parts, meant)
        merged.band(draft, own)
        return draft.board("column", said, 4, [*cues, *merged.cues(own, motion.MOVE, 1.6)])
    said = merged.factored(own)
    draft = drafted(field, said, parts, meant)
    field.samples(draft, [own.cell])
    field.lines(draft, field.rows, field.rows, [], only=own.cell)
    merged.band(draft, own)
    beside.shares(field, draft, own)
    met = [row.at for row in field.rows if any(piece.source == own.cell for piece in row.pieces)]
    cues += [Cue((("met", *at), ("letter", "met", *at)), motion.MOVE, 0.4, "", (), 0.5 * n) for n, at in enumerate(met)]
    cues.append(Cue((("band",),), motion.LEAVE, 0.5))
    last = (("met", "sum"), ("letter", "merged"), ("letter", "meets"), ("products", "brace"))
    cues.append(Cue(last, motion.MOVE, 0.4, "", (), 0.5 * len(met)))
    return draft.board("column", said, 4, cues)


def _combined(merged: Merged, told: Joined) -> Board:
    field = merged.field
    said = "Every column leaves one tap: one kernel *w*."
    others = [own for own in field.cone.shown if own is not told]
    before, parts = field.formula.column(*told.cell), field.formula.merged()
    draft = _merging(merged, said, [told, *others], parts, lit(parts, "*w*"))
    merged.named(draft)
    cues, every = change(before, parts, motion.MOVE), [told, *others] if field.is_seen else others
    for n, own in enumerate(every):
        cues += merged.cues(own, motion.MOVE + n, quick(n, len(every), 0.8))
    return draft.board("combined", said, 4, cues)


def _output(merged: Merged) -> Board:
    """The one kernel meets the inputs."""
    field, total = merged.field, merged.field.script.output(*merged.field.script.cell)
    products = [own.product for own in field.cone.shown]
    whole = field.is_written and sum(number.value for number in products) == total.value
    said = f"{phrases.added([number.text for number in products], total.text)}, by one kernel." if whole else ""
    said = said or f"The one kernel meets the input: the same {total.text}."
    if total.value != field.total.value:
        said = f"{field.script.layer.activation} makes {total.text} of {field.total.text}."
    return _kernel(merged, said).board("output", said, 4, merged.stair_cues())


def _kernel(merged: Merged, said: str) -> Draft:
    parts = merged.field.formula.merged()
    draft = drafted(merged.field, said, parts, lit(parts, "*t*"))
    merged.kernel(draft)
    steps = [("ruler", step) for step in merged.field.axis.shown]
    draft.change([key for key in steps if key in draft.marks], role="lit")
    return draft


def _same(merged: Merged, lines: Lines) -> Board:
    """Where nothing is rounded: Keras's number beside the one that was told."""
    script, answer = merged.field.script, merged.field.script.output(*merged.field.script.cell)
    found, outputs = script.check.of([script.level]), script.shape[0] * script.shape[1]
    if is_asked := lines.found.answer is not None:
        what = ", the library that runs such networks," if lines.who == "Keras" else ""
        said = f"{lines.who}{what} gives {answer.text} too"
        every = sum(own.compared for own in found.distances if own is not None) == outputs > 1
        said += f"; all {phrases.count(outputs, 'output')} are exactly the same." if every else ", exactly."
    else:
        said = "float32 holds all these numbers exactly: nothing is rounded."
    draft = Draft(merged.field.form)
    pieces.caption(draft, said)
    merged.kernel(draft)
    if is_asked:
        merged.answer(draft, answer.text, lines.who)
    return draft.board("keras" if is_asked else "exact", said, 4)
