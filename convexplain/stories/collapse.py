"""collapse: two linear layers are one, where they are, and where not.

One output is made of a few numbers between the layers, each of these of a few samples. Each tap of the second kernel
reads one of them: a copy of the first kernel, slid and scaled by the tap. Stacked, the copies are the one kernel, a
true convolution of the two. It gives the same outputs, except where padding puts a zero between the layers, and where a
relu there takes something away. It answers "are two linear layers one?".
"""

from __future__ import annotations

from functools import cached_property

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, SMALL, Board, Cue, Draft, Format
from convexplain.board.pieces import Number
from convexplain.stories import against, indices, limits, phrases, through
from convexplain.stories.cascade import Cascade, middle_role
from convexplain.stories.pair import Chain
from convexplain.stories.script import Script
from convexplain.stories.slabs import TOTAL, Slabs, shown

FIGURE = ("scale", "stack", "one", "differs")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling:
    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.pair = script, form, script.pair
        self.chain, self.m = self.pair.chain, self.pair.middles[0]
        # Where padding makes them differ is told at the end: until then it is an output where they are the same.
        exact = [t for t in range(self.chain.steps) if t not in self.chain.differing] or [script.cell.step]
        self.t = min(exact, key=lambda t: (abs(t - script.cell.step), t))
        self.channels = len(self.pair.middles)

    @cached_property
    def unit(self) -> float:
        """The height of a number 1 on all boards."""
        bare = [Cascade.near(self.form, self.pair, self.chain, self.t, self.m, rows) for rows in ((0, 1, 2), (0, 2))]
        return min(*(rows.unit for rows in bare), Slabs.fit(bare[0], self.t, bare[0].unit).unit)

    @cached_property
    def slabs(self) -> Slabs:
        """The rows of the copies."""
        return Slabs.fit(self.rows(0, 1, 2), self.t, self.unit)

    def rows(self, *which: int, below: float = 0.0, chain: Chain | None = None) -> Cascade:
        """Rows near the told output."""
        own = chain or self.chain
        return Cascade.near(self.form, self.pair, own, self.t, self.m, which, below, most=self.unit)

    def boards(self) -> tuple[Board, ...]:
        told = [self.layers(), *self.copies(), self.stack(), self.named(), self.convolution()]
        rows = self.rows(0, 1, 2)
        told += [*self.parts(), *self.ones()]
        told += limits.edge(rows, self.unit, told[-1])
        told += limits.relu(rows, self.t, self.unit, told[-1])
        said = "Linear layers only multiply and add: two of them are one kernel, except at padded ends."
        return (*told, self.found("close", said, before=told[-1]), self.check())

    def draft(self, caption: str) -> Draft:
        draft = Draft(self.form)
        pieces.caption(draft, caption)
        return draft

    def lines(self, remark: str) -> float:
        """The height of a remark that stands over the text line."""
        if self.form.is_narrow or not remark:
            return 0.0
        return 44.0 * len(pieces.wrapped(remark, (self.form.width - 2 * self.form.margin) / SMALL))

    # two layers

    def layers(self) -> Board:
        level = self.pair.level
        said = "Kernel 1 makes *h* from *x*, and kernel 2 makes *y* from *h*. Could one kernel do both?"
        if self.channels > 1:
            said = f"Layer 1 makes {self.channels} channels (*h* is one), layer 2 makes *y*. Could one layer do both?"
        if level > 2:
            said = f"The last two layers of {level}, *h* lies between them. Could one layer do both?"
        units = self.script.shown.units
        aside = " ".join([self.pair.aside, f"{phrases.sentence(', '.join(units))}." if units else ""]).strip()
        if not self.pair.is_linear:
            aside = f"The relu between the layers stays aside until the end. {aside}".strip()
        draft, rows = self.draft(said), self.rows(0, 1, 2, below=self.lines(aside))
        if aside:
            pieces.remark(draft, ("aside",), aside)
        rows.lay_ruler(draft)
        rows.lay_samples(draft)
        rows.lay_middle(draft)
        rows.lay_outputs(draft)
        first = self.slabs.rows[0]
        rows.lay_kernel(draft, 0, self.slabs.reads(first), first)
        rows.lay_kernel(draft, 1, self.t)
        return draft.board("layers", said, 5)

    # slide, scale, stack

    def copies(self) -> list[Board]:
        """The first copy, the others, and all scaled."""
        slabs, told = self.slabs, []
        rows, h = slabs.rows, slabs.reads
        worked = {after: f": {text}" if (text := slabs.worked(after)) else "" for after in rows}
        first = f"The numbers of a kernel are its taps. They make *h*[{h(rows[0])}]{worked[rows[0]]}."
        texts = {"first": (first, rows[:1])}
        if moved := self.chain.offset(1, 0) if len(rows) > 1 else 0:
            steps = {1: "one step", 2: "two steps"}.get(moved, f"{moved} steps")
            said = f"Slide it {steps}: the same taps make *h*[{h(rows[1])}]{worked[rows[1]]}."
            if len(rows) > 2:
                said = f"Slide: each next *h* has the same taps, {steps} later."
            texts["slide"] = (said, rows)
        for name, (said, seen) in texts.items():
            draft = self.draft(said)
            slabs.lay(draft, seen)
            told.append(draft.board(name, said, 3, self.cues(name)))
        draft = self.draft(said := self.scaling())
        slabs.lay(draft, scaled=True)
        return [*told, draft.board("scale", said, 3.5, self.cues("scale"))]

    def scaling(self) -> str:
        """What the second layer does to the copies, in words."""
        slabs, last = self.slabs, self.slabs.rows[-1]
        factor = self.pair.second(self.m, last).text
        if self.channels > 1 or slabs.left_out or len(slabs.rows) > 3:
            return f"Scale: each row times its tap of kernel 2, the last one {factor} × *h*[{slabs.reads(last)}]."
        terms = " + ".join(f"{self.pair.second(self.m, a).text} × *h*[{slabs.reads(a)}]" for a in slabs.rows)
        return f"Scale: kernel 2 makes *y*[{self.t}] = {terms}, so each row gets its factor."

    def cues(self, name: str) -> list[Cue]:
        """The first copy comes down, another slides slowly, others together; a tap is there when it scales its copy."""
        rows = self.slabs.rows
        if name == "scale":
            return [Cue((("kernel", 2), ("name", "kernel", 2), ("value",)), beat=motion.MOVE)]
        if name == "first":
            coming = (("card", "place"), ("name", "reads"), ("name", "made"))
            return [Cue((("card", "copy"), ("copy",)), beat=motion.MOVE, lasts=1.2), Cue(coming, beat=motion.MOVE)]
        cues = []
        for place, after in enumerate(rows[1:]):
            beat = motion.ENTER + 1 + min(place, 1)
            flying = (("copy", self.m, after), ("card", "copy", after))
            cues += [Cue(flying, beat=beat, lasts=1.4, how="down first"), Cue((("card", "place", after),), beat=beat)]
            cues.append(Cue((("value", after),), beat=motion.ENTER + 3))
        return [*cues, Cue(tuple(("baseline", "copy", after) for after in rows[1:]), beat=motion.ENTER + 3)]

    def stack(self) -> Board:
        slabs = self.slabs
        said = "Stack: add up each column. The sums are the one kernel."
        meeting = [(j, column) for j, column in enumerate(slabs.columns) if len(column) > 1]
        if slabs.is_worded and not slabs.left_out and meeting:
            worked = list[str]()
            for j, column in meeting[:2]:
                added = phrases.added([self.pair.copy(self.m, *at).text for at in column], self.pair.effective(j).text)
                worked.append(f"{added} times *x*[{self.chain.start(self.t) + j}]")
            said = f"Stack: {', '.join(worked)}. The sums are one kernel."
        if self.channels > 1:
            said = "Stack: add up each column. The sums are one kernel for all of these."
        draft = self.draft(said)
        slabs.lay(draft, scaled=True, total=True)
        sums = [key for key, _ in slabs.total.values()]
        one = (("card", "one"), ("baseline", "card", "one"), ("name", "card", "one"), ("band",))
        cues = [Cue(one, beat=motion.MOVE)]
        cues += [Cue(((*key, "bar"),), beat=motion.ENTER + min(2, place)) for place, key in enumerate(sums)]
        cues.append(Cue((("value", TOTAL),), beat=motion.ENTER + 4))
        return draft.board("stack", said, 3.5, cues)

    def named(self) -> Board:
        """The names of what meets in one column."""
        (j, through), pair = self.slabs.meeting, self.pair
        said = f"With names, column *j* = {j} is {' + '.join(indices.product(*at) for at in through[:2])}"
        said += " and so on" if len(through) > 2 else ""
        numbers = [pair.copy(self.m, *at).text for at in through]
        if self.channels == 1 and len(text := phrases.added(numbers, pair.effective(j).text)) < 20:
            said += f" = {text}"
        draft = self.draft(said := f"{said}.")
        self.slabs.lay(draft, scaled=True, total=True, symbols=True)
        indices.lay_column(draft, self.slabs)
        return draft.board("named", said, 3.5)

    def convolution(self) -> Board:
        """The one kernel with its formula, of one of its columns."""
        said = f"*k* runs forward in *w*2, *j* {style.MINUS} *k* backward in *w*1: that is a convolution."
        draft = self.draft(said)
        self.slabs.lay(draft, scaled=True, total=True, symbols=True)
        indices.lay_column(draft, self.slabs)
        indices.lay_formula(draft, self.slabs)
        return draft.board("convolution", said, 4)

    def parts(self) -> list[Board]:
        """Of several middle channels: the kernel through each, and their sum."""
        if self.channels == 1:
            return []
        seen, said = shown(self.pair.middles), f"Each of the {self.channels} channels between makes such a kernel"
        said += "." if len(seen) == self.channels else f"; {phrases.count(len(seen), 'one')} of them are shown."
        return [self.through("channels", said), self.through("sum", "Add up each column again: one kernel for all.")]

    def through(self, name: str, said: str) -> Board:
        """The kernel through each middle channel, and on "sum" what they add up to."""
        columns, pair = range(self.chain.span), self.pair
        kernels: list[through.Kernel] = [
            (f"channel {m}", middle_role(pair, m), {j: (("part", m, j), pair.part(m, j)) for j in columns})
            for m in shown(pair.middles)
        ]
        kernels.append(("one kernel", "ink", {j: (("effective", j), pair.effective(j)) for j in columns}))
        draft = self.draft(said)
        through.lay(draft, self.slabs, kernels, kernels[-1] if name == "sum" else None)
        cues = [Cue((("card",), ("band",)), beat=motion.MOVE)]  # all of it goes into one kernel
        return draft.board(name, said, 2.5, cues if name == "channels" else ())

    # the same output

    def ones(self) -> list[Board]:
        """The one kernel at the first output in view, at the told one and at the last."""
        rows, boards = self.rows(0, 2), list[Board]()
        first, last = rows.outer(self.t)
        places = sorted({first, self.t, last})
        whole = len(rows.outputs) == self.chain.steps and self.chain.start(0) == 0
        for name, t in zip(("one", "slid", "every"), places, strict=False):
            made, total = rows.products(t), self.pair.output(self.chain.one(t))
            worked = phrases.added([number.text for number in made], total.text)
            worked = worked if len(worked) < 36 else f"*y*[{t}] = {total.text}"
            lead, end = "It slides:", ", as two layers give."
            if name == "one":
                lead = "The one kernel alone, on *x*:"
            elif t == last and whole and not self.chain.differing:
                fits, outputs = phrases.count(self.chain.steps, "time"), phrases.count(self.chain.steps, "output")
                end = f". It fits {fits}, so it makes {outputs}."
            if t in self.chain.differing:
                end = ", but two layers differ here."
            draft = self.draft(said := f"{lead} {worked}{end}")
            rows.lay_ruler(draft)
            rows.lay_samples(draft)
            # Of the outputs that the kernel has not made yet only the numbers stand there, as two layers gave them.
            made_here = [u for u in rows.outputs if t == last or (u in places and u <= t)]
            rows.lay_outputs(draft, made=made_here)
            if not self.chain.differing:
                against.lay_given(rows, draft)
            cues = rows.lay_one_card(draft, t)
            cues = cues if name == "one" else cues[1:]  # the card stands already
            if name == "one":  # all of it goes into the one kernel
                cues.append(Cue((("card", "copy"), ("band",)), beat=motion.LEAVE))
            cues.append(Cue((rows.key(2, t),), beat=motion.ENTER + 5))
            given = {u: self.pair.output(self.chain.one(u)) for u in made_here if u in self.chain.differing}
            against.lay_one(rows, draft, given)
            boards.append(draft.board(name, said, 3 if name == "one" else 2.5, cues))
        return boards

    def check(self) -> Board:
        library, note = self.script.check.library, self.script.shown.note
        runs = (
            f"{library}, the library that runs such networks,"
            if library.startswith("Keras") and not self.form.is_narrow
            else library
        )
        said = f"{self.script.check_words().replace(library, runs, 1)}."
        found, level = self.script.check.of([self.pair.level]), self.pair.level
        if found.ok and not found.error and library.startswith("Keras"):
            count = phrases.count(sum(one.compared for one in found.distances if one), "output")
            layers = "both layers" if level == 2 else f"all {level} layers"
            said = f"{runs} ran {layers}: exactly the same {count}."
        return self.found("check", said, f"{phrases.sentence(note)}." if note else "")

    def found(self, name: str, said: str, note: str = "", before: Board | None = None) -> Board:
        """The one kernel and what two layers give; then, with no other board ``before``, what the library gave."""
        draft, rows = self.draft(said), self.rows(0, 2, below=self.lines(note), chain=self.pair.told)
        rows.lay_ruler(draft)
        rows.lay_samples(draft)
        numbers = {t: self.script.asked(t, self.pair.filter) for t in rows.outputs if self.pair.is_whole}
        given = {t: number for t, number in numbers.items() if number is not None and not before}
        full = None
        if self.script.shown.is_rounded and self.pair.is_whole:
            full = {t: Number(self.script.full(t, self.pair.filter), "") for t in rows.outputs}
        rows.lay_outputs(draft, full=full)
        against.lay_asked(rows, draft, given, self.script.check.library.partition(" ")[0], full is None)
        if note:
            pieces.remark(draft, ("rounded",), note)
        same = [t for t in (rows.outer(self.t)[1], self.t) if t not in self.pair.told.differing]
        if same and self.pair.is_linear:
            rows.lay_one_card(draft, same[0])
        cues = [Cue((("compared", t),), beat=motion.ENTER + 1 + min(2, n)) for n, t in enumerate(given)]
        if before:  # what was told stands until the one kernel comes in its place
            cues = rows.replacing(draft, before.marks, motion.MOVE)
        return draft.board(name, said, 3.5, cues)
