"""What a filter responds to, close up: the window of the largest output grows until its columns are the board, and the
kernel's outline is lifted onto its samples; then the window of the most negative output, which it fits upside down.

This module knows places and their numbers. It says that the kernel fits only where every sample of a window stands as
high over its tap as the others; of any other data it says what holds for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from statistics import median_low
from typing import Any

from convexplain.board import pieces, staging
from convexplain.board.marks import COLUMN, DIGIT, HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Key, line
from convexplain.board.pieces import Axis
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.one_channel.calls import total
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.sliding import CLEAR, Stage, passing
from convexplain.stories.one_channel.track import Bench, W, X, Y

KERNEL, SHAPE = ("outline",), ("shape",)
"""The outline of the kernel where it lies, and lifted onto a window."""
WIDEST, BESIDE, LARGEST, HIGHEST = 7, 1.9, 64.0, 64.0
"""Of a close-up: the most columns, how many the sum takes beside them, the highest bricks, where the sum may end."""


def sign_of(place: Place) -> int:
    """What a window is compared with: 1 for the kernel, -1 for its opposite, where the output is below 0."""
    return -1 if place.output.value < 0 else 1


def rises(place: Place) -> list[Fraction]:
    """How much higher than the kernel, or its opposite, each sample of a window stands."""
    return [tap.sample.value - sign_of(place) * tap.weight.value for tap in place.taps]


def level_of(place: Place) -> Fraction:
    """How much higher than the kernel, or its opposite, most samples of a window stand."""
    return median_low(rises(place))


def is_like(place: Place) -> bool:
    """Whether all samples of a window stand as much higher than the kernel, or its opposite."""
    return not place.reads_zero and len({*rises(place)}) == 1


class Response:
    """The places of the ``best`` and of the ``worst`` output in view, whether the best ``fits`` the kernel's shape, and
    which of them is ``meant`` to answer; None where there is no shape, or all outputs are alike: the told one is
    ``shown``. ``outlined`` is how high the kernel's outline reaches on its samples. ``close`` is the stage of a window
    alone, None where it has no room.
    """

    def __init__(self, track: Stage) -> None:
        self.track, ordered = track, sorted(track.places, key=lambda place: place.output.value)
        self.best, self.worst = best, worst = ordered[-1], ordered[0]
        weights = {tap.weight.value for tap in best.taps}
        self.fits = len(best.taps) > 1 and best.output.value > 0 and is_like(best)
        higher = best if self.fits or abs(best.output.value) > abs(worst.output.value) else worst
        self.meant = None if len(best.taps) == 1 or best.output.value == worst.output.value else higher
        self.shown = self.meant or track.told
        reached = [sign_of(higher) * weight for weight in {Fraction(0), *weights}] if self.meant else []
        self.outlined = [level_of(higher) + weight for weight in reached]
        is_opposed = self.fits and len(weights) > 1 and worst.output.value < 0 and is_like(worst)
        self.turned = worst if is_opposed else None
        self.close, self.is_numbered = self._closer() if self.meant else None, track.size(track.wide) > 0

    @property
    def flat(self) -> Place | None:
        """A place where the signal is as high as anywhere above 0, between the taps too, and yet its output is 0."""
        signal = {step: number.value for step, number in self.track.signal.items()}
        highest = max(signal.values())
        flat = (at for at in self.track.places if {signal.get(step) for step in at.window} == {highest})
        return next((at for at in flat if highest > 0 and not at.output.value), None)

    def boards(self) -> Iterator[Board]:
        """What the largest output responds to, and the lowest; nothing where all outputs are alike."""
        track, best, worst, at = self.track, self.best, self.worst, self.meant
        among = "" if track.sees_all else " of those shown"
        if at is None:
            return
        if not self.fits:
            alike = "alike than opposed" if sign_of(at) > 0 else "opposed than alike"
            said = f"Farthest from 0{among} is {at.output.text}. Here window and kernel are more {alike}."
            yield self._shown("fit", said, at)
            return
        ends = (of((tap.weight for tap in best.taps), key=lambda weight: weight.value) for of in (max, min))
        high, low = (phrases.factor(weight) for weight in ends)
        said = f"The largest output{among} is {best.output.text}."
        if self.close and best != track.places[-1]:  # where the window rests before it grows
            if flat := self.flat:
                said = f"Steps {flat.start} to {flat.taps[-1].step} are all high, but {total(flat)}. {said}"
            spoken = [best, *[flat for flat in [self.flat] if flat]]
            draft, _ = track.at(said := f"{said} Why?", best, track.places, [place.step for place in spoken])
            track.recede(draft, {tap.step for place in spoken for tap in place.taps})
            yield draft.board("largest", said, 2, passing([], track.places[-1], best))
            said = ""
        like = "both are flat." if high == low else f"high meets {high}, low {low}."
        more = "" if said or high == low else " No other order of these samples gives more."
        like = f"{'The' if more else 'Here they have the'} same shape: {like}{more}"
        yield self._shown("fit", f"{said} {like}".strip(), best)
        if self.turned:
            said = f"The lowest output{among} is {worst.output.text}. The opposite shape: low meets {high}, high {low}."
            yield self._shown("opposite", said, worst)

    def _shown(self, name: str, said: str, at: Place) -> Board:
        """The rig over a place, the kernel's outline, which is first lifted onto its samples, and the sum."""
        track, best, is_first = self.track, self.best, name == "fit"
        cues = [Cue((SHAPE,), staging.ENTER + 1) if is_first else Cue((SHAPE,), staging.MOVE, how="anew")]
        if self.close:
            draft, product = self._close(said, at), ("product",)
            cues += [Cue((X, Y, ("ruler",)), staging.MOVE, 0.5), Cue(_moving(at), staging.MOVE, 1.4)]
            cues += self._numbers(at, "across first", staging.MOVE, 0.9) if is_first else ()
            cues += [Cue((("name", "products"),), staging.MOVE, 0.4)]
            if not is_first:  # another window in the place of this one: what both read goes and comes, too
                new, old, rows = {tap.step for tap in at.taps}, {tap.step for tap in best.taps}, (X, ("ruler",))
                come, both = ([(*row, n) for row in rows for n in steps] for steps in (new - old, new & old))
                cues += [Cue((*rows, product, Y), staging.MOVE, 0.7), Cue(tuple(both), staging.MOVE, 1.4, "anew")]
                cues += [Cue((*come, (*product, 0, at.step), (*Y, at.step)), staging.MOVE, 0.7, after=0.7)]
        else:
            draft, bench = track.at(said, at, track.places, [at.step])
            track.recede(draft, {tap.step for tap in at.taps})
            outline(draft, bench, at)
        return draft.board(name, said, 3, cues)

    def back(self, before: Board, *more: Key) -> list[Cue]:
        """From a close-up: its window becomes small with ``more``, what stands around it comes; else nothing."""
        if ("name", "output") not in before.marks:
            return []
        coming = Cue((X, Y, ("ruler",), ("name", *Y)), staging.MOVE, 0.6, after=0.8)
        late = [("ruler", "said"), *((*W, tap.k, "index") for tap in self.shown.taps)]
        at = self.turned or self.shown
        moves = Cue((*_moving(at), *more), staging.MOVE, 1.4), *self._numbers(at, "down first", staging.LEAVE, 0.0)
        return [coming, *moves, Cue(tuple(late), staging.ENTER, 0.4, after=0.3)]

    def _numbers(self, place: Place, way: str, beat: float, after: float) -> list[Cue]:
        """The output of a window close up goes and comes, or, where rows have no numbers, moves on a way clear of it:
        then the numbers come or go at a beat, so late in it.
        """
        bar, digits = ((*Y, place.step, part) for part in ("bar", "digits"))
        if self.is_numbered:
            return [Cue((bar, digits), staging.MOVE, 1.4, "anew")]
        numbers = tuple(key for key in _moving(place) if key[-1] == "digits")
        ways = Cue((bar,), staging.MOVE, 1.4, way), Cue((digits,), how="anew")
        return [*ways, Cue(numbers, beat, 0.4, after=after)]

    def _closer(self) -> Bench | None:
        """The rows of a close-up in one unit: the window, the kernel below it, and beside both the sum, which ends over
        its number on the ``base``.
        """
        track, form, told = self.track, self.track.form, [at for at in (self.meant, self.turned) if at]
        taps, steps = [tap for at in told for tap in at.taps], tuple(self.best.window)
        texts = [text for tap in taps for text in (tap.sample.text, pieces.signed(tap.product.text))]
        texts += [track.factors[tap.k] for tap in taps if tap.k in track.factors]
        narrow, pitch = ((f.width - f.margin - f.names) / (len(steps) + BESIDE) for f in (COLUMN, form))
        if len(steps) > WIDEST or not benches.fitting(0.9 * narrow - 8, texts, (SMALL, 0.0)):
            return None
        axis = Axis(steps, form.names, min(300.0, pitch), track.length, widest=180.0, share=0.6)
        size = benches.fitting(0.9 * axis.pitch - 8, texts, (PARTIAL, TEXT, SMALL))
        above = 2 * CLEAR + DIGIT * size + (22.0 if size > TEXT else pieces.ABOVE)
        between = [track.signal[n].value for at in told for n in at.window if n in track.signal]
        samples, values = [*between, *self.outlined], [*between, *self.outlined, *(at.output.value for at in told)]
        (s_up, s_down), (w_up, w_down) = map(benches.extent, (samples, [tap.weight.value for tap in taps]))
        highest = max(float(abs(at.output.value)) for at in told)
        top, end, room = 92.0, form.height - 150.0 - 10.0 * bool(form.points), 5 * CLEAR + DIGIT * HERO
        reach, fixed = s_up + s_down + w_up + w_down, top + 2 * above + 2 * CLEAR
        unit = benches.unit_of(end - fixed - room, reach, values, LARGEST)
        one = min(unit, (fixed - HIGHEST) / max(highest - reach, 1e-40))
        unit = one if 2 * one > unit else unit
        foot = top + above + s_up * unit
        middle = foot + s_down * unit + CLEAR
        kernel = middle + above + w_up * unit
        bottom = kernel + w_down * unit + CLEAR
        floor = (bottom + max(end, bottom + room)) / 2
        base = floor - DIGIT * HERO / 2 - 2 * CLEAR
        lowest = min(unit, (base - HIGHEST) / max(highest, 1e-40))
        return Bench(axis, unit, lowest, top, foot, middle, kernel, bottom, floor, base, size)

    def _close(self, said: str, at: Place) -> Draft:
        """A window close up, the kernel below it and its outline on the samples, the products and the sum."""
        assert self.close is not None
        track, form, axis = self.track, self.track.form, replace(self.close.axis, steps=tuple(at.window))
        draft, bench, y = track.draft(said, axis, [at.home]), replace(self.close, axis=axis), self.close.floor
        track.lay(draft, bench, at.taps)
        for key in [key for key in draft.marks if key[-1] == "index" or key == ("name", *W, "k")]:
            del draft.marks[key]
        track.recede(draft, {tap.step for tap in at.taps})
        outline(draft, bench, at)
        for tap in at.taps:
            key, text = ("product", 0, at.step, tap.k, "digits"), pieces.signed(tap.product.text)
            more: Any = dict(about=tap.product.about, made_of=((*W, tap.k, "bar"), (*X, tap.step, "bar")))
            draft.put("digits", key, words(text, axis.x(tap.step), y, bench.size, **more))
        pieces.name(draft, ("products",), "products", y + DIGIT * form.small / 2, "formula")
        left, own = axis.right + 0.16 * axis.pitch, (*Y, at.step)
        foot = bench.base - max(0.0, float(-at.output.value)) * bench.lowest  # what hangs, hangs down to its number
        named = words("output *y*", left, foot - DIGIT * form.small / 2, form.small, "formula", align=-1)
        draft.put("name", ("name", "output"), named)
        end, bricks = form.width - form.margin, benches.whole(place.output.value for place in track.places)
        x = min(named.right + 24, end - axis.bar) + axis.bar / 2
        pieces.column(draft, own, at.output, x, foot, axis.bar, bench.lowest, "output", bricks=bricks)
        pieces.baseline(draft, Y, named.right + 12, min(x + axis.bar / 2 + 12, end), foot)
        rooms = (x - left, "= {} ="), (end - x, "{}")  # "=" before it, nothing after it
        texts = [(room, [said.format(place.output.text) for place in (self.best, self.worst)]) for room, said in rooms]
        size = min(benches.fitting(2 * room, each, (HERO, PARTIAL, TEXT, SMALL)) for room, each in texts)
        more = dict(about=at.output.about, rides=(*own, "bar"))
        number = words(at.output.text, x, y, size, **more)
        number = draft.put("digits", (*own, "digits"), number.at(x=form.within(x, number.width)))
        draft.put("sum", ("sum", "equals"), words("= ", number.left, y, size, "quiet", align=1))
        return draft


def _moving(place: Place) -> tuple[Key, ...]:
    """What grows or becomes small with the window of a place."""
    bars = [*((*row, at) for tap in place.taps for row, at in ((X, tap.step), (W, tap.k))), (*Y, place.step)]
    steps = (("ruler", at) for at in ("at", *(tap.step for tap in place.taps)))
    rows = ("baseline",), ("rig",), ("name", *X), ("name", *W)
    return (*((*own, part) for own in bars for part in ("bar", "digits")), *steps, *rows)


def outline(draft: Draft, bench: Bench, place: Place) -> None:
    """The kernel's outline, and a copy of it lifted onto a window, upside down where that is opposed to it."""
    level, half = bench.foot - float(level_of(place)) * bench.unit, bench.axis.pitch / 2
    weights, steps = {tap.step: float(tap.weight.value) for tap in place.taps}, place.window
    size = max(4.0, min(8.0, bench.unit / 6, bench.axis.pitch / 16))
    for key, foot, turned, of in ((KERNEL, bench.kernel, 1, None), (SHAPE, level, sign_of(place), KERNEL)):
        tips = [(bench.axis.x(step), foot - turned * weights.get(step, 0.0) * bench.unit) for step in steps]
        ends = [end for x, y in tips for end in (x - half, y, x + half, y)]
        ends[0], ends[-2] = ends[0] + 0.3 * half, ends[-2] - 0.3 * half
        draft.put("silhouette", key, line(("kernel", "ink", 0.35), *ends, size=size, z=0.5, copy_of=of))
    clear = DIGIT * bench.size / 2 + size / 2 + 2
    for step, (_, tip) in zip(steps, tips, strict=True):
        own = (*X, step, "digits")
        if own in draft.marks and abs(draft.marks[own].y - tip) < clear:  # no line crosses a number: it stands over it
            draft.change([own], y=tip - clear - 8)
