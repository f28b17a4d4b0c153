"""What a filter responds to, close up: the window of the largest output grows until its columns are the board, and the
kernel's outline is lifted onto its samples; then it stands beside a window of another shape and one of the opposite.

This module knows places and their numbers. It says that the kernel fits only where every sample of a window stands as
high over its tap as the others; of any other data it says what holds for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from statistics import median_low
from typing import Any

from convexplain.board import pieces, staging
from convexplain.board.marks import COLUMN, DIGIT, HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Key, line
from convexplain.board.pieces import Axis
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.sliding import CLEAR, Stage, passing
from convexplain.stories.one_channel.track import RIG, Bench, W, X, Y

KERNEL, SHAPE, WINDOW = ("outline",), ("shape",), "window"
"""The outline of the kernel where it lies, and lifted onto a window; what the keys of windows beside it begin with."""
WIDEST, BESIDE, APART, LARGEST, HIGHEST = 7, 1.9, 0.8, 64.0, 64.0
"""Of a close-up: the most columns, how many the sum takes beside them, how many are between windows, the highest
bricks, where the sum may end.
"""


def samples_of(place: Place) -> list[Fraction]:
    """The samples of a window."""
    return [tap.sample.value for tap in place.taps]


def sign_of(place: Place) -> int:
    """What a window is compared with: 1 for the kernel, -1 for its opposite, where the output is below 0."""
    return -1 if place.output.value < 0 else 1


def level_of(place: Place) -> Fraction:
    """How much higher than the kernel, or its opposite, most samples of a window stand."""
    return median_low(tap.sample.value - sign_of(place) * tap.weight.value for tap in place.taps)


def share_of(place: Place) -> Fraction | None:
    """How much of the kernel's shape a window has: 1 all, 0 none, it is flat, -1 the opposite; None: another."""
    samples, weights = samples_of(place), [tap.weight.value for tap in place.taps]
    wide = max(weights) - min(weights)
    share = (samples[weights.index(max(weights))] - samples[weights.index(min(weights))]) / (wide or 1)
    is_alike = len({sample - share * weight for sample, weight in zip(samples, weights, strict=True)}) == 1
    return (share if wide else Fraction(1)) if is_alike and not place.reads_zero else None


def fits(place: Place) -> bool:
    """Whether the samples of a window have the shape of several taps, and its output is above 0."""
    return len(place.taps) > 1 and place.output.value > 0 and share_of(place) == 1


class Response:
    """The places of the ``best`` and of the ``worst`` output in view, whether the best ``fits`` the kernel's shape, and
    which of them is ``meant`` to answer; None where there is no shape, or all outputs are alike: the told one is
    ``shown``. ``outlined`` is how high the kernel's outline reaches on its samples. ``close`` is the stage of a window
    alone, None where it has no room; ``compared`` is what is said of windows side by side.
    """

    def __init__(self, track: Stage) -> None:
        self.track, ordered = track, sorted(track.places, key=lambda place: place.output.value)
        self.best, self.worst = best, worst = ordered[-1], ordered[0]
        self.weights = {tap.weight.value for tap in best.taps}
        self.fits = fits(best)
        higher = best if self.fits or abs(best.output.value) > abs(worst.output.value) else worst
        self.meant = None if len(best.taps) == 1 or best.output.value == worst.output.value else higher
        self.shown = self.meant or track.told
        self.outlined = [level_of(higher) + sign_of(higher) * weight for weight in self.weights if self.meant]
        self.close = self._closer() if self.meant else None
        self.compared = {best: "the same shape", **self._others()}

    def _others(self) -> dict[Place, str]:
        """The windows that have less of the kernel's shape, a flat one and the opposite; none where no window has its
        shape, or none is seen close up, or there are gaps between the taps.
        """
        best, worst = self.best, self.worst
        if not (self.fits and self.close and len(self.weights) > 1 and len(best.window) == len(best.taps)):
            return {}
        lower = {at: share_of(at) for at in self.track.places if abs(at.output.value) < best.output.value}
        less = sorted((at for at, own in lower.items() if own and 0 < own < 1), key=lambda at: -(lower[at] or 0))[:1]
        flat = sorted((at for at, share in lower.items() if share == 0), key=lambda at: -sum(samples_of(at)))[:1]
        said = dict.fromkeys(less, "less of the shape") | dict.fromkeys(flat, "a flat one")
        return said | ({worst: "the opposite"} if worst.output.value < 0 and share_of(worst) == -1 else {})

    def boards(self) -> Iterator[Board]:
        """What the largest output responds to, and what others do; nothing where all outputs are alike."""
        track, best, at = self.track, self.best, self.meant
        among = "" if track.sees_all else " of those shown"
        if at is None:
            return
        if not self.fits:
            alike = "alike than opposed" if sign_of(at) > 0 else "opposed than alike"
            yield self._fit(f"Farthest from 0{among} is {at.output.text}. Here window and kernel are more {alike}.", at)
            return
        high, low = (phrases.factor(of((tap.weight for tap in best.taps), key=lambda w: w.value)) for of in (max, min))
        said, met = f"The largest output{among} is {best.output.text}.", f"high meets {high}, low {low}"
        if self.close:  # where the window rests before it grows
            shown, higher = [best], max(track.places, key=lambda place: min(samples_of(place)))
            if higher != best and min(samples_of(higher)) >= max(samples_of(best)):
                high, shown = phrases.sentence(phrases.count(len(best.taps), "high sample")), [best, higher]
                said += f" {high} give only {higher.output.text}."
            draft, _ = track.at(said := f"{said} Why?", best, track.places, [place.step for place in shown])
            track.recede(draft, {tap.step for place in shown for tap in place.taps})
            draft.change({("ruler", shown[-1].start), ("index", *Y, shown[-1].step)} & {*draft.marks}, role="lit")
            yield draft.board("largest", said, 2, passing([], track.places[-1], best))
            said = ""
        minus, *_, plus = sorted(tap.product.value for tap in best.taps)
        much = " Much is added, little taken off." * (minus < 0 < plus + len(best.taps) * minus)
        yield self._fit(f"{said} The same shape: {met if high != low else 'both are flat'}.{much}".strip(), best)
        if len(self.compared) > 1:
            yield self._beside()

    def _fit(self, said: str, at: Place) -> Board:
        """The rig over a place, the kernel's outline, which is first lifted onto its samples, and the sum."""
        track, cues = self.track, [Cue((SHAPE,), staging.ENTER + 1)]
        if self.close:
            draft, is_written = self._close(said, at), track.size(track.wide)
            kinds = "x", "w1", "rig", "ruler", "baseline", "name"
            grows = (key for key in draft.marks if key[0] in kinds and (is_written or key[-1] != "digits"))
            cues += [Cue(tuple(grows), staging.MOVE, 1.4), self._passing()]
        else:
            draft, bench = track.at(said, at, track.places, [at.step])
            track.recede(draft, {tap.step for tap in at.taps})
            outline(draft, bench, at)
        return draft.board("fit", said, 3, cues)

    def _passing(self) -> Cue:
        """The output goes and comes clear of its window, with its number, its line and the name of its row."""
        return Cue(((*Y, self.shown.step), ("name", *Y), ("baseline", *Y), ("sum", *Y)), staging.MOVE, 1.4, "anew")

    def back(self, before: Board, end: Place) -> list[Cue]:
        """From windows close up the ruler comes first, then samples go home, and the kernel, which slides on from there
        to its ``end``; else nothing.
        """
        if not self.close or before.name not in ("fit", "compared"):
            return []
        slides, x = tuple(key for key in before.marks if any(key[: len(own)] == own for own in RIG)), self.track.wide.x
        slide = Cue(slides, staging.MOVE, 1.8, "across last", (x(end.start) - x(self.shown.start), 0.5))
        steps = tuple(key for key in before.marks if key[0] == "y" or (key[0] == WINDOW and key[2] in ("ruler", "y")))
        comes = Cue((X,), staging.MOVE, 0.9, "anew"), Cue((W,), staging.MOVE, 0.3, after=1.5)
        first = Cue((*steps, ("ruler",), ("name", *Y), ("baseline", *Y)), staging.MOVE, 0.5, "anew")
        near = tuple(key for key in before.marks if key[0] in ("x", "w1") and key[-1] == "digits")
        gone = [Cue(near, staging.LEAVE, 0.4)] * (not self.track.size(self.track.wide))
        return [*comes, Cue(tuple(before.marks), how="move"), first, slide, *gone]

    def _closer(self) -> Bench | None:
        """The rows of a close-up in one unit: the window, the kernel below it, beside both the sum, on the ``base``."""
        track, form, at = self.track, self.track.form, self.shown
        steps, texts = tuple(at.window), [track.factors[tap.k] for tap in at.taps if tap.k in track.factors]
        texts += [text for tap in at.taps for text in (tap.sample.text, pieces.signed(tap.product.text))]
        narrow, pitch = ((f.width - f.margin - f.names) / (len(steps) + BESIDE) for f in (COLUMN, form))
        if len(steps) > WIDEST or not benches.fitting(0.9 * narrow - 8, texts, (SMALL, 0.0)):
            return None
        axis = Axis(steps, form.names, min(300.0, pitch), track.length, widest=180.0, share=0.6)
        size = benches.fitting(0.9 * axis.pitch - 8, texts, (PARTIAL, TEXT, SMALL))
        above = 2 * CLEAR + DIGIT * size + (22.0 if size > TEXT else pieces.ABOVE)
        samples = [*(track.signal[n].value for n in at.window if n in track.signal), *self.outlined]
        (s_up, s_down), (w_up, w_down) = map(benches.extent, (samples, self.weights))
        highest = abs(float(at.output.value))
        top, end, room = 92.0, form.height - 150.0 - 10.0 * bool(form.points), 5 * CLEAR + DIGIT * HERO
        reach, fixed = s_up + s_down + w_up + w_down, top + 2 * above + 2 * CLEAR
        unit = benches.unit_of(end - fixed - room, reach, [*samples, *self.weights, at.output.value], LARGEST)
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

    def _window(self, draft: Draft, bench: Bench, at: Place, is_own: bool = False) -> None:
        """A window and the kernel below it, with the kernel's outline on the samples or that of their ``own``."""
        self.track.lay(draft, bench, at.taps)
        for key in [key for key in draft.marks if key[-1] == "index" or key == ("name", *W, "k")]:
            del draft.marks[key]
        self.track.recede(draft, {tap.step for tap in at.taps})
        outline(draft, bench, at, is_own)

    def _close(self, said: str, at: Place) -> Draft:
        """A window close up, the products and the sum."""
        assert self.close is not None
        track, form, bench, y = self.track, self.track.form, self.close, self.close.floor
        draft, axis = track.draft(said, bench.axis, [at.home]), bench.axis
        self._window(draft, bench, at)
        for tap in at.taps:
            key, text = ("product", 0, at.step, tap.k, "digits"), pieces.signed(tap.product.text)
            more: Any = dict(about=tap.product.about, made_of=((*W, tap.k, "bar"), (*X, tap.step, "bar")))
            draft.put("digits", key, words(text, axis.x(tap.step), y, bench.size, **more))
        pieces.name(draft, ("products",), "products", y + DIGIT * form.small / 2, "formula")
        left, own = axis.right + 0.16 * axis.pitch, (*Y, at.step)
        foot = bench.base - max(0.0, float(-at.output.value)) * bench.lowest  # what hangs, hangs down to its number
        named = words("output *y*", left, foot - DIGIT * form.small / 2, form.small, "formula", align=-1)
        draft.put("name", ("name", *Y), named)
        end, bricks = form.width - form.margin, benches.whole(place.output.value for place in track.places)
        x = min(named.right + 24, end - axis.bar) + axis.bar / 2
        pieces.column(draft, own, at.output, x, foot, axis.bar, bench.lowest, "output", bricks=bricks)
        pieces.baseline(draft, Y, named.right + 12, min(x + axis.bar / 2 + 12, end), foot)
        text = at.output.text  # "=" before it, nothing after it
        rooms = (2 * (x - left), f"= {text} ="), (2 * (end - x), text)
        size = min(benches.fitting(room, [each], (HERO, PARTIAL, TEXT, SMALL)) for room, each in rooms)
        number = words(text, x, y, size, about=at.output.about, rides=(*own, "bar"))
        number = draft.put("digits", (*own, "digits"), number.at(x=form.within(x, number.width)))
        draft.put("sum", ("sum", "equals"), words("= ", number.left, y, size, "quiet", align=1))
        return draft

    def _beside(self) -> Board:
        """Windows side by side, each with its own outline over the kernel's, above their outputs on one line."""
        track, form, many, made = self.track, self.track.form, len(self.best.taps), [at.output for at in self.compared]
        pitch = (form.width - form.margin - form.names) / (len(made) * (many + APART) - APART)
        room: Any = dict(above=pieces.ABOVE + CLEAR, gap=CLEAR, below=CLEAR, between=22.0 + CLEAR, under=0, top=92.0)
        bench = track.fit((), [output.value for output in made], (), hanging=DIGIT * PARTIAL, largest=LARGEST, **room)
        size = benches.fitting(pitch, [output.text for output in made], (PARTIAL, TEXT, SMALL))
        draft, cues, said = Draft(form), [self._passing()], self._answers()
        bricks = benches.whole(output.value for output in made)
        for n, at in enumerate(self.compared):
            left, key, y = form.names + n * (many + APART) * pitch, (WINDOW, at.step) if n else (), (*Y, at.step)
            axis = Axis(tuple(at.window), left, pitch, track.length, widest=160.0, share=0.6)
            own, bench = track.draft(said, axis, [at.home]), replace(bench, axis=axis)
            self._window(own, bench, at, is_own=True)
            pieces.column(own, y, at.output, axis.x(at.home), bench.base, axis.bar, bench.lowest, "output", bricks)
            pieces.digits(own, y, at.output.text, size)
            lay_sum(own, y, at, axis.right)
            for part, mark in [each for each in own.marks.items() if each[1] != draft.marks.get(each[0])]:
                draft.put(WINDOW, (*key, *part), mark.at(rides=mark.rides and (*key, *mark.rides)))
            cues += [Cue((key,), staging.MOVE, 0.6, "fade", after=0.4 + 0.5 * n)] * bool(n)
        pieces.name(draft, Y, "output *y*", bench.base, "formula")
        pieces.baseline(draft, Y, form.names, axis.right, bench.base)
        return draft.board("compared", said, 4, cues)

    def _answers(self) -> str:
        """What the windows give, and why a flat one gives nothing where the taps add up to 0."""
        gives, taps = dict(self.compared), [tap.weight for tap in self.best.taps]
        flat, why = next((at for at in gives if len({*samples_of(at)}) == 1), self.best), ""
        if not flat.output.value and not sum(tap.value for tap in taps) and len(taps) <= places.LISTED:
            why = f" Flat gives 0, however high: {phrases.added([tap.text for tap in taps], flat.output.text)}."
            less = {at: what for at, what in gives.items() if at not in (flat, self.best)}
            gives = less or {self.best: gives[self.best]}
        said = [f"{what} {'' if n else 'gives '}{at.output.text}" for n, (at, what) in enumerate(gives.items())]
        return phrases.sentence(f"{', '.join(said)}.{why}")


def lay_sum(draft: Draft, own: Key, place: Place, right: float) -> None:
    """Beside an output's number how it adds up, where that has room."""
    if place.added and (number := draft.marks.get((*own, "digits"))):
        text = f" = {place.added.partition(' = ')[0]}"
        sum_ = words(text, number.right, number.y, draft.format.small, "quiet", align=-1, rides=(*own, "bar"))
        if sum_.right < right:
            draft.put("sum", ("sum", *own), sum_)


def lay_lower(draft: Draft, bench: Bench, at: Place, higher: Place) -> None:
    """Beside an output of a window with gaps how high the lower one without them is, and how that adds up."""
    if at.output.value < higher.output.value and at.added:
        x, level = bench.axis.x(higher.home) + bench.axis.bar / 2, bench.base - float(at.output.value) * bench.lowest
        text, small = f"without gaps {at.output.text} = {at.added.partition(' = ')[0]}", draft.format.small
        said = words(text, x + 72, y := min(level, bench.base - small / 2), small, "quiet", align=-1)
        if said.right < bench.axis.right:
            draft.put("sum", ("sum", "lower"), said)
            draft.put("sum", ("sum", "lower", "level"), line("quiet", x + CLEAR, level, x + 60, y, dash=5))


def outline(draft: Draft, bench: Bench, place: Place, is_own: bool = False) -> None:
    """The kernel's outline, broken where gaps are between its taps, and a copy of it lifted onto a window, upside down
    where that is opposed to it; or the outline of the window's ``own`` samples.
    """
    axis, weights, half = bench.axis, [tap.weight.value for tap in place.taps], bench.axis.pitch / 2
    lifted = samples_of(place) if is_own else [level_of(place) + sign_of(place) * weight for weight in weights]
    size = max(4.0, min(8.0, bench.unit / 6, axis.pitch / 16))
    xs, is_broken = [axis.x(tap.step) for tap in place.taps], len(place.window) > len(place.taps)
    for key, foot, shape, of in (
        (KERNEL, bench.kernel, weights, None),
        (SHAPE, bench.foot, lifted, None if is_own else KERNEL),
    ):
        tips = [foot - float(height) * bench.unit for height in shape]
        parts = [(x - half, y, x + half, y) for x, y in zip(xs, tips, strict=True)]
        for n, part in enumerate(parts if is_broken else [tuple(chain(*parts))]):
            ends = (part[0] + 0.3 * half, *part[1:-2], part[-2] - 0.3 * half, part[-1])
            nth = (n,) * is_broken
            mark = line(("kernel", "ink", 0.35), *ends, size=size, z=0.5, copy_of=of and (*of, *nth))
            draft.put("silhouette", (*key, *nth), mark)
    clear = DIGIT * bench.size / 2 + size / 2 + 2
    for number in [own for step in place.window if (own := (*X, step, "digits")) in draft.marks]:
        mark = draft.marks[number]
        over = [y for x, y in zip(xs, tips, strict=True) if abs(mark.x - x) < half and abs(mark.y - y) < clear]
        draft.change([number] * len(over), y=min(over, default=0.0) - clear - 8)  # no line crosses a number
