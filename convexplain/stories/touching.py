"""What ``convolve`` answers when it is left to itself: one number wherever the kernel touches the signal, and which of
them are the layer's windows.

This module knows the turned kernel at every place, beyond the ends of the signal too; it says nothing of ``Conv1D``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import CONTEXT, DIGIT, SMALL, Board, Cue, Draft, Key
from convexplain.board.pieces import Axis, Part
from convexplain.stories import phrases, places
from convexplain.stories.calls import CONVOLVE
from convexplain.stories.places import Place, X, Y
from convexplain.stories.turning import Turns, answers, rig

MISSING = 130.0
"""The room that the word over missing samples takes."""


def boards(turns: Turns) -> Iterator[Board]:
    """The first window, all of them, and those that are full of samples; nothing where they are not told."""
    found, over, layer = turns.touched, turns.layer.span - 1, turns.layer
    if not found:
        return
    axis = Axis.over(Draft(turns.form), range(-over, turns.length + over), turns.length)
    full = [place for place in found if 0 <= place.home <= turns.length - 1 - over]
    told = _Full(turns, axis, found)
    said = 'Left at its default, `mode="full"`, it starts earlier: a missing sample counts as 0.'
    yield told.board("touch", said, found[0], [found[0], *full], 3, code="convolve(x, w)")
    said = f"… and ends later: {phrases.count(len(found), 'output')}."
    yield told.board("full", said, found[-1], found, 3, told.sliding(), code="convolve(x, w)")
    had = f": the {phrases.spelled(len(full))} we had" if layer.strides == 1 else ""
    said = f'`mode="valid"` keeps the windows full of samples{had}.'
    yield told.board("kept", said, full[-1], found, 3.5, kept=full)


class _Full:
    """The row of all windows on an axis where they have room."""

    def __init__(self, turns: Turns, axis: Axis, found: Sequence[Place]) -> None:
        self.turns, self.axis, self.found = turns, axis, found
        self.size = places.size_on(axis, [place.output.text for place in found])

    def board(
        self,
        name: str,
        said: str,
        at: Place,
        known: Sequence[Place],
        hold: float,
        cues: Sequence[Cue] = (),
        kept: Sequence[Place] = (),
        code: str = "",
    ) -> Board:
        """The kernel at one place, and the outputs that are ``known``; all but the ``kept`` ones fall back."""
        turns = self.turns
        draft, bench = turns.draft(said, self.axis), turns.on(self.axis)
        turns.stand(draft, bench, CONVOLVE, at.taps, turns.factors if bench.size else {})
        turns.name(draft, bench)
        missing = [self.axis.x(tap.step) for tap in at.taps if tap.padded]
        if len(missing) * self.axis.pitch > MISSING:
            x = (missing[0] + missing[-1]) / 2
            pieces.note(draft, ("missing", at.home), "missing", x, pieces.RULER, 0.0)
        pieces.baseline(draft, Y, self.axis.left, self.axis.right, bench.floor)
        for place in known:
            x, key = self.axis.x(place.home), self._key(place)
            turns.answer(draft, CONVOLVE, place, bench, x, self.axis.bar, key)
            if self.size:
                pieces.digits(draft, key, place.output.text, size=self.size)
        sign = turns.signs(bench)[0] if turns.form.is_narrow else (turns.form.margin, bench.floor - DIGIT * SMALL / 2)
        turns.title(draft, CONVOLVE, *sign)
        if kept:
            dropped = [self._key(place) for place in known if place not in kept]
            draft.change([(*key, "bar") for key in dropped], light=CONTEXT)
            draft.change([(*key, "digits") for key in dropped if (*key, "digits") in draft.marks], role="quiet")
            half = self.axis.pitch / 2 - 6
            left, right = self.axis.x(kept[0].home) - half, self.axis.x(kept[-1].home) + half
            y = turns.low + 18
            pieces.brace(draft, ("valid",), left, right, y, '`mode="valid"`')
        if code:
            pieces.formula(draft, [Part("code", f"`{code}`")], key=("code",))
        return draft.board(name, said, hold, cues)

    def sliding(self) -> list[Cue]:
        """The kernel slides from the first place to the last, and each output grows when it is there."""
        count = len(self.found) - 1
        lasts = max(2.0, 0.4 * count)
        cues = [Cue((*rig(CONVOLVE), X), motion.MOVE, lasts)]
        for number, place in enumerate(self.found):
            at = motion.passes(number / count) * lasts
            cues.append(Cue(((*self._key(place), "bar"),), motion.MOVE, 0.4, after=at))
        return cues

    def _key(self, place: Place) -> Key:
        """That of the layer's own output where the place is one of its windows."""
        own = {theirs.home: theirs.step for theirs in self.turns.theirs}
        return (*answers(CONVOLVE), own[place.home]) if place.home in own else (*answers(CONVOLVE), "at", place.home)
