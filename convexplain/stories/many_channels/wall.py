"""The filters of a layer side by side: all read the same channels, each gives a signal of its own; and Keras's numbers
beside theirs.

The last boards of channel_summation: channels at the left, filters in the middle, outputs at the right, a row for every
filter. This module knows channels and pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import COLUMN, CONTEXT, DIGIT, FULL, SMALL, Board, Cue, Draft, Format
from convexplain.board.pieces import ABOVE, Axis, signed
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import phrases
from convexplain.stories.bench import extent
from convexplain.stories.many_channels.channels import LINE, TOP, Channels, above, fitted, hue, inked, signs, width
from convexplain.stories.many_channels.stage import PALE

MOST_FILTERS = 8
"""What a board has room for, side by side."""


class Wall:
    """The boards of all filters."""

    def __init__(self, row: Channels) -> None:
        self.row, self.form, self.steps, script = row, row.form, row.shown, row.script
        others = [f for f in range(row.filters) if f != row.f]
        self.filters = sorted([row.f, *others[: MOST_FILTERS - 1]])
        self.outputs = {(step, f): script.output(step, f) for f in self.filters for step in self.steps}
        self.every = {f: row.correlations(row.at, f) for f in self.filters}
        self.is_few = len(self.filters) <= 2 and len(row.parts) <= 2
        """Whether a filter stands as it was seen, kernel under kernel."""
        self.size = self.form.small if self.is_few else SMALL if len(self.filters) <= 4 and row.whole else 0.0
        """The size of what cards say."""
        self.inputs, self.axis, (self.left, self.right) = self._axes(row.form)
        samples = [number.text for signal in row.signals.values() for number in signal.values()]
        longest = max(map(width, [*samples, *(number.text for number in self.outputs.values())]))
        self.is_open = self.is_few and longest + 6 <= self._axes(COLUMN)[1].pitch
        """Whether samples and outputs are written."""
        self.library = script.check.library.split()[0]
        self.said = f"{self.library} is software that computes such layers. " * row.is_film
        self.said += phrases.sentence(f"{script.check_words()}.")
        """What was compared; and, where numbers before were rounded, that these are not."""
        self.said += " Here nothing is rounded; before it was." * bool(script.shown.is_rounded)
        many = len(pieces.wrapped(self.said, (self.form.width - 2 * self.form.margin) / SMALL))
        self.bottom = row.bottom - (24.0 + 40.0 * (many - 1)) * row.is_film
        self.high = (self.bottom - TOP) / len(self.filters)
        self.over = above(self.form.small) * self.is_open
        self.texts = 1.3 * self.form.small + 16 + self.over
        self.line = LINE * self.form.small
        is_sum = self.is_open and row.whole and script.layer.activation == "linear"
        self.line *= is_sum and all(self._first(Draft(self.form), f, 0.0) for f in self.filters)
        """The height of the line that adds up the first output of a filter."""
        taken = above(row.size) + 1.6 * row.size + 12 if self.is_open else 0.16 * self.high
        self.free = self.high - taken - self.line
        """What a channel's texts take of its height, and what a row of outputs leaves to its bars."""
        reach = {f: extent(self.outputs[step, f].value for step in self.steps) for f in self.filters}
        most = (max(up for up, _ in reach.values()), max(down for _, down in reach.values()))
        self.reach = reach if self.is_few else dict.fromkeys(self.filters, most)
        """How far the outputs of each filter reach; of many filters, of all of them."""
        self.units = self._units()

    def _axes(self, form: Format) -> tuple[Axis, Axis, tuple[float, float]]:
        """The steps of the channels and of the outputs, and where the cards of the filters stand between them."""
        row, (link, name) = self.row, (66.0, 80.0) if form.is_narrow else (104.0, 110.0)
        name *= not self.size
        wide, places = form.width - 2 * form.margin, len(row.wide.shown) + len(self.steps)
        own = wide * (0.22 if self.is_few else 0.31)
        pitch = min(120.0, (wide - own - 2 * link - name) / places)
        spare = (wide - own - 2 * link - name - places * pitch) / 2
        look = (row.read, 66.0, 0.5)
        inputs = Axis(tuple(row.wide.shown), form.margin, pitch, *look)
        left = inputs.right + link + spare
        return inputs, Axis(tuple(self.steps), left + own + link + spare, pitch, *look), (left, left + own)

    # heights

    def _units(self) -> list[float]:
        """The units of channels, kernels and outputs: one where there is room."""
        row, count, high = self.row, len(self.row.parts) if self.is_few else 1, 0.84 * self.high
        most, share = (40.0 if row.whole else 1e30), (self.bottom - TOP) / len(row.parts)
        written = 1.3 * self.size + count * (DIGIT * self.size + 28)
        groups = [[[part] for part in parts] if self.is_few else [parts] for parts in self.every.values()]
        every = [[tap.weight.value for part in group for tap in part.taps] for found in groups for group in found]
        kernel = count * max(sum(extent(values)) for values in every)
        tall = max(sum(extent(n.value for n in signal.values())) for signal in row.signals.values())
        found = [fitted(lambda unit: share - self.texts - tall * unit, most)]
        found.append(fitted(lambda unit: high - written - kernel * unit, most))
        found.append(fitted(lambda unit: self.free - max(map(sum, self.reach.values())) * unit, most))
        return [min(found)] * 3 if row.whole and min(found) >= 5 else found

    def floor(self, f: int) -> float:
        """The baseline of a filter's outputs: rows stand in the order of the filters."""
        up, down = (reach * self.units[2] for reach in self.reach[f])
        over = above(self.row.size) if self.is_open else 0.08 * self.high
        return TOP + self.high * self.filters.index(f) + over + (self.free - up - down) / 2 + up

    # boards

    def boards(self) -> Iterator[Board]:
        row = self.row
        said = phrases.sentence(f"{phrases.count(row.filters, 'filter')}, {phrases.count(row.filters, 'signal')}")
        said += ": other kernels, other sums." if row.filters > 1 else "."
        draft = row.draft(said, None, ("f", "f of w", "f of b"), filters=True)
        self._lay(draft)
        cues = [Cue((("caption",),), motion.LEAVE, lasts=0.4), Cue((("strand",),), motion.ENTER + 1)]
        cues.append(Cue(row.taps_of(row.at, row.f), motion.ENTER, how="fade"))
        yield draft.board("filters", said, 2.5, cues)
        yield self._checked()

    def _lay(self, draft: Draft) -> None:
        """The channels, the filters and what they give."""
        row, axis, form, unit = self.row, self.inputs, self.form, self.units[0]
        for said, x in (("channels", axis.left), ("filters", self.left), (f"outputs {row.output}", self.axis.left)):
            pieces.note(draft, (said[:7],), said, x, pieces.RULER)
        share = (self.bottom - TOP) / len(row.parts)
        for c, part in enumerate(row.parts):
            signal = {step: number for step, number in row.signals[part.channel].items() if axis.has(step)}
            up, down = (reach * unit for reach in extent(number.value for number in signal.values()))
            foot = TOP + share * c + (share - up - down - self.texts) / 2 + self.over + up
            pieces.signal(draft, row.x(part), signal, axis, foot, unit, hue(part), bricks=row.whole and unit > 6)
            for step, number in signal.items():
                signs(draft, (*row.x(part), step))
                if self.is_open:
                    pieces.digits(draft, (*row.x(part), step), number.text, form.small)
                    draft.change([(*row.x(part), step, "digits")], about=None)
            y = foot + down + 12 + 0.5 * form.small
            own = words(row.named(part), axis.left, y, form.small, inked(draft, hue(part)), align=-1)
            draft.put("name", ("name", "wall", *row.x(part)), own)
        for f in self.filters:
            self._filter(draft, f)

    def _filter(self, draft: Draft, f: int) -> None:
        """A filter's card, the ways to it and from it, and what it gives."""
        row, axis, foot, unit = self.row, self.axis, self.floor(f), self.units[2]
        top, is_told = TOP + self.high * self.filters.index(f), f == row.f or self.is_few
        box = (self.left, top + 0.06 * self.high, self.right, top + 0.94 * self.high)
        feet, middle = self._card(draft, f, box), top + self.high / 2
        for c, part in enumerate(self.every[f]):
            line = draft.marks.get(("baseline", *row.x(part)))
            if line is not None:
                y = feet[c] if self.is_few else middle + 0.1 * self.high * (c - (len(feet) - 1) / 2)
                ends = (self.inputs.right + 8, line.y, self.left - 8, y)
                pieces.strand(draft, ("strand", part.channel, f), *ends, hue(part), is_told)
        pieces.strand(draft, ("strand", "y", f), self.right, foot, axis.left, foot, "output", is_told)
        pieces.baseline(draft, ("floor", f), axis.left, axis.right, foot)
        if not self.size:
            pieces.note(draft, ("filter", f), f"*f* = {f}", self.form.width - self.form.margin, foot, 1, "lit")
        if self.line:
            below = ABOVE + DIGIT * row.size + 20  # what Keras gives
            self._first(draft, f, foot + self.reach[f][1] * unit + below)
        for step in self.steps:
            key, number = row.y(step, f), self.outputs[step, f]
            at = (axis.x(step), foot, axis.bar, unit, "output", True, row.whole and unit > 6)
            pieces.column(draft, key, number, *at, FULL if is_told else 2 * CONTEXT, made_of=row.taps_of(row.at, f))
            signs(draft, key)
            if self.is_open:
                draft.marks["wall", *key] = pieces.digits(draft, key, number.text, row.size)
                del draft.marks[*key, "digits"]

    def _first(self, draft: Draft, f: int, y: float) -> bool:
        """How the first output of a filter is added, below all of them, where that has room."""
        box = (self.axis.left, y, self.form.width - 4)
        return self.row.listed(draft, f, self.steps[:1], self.steps, box, self.form.small)

    def _card(self, draft: Draft, f: int, box: Sequence[float]) -> list[float]:
        """A filter as a card between left, top, right and bottom: its kernels side by side, or stacked; where there is
        room also its name, its bias and the numbers of its taps. Returns the y of each kernel's baseline.
        """
        row, size, unit = self.row, self.size, self.units[1]
        (left, top, right, bottom), parts, feet = box, self.every[f], list[float]()
        pieces.card(draft, ("filter", f), left, right, top, bottom, "bias", 0.1)
        if size:
            y, bias = top + 0.75 * size, row.script.bias(Cell(row.at, f))
            own = words(f"bias {signed(bias.text)}" if bias else "", right - 14, y, size, align=1)
            every = [words(said, left + 14, y, size, align=-1) for said in (f"filter *f* = {f}", f"*f* = {f}")]
            title = draft.put("name", ("wall", f, "name"), every[every[0].right > own.left - 16])
            if bias and title.right <= own.left - 12:
                draft.put("name", ("wall", f, "bias"), own)
            top += 1.3 * size
        written, high, wide = (
            (DIGIT * size + 8) * bool(size),
            (bottom - top) / len(parts),
            (right - left - 8) / len(parts),
        )
        longest = max(width(tap.weight.text, 1.0) for part in parts for tap in part.taps)
        for place, part in enumerate(parts):
            up, down = extent(tap.weight.value for one in ([part] if self.is_few else parts) for tap in one.taps)
            start, tall = (top + high * place, high) if self.is_few else (top, bottom - top)
            begin, room = (left + 8, right - left - 16) if self.is_few else (left + 8 + wide * place, 0.9 * wide)
            feet.append(start + (tall + written + (up - down) * unit) / 2)
            pitch = room / len(part.taps)
            pieces.baseline(draft, ("rig", f, part.channel), begin + 4, begin + room - 4, feet[-1], hue(part))
            draft.change([("baseline", "rig", f, part.channel)], light=0.6)
            fits = next((own for own in (size, 36.0, SMALL) if longest * own <= pitch - 6), 0.0) if size else 0.0
            for number, tap in enumerate(part.taps):
                key, x = (*row.w(part, f), tap.k), begin + pitch * (number + 0.5)
                look = (min(66.0, 0.6 * pitch), unit, (str(hue(part)), "ink", PALE), True, row.whole and unit > 6)
                mark = pieces.column(draft, key, tap.weight, x, feet[-1], *look)
                signs(draft, key)
                if fits and not tap.more:
                    y = (mark.top if mark.kind == "bar" else mark.y - 6) - 8 - DIGIT * fits / 2
                    own = words(tap.weight.text, x, y, fits, rides=(*key, "bar"))
                    draft.put("digits", ("wall", *key, "digits"), own)
        return feet

    # what Keras gives

    def _checked(self) -> Board:
        """Keras's numbers below the outputs, or as dots beside the tips of many in full numbers; and the answer."""
        row, script, axis, form = self.row, self.row.script, self.axis, self.form
        library, is_one = self.library, script.read_shape[1] == 1
        said = self.said if is_one else "Many channels, one number: each has its own kernel, and the sums are added."
        draft = row.draft(said, ())
        if not self.is_open:
            full = {at: script.full(*at) for at in self.outputs}
            self.outputs = {at: self.outputs[at]._replace(value=value, about=None) for at, value in full.items()}
        self._lay(draft)
        for f in self.filters:
            foot = self.floor(f)
            y = foot + self.reach[f][1] * self.units[2] + ABOVE + DIGIT * row.size / 2 + 4
            for step in self.steps:
                value, key, x = script.asked(step, f), (*row.y(step, f), "asked"), axis.x(step)
                if value is not None and self.is_open:
                    draft.put("compared", key, words(script.written(value).text, x, y, row.size, "kernel"))
                elif value is not None:
                    pieces.compared(draft, key, x + 0.28 * axis.pitch + 8, foot - float(value) * self.units[2])
                    draft.change([key], width=10.0, height=10.0)
        asked = [key for key in draft.marks if key[-1] == "asked"]
        legend = library if self.is_open else f"dots: {library}"
        note = words(legend, form.width - form.margin, pieces.RULER, form.small, "kernel", align=1)
        if asked and note.left > draft.marks["note", "outputs"].right + 20:
            draft.put("note", ("note", "library"), note)
        if not is_one:
            pieces.remark(draft, ("checked",), self.said)
        return draft.board("check", said, 3, [Cue(tuple(asked), motion.ENTER)])
