"""A single 1 for a signal, a clap, on the stage of kernel_flip: each output is the tap that meets the 1, and has its
colour. What happens, in which order, kernel_flip says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from typing import Any

from convexplain.board import staging
from convexplain.board.marks import Cue, Draft, Format, Role
from convexplain.board.pieces import Axis, Number, Part
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories.one_channel import calls, places, signs
from convexplain.stories.one_channel.calls import CONVOLVE, KERAS
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.track import RIG, Bench, W, X, Y
from convexplain.stories.one_channel.turning import ROWS, Turns
from convexplain.stories.script import Script, Tap

MADE: tuple[list[Part], ...] = ([Part("made", ": *w* backwards")], [Part("made", ": *w* in order")])
"""What is said of the functions when all is known that they make of the 1."""
ALIKE = 4
"""How many times as high as the other the 1 or the largest tap may be on one scale."""


def staged(script: Script, form: Format) -> tuple[Turns, Clap | None]:
    """The stage with all places on one axis where all numbers have room, else with the told window near by; and that of
    a single 1, where one shows the kernel, as one with it where they have one axis.
    """
    turns = far = Turns(script, form, places.axis(form, places.place(script, script.cell.step), script))
    if not (far.sees_all and far.size(far.wide)):
        taps, sizes = places.elided(script, far.told), range(places.CLOSE, 0, -1)
        axes = (benches.window_axis(Draft(form), taps, far.length, most, 0, [far.told.home]) for most in sizes)
        near = (Turns(script, form, axis, far) for axis in axes)
        turns = max(near, key=lambda one: (one.size(one.wide) > 0, one.written > 0))
    single = calls.single(turns.far.places, turns.far.theirs)
    clap = Clap(turns.far, *single) if single else None
    turns.arrange(clap if clap and clap.is_one else None)
    if clap and not clap.is_one:
        clap.arrange()
    return turns, clap


def anew(turns: Turns) -> list[Cue]:
    """The signal comes as it was given, with the window at its place and the kernel as it is; so do the outputs."""
    given, rig = Cue((X,), staging.MOVE, 0.9, "anew"), Cue((*RIG, ("name", *W)), staging.MOVE, 0.9, "anew", after=0.5)
    return [_ruled(turns), given, rig, Cue((Y,), staging.MOVE, 0.7, after=0.5)]


def _ruled(turns: Turns) -> Cue:
    """The ruler is that of another axis first."""
    return Cue(tuple(("ruler", step) for step in turns.wide.shown), staging.LEAVE, 0.9)


class Clap(Turns):
    """The windows that a single 1 lies in, and what both calls make of them."""

    rows, least, recedes = tuple(("one", *row) for row in ROWS), 2.0, False

    def __init__(self, far: Turns, one: int, rows: Sequence[Sequence[Place]]) -> None:
        needed = [step for at in rows[KERAS] for step in (at.home, *(tap.step for tap in at.taps))]
        has_room = far.size(far.wide) and set(needed) <= {*far.wide.shown}
        most = max(places.CLOSE, max(needed) - min(needed) + 1)
        super().__init__(far.script, far.form, Axis.near(Draft(far.form), needed, far.length, most))
        if has_room:
            self.wide = self.near = far.wide
        largest = max(abs(tap.weight.value) for tap in rows[KERAS][0].taps)
        self.one, self.sees_all, high = one, True, Fraction(1)
        if not 1 <= ALIKE * largest <= ALIKE * ALIKE:
            high = largest
        self.signal = {step: Number(high * (step == one), str(int(step == one))) for step in self.signal}
        self.places, self.theirs = map(list, rows)
        self.told = self.met = self.places[0]
        self.pair(len(self.places) > 1)
        self.is_scaled, self.is_one = high != 1, high == 1 and has_room
        """Whether the 1 has a scale of its own; whether all has that of the stage before, on one axis."""

    @property
    def rests(self) -> Collection[Place]:
        """The first and the last window, with the kernel as it is and turned over."""
        return [row[end] for row in (self.places, self.theirs) for end in (0, -1)]

    def met_at(self, at: Place) -> list[Tap]:
        """The tap that meets the 1, where one does."""
        return [tap for tap in at.taps if tap.step == self.one]

    def role(self, place: Place) -> Role:
        """The colour of the tap that an output is."""
        return next(map(self.tint, self.met_at(place)), "output")

    def recede(self, draft: Draft, meant: Collection[int | None]) -> None:
        """All samples but the 1 fall back."""
        super().recede(draft, [self.one])

    def lay(self, draft: Draft, bench: Bench, taps: Sequence[Tap], *args: Any, **look: Any) -> None:
        """The signal and the kernel; what is said of a 1 that is drawn on a scale of its own."""
        super().lay(draft, bench, taps, *args, **look)
        if self.is_scaled:
            name = draft.marks["name", *X]
            draft.change([("name", *X)], y=name.y - 1.15 * name.size)
            draft.put("name", ("name", *X, "scale"), words("own scale", name.left, name.y, name.size, "formula", -1))

    def lay_indices(self, draft: Draft) -> None:
        """Under the outputs stands which tap each is."""

    def heard(self, said: str, at: Place, call: int, ours: Sequence[Place], theirs: Sequence[Place]) -> Draft:
        """The kernel of a call over one place, and the known outputs; the functions say what they have made when that
        is whole.
        """
        mine, others = (made if row[1:] else [] for made, row in zip(MADE, (ours, theirs), strict=True))
        draft = self.stand(said, at, call, ours, theirs, others, mine if ours else None)
        known = [(KERAS, place) for place in ours] + [(CONVOLVE, place) for place in theirs]
        texts = {(*self.rows[row], at.step): f"tap {tap.k}" for row, at in known for tap in self.met_at(at)}
        has_room = benches.fitting(2 * signs.APART * self.wide.pitch - 8, texts.values(), (self.form.small, 0.0))
        for own, text in texts.items() if self.aside and has_room else ():
            x, bar = draft.marks[*own, "bar"].x, (*own, "bar")
            draft.put("tap", ("tap", *own), words(text, x, self.under, self.form.small, "formula", rides=bar))
        zeros = {("product", call, at.step, tap.k, "band") for tap in at.taps if not tap.sample.value}
        draft.change(zeros & draft.marks.keys(), alpha=0.0)
        return draft

    def comes(self, first: Place) -> Iterator[Cue]:
        """The signal becomes the 1; then the turned kernel slides to the first window that holds that."""
        yield from (_ruled(self), Cue(RIG, staging.MOVE, 1.2))
        yield Cue((X, ("name", *X)), staging.LEAVE, 0.9, "anew")
        if not self.is_one:  # numbers come when the kernel has come to where they stand
            parts = ((*W, tap.k, part) for tap in self.told.taps for part in ("digits", "index"))
            yield Cue((*parts, (*W, "k")), staging.ENTER)
        yield from self.falling(CONVOLVE, first)
