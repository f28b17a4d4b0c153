"""collapse: two linear layers are one, where they are, and where not.

One output is made of a few numbers between the layers, each of these of a few samples. Each tap of the second kernel
reads one of them: a copy of the first kernel, slid and scaled by the tap. Stacked, the copies are the one kernel, a
true convolution of the two. It gives the same outputs, except where a relu takes something away between the layers, or
padding puts a zero there. It answers "are two linear layers one?".
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cached_property

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, FILM, SMALL, TEXT, Board, Cue, Draft, Format, Key
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.script import Script
from convexplain.stories.two_layers import limits, turned
from convexplain.stories.two_layers.copies import Copies, shown
from convexplain.stories.two_layers.sheet import Band, Sheet

FIGURE = ("scale", "stack", "one", "relu")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling:
    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.pair = script, form, script.pair
        self.chain, self.m = self.pair.chain, self.pair.middles[0]
        # Where padding makes them differ is told at the end.
        exact = [t for t in range(self.chain.steps) if t not in self.chain.differing] or [script.cell.step]
        self.t = min(exact, key=lambda t: (abs(t - script.cell.step), t))
        below = max(self.lines(self.aside), self.lines(self.checked))
        self.copies = Copies.near(form, self.pair, self.chain, self.t, self.m, below)
        self.place = self.chain.output_place(self.t)

    def boards(self) -> tuple[Board, ...]:
        told = [*self.layers(), *self.slid(), *self.stacked(), *turned.boards(self.copies), *self.parts()]
        return (*told, *self.ones(), *limits.padding(self.copies), *limits.relu(self.copies), self.answer())

    # what is not told

    def lines(self, remark: str) -> float:
        """The height of a remark that stands over the text line."""
        if self.form.is_narrow or not remark:
            return 0.0
        return 44.0 * len(pieces.wrapped(remark, (self.form.width - 2 * self.form.margin) / SMALL))

    @cached_property
    def aside(self) -> str:
        """What is not told of the layers."""
        units = self.script.shown.units
        last = f"Shown are the last two of {self.pair.level} layers. " if self.pair.level > 2 else ""
        said = f"{last}{self.pair.aside} {phrases.sentence(', '.join(units)) + '.' if units else ''}".strip()
        return said if self.pair.is_linear else f"The relu between the layers stays aside until the end. {said}".strip()

    @cached_property
    def checked(self) -> str:
        """What the numbers shown are, and what was compared, where that is more than the same numbers."""
        found = self.script.check.of([self.pair.level])
        note = f"{phrases.sentence(self.script.shown.note)}." if self.script.shown.note else ""
        is_plain = found.ok and not found.error and self.pair.is_whole and not note
        return "" if is_plain else note or f"{self.script.check_words()}."

    # two layers

    def layers(self) -> list[Board]:
        """Two kernels with what they read; then what the first makes, then what the second makes of it."""
        own, boards = self.copies, list[Board]()
        at = own.reads(own.told)
        kernel, second = own.way().bands[1], own.second()
        asked = "Two layers in a row, each with its own kernel: could one kernel do both?"
        first = f"Kernel 1 times the numbers above: {self.worked(kernel, f'*h*[{at}]')}. Sliding, it makes all of *h*."
        then = f"Kernel 2 does the same with *h*: {self.worked(second, f'*y*[{self.t}]')}. Could one kernel do both?"
        if own.several:
            asked = "Two layers in a row, each with its own kernels: could one layer do both?"
            count = len(self.pair.middles)
            first = f"Layer 1 makes {count} channels of *x*; here is one, *h*, and the kernel that makes it."
            then = "Layer 2 has a kernel for each channel; their parts add up to *y*. Could one layer do both?"
        places = {1: self.chain.middle_place(at), 2: self.place}
        for made, (name, said) in enumerate((("question", asked), ("layers", first), ("second", then))):
            draft, sheet, cues = own.draft(said), own.way(made), list[Cue]()
            sheet.lay(draft)
            for row in range(1, made + 1):
                n = 2 * row - 1
                fan = sheet.lay_fan(draft, n, places[row], f"layer {row}")
                if row == made:
                    rest = [key for place, (key, _) in sheet.bands[n + 1].bars.items() if place != places[row]]
                    cues = [*fan, Cue((*rest,), beat=motion.ENTER + 6)]
                    sheet.lay_columns(draft, n - 1, n, sheet.bands[n].bars)
            if name == "question" and self.aside:
                pieces.remark(draft, ("aside",), self.aside)
            if name == "second":
                self.consume(draft)
            boards.append(draft.board(name, said, 4, cues))
        return boards

    def consume(self, draft: Draft) -> None:
        """The numbers between that the told output reads fly to the copies that make them."""
        for after in self.copies.rows:
            key: Key = (f"y{self.pair.level - 1}", self.m, self.copies.reads(after))
            for part in ("bar", "digits"):
                if (*key, part) in draft.marks:
                    draft.change([(*key, part)], goes_into=("value", "copy", after, self.t))

    def worked(self, kernel: Band, name: str) -> str:
        """A sum of products: ``h[1] = 4 − 2 − 1 = 1``; what it is alone where that is long."""
        products = list((kernel.products or {}).values())
        total = sum((product.value for product in products), Fraction(0))
        said = f"{name} = {phrases.added([product.text for product in products], self.pair.output(total).text)}"
        return said if len(said) < 44 else f"{name} = {self.pair.output(total).text}"

    # slide, scale, stack

    def bottom(self) -> Band:
        """What the told channel gives, with the told output alone in the light."""
        return replace(self.copies.bottom(), lit=(self.place,))

    def slid(self) -> list[Board]:
        """The copies of the first kernel, slid, then scaled."""
        own, boards = self.copies, list[Board]()
        rows, joint = own.rows, " and " if len(own.rows) == 2 else " to "
        needs = joint.join(f"*h*[{own.reads(after)}]".replace("-", style.MINUS) for after in shown(own.rows, 2))
        later = phrases.count(self.chain.offset(1, 0), "step") if len(rows) > 1 else ""
        slid = f", and kernel 1 {later} later{', and so on' * (len(rows) > 2)}" if later else ""
        told = [("slide" if later else "copy", f"*y*[{self.t}] needs {needs}: kernel 1 on *x*{slid}.")]
        told.append(("scale", f"Scale: kernel 2 makes {self.scaling()}. Each row times its tap of kernel 2."))
        for name, said in told:
            draft, scaled = own.draft(said), name == "scale"
            own.lay(draft, own.stack(scaled, False, bottom=self.bottom()), scaled)
            cues = [Cue((("name",), ("copy",), ("product",), ("value",)), beat=motion.MOVE)]
            cues.append(Cue((("name", "factor"),), beat=motion.MOVE, lasts=0.4, after=0.5))
            if not scaled:
                flown = [("copy", self.m, after, k, "bar") for after in rows for k in own.taps if after != own.told]
                flown += [("card", "copy", after) for after in rows if after != own.told]
                cues = [Cue((*flown,), motion.MOVE, 1.4, "across first"), Cue((("card", "place"),), motion.MOVE)]
            boards.append(draft.board(name, said, 3.5, cues))
        return boards

    def scaling(self) -> str:
        """What the second kernel does to the copies, in words."""
        own, name = self.copies, f"*y*[{self.t}]"
        terms = [f"{self.pair.second(self.m, after).text} × *h*[{own.reads(after)}]" for after in own.rows]
        return (
            f"{name} = {' + '.join(terms).replace('+ −', '− ')}"
            if len(terms) < 3 and not own.several and not own.left_out
            else name
        )

    def stacked(self) -> list[Board]:
        """A column of the stack, whose taps read the same sample, and the sums of all columns."""
        own, pair, first = self.copies, self.pair, self.chain.start(self.t)
        columns = own.columns()
        met = [j for j, column in enumerate(columns) if len(column) > 1]
        j = next((j for j in met if self.chain.sample(first + j)), met[0] if met else 0)
        column, number = columns[j], pair.output(self.chain.sample(first + j))
        sums = [key for key, _ in own.total().bars.values()]
        same = f"*x*[{first + j}]".replace("-", style.MINUS)
        meet = f"The taps of a column read the same sample, as {same}: so they add up."
        said = f"Each column gives a tap of one kernel{' for all of these' * own.several}: the sum."
        if 1 < len(column) < 4 and not own.left_out and not own.several:
            taps, made = [pair.copy(own.m, *at) for at in column], pair.output(number.value * pair.effective(j).value)
            worked = phrases.added([pair.output(tap.value * number.value).text for tap in taps], made.text)
            count = phrases.sentence(phrases.count(len(column), "tap"))
            meet = f"{count} read the same {same} = {number.text}, and give together {worked}."
            one = phrases.added([tap.text for tap in taps], pair.effective(j).text)
            factors = f"{number.text} {bench.factor(pair.effective(j), spaced=True)}"
            said = f"One tap, {one}, does both: {factors} = {made.text}. Each column gives a tap of one kernel."
        lit = [
            key for at in column for key in (("copy", own.m, *at, "digits"), ("product", "copy", own.m, *at, self.t))
        ]
        lit += [(*pair.sample_key(first + j), "digits"), (*sums[j], "digits"), ("product", *sums[j], self.t)]
        cues = [Cue(((*key, "bar"),), beat=motion.ENTER + (at != j), lasts=0.7) for at, key in enumerate(sums)]
        late = (("product", *sums[0][:-1]), ("name", "made"), ("value", *own.total().key))
        cues.append(Cue(late, beat=motion.ENTER + 1, after=0.7))
        told = []
        for name, text in [("meet", meet)] * (len(column) > 1) + [("stack", said)]:
            draft = own.draft(text)
            sheet = own.stack(made=name == "stack", bottom=self.bottom())
            own.lay(draft, sheet)
            if name == "meet":
                sheet.lay_columns(draft, 0, len(own.rows), own.total().bars)
                draft.change([key for key in draft.marks if key[0] in ("product", "value")], role="quiet")
            draft.change([key for key in lit if key in draft.marks], role="lit")
            draft.change([key for key in [("band", 0, j)] if key in draft.marks], light=0.14)
            told.append(draft.board(name, text, 4, cues if name == "stack" else ()))
        return told

    def parts(self) -> list[Board]:
        """Of several middle channels: the kernel through each, and their sum."""
        own, boards = self.copies, list[Board]()
        if not own.several:
            return []
        rest = "." if len(own.seen) == len(self.pair.middles) else f"; {phrases.count(len(own.seen), 'one')} are shown."
        said = f"Each of the {len(self.pair.middles)} channels between makes such a kernel{rest}"
        above = {
            ("effective", j): {"made_of": tuple(("part", m, j, "bar") for m in own.seen)}
            for j in range(self.chain.span)
        }
        for name, text in (("channels", said), ("sum", "Add up each column again: one kernel for all.")):
            draft, is_sum = own.draft(text), name == "sum"
            sheet = own.parts(own.seen, is_sum, bottom=None if is_sum else self.bottom())
            sheet.lay(draft, above)
            boards.append(draft.board(name, text, 3))
        return boards

    # the same output

    def alone(self, draft: Draft, own: Copies, bottom: Band, looks: str = "dim") -> Sheet:
        """The one kernel in the light, what it is made of behind it."""
        if own.several:
            sheet = own.parts(own.seen, looks=looks, bottom=bottom)
            n = len(sheet.bands) - 2
            sheet.lay(draft)
            if looks == "dim":
                sheet.lay_columns(draft, 0, n, sheet.bands[n].bars)
                own.lay_total(draft, sheet, n)
        else:
            sheet = own.stack(looks=looks, bottom=bottom, low=True)
            own.lay(draft, sheet)
        return sheet

    def ones(self) -> list[Board]:
        """The one kernel at the first output in view and at the last."""
        whole, boards = [t for t in self.copies.whole if t not in self.chain.differing], list[Board]()
        places = sorted({*whole[:1], *whole[-1:]})
        for name, t in zip(("one", "every"), places, strict=False):
            own = replace(self.copies, step=t)
            worked = self.worked(own.one(), f"*y*[{t}]")
            said = f"The one kernel alone, on *x*: {worked}. The outlines are what two layers gave."
            if name == "every":
                count = phrases.count(len(whole), "output")
                all_ = f"All {count} are" if len(whole) == self.chain.steps else "They are"
                said = f"It slides: {worked}. {all_} those of the two layers."
            made = [t] if name == "one" else [u for u in own.outputs if u in whole]
            hollow = [self.chain.output_place(u) for u in own.outputs if u not in made]
            draft = own.draft(said)
            sheet = self.alone(draft, own, replace(own.results(), hollow=hollow))
            cues = sheet.lay_fan(draft, len(sheet.bands) - 2, self.chain.output_place(t), f"one {t}")
            boards.append(draft.board(name, said, 3.5, cues))
        return boards

    def answer(self) -> Board:
        """The answer, with what the library gives beside what the one kernel does."""
        library, found = self.script.check.library, self.script.check.of([self.pair.level])
        agree = f": {library.partition(' ')[0]} agrees" if found.ok else ""
        said = f"Two layers are one kernel, unless a relu or padding comes between them{agree}."
        own = self.copies
        told = {t: (t, self.pair.filter) for t in own.outputs if self.pair.is_whole}
        asked = {t: self.script.asked(*at) for t, at in told.items()}
        given = {t: number for t, number in asked.items() if number is not None}
        is_rounded = self.script.shown.is_rounded and self.pair.is_whole
        full = {t: Number(self.script.full(*at), "") for t, at in told.items()} if is_rounded else None
        draft, bottom = own.draft(said), replace(own, chain=self.pair.told).results(full)
        sheet = self.alone(draft, own, bottom, "bare")
        n = len(sheet.bands) - 2
        for key, _ in sheet.bands[n].bars.values():
            draft.marks.pop(("product", *key, own.step), None)
        if self.checked:
            pieces.remark(draft, ("checked",), self.checked)
        self.lay_asked(draft, sheet, n, given, full is None)
        return draft.board(
            "answer", said, 5, [Cue((("compared",),), motion.ENTER + 1), Cue((("name", "card", "part"),), motion.ENTER)]
        )

    def lay_asked(self, draft: Draft, sheet: Sheet, n: int, asked: dict[int, Fraction], written: bool) -> None:
        """What a library gave for some outputs: its numbers ``written`` over their bars, or dots beside their tips."""
        written = written and sheet.stage.is_worked
        y = sheet.line(n) if written else sheet.feet[n + 1] - 70
        for t, number in asked.items():
            mark = draft.marks[(*self.copies.output_key(t), "bar")]
            if written:
                text = self.pair.output(number).text
                draft.put("compared", ("compared", t), words(text, mark.x, y, sheet.stage.size, "lit"))
                continue
            pieces.compared(draft, ("compared", t), mark.right + 22, sheet.feet[n + 1] - float(number) * sheet.unit)
            draft.change([("compared", t)], role="lit", width=22.0, height=22.0)
        if asked:
            who = self.script.check.library.partition(" ")[0]
            sheet.lay_name(draft, ("compared",), who, y + DIGIT * TEXT / 2, "lit")
