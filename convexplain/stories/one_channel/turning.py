"""What the boards of kernel_flip are laid out with: one stage of four rows, the signal, the kernel that may be turned
over, its products, and the outputs of two calls side by side. What happens, in which order, the story says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from convexplain.board import motion, pieces, staging
from convexplain.board.marks import CONTEXT, DIGIT, FULL, Cue, Draft, Format, Key, Role
from convexplain.board.pieces import Axis, Part
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import whole
from convexplain.stories.one_channel import calls, places, signs, sliding
from convexplain.stories.one_channel.calls import CONVOLVE, KERAS, REVERSED
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.track import BEHIND, HIGH, INDEX, Bench, Track, W, X, Y, carried, columns, upright
from convexplain.stories.script import Script, Tap

BESIDE, BROADEST, CLEAR = 0.28, 320.0, 12.0
"""The room for a sum, in steps; the broadest step; from a number to what stands over it."""
WRITTEN = ("written", *W)
"""What the keys of the kernel begin with that stays as it is written while the other one turns."""
COPY: tuple[Key, ...] = (*carried(WRITTEN), ("name", *WRITTEN))
"""All that is seen of it."""
ROWS: tuple[Key, ...] = (Y, ("convolve", *Y), ("convolve", "again", *Y))
"""What the keys of a call's outputs begin with."""


def filling(form: Format, axis: Axis) -> Axis:
    """An axis that fills the room to the right margin, but for what of a sum stands out beside the last column."""
    room, beside = form.width - form.margin - axis.left, 0.0 if form.points else BESIDE * axis.pitch
    pitch = axis.pitch * room / (axis.right - axis.left + beside)
    return replace(axis, pitch=min(pitch, BROADEST))


class Turns(Track):
    """The script's places, and those of the turned kernel; or the told window near by, and ``far`` away all of them."""

    apart, uneven, beside = 0.97, 4.0, 0.03
    aside = em = 0.0
    """The x beside the outputs where the two functions stand with their formulas, and their size; 0 where there is no
    room.
    """
    rows, least, recedes = ROWS, 1.2, True
    """What the keys of a call's outputs begin with, the least seconds that a slide takes, and whether the outputs of
    other windows fall back before all are known.
    """

    def __init__(self, script: Script, form: Format, axis: Axis, far: Turns | None = None) -> None:
        super().__init__(script, form, wide=filling(form, axis))
        self.edge = form.width - form.margin
        """Where all lines end."""
        self.taps = self.read(self.told)
        self.far = far if far and len(far.places) > 1 else self
        self.places = [self.told] if far else self.places
        self.theirs = [calls.turned(script, place) for place in self.places]
        self.pair(len(self.places) > 1)
        self.met = next(place for place in self.theirs if place.step == self.told.step)
        self.end = -1 if self.told != self.places[-1] else 0
        """The number of the place that the window slides to from the told one: the last, or the first."""

    def pair(self, beside: bool) -> None:
        """Write the numbers of both calls as they have room, of outputs alone or ``beside`` those of the other call."""
        both = [*self.places, *self.theirs]
        taps = [tap for place in both for tap in self.read(place)]
        self.write([text for tap in taps for text in (tap.sample.text, pieces.signed(tap.product.text))], self.wide)
        texts = [place.output.text for place in both]
        self.written = places.size_on(self.wide, texts, 2 * signs.APART if beside else 0.9)
        """The size of the numbers of outputs; 0 where they have no room."""

    def arrange(self, other: Turns | None = None) -> None:
        """Fix the heights of all rows, the same on every board, and of the ``other`` stage on this axis: one unit, and
        products clear of the outputs below; where they have room, the functions stand beside the outputs.
        """
        stages = [self, *([other] if other else [])]
        own = [self._near(at) for one in stages for at in (*one.places, *one.theirs)]
        for one in stages:
            one.aside, one.em = one.beside_outputs() if one.far is one and one.sees_all else (0.0, 0.0)
        far = [] if self.far is self else [*self.far.places, *self.far.theirs]
        stairs = [step for one in stages for at in one.rests for step in places.stairs(self._near(at).taps)]
        number = pieces.ABOVE + DIGIT * self.size(self.wide)
        stairs += [step for at in far for step in places.stairs(at.taps)]
        hanging = number * any(max(ends) < 0 for _, ends in stairs)
        room = dict(above=2 * CLEAR + number, gap=CLEAR, below=INDEX - 6, between=16.0, hanging=hanging, top=92.0)
        under = 0.0 if self.form.is_narrow else 40.0 * any(not one.aside for one in stages)
        outputs = [place.output.value for place in (*own, *far)]
        samples = [number for one in (self.far, *stages) for number in one.samples(one.wide)]
        rows = self.fit(self.reaches([*own, *far]), outputs, samples, **room, under=under, largest=60.0)
        for one in (self.far, *stages):
            one.stage = rows

    def beside_outputs(self) -> tuple[float, float]:
        """Where the functions stand, right of the outputs, and their size; 0 where a number hangs there, too."""
        widest = self.written * max(advance(runs_of(row[-1].output.text)) for row in (self.places, self.theirs))
        says = calls.handed(REVERSED), calls.met(phrases.turned_index(self.layer, self.length))
        beside = max(signs.APART * self.wide.pitch + widest / 2, widest + 7)  # the second number of a step ends there
        left = self.wide.x(self.places[-1].home) + max(0.5 * self.wide.pitch, beside + 24)
        stairs = [step for at in self.rests for step in places.stairs(self._near(at).taps)]
        hangs = any(max(ends) < 0 and self.wide.x(tap.step) > left for tap, ends in stairs)
        return (0.0, 0.0) if hangs else signs.aside(self.form, left, self.form.width - self.form.margin, *says)

    @property
    def rests(self) -> Collection[Place]:
        """The places at which the products may be seen."""
        return (*self.places, *self.theirs)

    def _near(self, place: Place) -> Place:
        """A place as it is drawn; where taps are left out, the output's number may reach over any column."""
        taps = self.read(place)
        return (
            place if taps == place.taps else place._replace(taps=tuple(tap._replace(step=place.home) for tap in taps))
        )

    def read(self, place: Place) -> tuple[Tap, ...]:
        """The taps of a place that the axis has room for."""
        return place.taps if place.is_on(self.wide) else places.elided(self.script, place)

    # the rows

    def opened(self, said: str) -> Draft:
        """The kernel alone below the signal, and the names of the two functions."""
        draft, bench = self._lay_rig(said, self.told, KERAS, (), False)
        card = draft.marks["rig", *W, "card"]
        draft.change([("rig", *W, "frame")], y=card.y, height=card.height)
        self._lay_line(draft, Y, "outputs", bench.base)
        middle = (self.wide.left + self.wide.right) / 2
        signs.titles(draft, (self.wide.left, middle), (self.stage.base + self.stage.bottom) / 2 - 30)
        return draft

    def stand(
        self, said: str, at: Place, call: int = KERAS, ours: Collection[Place] | None = None,
        theirs: Collection[Place] = (), says: Sequence[Part] | None = None, met: Sequence[Part] | None = (),
    ) -> Draft:  # fmt: skip
        """The kernel over one place with the products made there, the known outputs of ``Conv1D`` (all when None) and
        of ``convolve``, behind whose name ``says`` stands, and behind ours what a tap has ``met``, where indices are
        meant. Before a call has made any output the kernel as it was stands in the place of the products.
        """
        is_indexed = any(part.name == "index" for part in met or ())
        draft, bench = self._lay_rig(said, at, call, [at.home], is_indexed)
        self._tell_steps(draft, at, is_indexed)
        signs.kernel(draft, call, says)
        self._lay_line(draft, Y, "outputs", bench.base)
        rows = {KERAS: self.places if ours is None else ours, call or CONVOLVE: theirs}
        if rows[call]:
            self._lay_line(draft, ("products",), "products", bench.floor)
            self._lay_products(draft, bench, ("product", call, at.step), at)
        else:
            self._lay_written(draft, bench, at)
        products = [key for key in draft.marks if key[0] == "product" and key[-1] == "bar"]
        row, made_of = replace(bench, size=self.written), {(*self.rows[call], at.step): tuple(products)}
        is_one = self.recedes and 0 < len(rows[call]) < len(self.places)
        self.lay_outputs(draft, row, rows, made_of, at.step if is_one else None)
        self.lay_indices(draft)
        signs.said(draft, self.aside, self.em, bench.base, met, says)
        return draft

    def _lay_rig(self, said: str, at: Place, call: int, lit: Sequence[int], is_indexed: bool) -> tuple[Draft, Bench]:
        """The signal, and the kernel over one place, with what it is called there; its indices are meant, or not."""
        draft, bench, taps = self.draft(said, lit=lit), self.on(self.wide), self.read(at)
        self.lay(draft, bench, taps, turned=call % 2 == 1)
        for tap in taps:
            if tap.weight.value < 0 and (digits := draft.marks.get((*W, tap.k, "digits"))):
                draft.change([(*W, tap.k, "digits")], y=digits.y - 6)  # free of the line that it hangs from
        del draft.marks["baseline", *X]
        pieces.baseline(draft, X, self.wide.left, self.edge, bench.foot)
        self.recede(draft, [tap.step for tap in at.taps])
        index = [key for key in draft.marks if key[:3] == W and key[-1] == "index"]
        if index:
            first = draft.marks[index[0]]
            mark = words("*k*", first.x - self.wide.pitch / 2 - 24, first.y, first.size)
            if self.form.is_narrow:  # there is no room beside the card
                mark = words("*k* =", first.left - 10, first.y, first.size, align=1)
            if not self.form.is_narrow or mark.left > columns(taps, self.wide)[0] + 8:
                index.append((*W, "k"))
                draft.put("index", index[-1], mark)
        draft.change(index, role="lit" if is_indexed else "formula")
        return draft, bench

    def _lay_line(self, draft: Draft, row: Key, name: str, y: float) -> None:
        """The baseline of a row with its name; that of the outputs is clear of the functions on either side."""
        left, right, first = self.wide.left, self.edge, self.wide.x(self.places[0].home) - self.wide.pitch / 2
        if row == Y and self.aside:
            left, right = (left, self.aside - 36) if self.aside > first else (first, right)
        pieces.baseline(draft, row, left, right, y)
        pieces.name(draft, row, name, y, "formula")

    def _lay_products(self, draft: Draft, bench: Bench, key: Key, at: Place) -> None:
        """The products and their sum; numbers of those below the line hang, and an arrow is in what goes down."""
        self.lay_products(draft, bench, key, self.read(at))
        draft.change([("baseline", "products")], z=BEHIND - 0.5)
        for tap, ends in places.stairs(self.read(at)):
            own = (*key, tap.k)
            if max(ends) < 0 and (digits := draft.marks.get((*own, "digits"))):
                below = draft.marks[*own, "bar"].bottom + pieces.ABOVE + DIGIT * digits.size / 2
                draft.change([(*own, "digits")], y=below)
        right = max(draft.marks[*own, part].right for part in ("band", "digits")[: 1 + bool(bench.size)])
        y = bench.floor - max(float(ends[1]) * bench.lowest, DIGIT * bench.size / 2 + 8)  # outputs are below the line
        mark = words(f"sum {at.output.text}", right + 20, y, bench.size, align=-1)
        if bench.size and mark.right < self.form.width - 4:
            draft.put("sum", ("sum", *key), mark)

    def _lay_written(self, draft: Draft, bench: Bench, at: Place) -> None:
        """Below the turned kernel a copy of it as it was, where that has room over the outputs."""
        taps = self.read(next(place for place in self.places if place.step == at.step))
        high = benches.extent(place.output.value for place in self.places)[0]
        over, tall = high * bench.lowest + pieces.ABOVE + HIGH * self.written, bench.bottom - bench.middle
        over = max(over, signs.LINE + self.em if self.aside else 0.0)  # what stands beside them is clear of it, too
        if (free := bench.base - over - CLEAR - bench.bottom - tall) < CLEAR:
            return
        down = tall + free / 2
        ends = {name: getattr(bench, name) + down for name in ("middle", "kernel", "bottom")}
        self.lay_card(draft, WRITTEN, replace(bench, **ends), taps)
        pieces.name(draft, WRITTEN, "", ends["kernel"])
        signs.called(draft, WRITTEN, (self.called[1], "as it was"))
        for tap in taps:
            draft.change({(*WRITTEN, tap.k, part) for part in ("bar", "digits")} & draft.marks.keys(), about=None)
            if index := draft.marks.get((*W, tap.k, "index")):
                there = index.at(x=bench.axis.x(tap.step), y=index.y + down, rides=None)
                draft.put("index", (*WRITTEN, tap.k, "index"), there)

    def lay_outputs(
        self, draft: Draft, bench: Bench, rows: Mapping[int, Collection[Place]], made_of: Mapping[Key, tuple[Key, ...]],
        lit: int | None = None,
    ) -> None:  # fmt: skip
        """The outputs of calls at their steps, side by side where both are known, of some what they are made of; all
        lit, or those of the ``lit`` step.
        """
        axis, apart = bench.axis, signs.APART * bench.axis.pitch
        many = Counter(place.step for known in rows.values() for place in known)
        widest = bench.size * max(advance(runs_of(at.output.text)) for at in (*self.places, *self.theirs))
        named = draft.marks["name", *Y].right if ("name", *Y) in draft.marks else -self.form.width
        for call, place in ((call, place) for call, known in rows.items() for place in known):
            way = (1 if call else -1) * (many[place.step] - 1)
            key, x, is_lit = (*self.rows[call], place.step), axis.x(place.home) + way * apart, lit in (None, place.step)
            look: dict[str, Any] = {"made_of": made_of.get(key, ()), "light": FULL if is_lit else CONTEXT}
            look |= {"bricks": whole([place.output.value]), **signs.LOOKS[min(call, 1)]}
            width = min(axis.bar, 0.33 * axis.pitch)
            pieces.column(draft, key, place.output, x, bench.base, width, bench.lowest, self.role(place), **look)
            if bench.size:  # the number of one is clear of the middle of its step, both of the row's name and the edge
                mark = pieces.digits(draft, key, place.output.text, bench.size, "ink" if is_lit else "quiet")
                home, reach = axis.x(place.home), max(apart + widest / 2, widest + 7)
                clear = way * max(0.0, mark.width / 2 + 7 - apart) - max(0.0, home + reach + 4 - self.form.width)
                clear += max(0.0, named + reach + 4 - home) * (many[place.step] > 1)
                draft.change([(*key, "digits")], x=x + clear)
        pieces.lift(draft, [(*self.rows[call], place.step) for call, known in rows.items() for place in known])

    def role(self, place: Place) -> Role:
        """The colour of an output."""
        return "output"

    def lay_indices(self, draft: Draft) -> None:
        """What t is under the outputs, where the line below them is free and all have room."""
        texts = {place.home: f"*t* = {place.step}" for place in self.places}
        has_room = self.aside and benches.fitting(self.wide.pitch - 14, texts.values(), (self.form.small, 0.0))
        for home, text in texts.items() if has_room else ():
            pieces.note(draft, ("t", home), text, self.wide.x(home), self.under, 0)

    @property
    def under(self) -> float:
        """The y of what stands under the outputs, below those that hang."""
        low = benches.extent(place.output.value for place in (*self.places, *self.theirs))[1]
        return self.stage.base + low * self.stage.lowest + 28.0

    def _tell_steps(self, draft: Draft, at: Place, is_indexed: bool) -> None:
        """On the ruler how a formula writes the steps that are read, where all have room, or what t is."""
        read = {tap.step: phrases.sample_at(self.layer, self.length, n) for n, tap in enumerate(at.taps)}
        said, room = {n: text.replace(" ", "") for n, text in read.items()}, (self.wide.pitch - 40) / self.form.small
        if not is_indexed or any(advance(runs_of(f"{text} = {step}")) > room for step, text in said.items()):
            said = {at.home: "*t*"} if at.home == at.step else {}
        for step, text in said.items():
            self.tell_step(draft, step, text)

    # motion

    def turning(self, at: Place, start: Place | None = None, lasts: float = staging.LASTS["turn"]) -> Iterator[Cue]:
        """The kernel turns over in its window, or after it came there from that of the ``start``, without the name of
        its indices; half-way it has another name.
        """
        x, y, _, half = upright(self.on(self.wide), self.read(at))
        came = x - upright(self.on(self.wide), self.read(start or at))[0]
        first = motion.COMES * lasts if came else 0.0
        yield Cue(carried(W), staging.MOVE, lasts, "turn", (x, y, came, half))
        yield Cue(((*W, "k"),), staging.MOVE, lasts, "anew")
        yield from [Cue((("rig", *W, "frame"), ("ruler", "at"), (*W, "k")), staging.MOVE, first, "move")] * bool(came)
        yield Cue((("name", *W),), staging.MOVE, 0.4, "anew", after=(first + lasts) / 2 - 0.2)

    def copying(self) -> Cue:
        """Before the kernel turns, what it was comes below it."""
        return Cue(COPY, staging.LEAVE, 0.4, after=0.3)

    def falling(self, call: int, at: Place, slow: bool = False) -> Iterator[Cue]:
        """The products of a place come from their samples; then their sum."""
        taps, key = self.read(at), ("product", call, at.step)
        made = (*self.rows[call], at.step), ("sum", *key)
        yield Cue(made, staging.ENTER + (len(taps) if slow else staging.NUMBER))
        yield from sliding.falling(key, taps, slow)

    def passing(self, call: int, start: Place, end: Place) -> Iterator[Cue]:
        """When what stood below the rig is gone it slides; the outputs of a step stand when it passes. As it comes to
        rest, products come first.
        """
        made, *falling = self.falling(call, end)
        yield made
        late, passed = 0.5, [place.step for place in self.places if place.step != end.step]
        if start.step != end.step:
            slide, *cues = sliding.passing(passed, start, end, self.least)
            late = (slide.lasts or 1.0) - 0.5
            yield slide
            for cue, step in zip(cues, passed, strict=True):
                yield cue._replace(
                    keys=((*self.rows[KERAS], step), (*self.rows[call], step)), after=max(0.1, cue.after)
                )
        for cue in falling:
            yield cue._replace(beat=staging.MOVE, after=late)
