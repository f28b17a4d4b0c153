"""collapse: two linear layers are one, where they are, and where not.

Each tap of the second kernel reads one number that the first kernel made: a copy of the first kernel, slid and scaled
by the tap. Stacked, the copies are the one kernel, a true convolution of the two. It gives the same outputs, except
where padding puts a zero between the layers, and nowhere for certain with a relu there. It answers "are two linear
layers one?".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, SMALL, Board, Cue, Draft, Format, Key, Role
from convexplain.board.pieces import Number
from convexplain.stories import limits, phrases
from convexplain.stories.both import Both
from convexplain.stories.cascade import Cascade, middle_role
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
        told = [self.layers(), self.first(), self.second(), self.reach(), *self.copies(), self.stack()]
        told += [self.named(), self.convolution(), *self.parts(), self.both(), *self.every()]
        beyond = [*limits.edge(self.rows(0, 1, 2)), *limits.relu(self.rows(0, 1, 2), self.t)]
        # Where one kernel does the work of the network itself, that is checked first, on the same picture.
        told += [*beyond, self.check()] if self.pair.told.differing else [self.check(), *beyond]
        return (*told, self.close())

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
        several, level = self.channels > 1, self.pair.level
        said = "Are two layers one? Here *x* becomes *h*, and *h* becomes *y*."
        if several:
            said = f"Are two layers one? *x* becomes {self.channels} channels (*h* is one), they become *y*."
        if level > 2:
            said = f"Are two layers one? The last two of {level}: *h* lies between them."
        units = self.script.shown.units
        aside = " ".join([self.pair.aside, f"{phrases.sentence(', '.join(units))}." if units else ""]).strip()
        draft, rows = self.draft(said), self.rows(0, 1, 2, below=self.lines(aside))
        if aside:
            pieces.remark(draft, ("aside",), aside)
        rows.lay_ruler(draft)
        rows.lay_samples(draft)
        rows.lay_middle(draft)
        rows.lay_outputs(draft)
        rows.lay_edges(draft, 0, [])
        rows.lay_edges(draft, 1, [])
        return draft.board("layers", said, 3)

    def first(self) -> Board:
        many = phrases.count(self.chain.layers[0].kernel_size, "sample")
        at = next((s for s in self.rows().window(self.t) if 0 <= s < self.chain.middle), 0)
        said = f"Layer 1: {many}, each times a tap of kernel 1, add up to *h*[{at}]."
        draft, rows = self.draft(said), self.rows(0, 1)
        rows.lay_ruler(draft)
        rows.lay_samples(draft, rows.read([at]))
        rows.lay_middle(draft, [at])
        cues = [cue for cue in rows.lay_card(draft, 0, at) if cue.keys[0][0] != "edge"]  # these are there already
        return draft.board("first", said, 3, cues)

    def second(self) -> Board:
        many = self.chain.layers[1].kernel_size
        said = f"Layer 2 does the same: {phrases.count(many, '*h*', '*h*')} and kernel 2 make *y*[{self.t}]."
        if self.channels > 1:
            said = f"Layer 2 makes *y* of all {self.channels} channels; its kernel for *h* is shown."
        if not self.pair.is_linear:
            read = f"all {self.channels} channels" if self.channels > 1 else "*h*"
            said = f"Layer 2 makes *y* from {read}; the relu between stays aside for now."
        draft, rows = self.draft(said), self.rows(1, 2)
        rows.lay_ruler(draft)
        rows.lay_middle(draft, rows.window(self.t))
        rows.lay_outputs(draft, [self.t])
        return draft.board("second", said, 3, rows.lay_card(draft, 1, self.t, makes=True))

    def reach(self) -> Board:
        many = phrases.count(self.chain.span, "sample")
        said = f"So *y*[{self.t}] reads {many} of *x*: can one kernel do that at once?"
        draft, rows = self.draft(said), self.rows(0, 1, 2)
        window = rows.window(self.t)
        rows.lay_ruler(draft)
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
        taken = " and ".join(f"{self.pair.second(self.m, after).text} × *h*[{h(after)}]" for after in rows)
        if len(rows) > 2 or self.channels > 1:
            taken = "all these, each times a tap"
        factor, last = self.pair.second(self.m, rows[-1]).text, h(rows[-1])
        texts: dict[str, tuple[str, dict[str, Any]]] = {
            "slide": (f"Each *h* is a sum of *x*. Slide: *h*[{last}] has the same taps, {steps} later.", {}),
            "taps": (f"Kernel 2 makes *y*[{self.t}]: it adds {taken}.", {"taps": True}),
            "scale": (f"Scale: {factor} × *h*[{last}] is {factor} times each term.", {"taps": True, "scaled": True}),
        }
        if len(rows) > 2:
            texts["slide"] = (f"Each *h* is a sum of *x*. Slide: the next *h* has the same taps, {steps} later.", {})
        if not moved:
            texts = {"kernels": (f"*h*[{h(0)}] is kernel 1 times the samples above it, added up.", {}), **texts}
            del texts["slide"]
        for name, (said, how) in texts.items():
            draft = self.draft(said)
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
            Cue(flying[after], beat=motion.ENTER + 1 + min(place, 1), lasts=1.4, how="down first")
            for place, after in enumerate(keys)
        ]
        named = tuple(key for after in keys for key in (("name", "reads", after), ("baseline", "copy", after)))
        first = [(("copy", self.m, self.slabs.rows[0], k, "bar")) for k in bars]
        coming = Cue((*first, ("card", "copy", self.slabs.rows[0])), beat=motion.MOVE)
        return [coming, *cues, Cue(named, beat=motion.ENTER + 3)]

    def results(self) -> dict[int, tuple[Key, Number]]:
        """The sums of the columns: of all middle channels when there is one, of the shown one else."""
        columns = range(self.chain.span)
        if self.channels > 1:
            return {j: (("part", self.m, j), self.pair.part(self.m, j)) for j in columns}
        return {j: (("effective", j), self.pair.effective(j)) for j in columns}

    def stacked(self, draft: Draft, symbols: bool = False) -> None:
        """All copies, and the kernel that they add up to, under the samples or with ``symbols`` under its indices."""
        role = middle_role(self.pair, self.m) if self.channels > 1 else "ink"
        self.slabs.lay_rows(draft, taps=True, scaled=True, total=self.results(), role=role, symbols=symbols)

    def stack(self) -> Board:
        j, through = self.slabs.meeting
        said = "Stack: add up each column. The sums are the one kernel."
        if self.slabs.is_worded and all(after in self.slabs.rows for after, _ in through):
            added = " and ".join(self.slabs.term(self.pair.copy(self.m, *at), j) for at in through)
            said = f"Stack: {added} make {self.slabs.term(self.pair.effective(j), j)}. The sums are one kernel."
        if self.channels > 1:
            said = "Stack: add up each column. The sums are one kernel for all of these."
        sums = [key for key, _ in self.results().values()]
        one = (("card", "one"), ("baseline", "card", "one"), ("name", "card", "one"), ("name", "made"))
        cues = [Cue(one, beat=motion.MOVE + 0.5)]
        cues += [Cue(((*key, "bar"),), beat=motion.ENTER + min(2, place)) for place, key in enumerate(sums)]
        return self.whole_stack("stack", said, cues)

    def whole_stack(self, name: str, said: str, cues: Sequence[Cue] = ()) -> Board:
        """The samples, all copies and their sum."""
        draft = self.draft(said)
        self.stacked(draft)
        return draft.board(name, said, 3, cues)

    def named(self) -> Board:
        """The stack once more, with names in place of numbers."""
        said = "Names: *w*1 the taps of kernel 1, *w*2 of kernel 2; *j* counts columns, *k* rows."
        draft = self.draft(said)
        self.stacked(draft, symbols=True)
        return draft.board("named", said, 3)

    def convolution(self) -> Board:
        """The one kernel with its formula, of one of its columns."""
        j, through = self.slabs.meeting
        said = f"In column {j} the indices add up to {j}: *k* and *j* {MINUS} *k*."
        if self.chain.offset(1, 0) != 1:
            said = f"Column {j} is {' + '.join(f'*w*2[{after}] *w*1[{k}]' for after, k in through)}."
        draft = self.draft(said)
        self.stacked(draft, symbols=True)
        lit = [("copy", self.m, after, k, "digits") for after, k in through] + [(*self.results()[j][0], "digits")]
        lit.append(("taps", j))
        draft.change([key for key in lit if key in draft.marks], role="lit")
        self.slabs.lay_formula(draft)
        return draft.board("convolution", said, 3)

    def parts(self) -> list[Board]:
        """Of several middle channels: the kernel through each, and their sum."""
        if self.channels == 1:
            return []
        seen, said = shown(self.pair.middles), f"Each of the {self.channels} channels between makes such a kernel"
        said += "." if len(seen) == self.channels else f"; {phrases.count(len(seen), 'one')} of them are shown."
        return [self.through("channels", said), self.through("sum", "Add up each column again: one kernel for all.")]

    def through(self, name: str, said: str) -> Board:
        """The kernel through each middle channel, and but for "channels" their sum."""
        columns, pair = range(self.chain.span), self.pair
        kernels: list[tuple[str, Role, dict[int, tuple[Key, Number]]]] = [
            (f"through {m}", middle_role(pair, m), {j: (("part", m, j), pair.part(m, j)) for j in columns})
            for m in shown(pair.middles)
        ]
        if name != "channels":
            kernels.append(("one kernel", "ink", {j: (("effective", j), pair.effective(j)) for j in columns}))
        draft = self.draft(said)
        self.slabs.lay_taps(draft)
        self.slabs.lay_kernels(draft, kernels)
        return draft.board(name, said, 2)

    # the same output

    def both(self) -> Board:
        same = self.t not in self.chain.differing
        end = f"*y*[{self.t}] is the same" if same else "here they differ"
        said = f"One kernel on *x*, or kernel 2 on *h*: {end}."
        draft, both = self.draft(said), Both(self.form, self.pair, self.t)
        both.lay(draft)
        return draft.board("both", said, 3, both.cues())

    def every(self) -> list[Board]:
        """The one kernel at the first output in view, and at the last."""
        differ, rows = len(self.chain.differing), self.rows(0, 2)
        ends = rows.outer(self.t)
        texts = {
            "slid": f"The one kernel slides along *x*: here it makes *y*[{ends[0]}].",
            "every": f"At every step it gives what two layers give; here *y*[{ends[1]}].",
        }
        if not self.pair.is_linear:
            texts["every"] = "At every step it gives what two layers give without the relu."
        if differ:
            texts["every"] = f"The one kernel and two layers differ at {phrases.count(differ, 'step')} (outline)."
        if ends[0] == ends[1]:  # there is room for one place only
            del texts["slid"]
        boards = []
        for (name, said), t in zip(texts.items(), ends[-len(texts) :], strict=True):
            draft = self.draft(said)
            rows.lay_ruler(draft)
            rows.lay_samples(draft)
            # Until the kernel has been there an output is but a stem.
            rows.lay_outputs(draft, [t] if name == "slid" else None)
            cues = rows.lay_one_card(draft, t)[1:]  # the card stands already
            cues.append(Cue((rows.key(2, t),), beat=motion.ENTER + 5))
            given = {t: self.pair.output(self.chain.one(t)) for t in rows.outputs if t in self.chain.differing}
            rows.lay_one(draft, given)
            boards.append(draft.board(name, said, 3, cues))
        return boards

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
                pieces.compared(draft, ("compared", t), mark.right + 22, y)
                draft.change([("compared", t)], role="lit", width=22.0, height=22.0)
        last = draft.marks.get(("compared", max(asked, default=0)))
        if last is not None and last.right + 280 < self.form.width - self.form.margin:
            pieces.note(draft, ("compared",), "two layers in Keras", last.right + 10, last.y, -1, "lit")
        if note:
            pieces.remark(draft, ("rounded",), note)
        if not self.pair.told.differing:
            rows.lay_one_card(draft, rows.outer(self.t)[1])
        return draft.board("check", said, 2.5)

    def close(self) -> Board:
        """What has been found, under the picture that says why."""
        said = "Two linear layers are one kernel, except at padded edges or with a relu between."
        return (self.whole_stack if self.channels == 1 else self.through)("close", said)
