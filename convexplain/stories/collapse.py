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
        self.slabs = Slabs(form, self.pair, self.m)
        self.channels = len(self.pair.middles)

    def rows(self, *which: int, below: float = 0.0, chain: Chain | None = None) -> Cascade:
        """Rows near the told output."""
        return Cascade.near(self.form, self.pair, chain or self.chain, self.t, self.m, which, below)

    def boards(self) -> tuple[Board, ...]:
        told = [self.first(), self.second(), self.reach(), *self.copies(), self.stack(), *self.parts(), self.one()]
        told += [
            self.meet(),
            self.both(),
            self.every(),
            *limits.edge(self.rows(0, 1, 2)),
            *limits.relu(self.rows(0, 1, 2), self.t),
        ]
        told += [self.check()]
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
        level, said = self.pair.level, "Layer 1: kernel 1 slides over *x* and makes *h*."
        if self.channels > 1:
            said = f"Layer 1 makes {self.channels} channels; this is *h*, one of them."
        if level > 2:
            said = f"The last two of {level} layers. The first makes *h*" + " in several channels." * (
                self.channels > 1
            )
            said = said if self.channels > 1 else f"{said} from *x*."
        units = self.script.shown.units
        aside = " ".join([self.pair.aside, f"{phrases.sentence(', '.join(units))}." if units else ""]).strip()
        below = self.lines(aside)
        draft, rows = self.draft(said), self.rows(0, 1, below=below)
        if aside:
            pieces.remark(draft, ("aside",), aside)
        rows.lay_ruler(draft)
        at = next((s for s in rows.window(self.t) if 0 <= s < self.chain.middle), 0)
        rows.lay_samples(draft, rows.read([at]))
        rows.lay_middle(draft)
        rows.lay_edges(draft, 0, [(at, k) for k in range(self.chain.layers[0].kernel_size)])
        rows.lay_card(draft, 0, at)
        return draft.board("first", said, 3)

    def second(self) -> Board:
        said = "Layer 2: kernel 2 slides over *h* and makes *y*."
        if self.channels > 1:
            said = f"Layer 2 reads all {self.channels} channels and makes *y*."
        if not self.pair.is_linear:
            read = f"all {self.channels} channels" if self.channels > 1 else "*h*"
            said = f"Layer 2 makes *y* from {read}; the relu between stays aside for now."
        draft, rows = self.draft(said), self.rows(1, 2)
        rows.lay_ruler(draft, self.t)
        rows.lay_middle(draft, rows.window(self.t))
        rows.lay_outputs(draft)
        rows.lay_edges(draft, 1, rows.upper(self.t))
        rows.lay_card(draft, 1, self.t)
        return draft.board("second", said, 3)

    def reach(self) -> Board:
        many = phrases.count(self.chain.span, "sample")
        said = f"Through *h*, *y*[{self.t}] reads {many} of *x*: could one kernel do it?"
        draft, rows = self.draft(said), self.rows(0, 1, 2)
        window = rows.window(self.t)
        rows.lay_ruler(draft, self.t)
        rows.lay_samples(draft, rows.read(window))
        rows.lay_middle(draft, [])
        rows.lay_outputs(draft, [self.t])
        rows.lay_edges(draft, 0, rows.lower(window))
        rows.lay_edges(draft, 1, rows.upper(self.t))
        return draft.board("reach", said, 3)

    # slide, scale, stack

    def copies(self) -> list[Board]:
        told = []
        moved = self.chain.offset(1, 0) if self.chain.layers[1].kernel_size > 1 else 0
        steps = {1: "one step", 2: "two steps"}.get(moved, f"{moved} steps")
        texts = {
            "kernels": ("Each tap of kernel 2 reads one *h*, and each *h* is kernel 1 at work …", {"copies": False}),
            "copies": ("… so each tap takes a copy of kernel 1.", {}),
            "slide": (f"Slide: the next *h* begins {steps} later, and so does its copy.", {"slid": True}),
            "scale": ("Scale: each copy times its tap of kernel 2.", {"slid": True, "scaled": True}),
        }
        for name, (said, how) in texts.items():
            if name == "slide" and not moved:
                continue
            draft = self.draft(said)
            self.slabs.header(draft)
            self.slabs.lay_copies(draft, **how)
            told.append(draft.board(name, said, 2, self.cues(name)))
        return told

    def cues(self, name: str) -> list[Cue]:
        """Kernels come while the rows below leave; the first copy is made slowly, then the others."""
        if name == "kernels":
            return [Cue((("kernel",), ("card",)), beat=motion.MOVE)]
        if name != "copies":
            return []
        taps = range(self.chain.layers[0].kernel_size)
        keys = {after: tuple(("copy", self.m, after, k, "bar") for k in taps) for after in self.slabs.rows}
        return [Cue(keys[after], beat=motion.ENTER + min(place, 1)) for place, after in enumerate(keys)]

    def stack(self) -> Board:
        said = "Stack: column by column, the copies add up."
        draft, chain = self.draft(said), self.chain
        self.slabs.header(draft)
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
        self.slabs.header(draft)
        columns = range(self.chain.span)
        kernels = [
            (f"through {m}", middle_role(self.pair, m), {j: (("part", m, j), self.pair.part(m, j)) for j in columns})
            for m in seen
        ]
        self.slabs.lay_kernels(draft, kernels)
        told = [draft.board("channels", said, 2)]
        said = "They add up, too: one kernel."
        draft = self.draft(said)
        self.slabs.header(draft)
        stacks = {
            j: [(("part", m, j), self.pair.part(m, j), middle_role(self.pair, m)) for m in self.pair.middles]
            for j in columns
        }
        self.slabs.lay_stacks(draft, stacks, self.results(False))
        moves = [
            Cue((("part", m),), beat=motion.MOVE + 0.25 * min(3, place)) for place, m in enumerate(self.pair.middles)
        ]
        return [*told, draft.board("sum", said, 2, moves)]

    def one(self) -> Board:
        said = f"One kernel of {phrases.count(self.chain.span, 'tap')}: a true convolution of the two."
        draft = self.draft(said)
        self.slabs.header(draft)
        taps = {j: (("effective", j), self.pair.effective(j)) for j in range(self.chain.span)}
        self.slabs.lay_kernels(draft, [("one kernel", "ink", taps)])
        pieces.formula(draft, self.formula(), ("sign",))
        return draft.board("one", said, 3)

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
        said = "… the same number as both layers in turn." if same else "… but the two layers give another number."
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
        if note:
            pieces.remark(draft, ("rounded",), note)
        return draft.board("check", said, 2.5)
