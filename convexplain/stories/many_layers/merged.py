"""What the columns of a field add up to: one kernel, asked for, filled tap by tap, and laid on the input.

The kernel is one strip of tiles that waits below the rows, and lies under the samples when it meets them; then tap
times sample climbs to the output. This module knows a field and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction

from convexplain.board import motion, pieces, staging
from convexplain.board.marks import CARD, PARTIAL, SMALL, TEXT, Cue, Draft, Key, Role, line, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_layers import beside
from convexplain.stories.many_layers.cone import is_whole
from convexplain.stories.many_layers.field import DARK, Field, Row, Sum, fits
from convexplain.stories.many_layers.gathered import quick
from convexplain.stories.many_layers.walked import addend, wide
from convexplain.stories.many_layers.ways import Joined, Way


class Merged(Field):
    """A field whose columns merge."""

    @property
    def told(self) -> Joined:
        """The sample whose column is told first: one of many tiles, and no 0 or 1, which hides a product."""

        def telling(own: Joined) -> tuple[int, int, bool, bool]:
            tiles = sum(piece.weight.value != 0 for _, piece in self.column(own))
            return tiles, own.paths, own.weight.value != 0, abs(own.sample.value) not in (0, 1)

        return max(self.cone.shown, key=telling)

    def column(self, own: Joined) -> list[tuple[Row, Way]]:
        """The taps under a sample, from the highest row down, with their rows."""
        return [(row, piece) for row in self.rows for piece in row.pieces if piece.cells[0] == own.cell]

    def tiles(self, own: Joined) -> tuple[Key, ...]:
        """The keys of a column's tiles."""
        return tuple((*piece.key, "bar") for _, piece in self.column(own))

    def shown(self) -> str:
        """What the numbers shown are, as far as a line has room: rounded, and in units, those of the output first."""
        rounded, units = phrases.rounding(self.script), self.script.shown.units
        said, head = [", ".join(units[-count:]) for count in range(len(units), 0, -1)], f"{rounded[:-1]}; "
        whole = [f"{head}{own}." for own in said if rounded] + [f"Here {own}." for own in said]
        room = (self.form.width - 2 * self.form.margin) * SMALL / self.form.small
        return benches.longest(room, whole or [rounded])

    def written(self) -> str:
        """The closed form in numbers, if short: ``y2[t] = −4·x[t] + 4·x[t + 1]``; nothing where the output is more."""
        script = self.script
        if not self.is_written or not script.layer.is_linear or self.cone.rest:
            return ""
        at = self.formula.later if self.is_everywhere else str
        terms = [f"{o.weight.text}·{self.cone.called(o.cell, at(o.cell.step))}" for o in self.cone.shown]
        t = "*t*" if self.is_everywhere else script.cell.step
        said = f"*y*{self.level}[{t}] = {phrases.added(terms, '')[:-3]}"
        return said if len(said) < 100 else ""

    def stage(
        self, draft: Draft, multiplied: Collection[Row] = (), taps: Collection[Row] = (), nested: bool = False,
        cells: Collection[Cell] | None = None, made: Collection[Joined] | None = None,
    ) -> None:  # fmt: skip
        """Samples, rows, their ``taps``, the kernel as far as ``made``, the output; what meets the ``cells`` is lit."""
        self.samples(draft, cells)
        self.strips(draft, multiplied, cells, bool(taps))
        self.recede(draft, [way for row in self.rows for way in row.pieces if cells and way.cells[0] not in cells])
        beside.names(self, draft)
        self.strip(draft, self.low, made or ())
        beside.total(self, draft)
        beside.bands(self, draft, cells or () if made else (), self.low + self.kernel / 2 + 12)
        if made is None:
            beside.layers(self, draft, taps, nested)

    def recede(self, draft: Draft, pieces: Iterable[Way]) -> None:
        """Tiles with numbers that are not meant: dim, and what they say stays clear."""
        for piece in pieces if self.is_written else ():
            draft.change([(*piece.key, "bar")], light=self.idle)
            draft.change([(*piece.key, "digits")], role="ink", light=0.8)

    def strip(self, draft: Draft, y: float, made: Collection[Joined] = ()) -> None:
        """The kernel about a height: its taps that are ``made``, and places of the others."""
        high, width, every = self.kernel, self.inside, self.cone.shown
        largest = max((abs(own.weight.value) for own in every), default=Fraction(1))
        texts = [own.weight.text for own in every if self.is_written]
        sizes = [size for size in (PARTIAL, TEXT, self.form.small, SMALL) if 1.3 * size < high and size <= self.larger]
        size = benches.fitting(width - 32, ["?", *texts], sizes or [SMALL])
        xs = [self.x(own.cell) for own in every]
        across = min(xs) - self.slot / 2 - 2, max(xs) + self.slot / 2 + 2
        pieces.card(draft, ("kernel",), *across, y - high / 2 - 6, y + high / 2 + 6, "kernel")
        self.name(draft, ("kernel",), "one kernel *w*", self.form.margin, y, role="kernel")
        for own, x in zip(every, xs, strict=True):
            if own in made:
                key, box, tiles = ("joined", *own.cell), (x, y, width, high), self.tiles(own)
                self.tile(draft, key, own.weight, "kernel", box, largest, True, own.weight.text, size, made_of=tiles)
            elif wide("?", size) < 0.5 * width:
                asked = plate("kernel", x - width / 2, y - high / 2, x + width / 2, y + high / 2, edge=1.0, light=0.0)
                draft.put("kernel", ("asked", *own.cell, "box"), asked.at(hollow=True, size=3, dash=14.0, radius=8.0))
                draft.put("kernel", ("asked", *own.cell, "digits"), words("?", x, y, size, "kernel"))
        if wide("?", size) >= 0.5 * width and not made:  # one for all
            draft.put("kernel", ("asked", "digits"), words("?", sum(across) / 2, y, TEXT, "kernel"))

    def lines(self, draft: Draft) -> None:
        """What the one kernel is, and its taps at the right; where numbers are written and have room, as sums."""
        every, head = self.cone.shown, f"*w* = ∑{' '.join(f'*w*{number}' for number in self.formula.numbers)}"
        pitch = (self.last - self.top) / (len(every) + 1)
        sizes = [size for size in (self.size, self.form.small, SMALL) if size < pitch]
        for gap in (" ", "", None) if self.is_written else (None,):
            texts = [head, *(self._line(own, gap) for own in every)]
            if size := benches.fitting(self.end - self.right - 14, texts, [*sizes, 0.0]):
                break
        pitch, left = min((1.7 if self.is_written else 1.3) * size, pitch), max(wide(text, size) for text in texts)
        for n, (own, text) in enumerate(zip([None, *every], texts, strict=True) if size else ()):
            key, made_of = (own.cell, self.tiles(own)) if own else (("head",), ())
            y = self.last - (len(texts) - n - 0.5) * pitch
            draft.put("beside", ("added", *key), words(text, self.end - left, y, size, "kernel", -1, made_of=made_of))

    def _line(self, own: Joined, gap: str | None) -> str:
        """A tap, and what it is the sum of, with a gap about its signs, where there is one."""
        each = [piece.weight.text for _, piece in self.column(own)]
        is_sum = gap is not None and 1 < own.paths == len(each)
        added = f" = {phrases.added(each, '')[:-3].replace(' ', gap or '')}" if is_sum else ""
        return f"*w*[{self.index(own.cell)}]{added} = {own.weight.text}"

    def asked(self, draft: Draft, begins: float) -> None:
        """The layers where rows will be give the output, whose name ``begins`` at an x; so should the kernel."""
        right, apart = self.axis.right, 44.0
        above = self.foot + self.high[1] * self.unit
        end, y = max(self.x(own.cell) for own in self.cone.shown) + self.slot / 2 + 16, self.top
        thick = (self.last - y + apart) / len(self.formula.numbers) - apart
        for layer in reversed(self.formula.numbers):
            face = plate("sample", self.axis.left + 2, y, right - 2, y + thick, light=CARD, z=-2 - 0.1 * layer)
            draft.put("layers", ("layer", layer, "card"), face)
            draft.put("layers", ("layer", layer, "name"), words(f"layer {layer}", face.x, face.y, self.larger))
            into = line("quiet", face.x, above + 8, face.x, y - 8, size=4, head=18.0)
            draft.put("layers", ("tie", layer), into)
            above, y = y + thick, y + thick + apart
        number = draft.marks[(*self.key, "digits")]
        middle, to = face.y, number.y - 0.36 * number.size - 28
        upper = (right - 2, middle, number.x, middle, number.x, middle, number.x, to - 18)
        draft.put("layers", ("tie", "layers"), line("quiet", *upper, size=4, curve=True, z=-1))
        draft.put("layers", ("tie", "head"), line("quiet", number.x, to - 19, number.x, to, size=4, head=18.0, z=-1))
        if begins - 16 - end > 70:
            tie = line("kernel", end, self.low, begins - 16, self.low, size=4, dash=14.0, z=-1)
            draft.put("layers", ("tie", "kernel"), tie)

    def fills(self, draft: Draft) -> list[Cue]:
        """How the columns fill the one kernel one after the other, and where their tiles go when they leave."""
        cues, count = list[Cue](), len(self.cone.shown)
        for n, own in enumerate(self.cone.shown):
            keys = [piece.key for _, piece in self.column(own)]
            for key in keys:
                for kind in {"bar", "digits"} & {mark[-1] for mark in draft.marks if mark[:-1] == key}:
                    draft.change([(*key, kind)], goes_into=("joined", *own.cell, kind))
            beat, lasts = staging.MOVE + n, quick(n * (count > 6), count, 0.8)
            cues.append(Cue((*keys, self.cone.key(self.base, own.cell), ("asked", *own.cell)), beat, 0.5 * lasts))
            cues.append(Cue((("joined", *own.cell),), beat, 0.5 * lasts, "fade", (), 0.3 * lasts))
            cues.append(Cue((("added", *own.cell),), beat, 0.4 * lasts, after=0.6 * lasts))
        return cues

    def meets(self, draft: Draft, answered: str) -> list[Cue]:
        """Between samples and kernel the staircase of tap times sample, the output, and what another answers."""
        rest, every, size = self.cone.rest, self.cone.shown, self.size
        self.samples(draft)
        beside.header(self, draft, False)
        self.strip(draft, self.low, every)
        beside.total(self, draft, True)
        climbed, room = sum(self.climbed) or 1.0, self.last - self.top - self.above - self.below
        unit = self.unit if self.is_one_scale else room / climbed
        # What the staircase leaves free stands above it and below.
        floor = self.top + self.above + max(0.0, room - climbed * unit) / 2 + self.climbed[0] * unit
        pitch = (self.end - self.axis.right) / (len(rest) + 1)
        width = min(140.0, 0.56 * self.slot, 0.6 * pitch)
        pieces.baseline(draft, ("level", self.level), self.axis.left, self.end, floor)
        made: dict[Key, tuple[Key, ...]] = {
            ("share", *o.cell): (("joined", *o.cell, "bar"), (*self.cone.key(self.base, o.cell), "bar")) for o in every
        }
        steps: list[tuple[Key, Number, Role, float]]
        steps = [(("share", *own.cell), own.product, "kernel", self.x(own.cell)) for own in every]
        steps += [(key, n, role, self.axis.right + (at + 0.4) * pitch) for at, (key, n, role) in enumerate(rest)]
        total = self.script.output(*self.script.cell)
        whole = is_whole(*(number for _, number, *_ in steps)) and unit > 8
        pieces.staircase(draft, steps, floor, unit, width, made, None, (), SMALL, whole, until=self.end - width)
        for key, number, *_ in steps:
            if number.value < 0:
                draft.change([(*key, "bar")], **({"hollow": True, "size": 4.0} if self.is_written else {"light": DARK}))
        foot = self.last + self.apart - 20 - size / 2
        if self.is_written:
            self._worked(draft, steps, foot, pitch - 8)
            y = floor - float(total.value) * unit - (0.5 * self.form.small + 10) * (-1 if total.value < 0 else 1)
            text, x = words(total.text, 0, y, self.form.small, about=total.about), self.end - width / 2
            draft.put("stairs", (*self.key, "reached"), text.at(x=min(x, self.end - text.width / 2)))
        more = [f"{len(self.cone.ways.joined) - len(every):,} more", "rest"]
        for key, *_ in () if self.is_written else rest:
            said = benches.longest(pitch - 8, more) if key == ("rest",) else key[0]
            pieces.note(draft, key, said, draft.marks[(*key, "bar")].x, foot, 0)
        parents = tuple((*key, "bar") for key, *_ in steps)
        pieces.column(
            draft, self.key, total, self.end - width / 2, floor, width, unit, "output", bricks=whole, made_of=parents
        )
        if answered:
            draft.put("keras", ("keras", "digits"), words(answered, self.end, foot, size, align=1))
        # Column by column tiles go into the tap that they make; then each product grows from the last; then the output.
        cues = [Cue((("added",), ("name", "head")), staging.LEAVE, 0.4)]
        cues.append(Cue((("row",), ("name", "channel")), staging.MOVE, 0.4, after=0.3))
        for place, (key, *_) in enumerate(steps):
            beat, lasts = staging.ENTER + place, quick(place, len(steps), 0.7)
            column = [piece.key for _, piece in self.column(every[place])] if place < len(every) else []
            cues.append(Cue(tuple(column), staging.MOVE, 0.7, after=min(0.2 * place, 1.0)))
            cues.append(Cue(((*key, "bar"),), beat, lasts))
            cues.append(Cue(((*key, "digits"), ("note", *key)), beat, 0.3 * lasts, after=0.7 * lasts))
        last = (*self.key, "bar"), (*self.key, "reached"), ("keras", "digits")
        return [*cues, Cue(last, staging.ENTER + len(steps), 0.9, "across first", (), 0.1)]

    def _worked(self, draft: Draft, steps: Sequence[tuple[Key, Number, Role, float]], foot: float, room: float) -> None:
        """Below the steps of a staircase tap times sample, or what they give."""
        every = self.cone.shown
        terms = Sum(self.script.cell.step, self.total, tuple(every)).terms
        terms = terms if fits(self.slot - 12, terms) else [addend(own.product) for own in every]
        size = benches.fitting(self.slot - 12, terms, (self.size, self.form.small, SMALL))
        for place, (key, number, _, x) in enumerate(steps):
            said, own = (terms[place], size) if place < len(every) else (f"{key[0]} {addend(number)}", 0.0)
            own = own or benches.fitting(room, [said], (size, SMALL))
            draft.put("stairs", (*key, "digits"), words(said, x, foot, own))

    def sums(self, draft: Draft, who: str) -> list[Cue]:
        """The one kernel at every step, a row each: tap times sample, the output, and what another answers."""
        form, every, step, cues = self.form, self.every, self.script.cell.step, list[Cue]()
        field = self.whole(form.margin + (100.0 if form.is_narrow else 180.0))
        field.samples(draft)
        size = benches.fitting(field.slot - 16, [text for own in every for text in own.terms], (field.size, SMALL))
        top, small, largest = field.top + 10, form.small, Fraction(1)
        pitch = min(120.0, (field.bottom - top) / len(every))
        high, y = min(field.kernel, pitch - 14), field.top - field.over
        equals = field.axis.right + (24 if form.is_narrow else 44)
        kinds: dict[int, Key] = {own.step: ("times", own.step) for own in every} | {step: ("joined",)}
        texts = [own.output.text for own in every]
        large = benches.fitting((field.end - equals - 60) / 2, texts, [field.larger, field.size, SMALL])
        apart = 1.2 * max(wide("−8", large), *(wide(text, large) for text in texts))
        ends = field.end - apart - (40.0 if form.is_narrow else 100.0), field.end
        taps, room = len(self.cone.shown), ends[0] - wide("kernel", small) - 24 - field.axis.left
        fit = f": {phrases.count(taps, 'tap')} fit {phrases.spelled(len(every))} times"
        fit *= (len(field.seen) - taps + 1 == len(every)) * fits(room, [f"one kernel *w*{fit}"], small)
        field.name(draft, ("kernel",), f"one kernel *w*{fit}", field.axis.left, y, size=small, role="kernel")
        field.name(draft, ("sum", "head"), f"*y*{field.level}[*t*]", form.margin, y, size=small, role="formula")
        draft.put("keras", ("keras", "name", "kernel"), words("kernel", ends[0], y, small, "kernel", 1))
        layers = phrases.count(len(field.formula.numbers), "layer")
        heads = [layers, f"{who},"] if ends[1] - wide(layers, small) > ends[0] + 12 else [who]
        for place, said in enumerate(heads):
            draft.put("keras", ("keras", "name", place), words(said, ends[1], y - 1.1 * small * place, small, align=1))
        for place, own in enumerate(every):
            y, told = top + (place + 0.5) * pitch, own.step == step
            key = self.cone.key(field.level, Cell(own.step, self.script.cell.channel))
            role = "ink" if told else "quiet"
            field.name(draft, ("sum", own.step), f"*t* = {own.step}", form.margin, y, size=small, role=role)
            # The kernel slides on from the row that is nearer to the told one.
            near = every[place + (own.step < step) - (own.step > step)]
            for met, before, text in zip(own.joined, near.joined, own.terms, strict=True):
                tile, copy = (*kinds[own.step], *met.cell), (*kinds[near.step], *before.cell)
                box, number = (field.x(met.cell), y, field.slot - 8, high), met.weight._replace(about=None)
                look = {} if told else {"copy_of": (*copy, "bar"), "z": -1 - motion.LIFT}
                field.tile(draft, tile, number, "kernel", box, largest, told, text, size, **look)
                if not told:
                    draft.change([(*tile, "digits")], light=1.0, copy_of=(*copy, "digits"))
            draft.put("times", ("times", own.step, "sign"), words("=", equals, y, field.size, "quiet"))
            mark = words(own.output.text, ends[0], y, large, "kernel", 1, about=own.output.about)
            draft.put("digits", (*key, "digits"), mark)
            draft.put("keras", ("keras", own.step, "digits"), words(own.output.text, ends[1], y, large, align=1))
            beat = staging.ENTER + (own.step if own.step > step else step - own.step)
            cues.append(Cue((("times", own.step),), beat, 0.8, "down first"))
            cues.append(Cue((("times", own.step, "sign"), (*key, "digits"), ("keras", own.step)), beat, 0.3, after=0.6))
        # The kernel comes down when the staircase is gone and all samples are there.
        for cell in {own.cell for own in field.seen} - {own.cell for own in self.cone.shown}:
            cues.append(Cue((self.cone.key(self.base, cell), ("ruler", cell.step)), staging.MOVE, 0.4, after=0.5))
        cues.append(Cue((("share",), ("name", "output"), (*self.key, "bar")), staging.MOVE, 0.5))
        cues.append(Cue((("name", "sum"), ("keras", "name"), ("times", step, "sign")), staging.MOVE, 0.3, after=1.0))
        return [*cues, Cue((("joined",), ("name", "kernel"), (*self.key, "digits")), staging.MOVE, 0.8, after=0.3)]
