"""closed_form: the formula of one output, and whether it is what Keras computes.

Two layers make one number of some inputs: by which formula? The taps of the first layer slide along the input, the next
layer multiplies what they give. Its factors go into the brackets, the columns add up, and a tap for each input is left:
one kernel, which meets the input and gives the same number. Then the check: Keras's number, and how far float32 may
land from the exact sum. Inputs, rows, the one kernel and the output have their places for the whole story; the kernel
leaves its own only to meet the input. Of a short input all is seen in the beginning and in the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convexplain.board import pieces, staging
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.board.pieces import Part
from convexplain.stories import phrases
from convexplain.stories.many_layers import beside
from convexplain.stories.many_layers.cone import Cone
from convexplain.stories.many_layers.formulas import change, lit, spoken
from convexplain.stories.many_layers.gathered import quick
from convexplain.stories.many_layers.landing import Lines
from convexplain.stories.many_layers.merged import Merged
from convexplain.stories.many_layers.walked import times
from convexplain.stories.many_layers.ways import Joined, lowest
from convexplain.stories.script import Script

FIGURE = {1: ("nested", "combined"), 2: ("nested", "multiplied", "combined", "output")}
"""The boards of the composed figure, by how many panels stand side by side."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    told = _Telling(Merged(Cone(script, form, lowest(script, ("linear",)))))
    lines = Lines(script, form, told.field.base, told.field.key)
    return (*told.boards(lines), *lines.boards(bool(told.every)))


class _Telling:
    """The boards of one field."""

    def __init__(self, field: Merged) -> None:
        self.field, self.script = field, field.script
        self.every, self.formula = field.cone.shown, list[Part]()
        """The samples, and the formula that stands on the board before."""
        self.count = len({cell.channel for cell in field.cone.read[min(field.base + 1, field.level)]})
        """How many channels of the level above the base the output reads."""
        self.channels = f"{'both' if self.count == 2 else f'all {phrases.spelled(self.count)}'} channels"
        below = f"layer {field.base}'s numbers"
        self.met, self.signal = (below, below) if field.base else ("inputs", "the input")

    def boards(self, lines: Lines) -> Iterator[Board]:
        """From the question to the output, and to the answer where Keras's number is the very one that was told."""
        field = self.field
        if not self.every:
            return
        yield self._question()
        if field.rows:
            yield self._rows()
            yield from map(self._multiplied, ["second", "nested", *["into"] * field.is_written, "multiplied"])
            yield self._column(self.field.told)
            if field.is_written and len(self.every) > 1:
                yield self._combined("rest")
        yield self._combined("combined")
        yield self._output()
        if lines.is_same:
            yield self._output(lines)

    def _draft(
        self, said: str, parts: Sequence[Part] = (), meant: Iterable[str] = (), more: str = "", key: str = "more"
    ) -> tuple[Draft, list[Cue]]:
        """A board with its caption and its formula, and how that comes about from the one before. A remark that has
        room stands over the caption; in a column, where the formula does, behind it.
        """
        form, before = self.field.form, self.formula
        ems, is_behind = (form.width - 2 * form.margin) / form.small, form.is_narrow and bool(parts)
        text = f"{said} {more}" if is_behind else more
        has_room = more and len(pieces.wrapped(text, ems)) <= 1 + form.is_narrow
        draft, self.formula = spoken(form, text if has_room and is_behind else said, parts, meant)
        if self.formula and self.formula[0].name == "tap":  # the letters of taps in their layers' hues
            for layer in self.field.formula.numbers:
                own = lit(self.formula, self.field.formula.k(layer))
                draft.change([("formula", name) for name in own], role=self.field.hue(layer))
        if has_room and not is_behind:
            pieces.remark(draft, (key,), more, form.small)
        return draft, change(before, self.formula) if before and before != self.formula else []

    def _question(self) -> Board:
        """The inputs, the layers and their output, and a dashed place for a tap under each input."""
        field, layers, base = self.field, self.script.source.stack.layers, self.field.base
        rows, met = phrases.count(len(field.formula.numbers), "layer"), field.cone.ways.joined
        kinds = [f"{number} of layer {base}" for number in ("number", "numbers")] if base else ["input"]
        read = phrases.count(len(met), *kinds)
        read += f" ({phrases.spelled(len(self.every))} shown)" * (len(self.every) < len(met))
        taps = phrases.count(len(met), "number").removeprefix("one ")
        taps += " and a bias" * any(layers[number - 1].use_bias for number in field.formula.numbers)
        made = f"the {'output' if self.script.layer.is_linear else 'sum'} at step {self.script.cell.step}"
        said = f"{phrases.sentence(rows)} make {field.total.text}, {made}, from {read}: which {taps} do it at once?"
        said = said if field.rows else f"One layer: which {taps} make its output?"
        more = field.shown() or "A layer multiplies by the given numbers of its kernels and adds."
        if base:
            more = f"Layer {base} ends in {layers[base - 1].activation}: no formula goes through that; it starts after."
        draft, _ = self._draft(said, more=more)
        wide = field.whole(field.left) if field.every else field
        wide.samples(draft, [own.cell for own in self.every])
        wide.strip(draft, field.low)
        wide.asked(draft, beside.total(field, draft))
        return draft.board("question", said, 4)

    def _rows(self) -> Board:
        """The first row of each channel, and the others, slid from it."""
        field, low, every = self.field, self.field.base + 1, self.field.rows
        taps, seen = self.script.source.stack.layers[field.base].kernel_size, len(field.channels)
        lays, along = ("slides", "along") if len({row.step for row in every}) > 1 else ("lays", "on")
        kernels = phrases.count(self.count, field.kernels) + f" ({phrases.spelled(seen)} shown)" * (seen < self.count)
        done = f": taps times {self.met}, added" if field.is_written else f", each of {phrases.count(taps, 'tap')}"
        said = f"Layer {low} {lays} {kernels} {along} {self.signal}{done}."
        parts, counted = field.formula.given(), f", counted by {field.formula.k(low)}" * field.is_indexed
        makes = f"; what it gives is a channel of *y*{low}" * (self.count > 1)
        more = f"The numbers of a kernel are its taps{counted}{makes}."
        if not field.is_written:
            more = "The numbers of a kernel are its taps; a tile is one, dim below zero."
        draft, cues = self._draft(said, parts, lit(parts, f"*w*{low}"), more)
        field.stage(draft)
        beside.given(field, draft, False)
        cues += [Cue((("layer", low + 1),), staging.MOVE, 0.9), Cue((("layer", low),), staging.MOVE, 0.7, after=0.4)]
        for n, row in enumerate(every):
            beat, lasts, tiles = staging.ENTER + n, quick(n, len(every), 1.2), (piece.key for piece in row.pieces)
            cues.append(Cue((row.key, ("name", "k", *row.at)), beat, 0.4 * lasts, after=0.8 * lasts))
            cues.append(Cue((*tiles, (*row.key, "card")), beat, lasts, "down first"))
        cues.append(Cue((("name", "k1"),), staging.ENTER, 0.4, after=0.6))
        return draft.board("rows", said, 4, cues)

    def _multiplied(self, name: str) -> Board:
        """The taps of the ``second`` layer, each beside its row; the numbers as brackets, ``nested``; a tap goes
        ``into`` its bracket, and the others are ``multiplied`` out.
        """
        field, upper, form, written = self.field, self.field.base + 2, self.field.formula, self.field.is_written
        # One that has taps, and another factor than 0 and 1, if there is one.
        first = max(field.rows, key=lambda row: (len(row.pieces), row.weight.value not in (0, 1)))
        done = {"into": [first], "multiplied": field.rows}.get(name, [])
        left, is_second = [row for row in field.rows if row not in done], name == "second"
        each = [*(row.times() for row in field.rows), *(number.text for _, number, _ in field.rest)]
        into = ", ".join(f"{times(first.weight, piece.taps[0])} = {piece.weight.text}" for piece in first.pieces)
        count, given = phrases.count(field.cone.ways.count, "product"), field.total.text
        over = f", {self.channels}" * (self.count > 1) or ","
        worked = f"{phrases.sentence(form.above)}: tap times sum, added: {phrases.added(each, given)}."
        said = {
            "second": worked if written else f"Each sum times a tap of {form.above}{over} added: {given}.",
            "nested": "Each sum is a bracket: its taps times the inputs above.",
            "into": f"{first.weight.text} goes into its bracket{f': {into}' * (len(first.pieces) < 4)}.",
            "multiplied": f"Each tap goes into its row: {count} to add{f', still {given}' * written}.",
        }[name]
        parts, letters = form.closed(not is_second), ["∑", *field.upper] if is_second else ["(", ")"]
        if name == "multiplied":
            parts, letters = form.expanded(), [*field.upper, f"*w*{upper - 1}"]
        draft, cues = self._draft(said, parts, lit(parts, *letters), form.counted() if is_second else "")
        field.stage(draft, done, left, not is_second)
        if is_second:
            beside.given(field, draft, True)
        else:
            beside.brackets(field, draft, left)
            beside.products(field, draft, left)
        cues.append(Cue((("layer",),), staging.LEAVE, 0.4))
        if not is_second and not written:
            cues.append(Cue((("name", "head"),), staging.ENTER - 0.5, 0.9))
        cues.append(Cue((("layer", "both"),), staging.MOVE + min(len(done) - 1, 4), 0.4, after=0.6))
        for n, key in enumerate([*(row.at for row in left), *(key for key, *_ in field.rest)]):
            beat, lasts = staging.ENTER + n, quick(n, len(left), 0.6)
            cues.append(Cue((("row", *key, "digits"),), beat, 0.5 * lasts))
            cues.append(Cue((("row", *key, "work"), ("bracket", *key)), beat, lasts))
            come = (("tap", *key), *[("row", *key), ("name", "k", *key)] * is_second)
            cues.append(Cue(come, staging.LEAVE, 0.4, "fade", (), 0.4 + 0.25 * min(n, 4)))
            cues += [Cue((("tap", *key, "times"),), beat, lasts)] * (not is_second)
            cues.append(Cue((("product", *key), key), beat, lasts, after=0.5 * lasts * written))
        for n, row in enumerate(done):
            beat, lasts = staging.MOVE + min(n, 4), quick(n, len(done), 1.5 if name == "into" else 1.0)
            step, tap = 0.3 * lasts * written, ("tap", *row.at)
            # Its name is gone before the tap flies, a number before the tap is in its tile; the product comes after.
            cues.append(Cue((tap,), beat, 0.8 * lasts, after=0.2))
            cues.append(Cue(((*tap, "times"), ("name", "k", *row.at)), beat, 0.2))
            for place, piece in enumerate(row.pieces):
                cues.append(Cue((piece.key,), beat, lasts, after=step * place + 0.1 * lasts + 0.2))
            lates, late = (("bracket", *row.at), ("row", *row.at)), step * len(row.pieces) + 0.8 * lasts + 0.2
            cues.append(Cue(lates, beat, 0.5, after=late))
            cues.append(Cue((("product", *row.at),), beat, 0.2, after=late + 0.2))
        return draft.board(name, said, 4, cues)

    def _column(self, own: Joined) -> Board:
        """The column of one input: what it adds up to is a tap."""
        field, more = self.field, ""
        met, column, index = field.cone.called(own.cell), field.column(own), field.index(own.cell).split(", ")
        each = f" of {self.channels}" * (1 < len({row.channel for row, _ in column}) == self.count)
        each += f" ({phrases.spelled(len(column))} shown)" * (len(column) < own.paths)
        tiles = phrases.sentence(phrases.count(own.paths, f"tile{each} meets", f"tiles{each} meet"))
        said = f"{tiles} {met}{': added, one tap,' if own.paths > 1 else ' and is its tap:'} {own.weight.text}."
        if field.is_indexed:
            k2, k1 = map(field.formula.k, field.formula.numbers)
            more = f"{k2} shifts a row, {k1} counts on in it: here {field.formula.met} = {index[0]}."
        draft, cues = self._draft(said, *self._tap(*index), more)
        field.stage(draft, field.rows, cells=[own.cell], made=[own])
        beside.header(field, draft, [own.cell], field.is_indexed)
        if more:
            beside.pairs(field, draft, column, index[0])
        if field.is_written:
            field.lines(draft, [own])
        # The light is there when the words are.
        cues.append(Cue((("x",), ("way",), ("row",), ("ruler",), ("band",)), staging.LEAVE, 0.6))
        cues.append(Cue((("asked", *own.cell),), staging.ENTER, 0.3))
        cues.append(Cue((("joined", *own.cell),), staging.ENTER, 0.6, "fade", (), 0.2))
        cues.append(Cue((("added", *own.cell),), staging.ENTER, 0.4, "", (), 0.4))
        return draft.board("column", said, 4, cues)

    def _tap(self, *index: str) -> tuple[list[Part], list[str]]:
        """The formula of a tap of the one kernel, and its parts that say which: of one that is told, or of any."""
        parts = self.field.formula.column(self.field.is_indexed, *index)
        return parts, [part.name for part in parts if part.name.startswith(("at ", "met at "))]

    def _combined(self, name: str) -> Board:
        """The columns close up to one kernel, the ``rest`` after the one that was told; then the formula in numbers, if
        it is short: ``y2[2] = −4·x[2] + 4·x[3]``.
        """
        field, seen, every = self.field, sum(len(row.pieces) for row in self.field.rows), self.field.cone.ways
        products, joined, is_rest = phrases.count(every.count, "product"), len(every.joined), name == "rest"
        shown, written = f"{products}{f' ({seen} shown)' * (seen < every.count)}", field.written()
        said = f"{phrases.sentence(shown)} add up to {phrases.count(joined, 'tap')}: the closed form."
        if written:
            said = f"The closed form: {written}."
        elif not field.rows:
            said = "One layer is one kernel: the closed form."
        more = f"It goes straight from {self.met} to output."
        if not field.is_written:
            more = "Taller tiles are larger numbers, dim ones below zero."
        elif len(field.formula.numbers) == 2:
            layers = f"{every.count} in layer {field.base + 1} and {field.count} in layer {field.level}"
            more = f"For one output {phrases.count(joined, 'product')}, in place of {layers}."
        parts, meant = [] if written else field.formula.merged(field.is_everywhere), list[str]()
        if is_rest:
            said, more = f"Each column adds up to its tap: {products} make {phrases.spelled(joined)}.", ""
            parts, meant = self._tap()
        draft, cues = self._draft(said, parts, meant, more)
        cells = [own.cell for own in self.every] if is_rest else None
        field.samples(draft, cells)
        is_later = "*t*" in written and not is_rest
        beside.header(field, draft, cells or (), is_rest and field.is_indexed, is_later)
        field.strip(draft, field.low, self.every)
        beside.total(field, draft, is_meant=is_rest)
        cues += field.stacks(draft)
        if field.rows:
            field.lines(draft, self.every)
        return draft.board(name, said, 4, cues)

    def _output(self, lines: Lines | None = None) -> Board:
        """The one kernel meets the inputs; in the end beside what another computes, as its number lines know."""
        field, total, is_every = self.field, self.script.output(*self.script.cell), bool(lines and self.field.every)
        parts = [] if lines and field.form.is_narrow else field.formula.merged(is_every)
        serves = ", and serves every step" * (field.is_everywhere and self.script.shape[0] > 1)
        said = f"One kernel gives the same {total.text}{serves}."
        if lines and lines.answer:
            said = f"{lines.who} runs the layers and gets {lines.answer} too: the formula is what it computes."
            if is_every:
                who = f"{'the library ' * (lines.who == 'Keras')}{lines.who}"
                layers = phrases.count(len(field.formula.numbers), "layer").removeprefix("one ")
                said = f"The kernel slides to every step; {who} runs the {layers}."
        elif lines:
            said = "float32 holds all these numbers exactly: nothing is rounded."
        elif total.value != field.total.value:
            said = f"{self.script.layer.activation} makes {total.text} of {field.total.text}."
        elif field.is_written and sum(own.product.value for own in self.every) == total.value:
            worked = phrases.added([times(own.weight, own.sample) for own in self.every], total.text)
            told = f"The one kernel gives {worked}, the same."
            said = told if spoken(field.form, told, parts)[1] == parts else said
        more = "Each bar begins where the last one ended; hollow bars go down."
        more = more if field.is_one_scale else "Each row has its own scale; each bar begins where the last one ended."
        more, key = (f"{self.script.check_words()}.", "check") if lines else (more, "more")
        draft, cues = self._draft(said, parts, lit(parts, "*t*" if lines else "*j*"), more, key)
        answered = f"{lines.who}: {lines.answer}" if lines and lines.answer else ""
        cues += field.sums(draft, lines.who) if lines and is_every else field.meets(draft, answered)
        cues.append(Cue((("remark", "check"),), staging.ENTER + len(self.every), 0.4))
        return draft.board("keras" if answered else "exact" if lines else "output", said, 4, cues)
