"""collapse: two linear layers are one, where they are, and where not.

One output is made of a few numbers between the layers, each of these of a few samples. Each tap of the second kernel
reads one of them: a copy of the first kernel, slid and scaled by the tap. Stacked, the copies are the one kernel, a
true convolution of the two. It gives the same outputs, except where padding puts a zero between the layers, or a relu
takes something away there. It answers "are two linear layers one?".
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
        self.room = (form.width - 2 * form.margin) / SMALL
        lines = max(len(pieces.wrapped(said, self.room)) if said else 0 for said in (self.aside, self.checked))
        below = 0.0 if form.is_narrow else 44.0 * lines
        self.copies = Copies.near(form, self.pair, self.chain, self.t, self.m, below)
        self.place = self.chain.output_place(self.t)

    def boards(self) -> tuple[Board, ...]:
        told = [*self.layers(), *self.slid(), *self.stacked(), *turned.boards(self.copies), *self.parts()]
        return (*told, *self.ones(), *limits.padding(self.copies), *limits.relu(self.copies), self.answer())

    # what is not told

    @cached_property
    def aside(self) -> str:
        """What is not told of the layers."""
        units, pair = ", ".join(self.script.shown.units), self.pair
        said = [f"Shown are the last two of {pair.level} layers."] if pair.level > 2 else []
        said += ["The relu between the layers stays aside until the end."] if not pair.is_linear else []
        said += [one for one in (pair.aside, f"{phrases.sentence(units)}." if units else "") if one]
        while self.form.is_narrow and len(pieces.wrapped(" ".join(said), self.room)) > 2:
            said.pop()
        return " ".join(said)

    @cached_property
    def checked(self) -> str:
        """What the numbers shown are, or what was compared, where that is more than the same numbers."""
        found, note = self.script.check.of([self.pair.level]), self.script.shown.note
        if note:
            return f"{phrases.sentence(note)}."
        return "" if found.ok and not found.error and self.pair.is_whole else f"{self.script.check_words()}."

    # two layers

    def layers(self) -> list[Board]:
        """Two kernels with what they read; then what the first makes, then what the second makes of it."""
        own, boards = self.copies, list[Board]()
        asked = "Two layers in a row, each with its own kernel: could one kernel do both?"
        first = f"Kernel 1 has {phrases.count(len(own.taps), 'tap')}, each times the number above: "
        first += f"{self.worked(own.first(own.told), own.between(own.told))}. Sliding, it makes *h*."
        second = self.worked(own.second(), f"*y*[{self.t}]")
        then = f"Kernel 2 does the same with *h*: {second}. Could one kernel do both?"
        told = {"question": asked, "layers": first, "second": then}
        if own.several:
            count = len(self.pair.middles)
            told["layers"] = f"Layer 1 makes {count} channels of *x*; here is one, *h*, and the kernel that makes it."
            told["second"] = "Layer 2 has a kernel for each channel; the parts add up to *y*. Could one layer do both?"
        places = [self.chain.middle_place(own.reads(own.told)), self.place]
        for made, (name, said) in enumerate(told.items()):
            draft, sheet, cues = own.draft(said), own.way(made), list[Cue]()
            sheet.lay(draft)
            for n, place in zip((1, 3), places[:made], strict=False):
                cues = sheet.lay_fan(draft, n, place)
                rest = tuple(key for at, (key, _) in sheet.bands[n + 1].bars.items() if at != place)
                cues.append(Cue(rest, beat=motion.ENTER + 4))
            if made:
                sheet.lay_columns(draft, 2 * made - 2, 2 * made - 1, sheet.bands[2 * made - 1].bars)
            elif self.aside:
                pieces.remark(draft, ("aside",), self.aside)
            for after in own.rows:  # what is read flies to the copies that make it
                key: Key = (f"y{self.pair.level - 1}", self.m, own.reads(after))
                read = [(*key, part) for part in ("bar", "digits")]
                draft.change([key for key in read if key in draft.marks], goes_into=("value", "copy", after, own.start))
            boards.append(draft.board(name, said, 3, cues))
        return boards

    def worked(self, kernel: Band, name: str) -> str:
        """A sum of products: ``h[1] = 4 − 2 − 1 = 1``; what it is alone where that is long."""
        products = list((kernel.products or {}).values())
        write = self.pair.hidden if kernel.key[0] == "copy" else self.pair.output
        total = write(sum((product.value for product in products), Fraction(0))).text
        said = f"{name} = {phrases.added([product.text for product in products], total)}"
        return said if len(said) < 44 else f"{name} = {total}"

    # slide, scale, stack

    def bottom(self) -> Band:
        """What the told channel gives, with the told output alone in the light."""
        return replace(self.copies.bottom(), lit=(self.place,))

    def slid(self) -> list[Board]:
        """The copies of the first kernel, slid, then scaled."""
        own, boards, y = self.copies, list[Board](), f"*y*[{self.t}]"
        rows, joint = own.rows, " and " if len(own.rows) == 2 else " to "
        needs = joint.join(map(own.between, shown(own.rows, 2)))
        later = phrases.count(self.chain.offset(1, 0), "step") if len(rows) > 1 else ""
        slid = f", and kernel 1 {later} later{', and so on' * (len(rows) > 2)}" if later else ""
        terms = [f"{self.pair.second(self.m, after).text} × {own.between(after)}" for after in rows]
        whole = f" = {' + '.join(terms)}".replace("+ −", "− ") if len(rows) < 3 and not own.several else ""
        told = {"slide" if later else "copy": f"{y} needs {needs}: kernel 1 on *x*{slid}."}
        told["scale"] = f"Scale: kernel 2 makes {y}{whole}. Each row times its tap of kernel 2."
        flown: list[Key] = [("copy", self.m, after, k, "bar") for after in rows for k in own.taps if after != own.told]
        flown += [("card", "copy", after) for after in rows if after != own.told]
        for name, said in told.items():
            draft, scaled = own.draft(said), name == "scale"
            own.lay(draft, own.stack(scaled, False, bottom=self.bottom()), scaled)
            cues = [Cue((*flown,), motion.MOVE, 1.4, "across first"), Cue((("card", "place"),), motion.MOVE)]
            if scaled:
                cues = [Cue((("copy",), ("product",), ("value",)), beat=motion.MOVE)]
            boards.append(draft.board(name, said, 3, cues))
        return boards

    def stacked(self) -> list[Board]:
        """A column of the stack, whose taps read the same sample, and the sums of all columns."""
        own, pair, first, columns = self.copies, self.pair, self.copies.start, self.copies.columns()
        met = [j for j, column in enumerate(columns) if len(column) > 1]
        j = next((j for j in met if self.chain.sample(first + j)), met[0] if met else 0)
        column, at = columns[j], first + j
        number = pair.x(at) if 0 <= at < len(self.chain.x) else Number(Fraction(0), "0")
        sums, same = [key for key, _ in own.total().bars.values()], f"*x*[{at}]".replace("-", style.MINUS)
        meet = f"The taps of a column read the same sample, as {same}: so they add up."
        said = f"Each column gives a tap of one kernel{' for all of these' * own.several}: the sum."
        if 1 < len(column) < 4 and not own.left_out and not own.several:
            taps, tap = [pair.copy(own.m, *at) for at in column], pair.effective(j)
            made = pair.output(number.value * tap.value).text
            worked = phrases.added([pair.output(one.value * number.value).text for one in taps], made)
            count = phrases.sentence(phrases.count(len(column), "tap"))
            meet = f"{count} read the same {same} = {number.text}, and give together {worked}."
            said = f"One tap, {phrases.added([one.text for one in taps], tap.text)}, does both: {number.text} "
            said += f"{bench.factor(tap, spaced=True)} = {made}. Each column gives a tap of one kernel."
        met_here: list[Key] = [("copy", own.m, *at) for at in column]
        lit = [mark for key in met_here for mark in ((*key, "digits"), ("product", *key, first))]
        lit += [(*pair.sample_key(at), "digits"), (*sums[j], "digits"), ("product", *sums[j], first)]
        cues = [Cue(((*key, "bar"),), beat=motion.ENTER + (at != j)) for at, key in enumerate(sums)]
        late = (("product", *sums[0][:-1]), ("name", "made"), ("value", *own.total().key))
        cues, told = [*cues, Cue(late, beat=motion.ENTER + 1, after=0.6)], list[Board]()
        for name, text in [("meet", meet)] * bool(met) + [("stack", said)]:
            draft, sheet = own.draft(text), own.stack(made=name == "stack", bottom=self.bottom())
            own.lay(draft, sheet)
            if name == "meet":
                sheet.lay_columns(draft, 0, len(own.rows), own.total().bars)
                draft.change([key for key in draft.marks if key[0] in ("product", "value")], role="quiet")
            draft.change([key for key in lit if key in draft.marks], role="lit")
            draft.change([key for key in [("band", 0, j)] if key in draft.marks], light=0.14)
            told.append(draft.board(name, text, 3.5, cues if name == "stack" else ()))
        return told

    def parts(self) -> list[Board]:
        """Of several middle channels: the kernel through each, and their sum."""
        own, count = self.copies, len(self.pair.middles)
        if not own.several:
            return []
        rest = "" if len(own.seen) == count else f" ({phrases.count(len(own.seen), 'one')} are shown)"
        said = f"Each of the {count} channels between makes such a kernel{rest}. Their sum is one kernel for all."
        draft = own.draft(said)
        own.lay(draft, own.whole_of())
        late = ("effective",), ("card", "one"), ("baseline", "card", "one"), ("product", "effective")
        return [draft.board("channels", said, 4, [Cue(late, motion.ENTER + 2)])]

    # the same output

    def ones(self) -> list[Board]:
        """The one kernel at the first output in view and at the last."""
        whole, boards = [t for t in self.copies.whole if t not in self.chain.differing], list[Board]()
        for name, t in zip(("one", "every"), sorted({*whole[:1], *whole[-1:]}), strict=False):
            own = replace(self.copies, step=t)
            worked = self.worked(own.one(), f"*y*[{t}]")
            said = f"The one kernel alone, on *x*: {worked}. The outlines are what two layers gave."
            if name == "every":
                are = f"All {phrases.count(len(whole), 'output')} are" if len(whole) == self.chain.steps else "They are"
                said = f"It slides: {worked}. {are} those of the two layers."
            made = [t] if name == "one" else [u for u in own.outputs if u in whole]
            hollow = [self.chain.output_place(u) for u in own.outputs if u not in made]
            draft = own.draft(said)
            sheet = own.whole_of("dim", replace(own.results(), hollow=hollow))
            own.lay(draft, sheet)
            cues = sheet.lay_fan(draft, len(sheet.bands) - 2, self.chain.output_place(t))
            boards.append(draft.board(name, said, 3, cues))
        return boards

    def answer(self) -> Board:
        """The answer, with what the library gives beside what the one kernel does."""
        own, found, library = self.copies, self.script.check.of([self.pair.level]), self.script.check.library
        agree = ": Keras agrees" if found.ok and library.startswith("Keras") else ""
        said = f"Two layers are one kernel, unless a relu or padding comes between them{agree}."
        told = own.outputs if self.pair.is_whole else []
        asked = {t: self.script.asked(t, self.pair.filter) for t in told}
        is_rounded = self.script.shown.is_rounded
        full = {t: Number(self.script.full(t, self.pair.filter), "") for t in told} if is_rounded else None
        draft, bottom = own.draft(said), replace(own, chain=self.pair.told).results(full)
        sheet = own.whole_of("bare", bottom)
        own.lay(draft, sheet)
        n = len(sheet.bands) - 2
        for key in sheet.bands[n].worked_out(own.axis):
            draft.marks.pop(key, None)
        if self.checked:
            pieces.remark(draft, ("checked",), self.checked)
        self.lay_asked(draft, sheet, n, {t: number for t, number in asked.items() if number is not None}, not full)
        return draft.board("answer", said, 5, [Cue((("compared",),), motion.ENTER + 1)])

    def lay_asked(self, draft: Draft, sheet: Sheet, n: int, asked: dict[int, Fraction], written: bool) -> None:
        """What a library gave for some outputs: its numbers ``written`` over their bars, or dots beside their tips."""
        written, foot = written and sheet.is_worked, sheet.feet[n + 1]
        y = sheet.line(n) if written else foot - 70
        for t, number in asked.items():
            mark, key = draft.marks[(*self.copies.output_key(t), "bar")], ("compared", t)
            if written:
                draft.put("compared", key, words(self.pair.output(number).text, mark.x, y, sheet.size, "lit"))
            else:
                pieces.compared(draft, key, mark.right + 22, foot - float(number) * sheet.unit)
                draft.change([key], role="lit", width=22.0, height=22.0)
        if asked:
            who = self.script.check.library.partition(" ")[0]
            sheet.lay_name(draft, ("compared",), who, y + DIGIT * TEXT / 2, "lit")
