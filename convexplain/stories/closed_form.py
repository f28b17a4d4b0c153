"""closed_form: the formula of one output, and whether it is what Keras computes.

Two layers make one number of some inputs: by which formula? The taps of the first layer slide along the input, the next
layer multiplies what they give. Its factors go into the brackets, the columns add up, and a tap for each input is left:
one kernel, which meets the input and gives the same number. Then the check: Keras's number, and how far float32 may
land from the exact sum. Inputs, rows, the one kernel and the output have their places for the whole story. Of a short
input all is seen in the beginning and in the end, where the kernel slides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convexplain.board import pieces, staging
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.board.pieces import Part
from convexplain.stories import phrases
from convexplain.stories.many_layers import beside
from convexplain.stories.many_layers.cone import Cone
from convexplain.stories.many_layers.formulas import change, spoken, whole
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
        yield self._question(lines)
        if field.rows:
            yield self._rows()
            yield from map(self._multiplied, ["second", "nested", *["into"] * field.is_written, "multiplied"])
            yield self._column(field.told)
        yield self._combined()
        yield self._output()
        if lines.is_same:
            yield self._output(lines)

    def _draft(
        self, said: str, parts: Sequence[Part] = (), letters: Iterable[str] = (), more: str = "", key: str = "more"
    ) -> tuple[Draft, list[Cue]]:
        """A board with its caption and its formula, some letters lit, and how that comes about from the one before. A
        remark that has room stands over the caption; in a column, where the formula does, behind it.
        """
        form, before = self.field.form, self.formula
        ems, is_behind = (form.width - 2 * form.margin) / form.small, form.is_narrow and bool(parts)
        text = f"{said} {more}" if is_behind else more
        has_room = more and len(pieces.wrapped(text, ems)) <= 1 + form.is_narrow
        draft, self.formula = spoken(form, text if has_room and is_behind else said, whole(parts), letters)
        if has_room and not is_behind:
            pieces.remark(draft, (key,), more, form.small)
        return draft, change(before, self.formula) if before and before != self.formula else []

    def _question(self, lines: Lines) -> Board:
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
        if lines.is_same and lines.answer and self.script.layer.is_linear:
            who = f"{'The library ' * (lines.who == 'Keras')}{lines.who}"
            said = f"{who} gets {field.output} = {field.total.text} by {rows}: which {taps} do it at once?"
        said = said if field.rows else f"One layer: which {taps} make its output?"
        alone = "; no bias, and nothing between the layers" * ("bias" not in taps and len(field.formula.numbers) > 1)
        more = field.shown() or f"A layer multiplies by the given numbers of its kernels and adds{alone}."
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
        steps, upper = len({row.step for row in every}), self.script.source.stack.layers[low].kernel_size
        lays, along = ("slides", "along") if steps > 1 else ("lays", "on")
        kernels = phrases.count(self.count, field.kernels) + f" ({phrases.spelled(seen)} shown)" * (seen < self.count)
        done = f": taps times {self.met}, added" if field.is_written else f", each of {phrases.count(taps, 'tap')}"
        said = f"Layer {low} {lays} {kernels} {along} {self.signal}{done}."
        more = f"A tile is a tap, a kernel's number{', dim below zero' * (not field.is_written)}"
        if field.is_written and len(field.formula.numbers) == 2 and steps == upper > 1:
            each, of = ("a kernel gives a channel,", " per channel") if self.count > 1 else ("it stands", "")
            more += f"; {each} at {phrases.count(steps, 'step')}: layer {low + 1} has {phrases.spelled(upper)} taps{of}"
        draft, cues = self._draft(said, field.formula.given(), [f"*w*{low}"], f"{more}.")
        field.stage(draft)
        beside.given(field, draft)
        cues.append(Cue((("layer", low + 1),), staging.MOVE, 0.7, after=0.2))
        cues.append(Cue((("layer", low),), staging.MOVE, 0.6, after=0.7))  # when the way is free
        for n, row in enumerate(every):
            beat, lasts, tiles = staging.ENTER + n, quick(n, len(every), 1.2), (piece.key for piece in row.pieces)
            cues.append(Cue((row.key, ("name", "channel", row.channel)), beat, 0.4 * lasts, after=0.8 * lasts))
            cues.append(Cue((*tiles, (*row.key, "card")), beat, lasts, "down first"))
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
            "multiplied": f"Each tap goes into its row: {count}, each times its input.",
        }[name]
        parts, letters = form.closed(not is_second), field.upper if is_second else ["(", ")"]
        if name == "multiplied":
            parts, letters = form.expanded(), [*field.upper, f"*w*{upper - 1}"]
        draft, cues = self._draft(said, parts, letters)
        field.stage(draft, done, left, not is_second)
        if is_second:
            beside.given(field, draft)
            draft.change({(*row.key, "digits") for row in field.rows} & draft.marks.keys(), role="lit")
        else:
            beside.brackets(field, draft, left)
            beside.products(field, draft, left)
        last = staging.MOVE + min(len(done) - 1, 4)
        cues.append(Cue((("layer",),), *((last, 0.3, "", (), 1.0) if name == "multiplied" else (staging.LEAVE, 0.4))))
        if not is_second and not written:
            cues.append(Cue((("name", "head"),), staging.ENTER - 0.5, 0.9))
        cues.append(Cue((("layer", "both"),), last, 0.4, after=1.2))
        for n, key in enumerate([*(row.at for row in left), *(key for key, *_ in field.rest)]):
            beat, lasts = staging.ENTER + n, quick(n, len(left), 0.6)
            cues.append(Cue((("row", *key, "digits"),), beat, 0.5 * lasts))
            cues.append(Cue((("row", *key, "work"), ("bracket", *key)), beat, lasts))
            cues += [Cue((("tap", *key),), beat, 0.5 * lasts, "fade")] * is_second
            cues.append(Cue((("product", *key), key), beat, lasts, after=0.5 * lasts * written))
        for n, row in enumerate(done):
            beat, lasts = staging.MOVE + min(n, 4), quick(n, len(done), 1.5 if name == "into" else 1.0)
            step, tap = 0.3 * lasts * written, ("tap", *row.at)
            # The way is free before the tap goes, a number gone before it is in its tile; the product comes after.
            cues.append(Cue((tap,), beat, 0.8 * lasts, after=0.2))
            cues.append(Cue(((*tap, "times"), ("bracket", *row.at)), beat, 0.2))
            for place, piece in enumerate(row.pieces):
                cues.append(Cue((piece.key,), beat, lasts, after=step * place + 0.1 * lasts + 0.2))
            late = step * len(row.pieces) + 0.8 * lasts + 0.2
            cues.append(Cue((("row", *row.at),), beat, 0.5, after=late))
            cues.append(Cue((("product", *row.at),), beat, 0.2, after=late + 0.2))
        return draft.board(name, said, 4, cues)

    def _column(self, own: Joined) -> Board:
        """The column of one input: that is taken out of its products, and what is left adds up to a tap."""
        field, met, column = self.field, self.field.cone.called(own.cell), self.field.column(own)
        shown = f" ({phrases.spelled(len(column))} shown)" * (len(column) < own.paths)
        left = f"{'factored out, it leaves one tap,' if own.paths > 1 else 'its tap is'} {own.weight.text}"
        said = f"{met} is in {phrases.count(own.paths, 'product')}{shown}: {left}."
        draft, cues = self._draft(said, field.formula.expanded(True), ["(", ")"])
        field.stage(draft, field.rows, cells=[own.cell], made=[own])
        if field.is_written and own.paths == len(column) > 1:
            beside.taken(field, draft, own, column)
        # The light is there when the words are.
        cues.append(Cue((("x",), ("way",), ("row",), ("ruler",), ("band",)), staging.LEAVE, 0.6))
        cues += [Cue((("taken", *row.at),), staging.ENTER, 0.4, after=0.2 * n) for n, (row, _) in enumerate(column)]
        cues += [
            Cue((("taken", kind),), staging.ENTER + 1, 0.5, after=0.4 * n) for n, kind in enumerate(("bracket", "sum"))
        ]
        cues.append(Cue((("asked", *own.cell),), staging.ENTER + 2, 0.3))
        cues.append(Cue((("joined", *own.cell),), staging.ENTER + 2, 0.6, "fade", (), 0.2))
        return draft.board("column", said, 4, cues)

    def _combined(self) -> Board:
        """Each column's tiles make its tap, one after the other."""
        field, seen, every = self.field, sum(len(row.pieces) for row in self.field.rows), self.field.cone.ways
        joined, more, shown = len(every.joined), "", f" ({seen} of {every.count} shown)" * (seen < every.count)
        said = f"Each column's tiles{shown} add up to its tap: {phrases.count(joined, 'tap')}."
        said = said if field.rows else "One layer is one kernel: the closed form."
        if len(field.formula.numbers) == 2:
            layers = f"{every.count} in layer {field.base + 1} and {field.count} in layer {field.level}"
            more = f"So an output is {phrases.count(joined, 'product')}, in place of {layers}."
        draft, cues = self._draft(said, field.formula.merged(), ["*j*"], more)
        field.stage(draft, field.rows, made=self.every)
        beside.header(field, draft, True)
        cues.append(Cue((("name", "met"), ("added", "head")), staging.LEAVE, 0.3))  # before the formula has them
        if field.rows:
            field.lines(draft)
        return draft.board("combined", said, 4, [*cues, *field.fills(draft)])

    def _output(self, lines: Lines | None = None) -> Board:
        """The one kernel meets the inputs; in the end beside what another computes, as its number lines know."""
        field, total, is_every = self.field, self.script.output(*self.script.cell), bool(lines and self.field.every)
        is_any, closed = field.is_everywhere and bool(lines or not field.every), field.written() if is_every else ""
        parts = [] if closed or (lines and field.form.is_narrow) else field.formula.merged(is_any)
        serves = ", and serves every step" * (field.is_everywhere and self.script.shape[0] > 1)
        said = f"One kernel gives the same {total.text}{serves}."
        if lines and lines.answer:
            said = f"{lines.who} runs the layers and gets {lines.answer} too: the formula is what it computes."
            if is_every:
                said = (
                    f"The closed form: {closed}." if closed else f"One kernel, every step; {lines.who} runs the layers."
                )
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
        draft, cues = self._draft(said, parts, ["*t*"] * bool(lines), more, key)
        answered = f"{lines.who}: {lines.answer}" if lines and lines.answer else ""
        cues += field.sums(draft, lines.who) if lines and is_every else field.meets(draft, answered)
        cues.append(Cue((("remark", "check"),), staging.ENTER + len(self.every), 0.4))
        return draft.board("keras" if answered else "exact" if lines else "output", said, 4, cues)
