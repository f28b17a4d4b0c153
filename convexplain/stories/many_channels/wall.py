"""The filters of a layer side by side: all read the same channels, each gives a signal of its own; and Keras's numbers
beside theirs.

The last boards of channel_summation: channels at the left, filters in the middle, outputs at the right, a row for every
filter. This module knows channels and pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from operator import attrgetter

from convexplain.board import pieces, staging
from convexplain.board.marks import CONTEXT, DIGIT, FULL, SMALL, SUPPORT, Board, Cue, Draft, Format, dot
from convexplain.board.pieces import ABOVE, Axis
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.bench import extent, fitting, longest
from convexplain.stories.many_channels import sums
from convexplain.stories.many_channels.channels import MOST_CHANNELS, Channels, Output, hue, inked, strand, tint, titled
from convexplain.stories.many_channels.room import FEWEST
from convexplain.stories.many_channels.shares import SHARE, TOP, Shares, above, reach, width

MOST_FILTERS = 8
"""What a board has room for, side by side."""
FURTHER, LIFTED = 0.09, 18.0
"""How far full numbers, which are drawn at last, reach into the room beside a row, of what that reaches; how much
further from the caption what was checked stands.
"""
WORDS = Cue((("caption",),), lasts=0.4)
"""A caption has changed before the formula grows."""


class Wall:
    """The boards of all filters."""

    def __init__(self, row: Channels) -> None:
        self.row, self.form, self.script, self.told, small = row, row.form, row.script, row.told, row.form.small
        others = [f for f in range(row.filters) if f != row.told.f]
        self.filters = sorted([row.told.f, *others[: MOST_FILTERS - 1]])
        self.made = {f: [Output(row, step, f) for step in row.outputs] for f in self.filters}
        """The outputs of each filter; the first stands for its kernels, too."""
        read = {part.source: part for f in self.filters for part in self.made[f][0].parts}
        self.parts = [read[c] for c in sorted(read)] if len(read) <= MOST_CHANNELS else list(row.parts)
        """The channels that the filters read, or, of too many, those that the told one does."""
        self.is_few = len(self.filters) <= 2 and len(self.parts) <= 2
        """Whether a filter stands as it was seen, kernel under kernel."""
        self.size = small if self.is_few else SMALL if len(self.filters) <= 4 and row.whole else 0.0
        """The size of what cards say."""
        self.is_told = self.is_few and row.whole and self.script.layer.activation == "linear"
        """Whether the first output of each filter is told as a sum of whole numbers."""
        self.firsts = {
            f: [*(sums.of_channel(part, True) for part in made[0].parts if f != row.told.f), made[0].terms]
            for f, made in self.made.items()
        }
        """How the first output of each is added; before it, where they were not seen, the sums of its channels."""
        self.inputs, self.axis, (self.left, self.right) = self._axes(row.form)
        self.signals = {part.source: self.script.signal(part.source) for part in self.parts}
        signals = [signal.values() for signal in self.signals.values()]
        results = [[output.number for output in self.made[f]] for f in self.filters]
        widest = max(width(number.text, row.size) for numbers in (*signals, *results) for number in numbers)
        self.is_open = self.is_few and widest + 6 <= self.axis.pitch
        """Whether samples and outputs are written."""
        same = "with the same input and filters, " * row.is_film
        self.said = phrases.sentence(f"{same}{self.script.check_words()}.")
        self.said += " Here nothing is rounded; before it was." * bool(self.script.shown.is_rounded)
        """What was compared; and, where numbers before were rounded, that these are not."""
        across = self.form.width - 2 * self.form.margin
        self.small = fitting(across, [self.said], (small, SMALL))
        many = len(pieces.wrapped(self.said, across / self.small))
        bottom = row.bottom - (24.0 + LIFTED + 40.0 * (many - 1)) * row.is_film
        self.high = (bottom - TOP) / len(self.filters)
        """What a filter has of the height."""
        room, sizes = self.form.width - self.form.margin - self.axis.x(self.axis.shown[0]), (row.size, small, SMALL)
        self.sum = next((size for size in sizes if self._wide(size) <= room), 0.0) * self.is_told
        """In which size the first output of each filter is added up; 0 where that has no room."""
        over, under = (above(row.size) + 16, above(row.size) + 6) if self.is_open else (0.08 * self.high,) * 2
        under += sums.LINE * self.sum * max(map(len, self.firsts.values()))
        reaches = list(map(self._reach, self.filters))
        self.results = Shares(TOP, bottom, reaches, over, under)
        self.channels = Shares(TOP, bottom, list(map(reach, signals)), above(small) * self.is_open, 1.3 * small + 16)
        self.cards = {f: self._kernels(f) for f in self.filters}
        """The rows of outputs, of channels, and of the kernels of a filter."""
        most = 40.0 if row.whole else 1e30
        cards = min(card.unit(most) for card in self.cards.values())
        units = [self.channels.unit(most), cards, self.results.unit(most)]
        self.units = [min(units)] * 3 if row.whole and min(units) >= FEWEST else units
        """The units of channels, kernels and outputs: one where there is room."""
        feet = [self.channels.feet(self.units[0]), self.results.feet(self.units[2])]
        self.feet = dict(zip(self.signals, feet[0], strict=True))
        self.floors = dict(zip(self.filters, feet[1], strict=True))
        self.lows = {f: self.floors[f] + low * self.units[2] for f, (_, low) in zip(self.filters, reaches, strict=True)}
        """The baselines of channels and of each filter's outputs, and where these end."""

    def _reach(self, f: int) -> tuple[float, float]:
        """How far the outputs of a filter reach above and below zero, with the full numbers where these are drawn."""
        up, low = reach(one.number for one in self.made[f])
        full = extent(self.script.full(*one.cell) for one in self.made[f] if not self.is_open)
        return max(up, full[0] - FURTHER * (up + low)), max(low, full[1] - FURTHER * (up + low))

    def _axes(self, form: Format) -> tuple[Axis, Axis, tuple[float, float]]:
        """The steps of the channels and of the outputs, and where the cards of the filters stand between them."""
        row, (link, name) = self.row, (66.0, 80.0) if form.is_narrow else (104.0, 110.0)
        name = max(name, width(f"*f* = {max(self.filters)}", form.small) + 12.0)
        own = (0.25 if self.is_few else 0.31) * (form.width - 2 * form.margin)
        room = form.width - 2 * form.margin - own - 2 * link - (0 if self.size else name)
        read, made, titled = len(row.wide.shown), len(row.outputs), width(f"outputs {row.output}", form.small) + 16
        titled = max(titled, min(self._wide(form.small) + 70.0, 0.42 * form.width) * self.is_told)
        pitch = min(130.0, room / (read + made))
        pitch = min(pitch, (room - titled) / read) if pitch * made < titled else pitch
        look = (row.read, 80.0, SHARE)
        link += (room - pitch * read - max(titled, pitch * made)) / 2
        inputs = Axis(tuple(row.wide.shown), form.margin, pitch, *look)
        left = inputs.right + link
        return inputs, Axis(tuple(row.outputs), left + own + link, pitch, *look), (left, left + own)

    def _kernels(self, f: int) -> Shares:
        """The rows of a filter's kernels in its card: of each, or of all one beside the other."""
        parts = self.made[f][0].parts
        groups = [[part] for part in parts] if self.is_few else [parts]
        reaches = [reach(tap.weight for part in group for tap in part.taps) for group in groups]
        over = 28 + DIGIT * self.size if self.size else 14
        middle, half = TOP + self.high * (self.filters.index(f) + 0.5), min(0.48 * self.high, 220.0 * len(groups))
        return Shares(middle - half, middle + half - 1.3 * self.size, reaches, over, 8)

    def boards(self, seen: Board) -> Iterator[Board]:
        """All filters, and what Keras says; ``seen`` is the board before."""
        row, every = self.row, self.script.read_shape[1]
        if row.filters > 1:
            reads = f"reads {phrases.spelled(row.count)} of {phrases.spelled(every)} channels"
            what = "other taps, other outputs" if row.count == every else f"each {reads}"
            said = phrases.sentence(f"{phrases.count(row.filters, 'filter')}: {what}.")
            told = [(said, [self.told.f] if self.is_told else self.filters, self._ways(seen))]
            cues = [Cue((("count", "channel", n),), staging.MOVE + 0.5 * n) for n in range(row.count)]
            told += [("The other filter reads the same window, too.", self.filters, cues)] * self.is_told
            for said, done, cues in told:
                _, draft = row.draft([said], None, ("f", "f of w", "f of b"), filters=True)
                self._lay(draft, done)
                name, hold = "filters" if done == self.filters else "apart", 1.5 if self.is_told else 2.5
                yield draft.board(name, said, hold, cues)
        yield self._checked(seen if row.filters == 1 else None)

    def _ways(self, seen: Board) -> list[Cue]:
        """The outputs go to their side, then the channels to theirs, then the kernels to their filter's card."""
        row, told, xs = self.row, self.told, [self.row.x(part) for part in self.row.parts]
        outputs = (*((*one.key, kind) for one in self.made[told.f] for kind in ("bar", "digits")), ("note", "outputs"))
        apart = [("rig",), ("baseline", "rig"), ("filter", told.f), (f"b{self.script.level}", told.f)]
        apart += map(told.w, row.parts)
        channels = [*xs, *((kind, *x) for x in xs for kind in ("name", "baseline"))]
        parted = (
            tuple(key for key in seen.marks if any(key[: len(b)] == b for b in some)) for some in (channels, apart)
        )
        moves = zip((outputs, *parted), ("across first", "", ""), strict=True)
        return [WORDS, *(Cue(some, staging.MOVE, 1.1, how, after=0.7 * n) for n, (some, how) in enumerate(moves))]

    def _lay(self, draft: Draft, done: Sequence[int], is_checked: bool = False) -> None:
        """The channels, the filters and what those that are ``done`` give, where they are checked in full numbers;
        before, the window of the outputs that are worked out, and these, stand in light.
        """
        row, axis, small, unit = self.row, self.inputs, self.form.small, self.units[0]
        taps = self.made[self.told.f][0].parts[0].taps if self.is_told and not is_checked else ()
        window = [tap.step for tap in taps if axis.has(tap.step)]
        at, legend = f", window of *t* = {self.axis.shown[0]}" * bool(window), draft.marks.get(("note", "library"))
        for said, more, x, end in (
            ("channels", at, axis.left, self.left),
            ("filter" + "s" * (row.filters > 1), ", numbered *f*" * (row.filters > 1), self.left, self.axis.left),
            (f"outputs {row.output}", "", self.axis.left, legend.left if legend else self.form.width),
        ):
            if text := longest(end - x - 16, (f"{said}{more}", said, ""), small):
                pieces.note(draft, (said[:7],), text, x, pieces.RULER)
        for part, (up, down) in zip(self.parts, self.channels.reaches, strict=True):
            foot = self.feet[part.source]
            pieces.baseline(draft, row.x(part), axis.left, axis.right, foot)
            for step, number in self.signals[part.source].items():
                if axis.has(step):
                    key = (*row.x(part), step)
                    light = FULL if step in window or not window else SUPPORT
                    row.bar(draft, key, number, (axis.x(step), foot, axis.bar, unit), hue(part), light=light)
                    if self.is_open:
                        pieces.digits(draft, key, number.text, small)
            if window:
                (x, end), top = (axis.x(window[0]), axis.x(window[-1])), foot - up * unit - above(small) - 6
                box = ((x + end) / 2, top, foot + down * unit + 8, end - x + axis.pitch)
                pieces.band(draft, ("wall", part.source), *box, hue(part))
                ends = (end + axis.pitch / 2, foot, axis.right + 8, foot)
                strand(draft, ("strand", "from", part.source), *ends, hue(part))
            y = foot + down * unit + 20 + 0.5 * small
            own = words(row.named(part, row.left), axis.left, y, small, inked(self.form, hue(part)), align=-1)
            draft.put("name", ("name", *row.x(part)), own)
        for f in self.filters:
            self._filter(draft, f, f in done, is_checked)

    def _filter(self, draft: Draft, f: int, is_done: bool, is_checked: bool) -> None:
        """A filter's card, the ways to it and from it, and what it gives, where that is done."""
        row, axis, foot, is_told = self.row, self.axis, self.floors[f], f == self.told.f or self.is_few
        feet, first = self._card(draft, f), self.made[f][0]
        for c, part in enumerate(first.parts):
            if part.source in self.feet:
                ends = (self.inputs.right + 8, self.feet[part.source], self.left - 8, feet[c])
                strand(draft, ("strand", part.channel, f), *ends, hue(part), is_told)
        strand(draft, ("strand", "y", f), self.right, foot, axis.left - 16, foot, "output", is_told)
        pieces.baseline(draft, ("wall", "floor", f), axis.left, axis.right, foot)
        if not self.size:
            y = TOP + self.high * (self.filters.index(f) + 0.5)
            pieces.note(draft, ("filter", f), f"*f* = {f}", self.form.width - self.form.margin, y, 1, "lit")
        lines, y = self.firsts[f] if self.sum and is_done and not is_checked else [], self.lows[f]
        for place, line in enumerate(lines):
            y += sums.LINE * self.sum
            key = ("channel", place, *first.cell) if line is not lines[-1] else ("first", *first.cell)
            sums.write(draft, key, line, (axis.x(first.step) - axis.bar / 2, y, inf), self.sum)
        for one in self.made[f] if is_done else ():
            number, at = one.number, (axis.x(one.step), foot, axis.bar, self.units[2])
            if is_checked and not self.is_open:
                number = number._replace(value=self.script.full(*one.cell), about=None)
            is_meant = is_told and (one is first or is_checked or not self.is_told)
            light = FULL if is_meant else SUPPORT if is_told else 2 * CONTEXT
            row.bar(draft, one.key, number, at, "output", light=light, made_of=first.taps)
            if self.is_open:
                pieces.digits(draft, one.key, number.text, row.size)

    def _wide(self, size: float) -> float:
        """How wide the longest of the first sums is; one of a single number is none."""
        every = [sums.laid(self.form, line, inf, size) for lines in self.firsts.values() for line in lines]
        return max(line[-1].right if line else inf for line in every)

    def _card(self, draft: Draft, f: int) -> list[float]:
        """A filter as a card, with what texts there is room for. Returns the y of each kernel's baseline."""
        left, right, size, one, card = self.left, self.right, self.size, self.made[f][0], self.cards[f]
        unit, bottom = self.units[1], card.bottom + 1.3 * size
        pieces.card(draft, ("filter", f), left, right, card.top, bottom, "bias", 0.1)
        if size:
            titled(draft, one, f"filter *f* = {f}", left + 14, right - 14, bottom - 0.65 * size - 2, size)
        columns = 1 if self.is_few else len(one.parts)
        feet, wide = card.feet(unit) * columns, (right - left - 8) / columns
        pitch = (wide - 8) / len(self.row.taps)
        weights = [tap.weight for part in one.parts for tap in part.taps]
        ways = [(written, own) for written in (phrases.factor, attrgetter("text")) for own in (size, SMALL) if size]
        fits = (way for way in ways if max(width(way[0](weight), way[1]) for weight in weights) <= pitch - 6)
        written, em = next(fits, (phrases.factor, 0.0))
        for place, (part, foot) in enumerate(zip(one.parts, feet, strict=True)):
            begin = left + 8 + wide * (place % columns)
            rig = ("rig", place) if f == self.row.told.f else ("filter", f, place)
            end = card.top + card.high * (place % len(card.reaches) + 1)
            pieces.card(draft, rig, begin, begin + wide - 8, end - card.high + 4, end - 4, hue(part))
            pieces.baseline(draft, rig, begin + 8, begin + wide - 16, foot, hue(part))
            draft.change([("baseline", *rig)], light=0.6)
            for number, tap in enumerate(part.taps):
                key, x = (*one.w(part), tap.k), begin + pitch * (number + 0.5)
                at, said = (x, foot, min(80.0, 0.6 * pitch), unit), "" if tap.more else written(tap.weight)
                self.row.bar(draft, key, tap.weight, at, tint(part), said, em)
                draft.change({(*key, "digits")} & draft.marks.keys(), about=None)  # it has its sign where that has room
        return feet

    def _checked(self, seen: Board | None) -> Board:
        """Keras's numbers below the outputs, or as dots beside the tips of many in full numbers; and the answer."""
        row, script, axis, form = self.row, self.script, self.axis, self.form
        is_one = row.count == 1
        channels = "Channels and bias" if self.told.bias else "All channels"
        every, shown = [self.said if is_one else f"{channels} add up to one number."], is_one or not row.is_film
        said, draft = row.draft(every, () if shown else None, filters=row.filters > 1)
        whose = script.check.library.split()[0] if script.source.recorded is not None else ""
        is_row = self.is_open and axis.right + 16 + width(whose, form.small) <= form.width - 4
        if whose and not is_row:
            legend = f"{'below' if self.is_open else 'dots'}: {whose}"
            pieces.note(draft, ("library",), legend, form.width - form.margin, pieces.RULER, 1)
        self._lay(draft, self.filters, True)
        below = {f: low + ABOVE + DIGIT * row.size / 2 for f, low in self.lows.items()}
        for f in self.filters if whose and is_row else ():
            pieces.note(draft, ("library", f), whose, axis.right + 16, below[f])
        for one in (one for f in self.filters for one in self.made[f]):
            value, key, x = script.asked(*one.cell), (*one.key, "asked"), axis.x(one.step)
            if value is None:
                continue
            if self.is_open:
                draft.put("compared", key, words(script.written(value).text, x, below[one.f], row.size))
            else:
                y = self.floors[one.f] - float(value) * self.units[2]
                draft.put("compared", key, dot("ink", x + 0.28 * axis.pitch + 8, y, 10.0, z=1))
        if not is_one:
            pieces.remark(draft, ("checked",), self.said, self.small)
            for key in [key for key in draft.marks if key[0] == "remark"]:
                draft.change([key], role="ink", y=draft.marks[key].y - LIFTED * row.is_film)
        bands = [Cue((("wall", part.source, "band"),), staging.MOVE) for part in self.parts]  # as all come to light
        return draft.board("check", said, 3, self._ways(seen) if seen else [WORDS, *bands])
