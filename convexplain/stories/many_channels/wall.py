"""The filters of a layer side by side: all read the same channels, each gives a signal of its own.

The last boards of channel_summation: channels at the left, filters in the middle, outputs at the right, a row for every
filter; then the outputs alone and Keras's numbers beside them. This module knows channels and pieces.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from convexplain.board import motion, pieces, staging
from convexplain.board.marks import CONTEXT, DIGIT, FULL, SMALL, SUPPORT, Board, Cue, Draft, Key, dot
from convexplain.board.pieces import ABOVE, RULER, Axis, Number
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.bench import fitting
from convexplain.stories.many_channels import sums
from convexplain.stories.many_channels.channels import MOST_CHANNELS, Channels, Output, columns, hue, strand, titled
from convexplain.stories.many_channels.room import FEWEST, WIRE
from convexplain.stories.many_channels.shares import SHARE, TOP, Shares, above, reach, width
from convexplain.stories.script import Correlation

MOST_FILTERS, WIDEST = 8, 120.0
"""What a board has room for, side by side; no bar is wider where outputs stand alone."""


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
        self.is_told = self.is_few and row.whole and self.script.layer.activation == "linear"
        """Whether the window passes for the other filter, too, and its outputs are told as sums of whole numbers."""
        self.inputs, self.axis, (self.left, self.right), self.sum = self._axes()
        signals = [self.script.signal(part.source).values() for part in self.parts]
        results = [[output.number for output in self.made[f]] for f in self.filters]
        self.sample, self.result = (
            size * (max(width(n.text, size) for some in both for n in some) + 6 <= axis.pitch) * self.is_few
            for both, axis, size in ((signals, self.inputs, small), (results, self.axis, row.size))
        )
        self.label = SMALL * bool(self.result and row.are_named(self.axis, SMALL))
        """The sizes of samples, of outputs and of their names, 0 where they are not written."""
        self.high = (row.bottom - TOP) / len(self.filters)
        """What a filter has of the height."""
        first = [part for f in self.filters if f != row.told.f for part in self.made[f][0].parts]
        lines, room = [sums.of_channel(part, True) for part in first], self.form.width - self.form.margin
        ends = [self.axis.left + mark.right for line in lines for mark in sums.laid(self.form, line, small)]
        self.worked = lines * (self.is_told and self.result > 0 and max(ends, default=0.0) <= room)
        """How the products of the other filter's first output are added, where that has room."""
        over, under = above(self.result) + 8 if self.result else 0.08 * self.high, 0.08 * self.high
        if self.result:
            under = 1.5 * self.label + sums.LINE * small * len(self.worked) + 28
        reaches = list(map(reach, results))
        self.results = Shares(TOP, row.bottom, reaches, over, under)
        digits = above(small) * bool(self.sample) + 8
        self.channels = Shares(TOP, row.bottom, list(map(reach, signals)), digits, 2 * WIRE)
        self.cards = {f: self._kernels(f) for f in self.filters}
        """The rows of outputs, of channels, and of the kernels of a filter."""
        most = 40.0 if row.whole else 1e30
        cards = min(card.unit(most) for card in self.cards.values())
        units = [self.channels.unit(most), cards, self.results.unit(most)]
        self.units = [min(units)] * 3 if row.whole and min(units) >= FEWEST else units
        """The units of channels, kernels and outputs: one where there is room."""
        feet = [self.channels.feet(self.units[0]), self.results.feet(self.units[2])]
        most = 1 if self.is_few else row.count  # of many filters all kernels stand in one row
        self.kernels = {f: card.feet(self.units[1]) * most for f, card in self.cards.items()}
        self.feet = dict(zip((part.source for part in self.parts), feet[0], strict=True))
        self.floors = dict(zip(self.filters, feet[1], strict=True))
        self.lows = {f: self.floors[f] + low * self.units[2] for f, (_, low) in zip(self.filters, reaches, strict=True)}
        """The baselines of each filter's kernels, of channels and of each filter's outputs, and where these end."""

    def _axes(self) -> tuple[Axis, Axis, tuple[float, float], float]:
        """The steps of channels and outputs, where the filters stand, and the size of how outputs are added, or 0."""
        row, form, (link, gap) = self.row, self.form, (66.0, 50.0) if self.form.is_narrow else (76.0, 56.0)
        across, look = form.width - 2 * form.margin, (row.read, 80.0, SHARE)
        named = max(width(f"{row.array}, *c* = {part.source}", form.small) for part in self.parts) + 14
        own = (0.3 if not self.is_few else 0.25 if form.is_narrow else 0.21) * across
        name = 0.0 if self.is_few else width(f"*f* = {max(self.filters)}", form.small) + 12
        read, made, most = len(row.wide.shown), len(row.outputs), form.small * self.is_told
        for size in (most, 0.0):
            ends = [sums.measured(form, self.made[f], size)[1] + 30 for f in self.filters if size]
            room = across - named - own - link - gap - name - max(ends, default=0.0)
            pitch = min(130.0, room / (read + made))
            if pitch >= 60 or not size:
                break
        inputs = Axis(tuple(row.wide.shown), form.margin + named, pitch, *look)
        left = inputs.right + link
        return inputs, Axis(tuple(row.outputs), left + own + gap, pitch, *look), (left, left + own), size

    def _kernels(self, f: int) -> Shares:
        """The rows of a filter's kernels in its card: of each, or of all one beside the other."""
        parts = self.made[f][0].parts
        groups = [[part] for part in parts] if self.is_few else [parts]
        reaches = [reach(tap.weight for part in group for tap in part.taps) for group in groups]
        over, under = (34 + 0.7 * SMALL, 8 + 1.1 * SMALL) if self.is_few else (14, 8)
        middle, half = TOP + self.high * (self.filters.index(f) + 0.5), min(0.48 * self.high, 220.0 * len(groups))
        return Shares(middle - half, middle + half - 1.3 * SMALL * self.is_few, reaches, over, under)

    def boards(self) -> Iterator[Board]:
        """All filters; where they are told one after the other."""
        row, every, steps = self.row, self.script.read_shape[1], list(self.row.outputs)
        is_all = row.count == every
        what = f"each reads {phrases.spelled(row.count)} of {phrases.spelled(every)} channels"
        said = f"{phrases.count(row.filters, 'filter')}: {'other taps, other outputs' if is_all else what}."
        told = [("filters", said, steps, steps[0], self._ways())]
        if self.is_told:
            own = f"its own kernel{'s' * (row.count > 1)}{' and bias' * bool(self.told.bias)}"
            passed = f"{'Both read the same windows' if is_all else 'Each reads other channels'}: other outputs."
            told = [("apart", f"Another filter: {own}.", steps[:1], steps[0], self._ways())]
            told.append(("filters", passed, steps, steps[-1], list(self._sliding())))
        for name, said, done, step, cues in told:
            said, draft = row.draft([phrases.sentence(said)], None, ("f", "f of w", "f of b"), filters=True)
            self._lay(draft, done, step)
            yield draft.board(name, said, 1.3 if self.is_told else 2.5, cues)

    def _ways(self) -> list[Cue]:
        """The channels go to their side, then kernels and outputs; then other filters come, and their first outputs."""
        f, xs, apart = self.told.f, [self.row.x(part) for part in self.row.parts], list[Key]()
        channels = [*xs, *(("name", *x) for x in xs), ("ruler",)]
        for place, part in enumerate(self.row.parts):
            apart += [("rig", place, "card"), ("baseline", "rig", place), self.told.w(part), ("index", place)]
        apart += [("filter", f, "card"), (f"b{self.script.level}", f), ("count", "sum")]
        outputs = [
            *(one.key for one in self.made[f]),
            *(("note", "under", f"{self.row.output}[{step}]") for step in self.row.outputs),
        ]
        cues = [Cue((("caption",),), lasts=0.4)]  # it has changed before the formula grows
        for n, (keys, how) in enumerate(((channels, "across first"), (apart, ""), (outputs, "across first"))):
            cues.append(Cue(tuple(keys), staging.MOVE + 0.3 * n, 0.8, how))
        cues.append(Cue(tuple(("baseline", *x) for x in xs), staging.MOVE, 0.8, "anew"))
        cues.append(Cue((("baseline", "floor", f),), staging.MOVE + 0.6, 0.8, "anew"))
        cues.append(Cue((("strand",),), staging.ENTER + 0.5))
        others = [made[0] for g, made in self.made.items() if g != f and self.is_told]
        return [*cues, *(cue for one in others for cue in sums.added(one, staging.ENTER + 2))]

    def _sliding(self) -> Iterator[Cue]:
        """The window passes over the channels once more; the other filter's outputs come as it does."""
        for made in (made for f, made in self.made.items() if f != self.told.f):
            far = max(1, len(made) - 1)
            lasts, xs = 0.65 * min(4, far), (self.row.x(part) for part in self.parts)
            yield Cue((*xs, ("wall",), ("index", "t"), ("strand", "from")), staging.MOVE, lasts)
            for n, one in enumerate(made):
                yield from sums.passed(one, staging.MOVE, lasts * motion.passes(n / far))

    def _lay(self, draft: Draft, done: Collection[int], step: int) -> None:
        """The channels, in light the window of a step, the filters, and the outputs, of others those ``done``."""
        at = self.row.outputs[step]
        pieces.ruler(draft, self.inputs, "step")
        pieces.note(draft, ("filters",), "filters", self.left, RULER)
        made = f"outputs {self.row.output}"
        end = self.form.width - self.form.margin - width(made, self.form.small)
        pieces.note(draft, ("outputs",), made, min(self.axis.left, end), RULER)
        for part, (up, down) in zip(self.parts, self.channels.reaches, strict=True):
            self._channel(draft, part, up * self.units[0], down * self.units[0], at)
        for f in self.filters:
            self._card(draft, f)
            self._outputs(draft, f, [*self.row.outputs] if f == self.told.f else done)

    def _channel(self, draft: Draft, part: Correlation, up: float, down: float, at: Output) -> None:
        """A channel and its ways to the filters: from the window of an output, where these are told."""
        row, axis, foot = self.row, self.inputs, self.feet[part.source]
        x, y, begin = row.x(part), foot, axis.right
        taps = at.parts[0].taps if self.is_told else ()
        row.signal(draft, part, axis, (foot, self.units[0], self.sample), taps)
        if taps:
            left, begin = columns(taps, axis)
            middle, y = (left + begin) / 2, foot + down + WIRE
            box = middle, foot - up - above(self.sample) - 6, y + WIRE, begin - left
            pieces.band(draft, ("wall", part.source), *box, hue(part))
            draft.put("index", ("index", "t", part.source), words(f"*t* = {at.step}", middle, y, SMALL, "lit"))
        row.label(draft, x, row.named(part, axis.left), foot, hue(part), FULL, (TOP, row.bottom))
        strand(draft, ("strand", "from", part.source), (begin, y, axis.right + 8, y), hue(part))
        for f in self.filters:
            for own, to in zip(self.made[f][0].parts, self.kernels[f], strict=False):
                if own.source == part.source:
                    way, is_meant = (axis.right + 8, y, self.left - 8, to), f == self.told.f or self.is_few
                    strand(draft, ("strand", own.channel, f), way, hue(part), is_meant)

    def _outputs(self, draft: Draft, f: int, done: Collection[int]) -> None:
        """The outputs of a filter that are ``done`` and how each is added, the only one from its products on."""
        row, axis, foot, is_told = self.row, self.axis, self.floors[f], f == self.told.f
        made, right = self.made[f], self.form.width - self.form.margin
        pieces.baseline(draft, ("floor", f), axis.left, axis.right, foot)
        if not self.is_few:
            y = TOP + self.high * (self.filters.index(f) + 0.5)
            pieces.note(draft, ("filter", f), f"*f* = {f}", right, y, 1, "lit")
        y, light = self.lows[f] + 0.75 * self.label + 4, FULL if is_told or self.is_few else 2 * CONTEXT
        if self.label:
            row.under(draft, axis, y, self.label, *[f] * (not is_told))
        for one in (one for one in made if one.step in done):
            where, look = (axis.x(one.step), foot, axis.bar, self.units[2]), {"light": light, "made_of": one.taps}
            row.bar(draft, one.key, one.number, where, "output", one.number.text, self.result, **look)
        if self.sum:
            up = max(float(one.number.value) for one in made) * self.units[2]
            middle = (foot - max(0.0, up) - above(self.result) + self.lows[f]) / 2
            high = sums.LINE * self.sum * len(made)
            sums.listed(draft, made, done, axis.right + 30, middle - high / 2, self.sum)
        for place, line in enumerate(self.worked if len(done) < len(made) else ()):
            y += sums.LINE * self.form.small
            sums.write(draft, ("worked", *made[0].cell, place), line, axis.left, y + 12, self.form.small, SUPPORT + 0.1)

    def _card(self, draft: Draft, f: int) -> None:
        """A filter as a card, with its texts where it is one of few."""
        left, right, one, card, size = self.left, self.right, self.made[f][0], self.cards[f], SMALL * self.is_few
        bottom, columns = card.bottom + 1.3 * size, len(one.parts) // len(card.reaches)
        pieces.card(draft, ("filter", f), left, right, card.top, bottom, "bias", 0.1)
        if size:
            titled(draft, one, f"filter *f* = {f}", left + 14, right - 14, bottom - 0.65 * size - 2, size)
        wide = (right - left - 8) / columns
        pitch = (wide - 8) / len(self.row.taps)
        said = [phrases.factor(tap.weight) for part in one.parts for tap in part.taps]
        em = fitting(pitch - 6, said, (40.0, SMALL, 0.0)) * self.is_few
        for place, (_, foot) in enumerate(zip(one.parts, self.kernels[f], strict=False)):
            begin, end = left + 8 + wide * (place % columns), card.top + card.high * (place // columns + 1)
            xs = [begin + pitch * (n + 0.5) for n in range(len(self.row.taps))]
            box, index = (begin, end - card.high + 4, begin + wide - 8, end - 4), (end - 26) * (size > 0 and pitch > 48)
            at = (foot, min(80.0, 0.6 * pitch), self.units[1], em, index)
            self.row.kernel(draft, one, place, box, xs, at, FULL, None)


def checked(row: Channels, made: Mapping[int, Sequence[Output]]) -> Board:
    """The outputs, a row for every filter; below them Keras's numbers, or, of many or rounded ones, which stand in full
    numbers then, as dots beside their tips.
    """
    script, form, is_asked = row.script, row.form, row.script.source.recorded is not None
    found = script.check.of([script.level]).distances[0]
    exact, over, under = phrases.sentence(f"{script.check_words()}."), 10.0, 10.0
    many = found.compared if is_asked and found is not None else 0
    is_same = found is not None and not (found.error or found.skipped)
    same = f"Keras computes {'exactly ' * is_same}the same {phrases.count(many, 'number')}."
    said, draft = row.draft([same if many else exact])
    more = f"{exact} " * bool(many and not is_same)
    if more := more + "Here nothing is rounded." * bool(script.shown.is_rounded):
        pieces.remark(draft, ("checked",), more)
    lines, right = sum(key[0] == "remark" for key in draft.marks), form.width - form.margin
    names = {f: f"filter *f* = {f}" if row.filters > 1 else f"output {row.output}" for f in made}
    left = form.margin + max(width(name, form.small) for name in names.values()) + 24
    axis = Axis(tuple(row.outputs), left, (right - left) / len(row.outputs), row.read, WIDEST, SHARE)
    every = [one for some in made.values() for one in some]
    is_narrow = max(width(one.number.text, row.size) for one in every) + 6 <= axis.pitch
    is_open = len(made) <= 2 and not script.shown.is_rounded and is_narrow
    if is_asked and not is_open:
        pieces.note(draft, ("library",), "dots: Keras", right, RULER, 1)
    full = {} if is_open else {one: Number(script.full(*one.cell), "") for one in every}
    reaches = [reach(full.get(one, one.number) for one in some) for some in made.values()]
    if is_open:  # all rows alike
        reaches = [(max(up for up, _ in reaches), max(low for _, low in reaches))] * len(made)
        over, under = above(row.size) + 20, ABOVE + 1.2 * row.size + 20
        row.under(draft, axis, RULER, form.small)
    shares = Shares(TOP, row.bottom - (40.0 * lines - 16) * row.is_film, reaches, over, under)
    titles = (("filter", f, *["title"] * is_open) for f in made)
    cues = [Cue(tuple(titles), staging.LEAVE, 1.0, "anew")]  # a name goes from its card to its row
    unit = shares.unit(60.0 if row.whole else 1e30)
    for n, ((f, some), foot, (_, low)) in enumerate(zip(made.items(), shares.feet(unit), reaches, strict=True)):
        pieces.baseline(draft, ("floor", f), axis.left, axis.right, foot)
        middle = foot - DIGIT * form.small / 2 if is_open else TOP + shares.high * (n + 0.5)
        draft.put("foot", ("filter", f, "title"), words(names[f], form.margin, middle, form.small, align=-1))
        below, size = foot + low * unit + ABOVE + DIGIT * row.size / 2, row.size * is_open
        if is_asked and is_open:
            pieces.note(draft, ("library", f), "Keras", form.margin, below)
        for one in some:
            x, number, asked = axis.x(one.step), full.get(one, one.number), script.asked(*one.cell)
            row.bar(draft, one.key, number, (x, foot, axis.bar, unit), "output", number.text, size)
            if asked is not None:
                mark = dot("ink", x + axis.bar / 2 + 10, foot - float(asked) * unit, 10.0, z=1)
                mark = words(script.written(asked).text, x, below, row.size) if is_open else mark
                draft.put("compared", (*one.key, "asked"), mark)
        own = (("note", "library", f), *((*one.key, "asked") for one in some))
        cues.append(Cue(own, staging.ENTER, after=0.6 * n / len(made)))
    return draft.board("check", said, 2.2, cues)
