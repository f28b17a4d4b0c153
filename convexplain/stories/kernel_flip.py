"""kernel_flip: one signal, one kernel, three calls, and who turns the kernel over how often.

``Conv1D`` slides the kernel as it is. ``scipy.signal.convolve`` turns it over first, so that its ends meet other
samples and its answers differ; in the formula the turn is a minus. Handed ``w[::-1]`` it turns back what was turned,
and the numbers are Keras's again. It answers "does Conv1D flip the kernel?" and "why does convolve give other
numbers?".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import (
    CARD,
    DIGIT,
    FILM,
    HERO,
    PARTIAL,
    SMALL,
    TEXT,
    Board,
    Cue,
    Draft,
    Format,
    dot,
    line,
    plate,
)
from convexplain.board.pieces import Axis, Number, Part
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import calls, phrases
from convexplain.stories.bench import levels
from convexplain.stories.calls import CONVOLVE, KERAS, REVERSED, YOURS, Call, Echo
from convexplain.stories.script import Script
from convexplain.stories.turning import (
    BELOW,
    CLOSE,
    UNLIT,
    Layout,
    X,
    answer,
    in_order,
    is_whole,
    kernel,
    largest,
    product,
    style_of,
)

FIGURE = ("result", "meets", "differ", "twice", "impulse")
"""The boards of the composed figure."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Layout):
    def boards(self) -> tuple[Board, ...]:
        told = [self.question(), self.window(), self.copy(), self.one(), self.products(), self.end(), self.home()]
        told += [self.step(place) for place in range(len(self.next))]
        told += [self.all(), self.apart("same", 0), self.apart("turn", 1), self.meets(), self.landed(), self.slides()]
        told += [self.differ(), *((self.back(), self.start()) if self.count > 1 else ())]
        told += [self.cards(place) for place in range(4)]
        told += [self.reverse(), *self.impulses(), self.check()]
        return tuple(told)

    # Conv1D

    def question(self) -> Board:
        said = "One signal, one kernel, two functions: do they give the same numbers?"
        draft = self.draft(said, self.wide)
        bench = self.stage(self.wide, 120.0, 0.0)
        self.lay(draft, replace(bench, top=bench.middle), KERAS, self.straight, None, None if self.is_short else ())
        steps = [step for step in self.wide.shown if step in self.signal]
        bricks = is_whole(list(self.signal.values()))
        written, size = steps if self.is_short else (), bench.size
        pieces.signal(draft, X, self.signal, self.wide, bench.foot, bench.unit, "sample", None, written, size, bricks)
        self.names(draft, bench)
        middle, half = self.form.height - BELOW - 40, self.form.width / 2
        for call, x, note in (
            (KERAS, self.form.margin, "of Keras: filled bars"),
            (CONVOLVE, half, "of SciPy: hollow bars"),
        ):
            name = self.sign(draft, call, x, middle, TEXT)
            pieces.note(draft, ("call", call.name), note, name.right + 24, middle + DIGIT * (TEXT - SMALL) / 2)
        return draft.board("question", said, 3)

    def working(
        self, said: str, t: int, lit: Collection[int] | None = None, shown: Collection[str] | None = None
    ) -> Draft:
        """The workbench with the window of output ``t``, and the formula as far as it was seen."""
        placed = self.taps(KERAS, t)
        draft = self.draft(said, self.close, [placed[0].step])
        self.lay(draft, self.bench, KERAS, placed, said=None if self.written else (), lit=lit)
        self.names(draft, self.bench)
        if shown is None or shown:
            parts = phrases.layer_formula(self.script.layer, len(self.signal), str(t), channels=False)
            pieces.formula(draft, parts, (), shown)
        return draft

    def window(self) -> Board:
        said = "`Conv1D` lays the kernel on the signal as it is."
        draft, bench, axis = self.working(said, self.told, shown=()), self.bench, self.close
        left, right = benches.columns(self.straight, axis)
        last = draft.marks[(*kernel(KERAS), self.straight[-1].k, "bar")]
        window, tap = "window: the samples in the frame", "tap: one number of the kernel"
        if self.form.width - right > 520:
            pieces.callout(draft, ("window",), window, right + 70, bench.top + 40, (right, bench.top + 40))
            pieces.callout(draft, ("tap",), tap, right + 70, last.y, (last.right + 6, last.y))
        else:
            pieces.callout(draft, ("window",), window, left + 44, bench.bottom + 110, (left + 30, bench.bottom))
            first = draft.marks[(*kernel(KERAS), self.straight[0].k, "bar")]
            pieces.callout(draft, ("tap",), tap, first.x + 14, bench.bottom + 50, (first.x, first.bottom + 6))
        return draft.board("window", said, 3)

    @property
    def shown_tap(self) -> int:
        """The tap whose product is told first: one that stretches its sample."""
        made = [tap for tap in self.straight if tap.product.value] or list(self.straight)
        return next((tap.k for tap in made if abs(tap.weight.value) != 1), made[0].k)

    def copy(self) -> Board:
        said = "Each tap takes a copy of its sample …"
        draft, bench, axis = self.working(said, self.told, [self.shown_tap], ()), self.bench, self.close
        tap = self.straight[self.shown_tap]
        own, whole = (*product(KERAS, self.told), tap.k), is_whole([tap.sample])
        pieces.baseline(draft, (*product(KERAS, self.told), "floor"), axis.left, axis.right, bench.floor)
        more = {"copy_of": (*X, tap.step, "bar"), "bricks": whole}
        at, tint = axis.x(tap.step), self.tints[tap.k]
        pieces.column(draft, own, tap.sample, at, bench.floor, axis.bar, bench.unit, tint, **more)
        return draft.board("copy", said, 1)

    def one(self) -> Board:
        said = "… and multiplies it: a product."
        seen = ("w", "k", "w ]", "x", "stride", "t of x", "sign", "dilation", "k of x", "pad", "x ]")
        draft = self.working(said, self.told, [self.shown_tap], seen)
        self.multiply(draft, self.bench, KERAS, self.told, taps=[self.shown_tap])
        return draft.board("product", said, 1.5)

    def products(self) -> Board:
        said = "Each product begins where the one before ended."
        draft = self.working(said, self.told)
        self.multiply(draft, self.bench, KERAS, self.told)
        return draft.board("products", said, 2, self.falling(KERAS))

    def falling(self, call: Call, beat: float = motion.ENTER) -> tuple[Cue, ...]:
        """A call's products come one after another, each from its sample."""
        own = (((*product(call, self.told), tap.k),) for tap in in_order(call, self.taps(call, self.told)))
        return tuple(Cue(keys, beat + place) for place, keys in enumerate(own))

    def end(self) -> Board:
        said = "Where the last one ends: the output."
        draft, axis = self.working(said, self.told), self.close
        x = min(axis.x(self.straight[-1].step) + 1.5 * axis.pitch, axis.right - axis.bar / 2)
        self.multiply(draft, self.bench, KERAS, self.told, until=x - axis.bar / 2)
        size = largest(self.rows[KERAS, self.told].text, 1.1 * axis.pitch, (HERO, PARTIAL, TEXT))
        self.result(draft, self.bench, KERAS, self.told, x, axis.bar, size)
        self.sign(draft, KERAS, self.form.margin, self.bench.floor - DIGIT * SMALL / 2)
        return draft.board("result", said, 2)

    def home(self) -> Board:
        at = f": *t* = {self.told}" if self.steps(self.told)[0] == self.told else ""
        said = f"It stands where its window begins{at}."
        draft = self.working(said, self.told)
        self.row(draft, self.bench, KERAS, [self.told])
        self.sign(draft, KERAS, self.form.margin, self.bench.floor - DIGIT * SMALL / 2)
        draft.change([("formula", "t"), ("formula", "t of x")], role="lit")
        return draft.board("home", said, 1)

    def step(self, place: int) -> Board:
        t, strides = self.next[place], self.script.layer.strides
        on = phrases.sentence(phrases.count(strides, "step"))
        said = f"{on} on: the same taps, the next samples."
        draft = self.working(said, t)
        before = [self.told, *self.next[:place]]
        self.row(draft, self.bench, KERAS, before)
        self.multiply(draft, self.bench, KERAS, t)
        self.sign(draft, KERAS, self.form.margin, self.bench.floor - DIGIT * SMALL / 2)
        last = (answer(KERAS, before[-1]),)
        return draft.board(f"output {t}", said, 0.8, [Cue(last, motion.MOVE)])

    def all(self) -> Board:
        placed, number = self.taps(KERAS, self.shown[-1]), len(self.outputs)
        layer, steps = self.script.layer, len(self.signal)
        if layer.strides > 1:
            said = f"The window moves {layer.strides} steps at a time: {phrases.count(number, 'output')}."
        elif layer.padding == "valid":
            said = f"{steps} samples, a window of {layer.span}: it fits in {number} place{'s' if number > 1 else ''}."
        else:
            said = f"With zeros at its edges, {phrases.count(number, 'output')} for {phrases.count(steps, 'sample')}."
        bench = replace(self.bench, axis=self.wide)
        draft = self.draft(said, self.wide, [placed[0].step])
        self.lay(draft, bench, KERAS, placed, said=None if self.is_short else ())
        self.names(draft, bench, KERAS)
        self.row(draft, bench, KERAS, self.shown, said=self.is_short)
        if layer.strides == 1 and layer.padding == "valid":
            pieces.formula(draft, [Part("count", f"{steps} − {layer.span} + 1 = {number}")])
        return draft.board("all", said, 2.5)

    # convolve

    def apart(self, name: str, turns: int) -> Board:
        said = {
            0: "`convolve` gets the same signal and the same kernel.",
            1: "But first it turns the kernel over, like a card.",
        }[turns]
        draft = self.draft(said)
        one, two, _, _ = self.panels(0.36, False)
        bench = self.stage(two)
        bench = replace(bench, top=bench.middle)
        self.panel(draft, self.sized(replace(bench, axis=one)), KERAS, 0, X)
        self.panel(draft, bench, CONVOLVE, turns, (CONVOLVE.name, *X), labels=True)
        if turns:
            return draft.board(name, said, 2.5, [self.turning(draft, kernel(CONVOLVE))])
        self.copied(draft, kernel(KERAS), kernel(CONVOLVE))
        self.copied(draft, X, (CONVOLVE.name, *X))
        return draft.board(name, said, 2)

    def both(self, name: str, said: str, call: Call) -> Board:
        """What ``Conv1D`` and another call make of one window, side by side; their results meet in the middle."""
        draft = self.draft(said)
        one, two, x_one, x_two = self.panels(0.5, True)
        sums = [
            level
            for c in (KERAS, call)
            for level in levels(t.product.value for t in in_order(c, self.taps(c, self.told)))
        ]
        bench = self.fit(two, sums)
        for at, caller, x, end in (
            (self.sized(replace(bench, axis=one)), KERAS, X, x_one),
            (bench, call, (call.name, *X), x_two),
        ):
            placed, half = self.taps(caller, self.told), at.axis.bar / 2
            self.panel(draft, at, caller, caller.turns, x)
            said_taps = self.ends(self.em, at.axis.pitch)
            inward = 1 if caller is KERAS else -1
            self.multiply(draft, at, caller, self.told, x, said_taps, until=end - inward * half)
            size = largest(
                calls.output(self.script, caller, self.told).text, 1.25 * at.axis.pitch, (HERO, PARTIAL, TEXT)
            )
            self.result(draft, at, caller, self.told, end, at.axis.bar, size)
            outer = at.axis.left if caller is KERAS else at.axis.right
            floor = line("line", outer, at.floor, end + inward * half, at.floor, z=-1)
            draft.marks[("baseline", *product(caller, self.told), "floor")] = floor
        start = motion.ENTER if call is CONVOLVE else motion.MOVE
        cues = [
            Cue((product(KERAS, self.told),), start),
            Cue((answer(KERAS, self.told),), start + 1),
            *self.falling(call, start + 2),
        ]
        return draft.board(name, said, 3, cues + [Cue((answer(call, self.told),), start + 2 + self.count)])

    def meets(self) -> Board:
        one, two = (self.rows[call, self.told] for call in (KERAS, CONVOLVE))
        if calls.is_mirror(self.straight):
            said = f"This kernel is its own mirror image: {two.text} again."
        elif one.value == two.value:
            said = f"Now each end meets another sample, and the sum is still {two.text}."
        else:
            said = f"Now each end meets another sample: {two.text} instead of {one.text}."
        return self.both("meets", said, CONVOLVE)

    def second(self, name: str, said: str, t: int, ts: Sequence[int]) -> Board:
        """The turned kernel at output ``t``, and under it two rows of outputs."""
        placed, bench = self.taps(CONVOLVE, t), replace(self.bench, axis=self.wide)
        draft = self.draft(said, self.wide, [placed[0].step])
        self.lay(draft, bench, CONVOLVE, placed, said=None if self.is_short else ())
        self.names(draft, bench)
        self.pairs(draft, bench, ts)
        pieces.formula(draft, [Part("code", '`convolve(x, w, mode="valid")`')])
        cues = [Cue((answer(CONVOLVE, t),), motion.ENTER + 0.5 * place, 0.4) for place, t in enumerate(ts)]
        return draft.board(name, said, 1.5, cues)

    def landed(self) -> Board:
        return self.second("landed", "Both answers stand under the same *t*.", self.told, [self.told])

    def slides(self) -> Board:
        return self.second("slides", "The turned kernel slides over the same signal.", self.shown[-1], self.shown)

    def differ(self) -> Board:
        compared = [(self.rows[KERAS, t], self.rows[CONVOLVE, t]) for t in self.shown]
        said = calls.comparison(compared, calls.is_mirror(self.straight), len(self.outputs))
        draft = self.draft(said, self.wide)
        bench = self.scaled([number for pair in compared for number in pair], 190, 250)
        self.pairs(draft, bench, self.shown)
        for t, (one, two) in zip(self.shown, compared, strict=True):
            if one.value == two.value:
                continue
            tips = [bench.floor - float(number.value) * bench.unit for number in (one, two)]
            x = bench.axis.x(self.steps(t)[0])
            draft.put(
                "gap",
                ("gap", t, "line"),
                line("differs", x, tips[0], x, tips[1], size=min(6.0, 0.03 * bench.axis.pitch)),
            )
            if self.is_short:
                text = self.script.number(abs(one.value - two.value)).text
                size = largest(text, 0.9 * bench.axis.pitch)
                draft.put("gap", ("gap", t), words(text, x, self.form.height - 175, size, "differs"))
        return draft.board("differ", said, 3)

    def counting(self, name: str, said: str, back: bool) -> Board:
        """The turned kernel with the names of its taps, where the formula counts them from: back from the window's
        first sample, or from its last.
        """
        first = self.straight[0].step
        reached = [2 * first - step for step in self.steps(self.told)]
        axis = self.around([*reached, *self.steps(self.told)], CLOSE)
        bench, placed = self.stage(axis), self.taps(CONVOLVE, self.told)
        draft = self.draft(said, axis, [first])
        if back:
            placed = tuple(tap._replace(step=step) for tap, step in zip(placed, reversed(reached), strict=True))
        found = [tap._replace(padded=False) for tap in placed if tap.step in self.signal]
        benches.lay_signal(draft, bench, X, self.signal, found, "sample", written=False)
        self.lay(draft, bench, CONVOLVE, placed, None, (), labels=True)
        self.names(draft, bench)
        missing = [axis.x(tap.step) for tap in placed if tap.step not in self.signal]
        if missing:
            pieces.note(draft, ("missing",), "no sample", sum(missing) / len(missing), bench.foot - 40, 0, "ink")
        pieces.formula(
            draft,
            phrases.turned_formula(self.script.layer, len(self.signal), start=not back),
            ["sign" if back else "start"],
        )
        return draft.board(name, said, 3)

    def back(self) -> Board:
        first = self.straight[0].step
        missing = sum(2 * first - step not in self.signal for step in self.steps(self.told))
        found = f"{phrases.spelled(missing)} {'tap finds' if missing == 1 else 'taps find'} no sample"
        return self.counting("back", f"The minus counts back: {found}." if missing else "The minus counts back.", True)

    def start(self) -> Board:
        whole = not any(tap.padded for tap in self.straight)
        return self.counting("start", f"*K* = {self.count} taps: *K* − 1 only moves the start.", False)

    # convolve, handed the reversed kernel

    def cards(self, place: int) -> Board:
        """Three cards in time: the kernel, turned by you, turned back by ``convolve``."""
        said = (
            "Turn the kernel over before `convolve` does …",
            "… and it is turned once.",
            "`convolve` takes it and turns it over again …",
            "… so that it slides as it was written.",
        )[place]
        draft = self.draft(said)
        margin, gap = self.form.margin, 0.04 * self.form.width
        width = (self.form.width - 2 * margin - 2 * gap) / 3
        titles = ("`w`", "`w[::-1]`: turned by you", "turned back by `convolve`")
        for slot, (call, once) in enumerate(((KERAS, 0), (YOURS, int(place > 0)), (REVERSED, int(place == 2)))):
            if slot > 1 and place < 2:
                continue
            left, pitch = margin + slot * (width + gap), width / self.count
            axis = Axis(tuple(range(self.count)), left + pitch / 2, pitch, self.count)
            bench = self.lone(axis)
            order = self.taps(CONVOLVE if once else KERAS, self.told)
            order = tuple(tap._replace(step=column) for column, tap in enumerate(order))
            self.lay(draft, bench, call, order, None, self.ends(self.em, pitch), turns=once, labels=True)
            if slot == 0 or (slot == 1 and place) or place == 3:
                pieces.note(draft, ("card", slot), titles[slot], left + 0.05 * pitch, bench.middle - 50, role="ink")
        cues = [self.turning(draft, kernel((YOURS, REVERSED)[place // 2]))] if place % 2 else ()
        if place == 0:
            self.copied(draft, kernel(KERAS), kernel(YOURS))
        elif place == 2:
            self.copied(draft, kernel(YOURS), kernel(REVERSED))
        return draft.board(("hand", "yours", "theirs", "twice")[place], said, (0.5, 1.5, 0.5, 3)[place], cues)

    def reverse(self) -> Board:
        return self.both("reverse", "The same pairs, added from the other end: the same sum.", REVERSED)

    # a single 1

    def impulses(self) -> tuple[Board, ...]:
        """A single 1 as input, for ``Conv1D`` and for ``convolve``; nothing where it is read by one output only."""
        one = calls.place_of_one(self.script, self.shown)
        straight, turned = (calls.echoes(self.script, call, one, self.shown) for call in (KERAS, CONVOLVE))
        if len(straight) < 2:
            return ()
        whole, mirror = len(straight) == self.count, calls.is_mirror(self.straight)
        first = "Slid over a single 1, the kernel comes out in mirror image."
        if mirror and whole:
            first = "Slid over a single 1, this kernel comes out as it is."
        elif not whole:
            first = "Slid over a single 1, its taps come out in reverse order."
        second = "Turned over first, it comes out as it was written."
        if not whole:
            second = "Turned over first, they come out in the order written."
        return self.impulse("impulse", first, KERAS, one, straight), self.impulse(
            "impulse convolve", second, CONVOLVE, one, turned
        )

    def impulse(self, name: str, said: str, call: Call, one: int, found: Sequence[Echo]) -> Board:
        rows = found if len(found) <= 5 else (*found[:2], *found[-2:])
        needed = [tap.step for echo in found for tap in echo.taps]
        axis = self.around(self.close.shown if set(needed) <= set(self.close.shown) else needed, CLOSE)
        draft = self.draft(said, axis, [one])
        up, down = benches.extent(tap.weight.value for tap in self.straight)
        top, bottom, pad, gap, over = 100.0, self.form.height - 150, 14.0, 22.0, 64.0
        room = bottom - top - over - 100 - len(rows) * (2 * pad + gap)
        unit = min(self.cap(60), room / (1 + (len(rows) + 1) * (up + down)))
        foot, floor, bricks = top + over + unit, bottom - down * unit, is_whole([tap.weight for tap in self.straight])
        pulse = {step: Number(Fraction(int(step == one)), str(int(step == one))) for step in self.signal}
        pieces.signal(draft, X, pulse, axis, foot, unit, "sample", [one], [one])
        pieces.name(draft, X, "signal *x*", foot)
        pieces.baseline(draft, ("y",), axis.left, axis.right, floor)
        self.sign(draft, call, self.form.margin, floor - DIGIT * SMALL / 2)
        below = foot + gap
        for j, echo in enumerate(rows):
            at, base = ("echo", j), below + pad + up * unit
            end = base + down * unit + pad
            left, right = benches.columns(echo.taps, axis)
            corner, hatch = ("right", pieces.HATCHED) if call.turns else ("left", 0.0)
            face = plate("kernel", left, below, right, end, light=CARD, z=-3, corner=corner, hatch=hatch)
            draft.put("echo", ("rig", *at, "card"), face)
            pieces.baseline(draft, ("rig", *at), left + 16, right - 16, base, "kernel")
            for tap in echo.taps:
                lit = tap.k == echo.tap.k
                tint, light = (self.tints[tap.k], 1.0) if lit else ("kernel", UNLIT)
                x = axis.x(tap.step)
                pieces.column(draft, (*at, tap.k), tap.weight, x, base, axis.bar, unit, tint, True, bricks, light=light)
            lit_bar, home = draft.marks[(*at, echo.tap.k, "bar")], axis.x(echo.taps[0].step)
            tip = floor - max(0.0, float(echo.tap.weight.value)) * unit - 38 - DIGIT * PARTIAL
            turn = end + gap / 2
            way = (lit_bar.x, lit_bar.bottom + 6, lit_bar.x, turn, home, turn, home, tip)
            draft.put("thread", ("thread", call.name, j), line(self.tints[echo.tap.k], *way, size=6, z=2))
            below = end + gap
        size = min(largest(echo.tap.weight.text, 0.9 * axis.pitch) for echo in found)
        for echo in found:
            at = ("response", call.name, echo.step)
            row = next((j for j, shown in enumerate(rows) if shown.step == echo.step), None)
            more = {} if row is None else {"copy_of": ("echo", row, echo.tap.k, "bar")}
            x, tint = axis.x(echo.taps[0].step), self.tints[echo.tap.k]
            pieces.column(
                draft, at, echo.tap.weight, x, floor, axis.bar, unit, tint, True, bricks, **more, **style_of(call)
            )
            pieces.digits(draft, at, echo.tap.weight.text, size=size)
        cues = [Cue((("thread",), ("response",)), motion.ENTER + 1)]
        if call.turns:
            cues = [self.turning(draft, ("echo", j)) for j in range(len(rows))] + cues
        return draft.board(name, said, 3, cues)

    def check(self) -> Board:
        found = calls.agreement(self.script)
        recorded = self.script.network.recorded is not None
        said = f"With the kernel turned first, `convolve` gives {'Keras’s' if recorded else 'the same'} numbers."
        draft = self.draft(said, self.wide)
        bench = self.scaled([self.rows[KERAS, t] for t in self.shown], 190, 300)
        self.row(draft, bench, KERAS, self.shown, said=self.is_short)
        self.sign(draft, KERAS, self.form.margin, bench.floor - DIGIT * SMALL / 2)
        margin, low = self.form.margin, bench.floor - DIGIT * SMALL / 2 + 46
        draft.put("ring", ("ring",), dot("output", margin + 11, low, 20, hollow=True, size=3.0))
        draft.put(
            "ring", ("ring", "name"), words(f"`{CONVOLVE.code}`", margin + 1.7 * DIGIT * SMALL, low, SMALL, "ink", -1)
        )
        for t in self.shown:
            x = self.wide.x(self.steps(t)[0]) + self.wide.bar / 2 + min(20, 0.15 * self.wide.pitch)
            tip = bench.floor - float(found.scipy[t]) * bench.unit
            ring = dot("output", x, tip, 22, hollow=True, size=3.0, copy_of=("ring",))
            draft.put("ring", ("ring", t), ring)
        pieces.note(draft, ("check",), found.words, self.form.width - margin, self.form.height - BELOW - 10, 1, "ink")
        return draft.board("check", said, 4)
