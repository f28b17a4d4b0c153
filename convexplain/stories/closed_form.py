"""closed_form: several layers are one kernel, and whether that is what Keras computes.

Two layers make one number of some inputs. The first slides its kernels along the input and adds up; on what these rows
give the next lays its own. So each of its numbers multiplies a row, a bracket; it goes into that, the columns add up,
and a number for each input is left: one kernel, which gives the same. Then the check: it slides and gives what Keras
gives, or how far float32 may land from the exact sum.
"""

from __future__ import annotations

from collections.abc import Iterator

from convexplain.board import pieces, staging
from convexplain.board.marks import FILM, SMALL, Board, Cue, Draft, Format
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.cone import Cone
from convexplain.stories.many_layers.folded import Folded
from convexplain.stories.many_layers.gathered import paced
from convexplain.stories.many_layers.landing import Lines
from convexplain.stories.many_layers.slid import Slid
from convexplain.stories.many_layers.ways import Joined, lowest
from convexplain.stories.script import Script

FIGURE = {1: ("second", "combined"), 2: ("second", "multiplied", "kernel", "combined")}
"""The boards of the composed figure, by how many panels stand side by side."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    told = _Telling(Folded(Cone(script, form, lowest(script, ("linear",)))))
    lines = Lines(script, form, told.field.base, told.field.key)
    is_seen = bool(told.field.every) and lines.is_same
    return (*told.boards(), *(told.slid(lines.who) if is_seen else lines.boards()))


class _Telling:
    """The boards of one field."""

    def __init__(self, field: Folded) -> None:
        self.field, self.script, self.every = field, field.script, field.cone.shown
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
        tiles = {own: len(self.field.column(own)) for own in self.every}
        plain = {own: (own.weight.value != 0, abs(own.sample.value) not in (0, 1)) for own in self.every}
        return max(self.every, key=lambda own: (tiles[own], own.paths, plain[own]))

    def boards(self) -> Iterator[Board]:
        """From the question to the one kernel."""
        field = self.field
        if not self.every:
            return
        yield self._question()
        if field.rows:
            told = self._rows, self._second, *[self._factors] * field.is_written, self._multiplied, self._kernel
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
        of = f"{'these ' * (1 < self.read == len(self.every))}{phrases.count(self.read, self.met, self.above)}{shown}"
        said = f"{phrases.sentence(phrases.count(many, 'layer'))} make{'s' * (many == 1)} the {field.noun}"
        said += f" {field.total.text} from {of}."
        said += " Could one layer do the same?" * (many > 1 and bool(field.rows))
        more = self._shown()
        if field.base:
            more = f"Layer {field.base} ends in {layers[field.base - 1].activation}, which no kernel can replace."
        draft, form = self._draft(said), field.form
        field.samples(draft)
        field.box(draft)
        field.one(draft, field.low)
        field.output(draft)
        if more:
            size = bench.fitting(form.width - 2 * form.margin, [more], (form.small, SMALL))
            pieces.remark(draft, ("more",), more, size)
        return draft.board("question", said, 4)

    def _rows(self) -> Board:
        """The first row of each kernel comes, and the others slide from it, to where the next layer reads; the inputs
        come down into each, and it adds up.
        """
        field, low = self.field, self.field.base + 1
        many, cells, kernel = field.cone.shapes[low][1], len(field.cone.read[low]), field.kernel_name
        of = "its kernel" if many == 1 else f"{'its ' * (self.channels == many)}{phrases.count(self.channels, kernel)}"
        lays, where = (f"slides {of} along", " in each place") if self.steps > 1 else (f"lays {of} down", " each")
        bias = ", with a bias," * field.cone.layers[low].use_bias
        said = f"Layer {low} {lays}: {self.above} times {kernel}{bias} give a number{where}"
        seen = f" ({len(field.rows)} of {phrases.count(cells, 'number')} shown)" * (len(field.rows) < cells)
        said = bench.fullest(f"{said}{seen}.", f"{said}.")
        draft = self._stage(said, "sums")
        cues = [Cue((("layer", "name"),), staging.MOVE, 0.7)]
        for row, beat, lasts in paced(field.rows, 2.4 if field.says_samples else 1.2, staging.MOVE):
            is_first, tiles = row is field.kernels[row.channel][0], [piece.key for piece in row.pieces]
            comes, how = (0.3, "fade") if is_first else (0.4, "down first")
            names = [("name", "channel", row.channel)] * is_first
            cues.append(Cue((*tiles, (*row.key, "card"), *names), beat, comes * lasts, how))
            for place, tile in enumerate(tiles):
                late = (comes + 0.2 * place / len(tiles)) * lasts
                cues.append(Cue(((*tile, "sample"),), beat, 0.3 * lasts, after=late))
            sums = tuple((*row.key, kind) for kind in ("bias", "equals", "digits", "bar", "line"))
            cues.append(Cue(sums, beat, 0.2 * lasts, after=(comes + 0.5) * lasts))
        return draft.board("rows", said, 4, cues)

    def _stage(self, said: str, state: str) -> Draft:
        """Samples, rows in a state, what stands beside them, the place of the one kernel, the output."""
        draft, field = self._draft(said), self.field
        field.samples(draft)
        field.strips(draft, state)
        field.names(draft, state)
        field.given(draft, state)
        field.one(draft, field.low)
        field.output(draft)
        return draft

    def _second(self) -> Board:
        """The next layer's kernels lie on what the rows give; all together they give the output."""
        field = self.field
        said = f"Times the {field.cone.kernels(field.level)} of {self.upper} these add up to the {field.noun}"
        sums = [f"{row.weight.text}·{phrases.times(row.inner)}" for row in field.rows]
        full = f"{said}: {phrases.added(sums, field.total.text)}."
        said = bench.fullest(*[full] * (field.is_written and not field.rest), f"{said}.")
        draft = self._stage(said, "second")
        cues = [Cue((("layer", "second"), ("product", "rule")), staging.MOVE, 0.5, "fade")]
        cues += [Cue(((*row.key, "digits"),), staging.MOVE, 1.2) for row in field.rows]
        for row, beat, lasts in paced(field.rows, 0.8):
            cues.append(Cue((("tap", *row.at),), beat, 0.5 * lasts, "fade"))
            cues.append(Cue((("product", *row.at),), beat, 0.5 * lasts, after=0.5 * lasts))
        return draft.board("second", said, 4, cues)

    def _factors(self) -> Board:
        """Each number of the next layer's comes after the row that it multiplies, which is a bracket."""
        said = f"Each number of {self.upper} met the result of a row: so it multiplies the whole row."
        draft = self._stage(said, "factors")
        cues = [Cue((("tap",), ("layer",)), staging.MOVE, 1.2)]
        for row, beat, lasts in paced(self.field.rows, 0.8):
            met = ("tap", *row.at, "slot"), ("tap", *row.at, "times"), (*row.key, "digits")
            cues.append(Cue(met, staging.LEAVE, 0.5, "fade"))
            cues.append(Cue((("bracket", *row.at), ("by", *row.at)), beat, 0.5 * lasts))
            late = ("product", *row.at), (*row.key, "equals"), (*row.key, "bias")
            cues.append(Cue(late, beat, 0.5 * lasts, after=0.5 * lasts))
        return draft.board("factors", said, 4, cues)

    def _multiplied(self) -> Board:
        """What stood after the brackets goes into them."""
        field = self.field
        said = f"The numbers of {self.upper} may as well multiply each number of a row: its result stays."
        draft, cues = self._stage(said, "multiplied"), list[Cue]()
        for row, beat, lasts in paced(field.rows, 1.5, staging.MOVE):
            cues.append(Cue((("tap", *row.at), ("by", *row.at), ("bracket", *row.at)), beat, 0.4 * lasts))
            for place, piece in enumerate(reversed(row.pieces)):  # one after the other, from where it comes
                late = (0.2 + 0.4 * place / len(row.pieces)) * lasts
                cues.append(Cue((piece.key,), beat, 0.4 * lasts, after=late))
                if row.weight.value < 0 and field.is_written:
                    tile = draft.marks[*piece.key, "bar"]
                    about = tile.x, tile.y, 0.0, tile.width / 2  # a tile that changes its sign turns over
                    cues.append(Cue((piece.key,), beat, max(0.8, 0.4 * lasts), "turn", about, late))
        cues.append(Cue((("layer",),), staging.MOVE + len(field.rows), 0.8))
        return draft.board("multiplied", said, 4, cues)

    def _kernel(self) -> Board:
        """Each column adds up to a number of the one kernel."""
        field, own = self.field, self.told
        texts = [piece.weight.text for piece in field.column(own)] or [own.weight.text]
        said = f"What meets the same {self.met} adds up: pluses climb, minuses come down to the one kernel."
        if field.is_written:
            said = f"In a column all meet the same {self.met}, so their numbers add up"
            sums, by = phrases.added(texts, "").removesuffix(" = "), f"·{phrases.times(own.sample)}"
            full = f"{said}: ({sums}){by} = {own.weight.text}{by}."
            said = bench.fullest(*[full] * (len(texts) > 1), f"{said}.")
        if own.paths == 1:
            said = f"Each {self.met} meets only one number. These are the one kernel."
        draft = self._draft(said)
        field.output(draft, field.columns(draft, own) if field.is_written else field.bars(draft, True))
        return draft.board("kernel", said, 4, field.adds(own))

    def _combined(self) -> Board:
        """The one kernel alone, times its inputs."""
        field, made, act = self.field, self.script.cell, self.script.layer.activation
        said = f"The one kernel makes {self.total}{' with a bias' * (field.cone.ways.bias is not None)}"
        first, name = f"{field.letter(field.base, self.every[0].cell)} is the leftmost {self.met}, ", "the output"
        if field.cone.shapes[field.level][1] > 1:
            first, name = "", f"is the output: step {made.step}, filter {made.channel}"
        letters = f". In its formula {first}{field.letter(field.level, made)} {name}."
        then = f". Then {act} makes {self.script.output(*made).text} of it."
        texts = [own.product.text for own in self.every]
        worked = [f"The one kernel alone makes the same: {phrases.added(texts, self.total)}."]
        worked *= field.is_written and not field.cone.rest
        said = said + then if act != "linear" else bench.fullest(*worked, said + letters)
        draft = self._draft(said)
        field.output(draft, field.products(draft) if field.is_written else field.bars(draft), True)
        field.letters(draft)
        return draft.board("combined", said, 4, field.grows())

    def slid(self, who: str) -> Iterator[Board]:
        """The one kernel a step on, where it gives what the layers give, and then on the whole input, as Keras does."""
        kernel, cell, count = Slid(self.field.cone), self.script.cell, self.field.level - self.field.base
        beside, every = kernel.next or cell, self.field.every
        said = f"At step {beside.step} the same kernels are at work: both ways make {self.script.output(*beside).text}."
        said = said if count > 1 else "The layer uses the same kernel at every step: it slides along the whole input."
        draft = kernel.lay_all(said, beside, {cell, beside})
        if count > 1 and beside.step > cell.step:
            kernel.lay_layers(draft, beside)
        kept = [*(self.field.cone.key(self.field.base, own.cell) for own in self.every), (*self.field.key, "digits")]
        cues = [Cue((("letters",), ("times",), ("equals",)), staging.LEAVE, 0.5)]
        cues.append(Cue((("letters", "x"),), staging.MOVE, 0.4))
        cues.append(Cue((self.field.cone.key(self.field.base, cell)[:1],), staging.MOVE, 0.6, after=0.4))
        cues.append(Cue((*kept, ("joined",)), staging.MOVE, 1.2))
        cues.append(Cue((("ruler",), ("name", "level", self.field.level)), staging.MOVE, 0.6))
        cues.append(Cue((kernel.cone.key(kernel.level, beside), ("added",)), staging.ENTER + 1, 0.6))
        cues.append(Cue((("same",),), staging.ENTER + 2, 0.5))
        yield draft.board("whole", said, 3, cues)
        who = phrases.named(who)
        said = f"Yes, one kernel does the work of {phrases.layers(count)}: {who} gives the same."
        said = said if count > 1 else f"Its outputs are those of the layer in {who}."
        draft = kernel.lay_all(said, to := kernel.far(beside), every, self.script.check.library.partition(" ")[0])
        yield draft.board("keras", said, 5, kernel.slides(beside, to))
