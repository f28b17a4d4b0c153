"""closed_form: several layers are one kernel, and whether that is what Keras computes.

Two layers make one number of some inputs. The first slides its kernels along the input and adds up, the next multiplies
these sums. Its numbers go into the rows, the columns add up, and a number for each input is left: one kernel, which
gives the same. Then the check: Keras's number, and how far float32 may land from the exact sum. Inputs, rows, the one
kernel and the output keep their places; of a short input all is seen in the beginning and in the end.
"""

from __future__ import annotations

from collections.abc import Iterator

from convexplain.board import pieces, staging
from convexplain.board.marks import FILM, SMALL, Board, Cue, Draft, Format, plate
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.cone import Cone
from convexplain.stories.many_layers.folded import Folded
from convexplain.stories.many_layers.gathered import quick
from convexplain.stories.many_layers.landing import Lines
from convexplain.stories.many_layers.walked import wide
from convexplain.stories.many_layers.ways import lowest
from convexplain.stories.script import Script

FIGURE = {1: ("second", "combined"), 2: ("second", "multiplied", "column", "combined")}
"""The boards of the composed figure, by how many panels stand side by side."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    told = _Telling(Folded(Cone(script, form, lowest(script, ("linear",)))))
    lines = Lines(script, form, told.field.base, told.field.key)
    return (*told.boards(lines), *lines.boards(bool(told.every)))


class _Telling:
    """The boards of one field."""

    def __init__(self, field: Folded) -> None:
        self.field, self.script, self.every = field, field.script, field.cone.shown
        self.read = len(field.cone.ways.joined)
        """How many numbers the output is made of."""
        layers = self.script.source.stack.layers[field.base : field.level]
        self.has_bias = any(layer.use_bias for layer in layers)
        self.total = field.total.text if self.script.layer.is_linear else f"the sum {field.total.text}"
        self.met = "input" if not field.base else f"number of layer {field.base}"
        self.mets = "inputs" if not field.base else f"numbers of layer {field.base}"

    def boards(self, lines: Lines) -> Iterator[Board]:
        """From the question to the one kernel, and to the answer where Keras's number is the very one that was told."""
        field = self.field
        if not self.every:
            return
        yield self._question()
        if field.rows:
            yield self._rows()
            yield self._sums()
            yield self._second()
            yield self._multiplied()
            yield self._column()
        yield self._combined()
        if lines.is_same:
            yield self._answered(lines)

    def _draft(self, said: str, remark: str = "", key: str = "more") -> Draft:
        """A board with its caption, and a remark where there is one."""
        draft = Draft(self.field.form)
        pieces.caption(draft, said)
        size, form = self.field.form.small, self.field.form
        if remark and not form.is_narrow and wide(remark, size) > form.width - 2 * form.margin:
            size = SMALL
        if remark:
            pieces.remark(draft, (key,), remark, size)
        return draft

    def _shown(self) -> str:
        """What the numbers shown are, as far as a line has room: rounded, and in units, those of the output first."""
        rounded, units, form = phrases.rounding(self.script), self.script.shown.units, self.field.form
        said = [", ".join(units[-count:]) for count in range(len(units), 0, -1)]
        whole = [f"{rounded[:-1]}; {own}." for own in said if rounded] + [f"Here {own}." for own in said]
        return bench.longest(form.width - 2 * form.margin, whole or [rounded])

    def _question(self) -> Board:
        """The inputs, the layers and their output, and a dashed place for a number under each input."""
        field, layers = self.field, self.script.source.stack.layers
        deep = phrases.sentence(phrases.count(field.level - field.base, "layer"))
        shown = f" ({phrases.spelled(len(self.every))} shown)" * (len(self.every) < self.read)
        what = phrases.count(self.read, "number").removeprefix("one ") + " and a bias" * self.has_bias
        make = "makes" if field.level - field.base == 1 else "make"
        said = f"{deep} {make} {self.total} from {phrases.count(self.read, self.met, self.mets)}{shown}."
        said += f" Which {what} do it at once?" if field.rows else " Which numbers are they multiplied by?"
        more = self._shown()
        if field.base:
            more = f"Layer {field.base} ends in {layers[field.base - 1].activation}, which no kernel can replace."
        draft = self._draft(said, more)
        every = field.whole() if field.every else field
        every.samples(draft, [own.cell for own in self.every])
        field.boxes(draft, True)
        field.strip(draft)
        field.output(draft)
        return draft.board("question", said, 4)

    def _rows(self) -> Board:
        """The first row of each kernel, and the others, slid from it."""
        field, low, every = self.field, self.field.base + 1, self.field.rows
        steps, seen = len({row.step for row in every}), len(field.channels)
        read = len({cell.channel for cell in field.cone.read[low]})
        kernels = phrases.count(read, field.kernel_name)
        kernels += f" ({phrases.spelled(seen)} shown)" * (seen < read)
        along = "the input" if not field.base else f"layer {field.base}'s numbers"
        said = f"Layer {low} {'slides' if steps > 1 else 'lays'} {kernels} {'along' if steps > 1 else 'on'} {along}."
        if not field.is_written:
            said += " A tall tile is a large number, a dim one is below zero."
        draft = self._draft(said)
        self._stage(draft, "taps")
        cues = [Cue((("tie",),), staging.LEAVE, 0.4), Cue((("layer",),), staging.MOVE, 0.6)]
        for n, row in enumerate(every):
            beat, lasts, tiles = staging.ENTER + n, quick(n, len(every), 1.2), (piece.key for piece in row.pieces)
            cues.append(Cue((row.key, ("name", "channel", row.channel)), beat, 0.4 * lasts, after=0.8 * lasts))
            cues.append(Cue((*tiles, (*row.key, "card")), beat, lasts, "down first"))
        return draft.board("rows", said, 4, cues)

    def _stage(self, draft: Draft, state: str) -> None:
        """Samples, rows in a state, the layers' boxes, the kernel that is asked for, and the output."""
        field = self.field
        field.samples(draft)
        field.strips(draft, state)
        field.boxes(draft)
        field.names(draft)
        field.strip(draft)
        field.output(draft)

    def _sums(self) -> Board:
        """Each tile's number meets the input above it; a row adds up."""
        field, low = self.field, self.field.base + 1
        bias = ", with a bias" * field.cone.layers[low].use_bias
        said = f"Each number is multiplied by the {self.met} above it, and each row is added up{bias}."
        draft = self._draft(said)
        self._stage(draft, "samples")
        field.given(draft)
        cues = []
        for n, row in enumerate(field.rows):
            beat, lasts = staging.MOVE + n, quick(n, len(field.rows), 0.6)
            cues.append(Cue(tuple(piece.key for piece in row.pieces), beat, lasts))
            cues.append(Cue((row.key, ("equals", *row.at)), beat, 0.4, after=lasts))
        return draft.board("sums", said, 4, cues)

    def _second(self) -> Board:
        """What the next layer multiplies each sum with; its products add up to the output below them."""
        field = self.field
        multiply = f"{phrases.sentence(field.upper)} multipl{'y' if field.is_deep else 'ies'}"
        said = f"{multiply} each sum by a number. Added up, that is {field.total.text}."
        draft = self._draft(said)
        self._stage(draft, "samples")
        field.given(draft)
        field.above(draft)
        field.others(draft)
        cues = []
        for n, row in enumerate(field.rows):
            cues.append(Cue((("tap", *row.at),), staging.ENTER + n, quick(n, len(field.rows), 0.6), "fade"))
        return draft.board("second", said, 4, cues)

    def _multiplied(self) -> Board:
        """What stood beside the rows goes into them."""
        field, and_bias = self.field, " and the biases" * self.has_bias
        count = phrases.count(field.cone.ways.count, "product")
        said = f"{phrases.sentence(field.upper)} may as well multiply each part of a row."
        said += f" The {count}{and_bias} make {field.total.text}, too."
        draft = self._draft(said)
        self._stage(draft, "multiplied")
        field.given(draft, True)
        field.others(draft)
        cues = []
        for n, row in enumerate(field.rows):
            beat, lasts = staging.MOVE + min(n, 4), quick(n, len(field.rows), 1.2)
            cues.append(Cue((row.key,), beat, 0.3))
            cues.append(Cue((("tap", *row.at),), beat, 0.9 * lasts, after=0.3))
            cues.append(Cue(tuple(piece.key for piece in row.pieces), beat, 0.6 * lasts, after=0.6 * lasts + 0.3))
            cues.append(Cue((("product", *row.at),), beat, 0.3, after=1.2 * lasts + 0.3))
        return draft.board("multiplied", said, 4, cues)

    def _column(self) -> Board:
        """The column of one input adds up to a number of the one kernel."""
        field, own = self.field, self.field.told
        shown = f" ({phrases.spelled(len(field.column(own)))} shown)" * (len(field.column(own)) < own.paths)
        said = f"{phrases.sentence(phrases.count(own.paths, 'product'))}{shown} have this {self.met}."
        said += f" Their numbers add up to {own.weight.text}."
        if own.paths == 1:
            said = f"One product has this {self.met}. Its number is {own.weight.text}."
        draft = self._draft(said)
        field.samples(draft, [own.cell])
        field.strips(draft, "multiplied", [own.cell])
        field.names(draft)
        field.strip(draft, [own])
        field.output(draft)
        field.added(draft, own)
        field.falling(draft)
        x, half = field.x(own.cell), field.slot / 2
        face = plate("kernel", x - half, 32, x + half, field.low + field.kernel / 2 + 12, light=0.07, z=-5, radius=10.0)
        draft.put("band", ("band",), face)
        # The light is there when the words are.
        cues = [Cue((("x",), ("way",), ("row",), ("band",)), staging.LEAVE, 0.6)]
        cues.append(Cue((("added",),), staging.ENTER, 0.5))
        cues.append(Cue((("asked", *own.cell),), staging.ENTER + 1, 0.5, after=0.4))
        cues.append(Cue((("joined", *own.cell, "bar"),), staging.ENTER + 1, 1.0))
        return draft.board("column", said, 4, cues)

    def _done(self, said: str, remark: str = "", key: str = "more") -> Draft:
        """The one kernel, large, under its inputs, and what it gives."""
        draft, field = self._draft(said, remark, key), self.field
        field.samples(draft)
        field.strip(draft, self.every, True)
        field.output(draft, True)
        return draft

    def _combined(self) -> Board:
        """Each column has fallen into its number."""
        field, count = self.field, phrases.count(self.read, "number")
        what = f"{phrases.sentence(count)} times {phrases.count(self.read, self.met, self.mets)}"
        what += " and a bias" * self.has_bias + f" make {self.total}"
        said = f"Each column adds up to one number. {what}." if field.rows else f"{what}."
        if not self.script.layer.is_linear:
            said = (
                f"{what}. Then {self.script.layer.activation} makes {self.script.output(*self.script.cell).text} of it."
            )
        return self._done(said).board("combined", said, 4, field.fall())

    def _answered(self, lines: Lines) -> Board:
        """Keras's numbers beside those of the one kernel."""
        field, remark, name = self.field, f"{self.script.check_words()}.", "keras" if lines.answer else "exact"
        if field.every:
            deep = phrases.count(field.level - field.base, "layer")
            said = f"The one kernel slides along, and makes every output that {lines.who} gets with {deep}."
            draft = self._draft(said, remark, "check")
            return draft.board(name, said, 4, field.steps(draft, lines.who))
        said = "float32 holds all these numbers exactly, so nothing is rounded."
        said = f"{lines.who} runs the layers, and gets {lines.answer}, too." if lines.answer else said
        draft = self._done(said, remark, "check")
        return draft.board(name, said, 4)
