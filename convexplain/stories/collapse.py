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
from convexplain.stories import phrases
from convexplain.stories.script import Script
from convexplain.stories.two_layers import limits, turned
from convexplain.stories.two_layers.copies import PARTS, Copies, shown
from convexplain.stories.two_layers.sheet import Band, Sheet, keys_of

FIGURE = {1: ("second", "stack"), 2: ("second", "stack", "one", "relu")}
"""The boards of the composed figure, by how many panels stand side by side."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling:
    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.pair = script, form, script.pair
        self.chain = self.pair.chain
        # Told is the channel between that gives most to the outputs.
        self.m = max(self.pair.middles, key=lambda m: sum(abs(self.chain.two(t, [m])) for t in range(self.chain.steps)))
        # Where padding makes them differ is told at the end.
        exact = [t for t in range(self.chain.steps) if t not in self.chain.differing] or [script.cell.step]
        self.t = min(exact, key=lambda t: (abs(t - script.cell.step), t))
        self.room = (form.width - 2 * form.margin) / SMALL
        lines = max(len(pieces.wrapped(said, self.room)) if said else 0 for said in (self.aside, self.checked))
        below = 0.0 if form.is_narrow else 44.0 * lines
        self.copies = Copies.near(form, self.pair, self.chain, self.t, self.m, below)

    def boards(self) -> tuple[Board, ...]:
        told = [*self.layers(), *self.slid(), *self.stacked(), *turned.boards(self.copies), *self.parts()]
        told += self.one(told[-1])
        return (*told, *limits.padding(self.copies), *limits.relu(self.copies), self.answer())

    # what is not told

    @cached_property
    def aside(self) -> str:
        """What is not told of the layers."""
        units, pair = ", ".join(self.script.shown.units), self.pair
        said = [f"Shown are the last two of {pair.level} layers."] if pair.level > 2 else []
        said += ["The relu between the layers stays aside until the end."] if not pair.told.layers[0].is_linear else []
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
        asked = "Two layers each slide a kernel along numbers: could one kernel do both?"
        first = self.worked(own.first(own.told), own.between(own.told))
        first = f"Layer 1 slides kernel 1 along *x*, each tap times the number above: {first}."
        second = self.worked(own.second(), f"*y*[{self.t}]")
        then = f"Layer 1 slides kernel 1 over *x*, layer 2 kernel 2 over *h*: {second}."
        told = {"question": asked, "layers": first, "second": then}
        if own.several:
            count = len(self.pair.middles)
            told["layers"] = f"Layer 1 makes {count} channels of *x*; here is one, *h*, and the kernel that makes it."
            told["second"] = "Layer 2 has a kernel for each channel, here for *h*; the parts add up to *y*."
        places = [self.chain.middle_place(own.reads(own.told)), own.place]
        for made, (name, said) in enumerate(told.items()):
            draft, sheet, cues = own.draft(said), own.way(made), list[Cue]()
            sheet.lay(draft)
            for n, place in zip((1, 3), places[:made], strict=False):
                cues = sheet.lay_fan(draft, n, place)
                rest = tuple(key for at, (key, _) in sheet.bands[n + 1].bars.items() if at != place)
                cues.append(Cue(rest, beat=motion.ENTER + 4))
                sheet.lay_columns(draft, n - 1, n, sheet.bands[n].bars)
            if not made and self.aside:
                pieces.remark(draft, ("aside",), self.aside)
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

    def slid(self) -> list[Board]:
        """The copies of the first kernel, slid, then scaled."""
        own, boards, y = self.copies, list[Board](), f"*y*[{self.t}]"
        rows, joint = own.rows, " and " if len(own.rows) == 2 else " to "
        needs = joint.join(map(own.between, shown(own.rows, 2)))
        apart = phrases.count(self.chain.offset(1, 0), "step") if len(rows) > 1 else ""
        slid = f"As kernel 1 slides, it makes {'the second' if len(rows) < 3 else 'each'} {apart} later."
        terms = [f"{self.pair.second(self.m, after).text} × {own.between(after)}" for after in rows]
        whole = f" = {' + '.join(terms)}".replace("+ −", "− ") if len(rows) < 3 and not own.several else ""
        told = {"slide" if apart else "copy": f"{y} needs {needs}. {slid * bool(apart)}".rstrip()}
        told["scale"] = f"Scale: kernel 2 makes {y}{whole}. Each row times its tap of kernel 2."
        for name, said in told.items():
            draft, scaled = own.draft(said), name == "scale"
            own.lay(draft, own.stack(scaled, False), scaled)
            cues, beat = list[Cue](), motion.ENTER
            for after in (after for after in rows if after != own.told):  # one by one they come down on their cards
                cues.append(Cue((("copy", own.m, after), ("card", "copy", after)), beat, 1.4, "down first"))
                beat += 0.1
            named: list[Key] = [("thread",), ("name", "taps"), ("name", "copy"), ("baseline", "card")]
            for n, keys in enumerate((named, [("product",), ("name", "reads")], [("value",)])):
                cues.append(Cue(keys_of(draft, *keys), beat + n))
            if scaled:  # taps, products and sums at once: no sum is wrong on the way
                cues = [Cue(keys_of(draft, ("copy",), ("product",), ("value",)), motion.MOVE)]
                cues.append(Cue((("name", "factor"),), motion.MOVE, after=0.45))
            boards.append(draft.board(name, said, 3, cues))
        return boards

    def stacked(self) -> list[Board]:
        """The sums of all columns; lit is one whose taps read the same sample."""
        own, pair, first, columns = self.copies, self.pair, self.copies.start, self.copies.columns()
        j = max(range(len(columns)), key=lambda j: (len(columns[j]), -j))
        column, at, sums = columns[j], first + j, [key for key, _ in own.total().bars.values()]
        said = "Kernel 1 times each number of kernel 2; columns add up to one kernel, *w*."
        if 1 < len(column) < 4 and not own.left_out and not own.several:
            taps = phrases.added([pair.copy(own.m, *at).text for at in column], pair.effective(j).text)
            same = f"*x*[{at}]".replace("-", style.MINUS)
            apart = phrases.sentence(phrases.count(self.chain.offset(1, 0), "step"))
            said = f"{apart} apart, {phrases.count(len(column), 'tap')} read the same {same} and add up in *w*: {taps}."
        draft, sheet = own.draft(said), own.stack()
        own.lay(draft, sheet)
        sheet.lay_columns(draft, 0, len(own.rows) + 1, [at], "lit")
        taps_of: list[Key] = [*(("copy", own.m, *at) for at in column), sums[j]]
        lit: list[Key] = [(*key, "digits") for key in (*taps_of, pair.sample_key(at))]
        draft.change(keys_of(draft, *lit, *(("product", *key, first) for key in taps_of)), role="lit")
        cues = [Cue((("band",),), motion.ENTER - 0.5), Cue(keys_of(draft, ("sum",)), motion.ENTER)]
        cues += [Cue(((*key, "bar"),), motion.ENTER + 0.1 * (1 + n)) for n, key in enumerate(sums)]
        cues.append(Cue((("product", *sums[0][:-1]), ("name", "made")), motion.ENTER + 2))
        cues.append(Cue((("value", *own.total().key),), motion.ENTER + 3))
        return [draft.board("stack", said, 3.5, cues)]

    def parts(self) -> list[Board]:
        """Of several middle channels: the kernel through each and their sum, then what that gives."""
        own, count = self.copies, len(self.pair.middles)
        seen = len(shown(self.pair.middles, PARTS))
        rest = "" if seen == count else f" ({phrases.count(seen, 'one')} are shown)"
        said = f"Each of the {count} channels between makes such a kernel{rest}. Their sum is one kernel for all."
        given = self.pair.output(self.chain.one(self.t)).text
        told = {"channels": said} if own.several else {}
        if own.several and self.t in own.whole and self.t not in self.chain.differing:
            told["one"] = f"All channels' kernels add up to one: *y*[{self.t}] = {given}, as two layers give."
        boards = []
        for name, text in told.items():
            draft, sheet = own.draft(text), own.whole_of()
            own.lay(draft, sheet)
            cues = [Cue(keys_of(draft, ("effective",), ("card", "one"), ("baseline", "card", "one")), motion.ENTER + 2)]
            if name == "one":
                own.lay_made(draft, sheet, len(sheet.bands) - 2)
                cues = sheet.lay_fan(draft, len(sheet.bands) - 2, own.place)
                cues.append(Cue((("value", "one"),), motion.ENTER + 3))
            boards.append(draft.board(name, text, 4, cues))
        return boards

    # the same output

    def one(self, before: Board) -> list[Board]:
        """The one kernel at the last output in view, below the two layers."""
        whole = [t for t in self.copies.whole if t not in self.chain.differing] if not self.copies.several else []
        if not whole:
            return []
        own = replace(self.copies, step=whole[-1])
        worked = self.worked(own.one(), f"*y*[{own.step}]")
        board = limits.beside(own, "one", f"The one kernel gives the same {worked}: two do no more than one.", "bw")
        back = [turned.over(before.marks, board.marks, own)] if before.name in ("turn", "back", "along") else []
        return [replace(board, cues=(*board.cues, *back))]

    def answer(self) -> Board:
        """The answer, with what the library gives beside what the one kernel does."""
        own = replace(self.copies, chain=self.pair.told)
        said = "Yes, except at padding one kernel does both: so networks put a relu between."
        told = own.outputs if self.pair.is_whole else []
        asked = {t: n for t in told if (n := self.script.asked(t, self.pair.filter)) is not None}
        is_rounded = self.script.shown.is_rounded
        full = {t: Number(self.script.full(t, self.pair.filter), "") for t in told} if is_rounded else None
        draft, sheet = own.draft(said), own.whole_of(own.results(full))
        own.lay(draft, sheet) if own.several else sheet.lay(draft)
        for key in keys_of(draft, ("product",)):
            del draft.marks[key]
        if self.checked:
            pieces.remark(draft, ("checked",), self.checked)
        if asked:
            same = all(number == self.script.output(t, self.pair.filter).value for t, number in asked.items())
            self.lay_asked(draft, sheet, asked, sheet.is_worked and same)
        return draft.board("answer", said, 5, [Cue((("compared",), ("name", "compared")), motion.ENTER + 1)])

    def lay_asked(self, draft: Draft, sheet: Sheet, asked: dict[int, Fraction], written: bool) -> None:
        """What a library gave for some outputs: its numbers ``written`` over their bars, or dots beside their tips."""
        foot, who, right = sheet.feet[-1], self.script.check.library.partition(" ")[0], 0.0
        y = sheet.line(len(sheet.bands) - 2) if written else foot - 70
        for t, number in asked.items():
            mark = draft.marks[f"y{self.pair.level}", self.pair.filter, t, "bar"]
            right = mark.right + 60
            if written:
                text = self.pair.output(number).text
                draft.put("compared", ("compared", t), words(text, mark.x, y, sheet.size, "lit"))
            else:
                pieces.compared(draft, ("compared", t), mark.right + 22, foot - float(number) * sheet.unit)
                draft.change([("compared", t)], role="lit", width=22.0, height=22.0)
        said = f"from {who}, which ran both layers" if who == "Keras" else f"{who} numbers"
        ran = words(said, right, y, sheet.em, "lit", align=-1)
        if ran.right < self.form.width - self.form.margin:
            draft.put("name", ("name", "compared"), ran)
        else:
            taken = [mark.bottom for key, mark in draft.marks.items() if key[0] == "name" and mark.bottom < foot - 40]
            sheet.lay_name(draft, ("compared",), who, max([y, *(end + 22 for end in taken)]) + DIGIT * TEXT / 2, "lit")
