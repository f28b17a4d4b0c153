"""closed_form: several layers are one kernel, and whether that is what Keras computes.

Two layers make one number of some inputs. The first slides its kernels along the input and adds up, the next multiplies
these sums. Its numbers go into the rows, the columns add up, and a number for each input is left: one kernel, which
gives the same. Then the check: Keras's number, and how far float32 may land from the exact sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from convexplain.board import pieces, staging
from convexplain.board.marks import FILM, SMALL, TEXT, Board, Cue, Draft, Format
from convexplain.layers import Cell
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.cone import Cone
from convexplain.stories.many_layers.folded import Folded
from convexplain.stories.many_layers.gathered import paced
from convexplain.stories.many_layers.landing import Lines
from convexplain.stories.many_layers.tiled import STATES
from convexplain.stories.many_layers.ways import Joined, lowest
from convexplain.stories.script import Script

FIGURE = {1: ("second", "combined"), 2: ("second", "multiplied", "kernel", "combined")}
"""The boards of the composed figure, by how many panels stand side by side."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    told = _Telling(Folded(Cone(script, form, lowest(script, ("linear",)))))
    lines = Lines(script, form, told.field.base, told.field.key)
    is_seen = bool(told.field.every) and lines.is_same
    return (*told.boards(), *([told.answered(lines.who)] if is_seen else lines.boards()))


class _Telling:
    """The boards of one field."""

    def __init__(self, field: Folded) -> None:
        self.field, self.script, self.every = field if field.rows else field.spread(), field.script, field.cone.shown
        self.read = len(field.cone.ways.joined)
        """How many numbers the output is made of."""
        read = field.cone.read[field.base + 1]
        self.steps, self.channels = (len({cell[at] for cell in read}) for at in (0, 1))
        """At how many places the kernels of the first layer lie, and how many they are."""
        self.upper = field.layers(field.base + 2)
        self.total = field.total.text if self.script.layer.is_linear else f"the sum {field.total.text}"
        self.met = "input" if not field.base else f"number of layer {field.base}"
        self.above = "inputs" if not field.base else f"numbers of layer {field.base}"

    @property
    def told(self) -> Joined:
        """The sample whose column is told first: one of many tiles, and no 0 or 1, which hides a product."""
        tiles = {own: sum(piece.weight.value != 0 for piece in self.field.column(own)) for own in self.every}
        plain = {own: (own.weight.value != 0, abs(own.sample.value) not in (0, 1)) for own in self.every}
        return max(self.every, key=lambda own: (tiles[own], own.paths, plain[own]))

    def boards(self) -> Iterator[Board]:
        """From the question to the one kernel."""
        field = self.field
        if not self.every:
            return
        yield self._question()
        if field.rows:
            told = self._rows, self._sums, self._second, self._multiplied, self._column, self._kernel
            yield from (board() for board in told)
        yield self._combined()

    def _draft(self, said: str) -> Draft:
        """A board with its caption."""
        draft = Draft(self.field.form)
        pieces.caption(draft, said)
        return draft

    def _shown(self) -> str:
        """What the numbers shown are, as far as a line has room: rounded, and in units, those of the output first."""
        rounded, units, form = phrases.rounding(self.script), self.script.shown.units, self.field.form
        said = [", ".join(units[-count:]) for count in range(len(units), 0, -1)]
        whole = [f"{rounded[:-1]}; {own}." for own in said if rounded] + [f"Here {own}." for own in said]
        return bench.longest(form.width - 2 * form.margin, whole or [rounded])

    def _question(self) -> Board:
        """The inputs, the layers, still empty, and their output; a dashed place for a number under each input."""
        field, layers, many = self.field, self.script.source.stack.layers, self.field.level - self.field.base
        shown = f" ({phrases.spelled(len(self.every))} shown)" * (len(self.every) < self.read)
        there = phrases.count(number := prod(field.cone.shapes[field.base]), self.met, self.above)
        of = f"{phrases.spelled(self.read)} of {there}" if self.read < number else f"the {there}"
        said = f"{phrases.sentence(phrases.count(many, 'layer'))} make{'s' * (many == 1)} the {field.noun}"
        said += f" {field.total.text} from {of}{shown}."
        said += " Could one layer do the same?" * (many > 1 and bool(field.rows))
        more = self._shown()
        if field.base:
            more = f"Layer {field.base} ends in {layers[field.base - 1].activation}, which no kernel can replace."
        draft, form = self._draft(said), field.form
        field.samples(draft)
        field.boxes(draft, empty=True)
        field.strip(draft)
        field.output(draft)
        if more:
            size = bench.fitting(form.width - 2 * form.margin, [more], (form.small, SMALL))
            pieces.remark(draft, ("more",), more, size)
        return draft.board("question", said, 4)

    def _rows(self) -> Board:
        """The first row of each kernel comes, and the others slide from it, to where the next layer reads."""
        field, every = self.field, self.field.rows
        seen, low = len(field.first), field.base + 1
        shown = f" ({phrases.spelled(seen)} shown)" * (seen < self.channels)
        name, many = field.kernel_name, f"{phrases.spelled(self.channels)} " * (self.channels > 1)
        lays, on = ("slides", "along") if self.steps > 1 else ("lays", "on")
        read = f"layer {field.base}" if field.base else "the input"
        is_each = self.steps * self.channels == len(every) == field.count
        here = f"{': a row for each place' * is_each}, here {'to ' * (not is_each)}{phrases.spelled(self.steps)}"
        here = f"{here}{' places' * (not is_each)}" * (self.steps > 1)
        said = f"Layer {low} {lays} its {many}{name}{'s' * bool(many)}{shown} {on} {read}{here}."
        draft = self._stage(said, "taps")
        slid = [row for row in every if row is not field.first[row.channel]]
        cues = [Cue((("way",), ("row",), ("name", "channel")), staging.MOVE, 0.6, "fade")]
        for row, beat, lasts in paced(slid, 1.2):
            tiles = (piece.key for piece in row.pieces)
            cues.append(Cue((*tiles, (*row.key, "card")), beat, lasts, "down first"))
        return draft.board("rows", said, 4, cues)

    def _stage(self, said: str, state: str, told: Sequence[Joined] = (), lit: Sequence[Cell] | None = None) -> Draft:
        """Samples, rows in a state, what stands beside them, the one kernel as far as it is ``told``, the output."""
        draft, field = self._draft(said), self.field
        field.samples(draft, lit)
        field.strips(draft, state, lit)
        field.boxes(draft, state)
        field.names(draft, field.low)
        if state == "second":
            field.above(draft)
        if state in STATES[1:4]:
            field.given(draft, state == "multiplied")
        if state in STATES[2:4]:
            field.products(draft)
        if state == "columns":
            xs = [field.x(own.cell) for own in told]
            field.rule(draft, "column", min(xs) - field.slot / 2, max(xs) + field.slot / 2)
        field.strip(draft, told)
        field.output(draft)
        return draft

    def _worked(self, state: str) -> str:
        """The first row in a state times the inputs above it, as a sum, where that is one of a few short numbers."""
        row, field = self.field.rows[0], self.field
        is_short = field.is_written and len(row.pieces) > 1 and not field.cone.layers[field.base + 1].use_bias
        texts = [f"{n.text}·{phrases.times(way.sample)}" for n, way in zip(row.numbers(state), row.pieces, strict=True)]
        return phrases.added(texts, "").removesuffix(" = ") if is_short else ""

    def _longest(self, said: str, *full: str) -> str:
        """The fullest way to say something for which one line has room in a film."""
        return bench.longest((FILM.width - 2 * FILM.margin) * SMALL / TEXT, [*full, said])

    def _sums(self) -> Board:
        """Each row meets the inputs above it, and adds up."""
        field, worked = self.field, self._worked("taps")
        said = f"Each row is multiplied by the {self.above} above it and added up"
        said += ", with a bias" * field.cone.layers[field.base + 1].use_bias
        said = self._longest(f"{said}.", *[f"{said}: {worked} = {field.rows[0].inner.text}."] * bool(worked))
        draft = self._stage(said, "sums")
        cues = list[Cue]()
        for row, beat, lasts in paced(field.rows, 0.8, staging.MOVE):
            cues += [Cue((row.key,), beat, 0.8 * lasts), Cue(((*row.key, "equals"),), beat, 0.2)]
        return draft.board("sums", said, 4, cues)

    def _second(self) -> Board:
        """What the next layer multiplies each sum with; its products add up to the output below them."""
        field, upper = self.field, phrases.sentence(self.upper)
        said = f"{upper} has a kernel, too: a number for each sum."
        if field.level - field.base > 2:
            said = f"{upper} multiply each sum by one of their numbers."
        sums = phrases.added([row.product.text for row in field.rows], field.total.text)
        full = [f"{said} All added up: {sums}."] * (field.is_written and not field.rest)
        said = self._longest(f"{said} The products add up.", *full)
        draft = self._stage(said, "second")
        cues = [Cue((("tap",),), staging.MOVE, 0.5, "fade")]
        cues.append(Cue((("product", "rule"),), staging.ENTER + len(field.rows), 0.5))
        for row, beat, lasts in paced(field.rows, 0.8):
            key = ("product", *row.at)
            cues += [Cue((key,), beat, lasts), Cue(((*key, "equals"),), beat, 0.2)]
        return draft.board("second", said, 4, cues)

    def _multiplied(self) -> Board:
        """What stood beside the rows goes into them."""
        field, may, by = self.field, f"{phrases.sentence(self.upper)} may as well multiply", self.field.rows[0].weight
        sums = [self._worked(state) for state in ("taps", "multiplied")]
        full = [f"{may} first: {by.text}·({sums[0]}) = {sums[1]}."] * (bool(sums[0]) and by.value not in (0, 1))
        said = self._longest(f"{may} the numbers of a row first. The results stay the same.", *full)
        draft = self._stage(said, "multiplied")
        cues = []
        for row, each, lasts in paced(field.rows, 1.2, staging.MOVE):
            beat = min(each, staging.MOVE + 4)
            cues.append(Cue((row.key,), beat, 0.3))
            for place in range(len(row.pieces)):  # a copy for each tile, the first of which has the longest way
                late = 0.3 + 0.3 * lasts * place / len(row.pieces)
                cues.append(Cue((("tap", *row.at, place + 1),), beat, 0.6 * lasts, after=late))
            cues.append(Cue((("tap", *row.at, 0),), beat, 0.4, after=0.9 * lasts))
            takes, late = 0.6 * lasts, 0.6 * lasts + 0.3
            cues.append(Cue(tuple(piece.key for piece in row.pieces), beat, takes, after=late))
            for piece in row.pieces if row.weight.value < 0 and field.is_written else ():
                tile = draft.marks[*piece.key, "bar"]
                about = tile.x, tile.y, 0.0, tile.width / 2  # a tile that changes its sign turns over
                cues.append(Cue((piece.key,), beat, max(0.8, takes), "turn", about, late))
        cues.append(Cue((("layer",),), staging.MOVE + min(len(field.rows), 5), 0.8))
        return draft.board("multiplied", said, 4, cues)

    def _column(self) -> Board:
        """The column of one input adds up to a number of the one kernel."""
        field, own = self.field, self.told
        shown = f" ({phrases.spelled(len(field.column(own)))} shown)" * (len(field.column(own)) < own.paths)
        same = f"numbers in a column meet the same {self.met}, so they add up"
        texts = [piece.weight.text for piece in field.column(own)]
        full = [f"The {same}: {phrases.added(texts, own.weight.text)}."] * field.is_written
        said = self._longest(f"The {same}; these {phrases.spelled(own.paths)}{shown} to {own.weight.text}.", *full)
        if own.paths == 1:
            said = f"Only one number meets this {self.met}: {own.weight.text}."
        draft = self._stage(said, "columns", [own], [own.cell])
        cues = [Cue((("layer",),), staging.MOVE, 0.6), Cue((("joined", *own.cell, "bar"),), staging.ENTER + 1, 1.2)]
        cues.append(Cue((("column",), ("asked", *own.cell)), staging.ENTER, 0.4))
        return draft.board("column", said, 4, cues)

    def _kernel(self) -> Board:
        """All columns have added up."""
        count, cues = len(self.every), list[Cue]()
        said = f"With {self.upper} multiplied in, each column adds up to a number of the one kernel."
        draft = self._stage(said, "columns", self.every)
        for n, own in enumerate(self.every):
            late = 0.1 + min(0.5 * n, 2.5 * n / count)
            cues.append(Cue((("joined", *own.cell, "bar"),), staging.ENTER, 1.0, after=late))
            cues.append(Cue((("asked", *own.cell),), staging.ENTER, 0.4, after=late + 0.6))
        return draft.board("kernel", said, 4, cues)

    def _combined(self) -> Board:
        """The one kernel alone, times its inputs."""
        field = self.field.spread()
        said = f"The one kernel makes {self.total}{' with a bias' * (field.cone.ways.bias is not None)}."
        made, first = self.script.cell, f"{field.letter(field.base, self.every[0].cell)} is the leftmost {self.met}, "
        name, which = field.letter(field.level, made), "the output"
        if field.cone.shapes[field.level][1] > 1:
            first, which = "", f"is the output: step {made.step}, filter {made.channel}"
        letters = f" In its formula {first}{name} {which}."
        then = f" Then {self.script.layer.activation} makes {self.script.output(*made).text} of it."
        said += letters if self.script.layer.is_linear else then
        draft = self._draft(said)
        field.samples(draft)
        field.strip(draft, self.every, True)
        field.names(draft, field.middle, of_rows=False)
        field.output(draft, True)
        field.letters(draft)
        return draft.board("combined", said, 4, field.grows())

    def answered(self, who: str) -> Board:
        """Keras's numbers beside those of the one kernel."""
        count = self.field.level - self.field.base
        them = f"{phrases.layers(count)} give" if count > 1 else "the layer gives"
        said = f"Yes: slid along the input, the one kernel gives what {them} in {phrases.named(who)}."
        draft = self._draft(said)
        return draft.board("keras", said, 4, self.field.steps(draft, self.script.check.library))
