"""collapse: two linear layers are one, where they are, and where not.

Each tap of the second kernel reads one number that the first kernel made: a copy of the first kernel, slid and scaled
by the tap. Stacked, the copies are the one kernel, a true convolution of the two. It gives the same outputs, except
where padding puts a zero between the layers, and nowhere for certain with a relu there. It answers "are two linear
layers one?".
"""

from __future__ import annotations

from typing import Any

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, SMALL, Board, Cue, Draft, Format
from convexplain.board.pieces import Number, Part
from convexplain.stories import limits, phrases
from convexplain.stories.both import Both
from convexplain.stories.cascade import Cascade, middle_role, second_role
from convexplain.stories.pair import Chain
from convexplain.stories.script import Script
from convexplain.stories.slabs import Slabs, shown
from convexplain.style import MINUS

FIGURE = ("scale", "stack", "both", "differs")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling:
    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.pair = script, form, script.pair
        self.chain, self.t = self.pair.chain, script.cell.step
        self.m = self.pair.middles[0]
        self.slabs = Slabs(form, self.pair, self.m, self.t)
        self.channels = len(self.pair.middles)

    def rows(self, *which: int, below: float = 0.0, chain: Chain | None = None) -> Cascade:
        """Rows near the told output."""
        return Cascade.near(self.form, self.pair, chain or self.chain, self.t, self.m, which, below)

    def boards(self) -> tuple[Board, ...]:
        told = [self.first(), self.second(), self.reach(), *self.copies(), self.stack(), *self.parts(), *self.one()]
        beyond = [*limits.edge(self.rows(0, 1, 2)), *limits.relu(self.rows(0, 1, 2), self.t)]
        told += [self.meet(), self.both(), self.every()]
        # Where one kernel does the work of the network itself, that is checked first, on the same picture.
        told += [*beyond, self.check()] if self.pair.told.differing else [self.check(), *beyond]
        return tuple(told)

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

    def first(self) -> Board:
        level, several = self.pair.level, self.channels > 1
        many = phrases.count(self.chain.layers[0].kernel_size, "sample")
        at = next((s for s in self.rows().window(self.t) if 0 <= s < self.chain.middle), 0)
        said = f"Layer 1: {many}, each times its tap of kernel 1, add up to *h*[{at}]."
        if several:
            said = f"Layer 1 makes {self.channels} channels; this is *h*, one of them."
        if level > 2:
            said = f"The last two of {level} layers. The first makes *h*"
            said += " in several channels." if several else " from *x*."
        units = self.script.shown.units
        aside = " ".join([self.pair.aside, f"{phrases.sentence(', '.join(units))}." if units else ""]).strip()
        below = self.lines(aside)
        draft, rows = self.draft(said), self.rows(0, 1, below=below)
        if aside:
            pieces.remark(draft, ("aside",), aside)
        rows.lay_ruler(draft, at)
        rows.lay_samples(draft, rows.read([at]))
        rows.lay_middle(draft, [at])
        rows.lay_edges(draft, 0, [(at, k) for k in range(self.chain.layers[0].kernel_size)], rest=False)
        rows.lay_card(draft, 0, at)
        return draft.board("first", said, 3)

    def second(self) -> Board:
        many = self.chain.layers[1].kernel_size
        said = f"Layer 2 does the same: {phrases.count(many, '*h*', '*h*')} and kernel 2 make *y*[{self.t}]."
        if self.channels > 1:
            said = f"Layer 2 reads all {self.channels} channels and makes *y*."
        if not self.pair.is_linear:
            read = f"all {self.channels} channels" if self.channels > 1 else "*h*"
            said = f"Layer 2 makes *y* from {read}; the relu between stays aside for now."
        draft, rows = self.draft(said), self.rows(1, 2)
        rows.lay_ruler(draft, self.t)
        rows.lay_middle(draft, rows.window(self.t))
        rows.lay_outputs(draft, [self.t])
        rows.lay_edges(draft, 1, rows.upper(self.t), rest=False)
        rows.lay_card(draft, 1, self.t)
        return draft.board("second", said, 3)

    def reach(self) -> Board:
        many = phrases.count(self.chain.span, "sample")
        said = f"Through *h*, *y*[{self.t}] reads {many} of *x*: could one kernel do it?"
        draft, rows = self.draft(said), self.rows(0, 1, 2)
        window = rows.window(self.t)
        rows.lay_ruler(draft, self.t)
        rows.lay_samples(draft, rows.read(window))
        rows.lay_middle(draft, window)
        rows.lay_outputs(draft, [self.t])
        rows.lay_edges(draft, 0, rows.lower(window), rest=False)
        rows.lay_edges(draft, 1, rows.upper(self.t), rest=False)
        return draft.board("reach", said, 3)

    # slide, scale, stack

    def copies(self) -> list[Board]:
        told, rows, h = [], self.slabs.rows, self.slabs.reads
        moved = self.chain.offset(1, 0) if len(rows) > 1 else 0
        steps = {1: "one step", 2: "two steps"}.get(moved, f"{moved} steps")
        taken = " and ".join(f"*h*[{h(after)}] × {self.pair.second(self.m, after).text}" for after in rows)
        if len(rows) > 2 or self.channels > 1:
            taken = "all these, each times a tap"
        texts: dict[str, tuple[str, dict[str, Any]]] = {
            "kernels": (f"*h*[{h(0)}] is kernel 1 times the samples above it, added up.", {"copies": 1}),
            "slide": (f"Slide: *h*[{h(rows[-1])}] is the same kernel, {steps} later.", {}),
            "taps": (f"Kernel 2 makes *y*[{self.t}] of {taken}.", {"taps": True}),
            "scale": ("Scale: so each copy is multiplied by its tap.", {"taps": True, "scaled": True}),
        }
        if len(rows) > 2:
            texts["slide"] = (f"Slide: each next *h* is the same kernel, {steps} later.", {})
        for name, (said, how) in texts.items():
            if name == "slide" and not moved:
                continue
            draft = self.draft(said)
            self.slabs.lay_steps(draft)
            self.slabs.lay_rows(draft, **how)
            told.append(draft.board(name, said, 2, self.cues(name)))
        return told

    def cues(self, name: str) -> list[Cue]:
        """The first copy slides slowly, the others together; a tap is there before it scales its copy."""
        if name == "scale":
            return [Cue((("kernel", 2),), beat=motion.LEAVE + 0.5)]
        if name != "slide":
            return []
        keys = {after: (("copy", self.m, after), ("card", "copy", after)) for after in self.slabs.rows[1:]}
        bars = range(self.chain.layers[0].kernel_size)
        flying = {after: (*(("copy", self.m, after, k, "bar") for k in bars), keys[after][1]) for after in keys}
        cues = [
            Cue(flying[after], beat=motion.ENTER + min(place, 1), lasts=1.4, how="down first")
            for place, after in enumerate(keys)
        ]
        named = tuple(key for after in keys for key in (("name", "reads", after), ("baseline", "copy", after)))
        return [*cues, Cue(named, beat=motion.ENTER + 2)]

    def stack(self) -> Board:
        said = "Stack: each sample meets the sum of its column."
        draft, chain = self.draft(said), self.chain
        self.slabs.lay_steps(draft)
        stacks: dict[int, list[Any]] = {j: [] for j in range(chain.span)}
        for after in range(chain.layers[1].kernel_size):
            for k in range(chain.layers[0].kernel_size):
                role, number = second_role(self.pair, self.m, after), self.pair.copy(self.m, after, k)
                stacks[chain.offset(after, k)].append((("copy", self.m, after, k), number, role))
        self.slabs.lay_stacks(draft, stacks, self.results(self.channels > 1))
        moves = [Cue((("copy", self.m, after),), beat=motion.MOVE + 0.25 * min(3, after)) for after in self.slabs.rows]
        return draft.board("stack", said, 3, moves)

    def results(self, part: bool) -> dict[int, Any]:
        """The sums of the columns: of one middle channel, or of all."""
        if part:
            role = middle_role(self.pair, self.m)
            return {j: (("part", self.m, j), self.pair.part(self.m, j), role) for j in range(self.chain.span)}
        return {j: (("effective", j), self.pair.effective(j), "ink") for j in range(self.chain.span)}

    def parts(self) -> list[Board]:
        """Of several middle channels: the kernel through each, and their sum."""
        if self.channels == 1:
            return []
        said = f"Each of the {self.channels} channels between makes such a kernel"
        seen = shown(self.pair.middles)
        said += "." if len(seen) == self.channels else f"; {phrases.count(len(seen), 'one')} of them are shown."
        draft = self.draft(said)
        self.slabs.lay_taps(draft)
        columns = range(self.chain.span)
        kernels = [
            (f"through {m}", middle_role(self.pair, m), {j: (("part", m, j), self.pair.part(m, j)) for j in columns})
            for m in seen
        ]
        self.slabs.lay_kernels(draft, kernels)
        told = [draft.board("channels", said, 2)]
        said = "They add up, too: one kernel."
        draft = self.draft(said)
        self.slabs.lay_taps(draft)
        stacks = {
            j: [(("part", m, j), self.pair.part(m, j), middle_role(self.pair, m)) for m in self.pair.middles]
            for j in columns
        }
        self.slabs.lay_stacks(draft, stacks, self.results(False))
        moves = [
            Cue((("part", m),), beat=motion.MOVE + 0.25 * min(3, place)) for place, m in enumerate(self.pair.middles)
        ]
        return [*told, draft.board("sum", said, 2, moves)]

    def one(self) -> list[Board]:
        """The one kernel with its formula: what its signs say, and what it is called."""
        texts = {
            "one": "Kernel 1 slid by *k*, times tap *k* of kernel 2, added up.",
            "convolution": "This minus makes it a true convolution of the two.",
        }
        boards = []
        for name, said in texts.items():
            draft = self.draft(said)
            self.slabs.lay_taps(draft)
            taps = {j: (("effective", j), self.pair.effective(j)) for j in range(self.chain.span)}
            self.slabs.lay_kernels(draft, [("one kernel", "ink", taps)])
            pieces.formula(draft, self.formula(), ("sign",) if name == "convolution" else ())
            boards.append(draft.board(name, said, 3))
        return boards

    def formula(self) -> list[Part]:
        step = self.chain.offset(1, 0) if self.chain.layers[1].kernel_size > 1 else 1
        parts = [Part("W", "*w*["), Part("j", "*j*"), Part("equals", "] = "), Part("sum k", "∑")]
        parts += [Part("k of sum", "*k* ", small=True), Part("w2", "*w*"), Part("2", "2", small=True)]
        parts += [Part("k of w2", "[*k*] "), Part("w1", "*w*"), Part("1", "1", small=True), Part("j of w1", "[*j*")]
        return [*parts, Part("sign", f" {MINUS} "), Part("k of w1", f"{step if step != 1 else ''}*k*]")]

    # the same output

    def meet(self) -> Board:
        said = f"The one kernel on *x* gives *y*[{self.t}] at once …"
        draft = self.draft(said)
        both = Both(self.form, self.pair, self.t)
        both.lay(draft, False)
        return draft.board("meet", said, 2, both.cues("one"))

    def both(self) -> Board:
        same = self.t not in self.chain.differing
        said = "… and kernel 2 on *h* gives the same number." if same else "… but layer 2 on *h* gives another number."
        draft = self.draft(said)
        both = Both(self.form, self.pair, self.t)
        both.lay(draft, True)
        return draft.board("both", said, 3, both.cues("two"))

    def every(self) -> Board:
        differ = len(self.chain.differing)
        said = "At every step the one kernel (outline) gives what two layers give."
        if not self.pair.is_linear:
            said = "Without the relu the one kernel (outline) gives what two layers give."
        if differ:
            said = f"The one kernel (outline) and two layers differ at {phrases.count(differ, 'step')}."
        draft, rows = self.draft(said), self.rows(0, 2)
        rows.lay_ruler(draft)
        rows.lay_samples(draft)
        rows.lay_outputs(draft)
        rows.lay_one(draft)
        rows.lay_one_card(draft, self.t)
        return draft.board("every", said, 3)

    def check(self) -> Board:
        said = f"{self.script.check_words()}."
        note = f"{phrases.sentence(self.script.shown.note)}." if self.script.shown.note else ""
        draft, rows = self.draft(said), self.rows(0, 2, below=self.lines(note), chain=self.pair.told)
        rows.lay_ruler(draft)
        rows.lay_samples(draft)
        asked = {t: self.script.asked(t, self.pair.filter) for t in rows.outputs if self.pair.is_whole}
        full = None
        if self.script.shown.is_rounded and self.pair.is_whole:
            full = {t: Number(self.script.full(t, self.pair.filter), "") for t in rows.outputs}
        rows.lay_outputs(draft, full=full)
        for t, number in asked.items():
            if number is not None:
                mark = draft.marks[(*rows.key(2, t), "bar")]
                y = rows.feet[2] - float(number) * rows.unit
                pieces.compared(draft, ("compared", t), mark.x + rows.axis.bar / 2 + 16, y)
        last = draft.marks.get(("compared", max(asked, default=0)))
        if last is not None and last.right + 100 < self.form.width - self.form.margin:
            pieces.note(draft, ("compared",), "Keras", last.right + 10, last.y, -1, "kernel")
        if note:
            pieces.remark(draft, ("rounded",), note)
        if not self.pair.told.differing:
            rows.lay_one_card(draft, self.t)
        return draft.board("check", said, 2.5)
