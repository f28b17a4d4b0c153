"""closed_form: the formula of one output, and whether it is what Keras computes.

Two layers make one number of some inputs: by which formula? The taps of the first layer slide along the input, the next
layer multiplies what they give. Its factors go into the brackets, the columns add up, and a tap for each input is left:
one kernel, which meets the input and gives the same number. Then the check: Keras's number, and how far float32 may
land from the exact sum. Inputs, rows, the one kernel and the output have their places for the whole story; the kernel
leaves its own only to meet the input.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.board.pieces import Part
from convexplain.layers import Cell
from convexplain.stories import phrases
from convexplain.stories.many_layers import beside
from convexplain.stories.many_layers.cone import Cone
from convexplain.stories.many_layers.field import Field
from convexplain.stories.many_layers.formulas import change, lit
from convexplain.stories.many_layers.gathered import addends, quick
from convexplain.stories.many_layers.landing import Lines
from convexplain.stories.many_layers.merged import Merged
from convexplain.stories.many_layers.rows import Row
from convexplain.stories.many_layers.walked import bracketed
from convexplain.stories.many_layers.ways import Joined, lowest
from convexplain.stories.script import Script

FIGURE = ("sum", "multiplied", "column", "combined", "output", "keras", "bound")
FEW = 4
"""How many rows come one after the other."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    told = _Telling(Field(Cone(script, form, lowest(script, ("linear",)))))
    lines = Lines(script, form, told.field.base, told.merged.key)
    return (*told.boards(lines), *lines.boards(bool(told.every)))


class _Telling:
    """The boards of one field."""

    def __init__(self, field: Field) -> None:
        self.field, self.merged, self.script = field, Merged(field), field.script
        self.every, self.cells = field.cone.shown, [own.cell for own in field.cone.shown]
        self.formula: list[Part] = []
        """The one that stands on the board before."""

    def boards(self, lines: Lines) -> Iterator[Board]:
        """From the question to the output, and to the answer where Keras's number is the very one that was told."""
        field = self.field
        if not self.every:
            return
        yield self._question()
        if field.rows:
            told = self.merged.told
            others = [row for row in field.rows if row not in field.firsts]
            if field.is_written or not others:
                yield self._rows("first", field.firsts)
            if others:
                yield self._rows("slid", others if field.is_written else field.rows)
            yield from map(self._multiplied, ["sum", "nested", *["into"] * field.is_written, "multiplied"])
            if field.is_written and field.formula.is_indexed:
                yield self._columns("places", self.every, ())
            yield self._columns("column", [told], [told])
            if field.is_written and len(self.every) > 1:
                yield self._columns("rest", [own for own in self.every if own is not told], self.every)
        yield self._combined()
        yield self._output()
        if lines.is_same:
            yield self._output(lines)

    def _draft(self, said: str, parts: Sequence[Part] = (), meant: Iterable[str] = ()) -> tuple[Draft, list[Cue]]:
        """A board with its caption and its formula, and how that comes about from the one before."""
        draft, before, self.formula = Draft(self.field.form), self.formula, list(parts)
        pieces.caption(draft, said)
        # A long formula may take more than half of the line: what is said with it is short.
        part = [part for part in parts if part.name.partition(" ")[0] != "x"]
        pieces.formula(draft, parts, meant, longest=() if self.field.form.is_narrow else part)
        return draft, change(before, self.formula) if before and before != self.formula else []

    def _stage(
        self, draft: Draft, rows: Collection[Row], multiplied: Collection[Row] = (), made: Collection[Joined] = (),
        lit: Collection[Row] | None = None, cells: Collection[Cell] | None = None, indexed: bool = False,
    ) -> None:  # fmt: skip
        """Inputs, rows, the one kernel and the output, each in its place, and the ``cells`` and what meets them, or the
        rows ``lit``, in the light; see :meth:`Field.strips`.
        """
        self.field.samples(draft, cells)
        self.field.strips(draft, rows, lit, multiplied, None if lit else cells, indexed)
        beside.names(self.field, draft, rows, indexed)
        self.merged.strip(draft, self.field.low, made)
        beside.total(self.field, draft)
        if not indexed:
            beside.head(self.field, draft, "scale", "taller: larger, dim: below zero", self.field.left, -1)

    def _question(self) -> Board:
        """The inputs, the layers and their output, and a dashed place for a tap under each input."""
        field, layers, base = self.field, self.script.source.stack.layers, self.field.base
        many = len(field.cone.ways.joined)
        read = f"{phrases.count(many, 'number')} of layer {base}" if base else phrases.count(many, "input")
        turn = phrases.sentence(phrases.count(field.level - base, "layer turns", "layers turn"))
        total = self.script.output(*self.script.cell).text
        said = f"{turn} {read} into {total}. By which formula? Is it what Keras computes?"
        draft, _ = self._draft(said)
        field.samples(draft)
        self.merged.strip(draft, field.low)
        beside.total(field, draft)
        self.merged.asked(draft)
        remark = phrases.rounding(self.script)
        if base:
            stops = f"Layer {base} ends in {layers[base - 1].activation}: no formula goes through that"
            remark = f"{stops}, so it starts after it."
        elif field.rows and not remark and not any(layers[n - 1].use_bias for n in field.formula.numbers):
            remark = "They only multiply and add: no bias, and no activation between."
        if remark:
            pieces.remark(draft, ("rounded",), remark)
        return draft.board("question", said, 4)

    def _rows(self, name: str, new: Sequence[Row]) -> Board:
        """The ``first`` row of each channel; then the others, ``slid`` from them."""
        field, low = self.field, self.field.base + 1
        count, taps = len(field.channels), self.script.source.stack.layers[field.base].kernel_size
        kernels = f"{phrases.count(count, 'kernel')} of {phrases.count(taps, 'tap')}"
        said = f"Layer {low} has {kernels}{', one a channel' * (count > 1)}: tap times input, added."
        if name == "slid":
            said = f"{'One step' if len(new) == count else 'Step by step'} on, the same taps give the next sums."
            said = said if field.is_written else f"Layer {low} slides {kernels} along the input."
        parts = field.bare.given()
        draft, cues = self._draft(said, parts, lit(parts, f"*w*{low}"))
        rows = [row for row in field.rows if row in new or name == "slid"]
        read = {piece.source for row in new for piece in row.pieces}
        self._stage(draft, rows, lit=new, cells=read)
        field.bands(draft, read, field.last + field.apart / 2)
        beside.given(field, draft, rows, new)
        # Of many rows, those of a channel come at once.
        parted = [[row] for row in new] if len(new) <= FEW else [field.of(channel) for channel in field.channels]
        for n, part in enumerate(parted):
            beat, lasts = motion.ENTER + 2 * n, quick(n, len(parted), 1.2)
            tiles = tuple((*piece.key, "bar") for row in part for piece in row.pieces)
            cards = tuple((*row.key, "card") for row in part)
            cues.append(Cue((*tiles, *cards), beat, lasts, "down first" * (name == "slid")))
            given = tuple((*row.key, own) for row in part for own in ("work", "digits", "bar"))
            cues.append(Cue(given, beat + 1, 0.5 * min(1, lasts)))
        return draft.board(name, said, 4, cues)

    def _multiplied(self, name: str) -> Board:
        """Each number times a tap of the next layer, and their ``sum``; the numbers as brackets, ``nested``; what
        stands before one goes ``into`` it, and the others are ``multiplied`` out.
        """
        field, upper, form = self.field, self.field.base + 2, self.field.bare
        done = {"into": field.rows[:1], "multiplied": field.rows}.get(name, [])
        left, first, written = [row for row in field.rows if row not in done], field.rows[0], field.is_written
        if name == "sum":
            several = f"taps of layers {upper} to {field.level}"
            said = f"Each sum times {f'a tap of layer {upper}' if field.level == upper else several}, and all added"
            numbers = [row.product.text for row in field.rows] + [number.text for _, number, _ in field.rest]
            said += f": {phrases.added(numbers, field.total.text)}." if written else "."
        elif name == "nested":
            said = "Each sum is a bracket: the taps of a row times the inputs over them."
        elif name == "into":
            worked = ", ".join(f"{field.factors(first, piece)} = {piece.product.text}" for piece in first.pieces)
            said = f"{first.weight.text} goes to every tap in its bracket{f': {worked}' * (len(first.pieces) < 4)}."
        else:
            said = f"No bracket is left: {phrases.count(sum(len(row.pieces) for row in field.rows), 'product')}"
            said += f" of taps times inputs, and still {field.total.text}." if written else "."
            form = field.bare if written else field.formula
        parts = form.expanded() if name == "multiplied" else form.closed(name != "sum")
        meant = lit(parts, *beside.upper(field).split(" · ")) if name == "sum" else lit(parts, "(", ")")
        draft, cues = self._draft(said, parts, meant)
        self._stage(draft, field.rows, done)
        field.brackets(draft, left if name != "sum" else ())
        beside.factors(field, draft, left)
        beside.products(field, draft, left)
        if not done:
            cues.append(Cue((("tap",), ("bracket",), ("name", "head")), motion.ENTER - 0.5, 0.9))
        for n, key in enumerate([*(("product", *row.at) for row in left), *(key for key, *_ in field.rest)]):
            signs = tuple(("row", *key[1:], sign) for sign in ("equals", "times"))
            cues.append(Cue((key, *signs), motion.ENTER + n, quick(n, len(left), 0.6)))
        for n, row in enumerate(done):
            beat, lasts = motion.MOVE + min(n, FEW), quick(n, len(done), 1.2 if name == "into" else 0.7)
            cues.append(Cue((("tap", *row.at),), beat, lasts))
            for place, piece in enumerate(row.pieces):
                cues.append(Cue((piece.key,), beat, lasts, "", (), 0.3 * lasts * (1 + place)))
            cues.append(Cue((("bracket", *row.at), ("product", *row.at, "work")), beat, 0.4, "", (), lasts))
        return draft.board(name, said, 4, cues)

    def _columns(self, name: str, told: Sequence[Joined], made: Collection[Joined]) -> Board:
        """The ``places`` of all products: which tap of the first layer, after which of the next, meets an input. Then
        the columns of the ``told`` inputs: all that each is multiplied with, and the tap that it adds up to.
        """
        field, own, cells, parts = self.field, told[0], [own.cell for own in told], self.field.formula.column()
        sums = ", ".join(self.merged.added(own) for own in told)
        said, meant = f"The other columns{f': {sums}' if len(told) < 4 else ' add up too'}.", lit(parts, "*j*")
        if name == "places":
            letters, parts = list(map(field.formula.k, field.formula.numbers)), field.formula.expanded()
            said, meant = f"Taps {' and '.join(letters)} meet input {field.formula.met}.", lit(parts, *letters)
        elif name == "column":
            said = phrases.sentence(phrases.count(own.paths, "tile multiplies", "tiles multiply"))
            said += (
                f" {f'*x*[{own.cell.step}]' if field.is_written and not field.base else 'the same input'}; added up: "
            )
            said += f"{sums}." if field.is_written else f"{own.weight.text}."
            parts = field.formula.column(*field.index(own.cell).split(", "))
            meant = [part.name for part in parts if part.name in ("at", "met at")]
        draft, cues = self._draft(said, parts, meant)
        self._stage(draft, field.rows, field.rows, made, cells=cells if made else None, indexed=True)
        field.header(draft, cells, f"{field.formula.met} =")
        field.bands(draft, cells if made else (), field.low + field.kernel / 2 + 12)
        beside.products(field, draft, meant=False)
        cues += [Cue((("band",),), motion.MOVE, 0.7), Cue((("name", "met"),), motion.ENTER + (not made), 0.6)]
        for n, cell in enumerate(cells if made else ()):
            cues += [Cue((("asked", *cell),), motion.ENTER + n, 0.3), Cue((("joined", *cell),), motion.ENTER + n, 0.8)]
        return draft.board(name, said, 4, cues)

    def _combined(self) -> Board:
        """The columns close up on their taps: one kernel, and the formula of the output in numbers where it is short
        enough to be read: ``y2[2] = −4·x[2] + 4·x[3]``.
        """
        field, said = self.field, "Side by side the sums are one kernel: the closed form."
        if field.is_written and self.script.layer.is_linear and not addends(field.cone):
            several, array = (
                self.script.source.stack.shapes[field.base][1] > 1,
                f"*y*{field.base}" if field.base else "*x*",
            )
            terms = [f"{o.weight.text}·{array}[{o.cell.step}{f', {o.cell.channel}' * several}]" for o in self.every]
            right = phrases.added(terms, "").removesuffix(" = ")
            written = f"The closed form: *y*{field.level}[{self.script.cell.step}] = {right}."
            said = written if len(written) < 100 else said
        parts = field.formula.merged()
        draft, cues = self._draft(said, parts, lit(parts, "*j*", "*w*"))
        field.samples(draft)
        field.header(draft, self.cells)
        self.merged.strip(draft, field.low, self.every)
        self.merged.stacks(draft)
        beside.total(field, draft)
        return draft.board("combined", said, 4, [*cues, *self.merged.merging()])

    def _output(self, lines: Lines | None = None) -> Board:
        """The one kernel meets the inputs; in the end beside what another computes, as its number lines know."""
        field, total = self.field, self.script.output(*self.script.cell)
        said = f"The one kernel on the input gives the same {total.text}."
        if lines is not None and lines.answer:
            said = f"{lines.who} runs the layers and gets {lines.answer}: the formula is what it computes."
        elif lines is not None:
            said = "float32 holds all these numbers exactly: nothing is rounded."
        elif total.value != field.total.value:
            said = f"{self.script.layer.activation} makes {total.text} of {field.total.text}."
        elif field.is_written and sum(own.product.value for own in self.every) == total.value:
            worked = phrases.added([f"{own.weight.text}·{bracketed(own.sample)}" for own in self.every], total.text)
            said = f"The one kernel on the input: {worked}, the same."
        parts = field.formula.merged() if lines is None or not field.form.is_narrow else []
        draft, cues = self._draft(said, parts, lit(parts, *["*j*"] * (lines is None)))
        foot = self.merged.meets(draft, lines is None)
        if lines is None:
            if not field.is_written:
                pieces.remark(draft, ("scales",), "Each row has its own scale.")
            return draft.board("output", said, 4, [*cues, *self.merged.stairs()])
        if lines.answer:
            self.merged.answered(draft, lines.who, lines.answer, foot)
        pieces.remark(draft, ("check",), f"{self.script.check_words()}.")
        return draft.board("keras" if lines.answer else "exact", said, 4, cues)
