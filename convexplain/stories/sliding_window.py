"""sliding_window: what one filter does, and what it responds to.

A window of the signal, a tap for each of its samples, their products head to tail, one output; then it slides. The
output is large where the signal has the shape of the kernel. It answers "what does one filter do?", "why so many
outputs?", "what do strides and dilation_rate change?", and leads on to "does Conv1D flip the kernel?".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Format, Key
from convexplain.board.pieces import Axis, Part
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench, Place, levels
from convexplain.stories.script import Script

CLOSE, WIDE = 8, 24
"""The most places of an axis where numbers stand, and where only bars do."""
SLIDE = 0.45
"""Seconds for each step that the window slides, once it is known."""
X, W, PRODUCT, Y = ("x", 0), ("w1", 0, 0), ("product", 0), ("y",)
RIG = (("rig", "rig", *W), W, ("baseline", "rig", *W), ("thread", *Y))
PRODUCTS = ("w", "k", "w ]", "x", "stride", "t of x", "sign", "dilation", "k of x", "pad", "x ]")
"""The parts of the formula that write one product."""
SUM = ("sum k", "k of sum", *PRODUCTS)
FIGURE = ("output", "slid", "fit", "dilation")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return tuple(_Telling(script, form).boards())


class _Telling:
    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, draft = script, form, Draft(form)
        self.layer, self.length = script.layer, script.read_shape[0]
        self.told = benches.place(script, script.cell.step)
        self.signal = script.signal(0)
        self.role = {tap.k: f"tap {tap.k / max(1, len(self.told.taps) - 1)}" for tap in self.told.taps}
        near = [tap.step for tap in self.told.taps]
        self.near = Axis.near(draft, near, self.length, max(CLOSE, len(near) + 3), extra=3)
        self.wide = benches.wide(draft, script, self.told.step, WIDE)
        self.places = benches.in_view(script, self.wide, self.told.step)
        self.sees_all = len(self.places) == script.shape[0]
        self.siblings = {
            name: sibling
            for name, sibling in (
                ("strides", script.sibling(strides=2) if self.layer.strides == self.layer.dilation_rate == 1 else None),
                ("dilation", script.sibling(strides=1, dilation_rate=2) if self.layer.dilation_rate == 1 else None),
            )
            if sibling is not None and self.layer.kernel_size > 1
        }

    def boards(self) -> Iterable[Board]:
        yield from (self.input(), self.kernel(), self.window(), self.copy(), self.product(), self.products())
        yield self.output()
        yield self.home()
        if len(self.places) > 1:
            yield from (self.slide(), self.slid(), self.count())
        yield from self.responds()

    # what boards have in common

    def draft(self, said: str, axis: Axis, lit: Iterable[int] = ()) -> Draft:
        draft = Draft(self.form)
        pieces.caption(draft, said)
        pieces.ruler(draft, axis, lit=lit)
        return draft

    def formula(self, draft: Draft, shown: Sequence[str] | None, lit: Sequence[str] = (), t: int | None = None) -> None:
        written = "*t*" if t is None else str(t)
        parts = phrases.layer_formula(self.layer, self.length, written, channels=False)
        pieces.formula(draft, parts, lit, shown)

    def close(self) -> Bench:
        """The rows of one place, with all its numbers."""
        taps = self.told.taps
        texts = [benches.factor(tap.weight) for tap in taps]
        texts += [f"+{number.text}" for tap in taps for number in (tap.sample, tap.product)]
        sums = [*levels(tap.product.value for tap in taps), self.told.output.value]
        shown = [self.signal[step].value for step in self.near.shown if step in self.signal]
        weights = [tap.weight.value for tap in taps]
        return Bench.fit(self.form, self.near, shown, weights, sums, texts=texts, indexed=True)

    def far(self, others: Iterable[Place] = (), share: float = 0.0) -> Bench:
        """The rows of all places: signal and kernel without numbers, and the outputs."""
        places = [*self.places, *others]
        shown = [self.signal[step].value for step in self.wide.shown if step in self.signal]
        weights = [tap.weight.value for tap in self.told.taps]
        outputs = [place.output.value for place in places]
        texts = [place.output.text for place in self.places]
        return Bench.fit(self.form, self.wide, shown, weights, outputs, texts=texts, bare=True, share=share)

    def rows(
        self, draft: Draft, bench: Bench, place: Place, numbers: bool = True, lit: Sequence[int] | None = None
    ) -> None:
        written = numbers and bool(bench.size)
        benches.lay_signal(draft, bench, X, self.signal, place.taps, "sample", written)
        benches.lay_kernel(draft, bench, W, place.taps, "kernel", self.role, written, lit)
        if numbers:
            benches.number_taps(draft, bench, W, place.taps, lit or ())
        pieces.name(draft, X, "signal *x*", bench.foot)
        pieces.name(draft, W, "kernel *w*", bench.kernel)

    def outputs(
        self, draft: Draft, bench: Bench, shown: Sequence[Place], at: Place, lit: Iterable[int] | None = None
    ) -> None:
        meant = None if lit is None else list(lit)
        said = [place.step for place in shown] if meant is None else meant
        benches.lay_outputs(draft, bench, Y, shown, meant, said)
        benches.thread(draft, bench, Y, at)
        pieces.name(draft, Y, "output *y*", bench.floor)

    # one place

    def input(self) -> Board:
        shown = [step for step in self.wide.shown if step in self.signal]
        left_out = "" if len(shown) == self.length else f", {len(shown)} of {self.length} shown"
        said = f"A signal: one number per step, together a shape{left_out}."
        draft = self.draft(said, self.wide)
        up, down = benches.extent(self.signal[step].value for step in shown)
        unit = min(88.0, (self.form.height - 356) / max(1e-9, up + down))
        foot = 180 + up * unit
        size = benches.size_for((self.signal[step].text for step in shown), self.wide.pitch)
        whole = all(self.signal[step].value.denominator == 1 for step in shown)
        written = shown if size else []
        pieces.signal(draft, X, self.signal, self.wide, foot, unit, "sample", None, written, size, whole)
        pieces.name(draft, X, "signal *x*", foot)
        return draft.board("signal", said, 3)

    def kernel(self) -> Board:
        taps = self.told.taps
        said = "Where does the signal look like this small shape?"
        if self.fit() is None:
            said = f"A kernel: {phrases.count(len(taps), 'number')}, a small shape."
        draft = self.draft(said, self.near)
        bench = self.close()
        benches.lay_signal(draft, bench, X, self.signal, (), "sample", False)
        benches.lay_kernel(draft, bench, W, taps, "kernel", self.role, bool(bench.size))
        benches.number_taps(draft, bench, W, taps)
        pieces.name(draft, X, "signal *x*", bench.foot)
        pieces.name(draft, W, "kernel *w*", bench.kernel)
        return draft.board("kernel", said, 2.5)

    def window(self) -> Board:
        said = "It lies on the signal and covers a window."
        draft, bench = self.draft(said, self.near), self.close()
        self.rows(draft, bench, self.told)
        _, right = benches.columns(self.told.taps, self.near)
        high = bench.top + 40
        named = f"window: {phrases.count(len(self.told.taps), 'sample')}"
        pieces.callout(draft, ("window",), named, right + 70, high, (right, high))
        low = bench.bottom - benches.INDEX / 2
        pieces.callout(draft, ("tap",), "tap *k*: one number, *w*[*k*]", right + 70, low, (right, low))
        return draft.board("window", said, 3)

    @property
    def lead(self) -> int:
        """The first tap whose product is not zero."""
        return next((i for i, tap in enumerate(self.told.taps) if tap.product.value), 0)

    def made(self, said: str, taps: int, lit: int | None, until: float | None = None) -> tuple[Draft, Bench]:
        """The workbench with its first products."""
        draft, bench = self.draft(said, self.near, [self.told.home]), self.close()
        self.rows(draft, bench, self.told, lit=None if lit is None else [lit])
        shown = self.told.taps[:taps]
        benches.lay_products(
            draft, bench, PRODUCT, W, X, shown, "kernel", self.role, until, written=bool(bench.size)
        )
        return draft, bench

    def copy(self) -> Board:
        said = "Each tap takes a copy of its sample …"
        tap = self.told.taps[self.lead]
        draft, bench = self.made(said, self.lead, tap.k)
        own, x = (*PRODUCT, tap.k), self.near.x(tap.step)
        origin = {"copy_of": (*X, tap.step, "bar")}
        pieces.column(draft, own, tap.sample, x, bench.floor, self.near.bar, bench.unit, "sample", **origin)
        return draft.board("copy", said, 1)

    def product(self) -> Board:
        said = "… and multiplies it: a product."
        tap = self.told.taps[self.lead]
        draft, _ = self.made(said, self.lead + 1, tap.k)
        self.formula(draft, PRODUCTS, ("k", "k of x"), self.told.step)
        return draft.board("product", said, 2)

    def products(self) -> Board:
        said = "Each product begins where the one before ended."
        draft, _ = self.made(said, len(self.told.taps), None)
        self.formula(draft, SUM, ("sum k", "k of sum"), self.told.step)
        cues = tuple(
            Cue(((*PRODUCT, tap.k),), beat=motion.ENTER + n, how="down first", lasts=max(0.5, 1.0 - 0.15 * n))
            for n, tap in enumerate(self.told.taps[self.lead + 1 :])
        )
        return draft.board("products", said, 2, cues)

    def output(self) -> Board:
        said = "Where the last one ends: the output."
        x = benches.beside(self.near, self.told.taps, self.form)
        draft, bench = self.made(said, len(self.told.taps), None, x - self.near.bar / 2)
        made = tuple((*PRODUCT, tap.k, "bar") for tap in self.told.taps)
        bricks = self.told.output.value.denominator == 1
        at, width = (*Y, self.told.step), self.near.bar
        size = HERO if bench.size == TEXT else PARTIAL
        pieces.result(draft, at, self.told.output, x, bench.floor, bench.unit, width, "output", size, bricks, made)
        self.formula(draft, None, ("t", "t of x"), self.told.step)
        return draft.board("output", said, 3)

    # all places

    def home(self) -> Board:
        said = "It is written under its own step."
        if self.told.home == self.told.taps[0].step:
            said = "It is written where its window starts."
        draft, bench = self.draft(said, self.wide, [self.told.home]), self.far()
        self.rows(draft, bench, self.told, numbers=False)
        self.outputs(draft, bench, [self.told], self.told)
        self.formula(draft, None, ("t", "t of x"), self.told.step)
        return draft.board("home", said, 2)

    @property
    def following(self) -> Place:
        """The place after the told one; before it at the end."""
        later = [place for place in self.places if place.step > self.told.step]
        return later[0] if later else self.places[-2]

    def slide(self) -> Board:
        next_ = self.following
        steps = phrases.count(abs(next_.taps[0].step - self.told.taps[0].step), "step")
        said = f"{phrases.sentence(steps)} on, the next window: the next output."
        draft, bench = self.draft(said, self.wide, [next_.home]), self.far()
        self.rows(draft, bench, next_, numbers=False)
        self.outputs(draft, bench, sorted([self.told, next_]), next_)
        self.formula(draft, None, ("t", "t of x"), next_.step)
        cues = (Cue(RIG, beat=motion.MOVE, lasts=1.2),)
        return draft.board("slide", said, 2, cues)

    def slid(self) -> Board:
        last = self.places[-1]
        said = "Every place of the window gives one output."
        draft, bench = self.draft(said, self.wide, [last.home]), self.far()
        self.rows(draft, bench, last, numbers=False)
        self.outputs(draft, bench, self.places, last)
        self.formula(draft, None, ("t", "t of x"))
        return draft.board("slid", said, 2.5, self.passing(self.following, last))

    def passing(self, start: Place, end: Place) -> tuple[Cue, ...]:
        """The rig slides from one place to another; each output grows when the rig is there."""
        count = max(1, end.step - start.step)
        lasts = max(1.2, SLIDE * count)
        cues = [Cue(RIG, beat=motion.MOVE, lasts=lasts), Cue((X,), beat=motion.MOVE, lasts=lasts)]
        for place in self.places:
            at = motion.passes(max(0.0, min(1.0, (place.step - start.step) / count))) * lasts
            cues.append(Cue(((*Y, place.step, "bar"),), beat=motion.MOVE, lasts=0.4, after=at))
            cues.append(Cue(((*Y, place.step, "digits"),), beat=motion.MOVE, lasts=0.3, after=at + 0.3))
        return tuple(cues)

    def count(self) -> Board:
        outputs, taps = phrases.count(self.script.shape[0], "output"), len(self.told.taps)
        last = self.places[-1]
        said = f"{phrases.sentence(phrases.count(self.script.shape[0], 'place'))}, so {outputs}."
        draft, bench = self.draft(said, self.wide), self.far()
        self.rows(draft, bench, last, numbers=False)
        self.outputs(draft, bench, self.places, last)
        return draft.board("count", said, 3)

    # what it responds to

    def fit(self) -> Fraction | None:
        return None

    def responds(self) -> Iterable[Board]:
        return ()
