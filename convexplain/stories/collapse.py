"""collapse: two linear layers are one, where they are, and where not.

One output is made of a few numbers between the layers, each of these of a few samples. Each tap of the second kernel
reads one of them: a copy of the first kernel, slid and scaled by the tap. Stacked, the copies are the one kernel, a
true convolution of the two. It gives the same outputs, except where a relu takes something away between the layers, or
padding puts a zero there. It answers "are two linear layers one?".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, FILM, SMALL, TEXT, Board, Cue, Draft, Format, Key, Mark
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.script import Script
from convexplain.stories.two_layers import convolved, limits
from convexplain.stories.two_layers.copies import Copies, shown
from convexplain.stories.two_layers.sheet import Band, Sheet

FIGURE = ("scale", "stack", "one", "relu")
ANEW = ("taps", "second", "slide", "copy", "one", "padding", "relu", "answer")
"""The boards with another picture than the one before: what goes stands until the rest moves."""


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
        self.channels = len(self.pair.middles)
        self.copies = Copies.near(form, self.pair, self.chain, self.t, self.m)
        # The first kernel is told where it makes a number between that the second reads by this tap.
        self.after = next((k for k in self.copies.rows if 0 <= self.copies.reads(k) < self.chain.middle), 0)

    def boards(self) -> tuple[Board, ...]:
        told = [*self.question(), *self.first(), self.second(), *self.slid(), *convolved.stack(self.copies)]
        told += [*convolved.boards(self.copies), *self.parts(), *self.ones()]
        told += [*limits.padding(self.copies), *limits.relu(self.copies), *self.end()]
        anew = [_anew(last, board) if board.name in ANEW else board for last, board in pairwise(told)]
        return (told[0], *anew)

    # a kernel between two rows

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

    def sheet(self, bands: Sequence[Band], below: float = 0.0) -> Sheet:
        """Rows one of which a kernel makes of another, with room for what stands ``below``."""
        return Sheet.fit(self.form, self.copies.axis, bands, below or self.lines(self.aside))

    def question(self) -> list[Board]:
        """Two kernels, and the place of the one that is asked for."""
        if self.channels > 1:
            return []
        said = "Two layers in a row, each with its own kernel: could one kernel do both?"
        own = self.copies
        draft = own.draft(said, False)
        convolved.lay_below(draft, own, convolved.two(own, self.after), False)
        return [draft.board("question", said, 3)]

    def first(self) -> list[Board]:
        """The first kernel under what it reads, then the level between that it makes."""
        own, at = self.copies, self.copies.reads(self.after)
        bands = (own.samples(), own.bare(self.after), own.middle())
        taps = phrases.count(len(own.taps), "number")
        said = f"Kernel 1 is {taps}, its taps. Each is multiplied by the number above it."
        draft = self.copies.draft(said)
        if self.aside:
            pieces.remark(draft, ("aside",), self.aside)
        self.sheet(bands).lay_making(draft, None, "first")
        boards = [draft.board("taps", said, 4)]
        said = (
            f"The products add up: {self.worked(bands[1], f'*h*[{at}]')}. Sliding, kernel 1 makes the row *h*: a layer."
        )
        if self.channels > 1:
            said = f"Layer 1 makes {self.channels} channels of *x*; here is one, *h*, and the kernel that makes it."
        draft, made = self.copies.draft(said), {place: key for place, (key, _) in bands[2].bars.items()}
        place = self.chain.middle_place(at)
        self.sheet(bands).lay_making(draft, place, "first")
        cues = [Cue((("edge",),), beat=motion.ENTER), Cue((*made.values(),), beat=motion.ENTER + 3)]
        cues.append(Cue((made[place],), beat=motion.ENTER + 2))
        return [*boards, draft.board("layers", said, 4, cues)]

    def second(self) -> Board:
        """The second kernel makes the output from the level between."""
        own = self.copies
        bands = own.middle(), own.second(), own.given(own.outputs)
        worked = self.worked(bands[1], f"*y*[{self.t}]")
        said = f"A second layer: kernel 2 makes *y* of *h*, {worked}. Could one kernel do both?"
        if self.channels > 1:
            said = "Layer 2 has a kernel for each channel; their parts add up to *y*. Could one layer do both?"
        draft, place = self.copies.draft(said), self.chain.output_place(self.t)
        return draft.board("second", said, 4, self.sheet(bands).lay_making(draft, place, "second"))

    def worked(self, kernel: Band, name: str) -> str:
        """A sum of products: ``h[1] = 4 − 2 − 1 = 1``; empty where that is long."""
        products = list((kernel.products or {}).values())
        total = sum((product.value for product in products), Fraction(0))
        lead = f"{name} = " if name else ""
        said = lead + phrases.added([product.text for product in products], self.pair.output(total).text)
        return said if len(said) < 44 else f"{lead}{self.pair.output(total).text}"

    # slide, scale, stack

    def laid(self, said: str, scaled: bool = False) -> Draft:
        draft, sheet = self.copies.draft(said), self.copies.sheet(True, False)
        if not scaled:
            bands = self.copies.sheet(False, False).bands  # a card grows with what it holds, which is not yet scaled
            sheet = replace(sheet, bands=tuple(replace(band, also=band.also[-1:]) for band in bands))
        self.copies.lay(draft, sheet, scaled, False)
        return draft

    def slid(self) -> list[Board]:
        """The copies of the first kernel, slid, then scaled."""
        own, boards = self.copies, list[Board]()
        rows, joint = own.rows, " and " if len(own.rows) == 2 else " to "
        needs = joint.join(f"*h*[{own.reads(after)}]" for after in shown(own.rows, 2))
        later = phrases.count(self.chain.offset(1, 0), "step") if len(rows) > 1 else ""
        slid = f", and kernel 1 {later} later{', and so on' * (len(rows) > 2)}" if later else ""
        said = f"*y*[{self.t}] needs {needs}: kernel 1 on *x*{slid}."
        draft = self.laid(said)
        cues = list[Cue]()
        for beat, told in enumerate((rows[:1], rows[1:])):
            bars = [("copy", self.m, after, k, "bar") for after in told for k in own.taps]
            cards = [("card", "copy", after) for after in told]
            cues.append(Cue((*bars, *cards), beat=motion.MOVE + 2 * beat, lasts=1.0 if beat else 0.9, how="down first"))
            made = [(*name, after) for after in told for name in (("product", "copy", self.m), ("value", "copy"))]
            made += [(*name, after) for after in told for name in (("baseline", "card", "copy"), ("name", "reads"))]
            cues.append(Cue(tuple(made), beat=motion.ENTER + 2 * beat))
        boards.append(draft.board("slide" if later else "copy", said, 3, cues))
        said = f"Scale: kernel 2 makes {self.scaling()}. Each row times its tap of kernel 2."
        cues = [Cue((("name",), ("copy",), ("product",), ("value",)), beat=motion.MOVE)]
        cues.append(Cue((("name", "factor"),), beat=motion.MOVE, lasts=0.4, after=0.5))
        boards.append(self.laid(said, True).board("scale", said, 3.5, cues))
        return boards

    def scaling(self) -> str:
        """What the second kernel does to the copies, in words."""
        own, name = self.copies, f"*y*[{self.t}]"
        terms = [f"{self.pair.second(self.m, after).text} × *h*[{own.reads(after)}]" for after in own.rows]
        return f"{name} = {' + '.join(terms)}" if len(terms) < 3 and self.channels == 1 and not own.left_out else name

    def parts(self) -> list[Board]:
        """Of several middle channels: the kernel through each, and their sum."""
        if self.channels == 1:
            return []
        seen, boards = shown(self.pair.middles), list[Board]()
        rest = "." if len(seen) == self.channels else f"; {phrases.count(len(seen), 'one')} of them are shown."
        said = f"Each of the {self.channels} channels between makes such a kernel{rest}"
        for name, text in (("channels", said), ("sum", "Add up each column again: one kernel for all.")):
            draft = self.copies.draft(text, False)
            convolved.lay_parts(draft, self.copies, seen, name == "sum")
            boards.append(draft.board(name, text, 2.5))
        return boards

    # the same output

    def ones(self) -> list[Board]:
        """The one kernel at the first output in view and at the last."""
        whole, boards = [t for t in self.copies.whole if t not in self.chain.differing], list[Board]()
        places = sorted({*whole[:1], *whole[-1:]})
        for name, t in zip(("one", "every"), places, strict=False):
            own = replace(self.copies, step=t)
            worked = self.worked(own.one(), f"*y*[{t}]")
            said = f"The one kernel alone, on *x*: {worked}. The outlines are what two layers gave."
            if name == "every":
                all_ = (
                    f"All {phrases.count(len(whole), 'output')} are" if len(whole) == self.chain.steps else "They are"
                )
                said = f"It slides: {worked}. {all_} those of the two layers."
            made = [t] if name == "one" else [u for u in own.outputs if u in whole]
            hollow = [self.chain.output_place(u) for u in own.outputs if u not in made]
            draft = self.copies.draft(said)
            sheet = self.sheet((own.samples(), own.one(), own.results()))
            cues = sheet.lay_making(draft, self.chain.output_place(t), f"one {t}", hollow)
            if name != "one":  # the products slide with the taps
                cues = [Cue((("product",),), beat=motion.MOVE), cues[-1]]
            cues.append(Cue((own.output_key(t),), beat=motion.ENTER + 5))
            boards.append(draft.board(name, said, 3, cues))
        return boards

    def end(self) -> list[Board]:
        """What the library gives, beside what the one kernel does; and the answer."""
        library, found = self.script.check.library, self.script.check.of([self.pair.level])
        runs = library
        if library.startswith("Keras") and not self.form.is_narrow:
            runs = f"{library}, which runs such networks,"
        said = f"{self.script.check_words().replace(library, runs, 1)}."
        if found.ok and not found.error and library.startswith("Keras"):
            count = phrases.count(sum(one.compared for one in found.distances if one), "output")
            layers = "the two layers" if self.pair.level == 2 else f"all {self.pair.level} layers"
            same = self.pair.is_whole and not self.pair.told.differing
            said = f"{runs} ran {layers}: exactly {f'the {count} of the one kernel' if same else f'the same {count}'}."
        draft = self.copies.draft(said)
        if note := f"{phrases.sentence(self.script.shown.note)}." if self.script.shown.note else "":
            pieces.remark(draft, ("rounded",), note)
        whole = [t for t in self.copies.whole if t not in self.pair.told.differing]
        own = replace(self.copies, step=whole[-1] if whole else self.t, chain=self.pair.told)
        told = {t: (t, self.pair.filter) for t in own.outputs if self.pair.is_whole}
        asked = {t: self.script.asked(*at) for t, at in told.items()}
        given = {t: number for t, number in asked.items() if number is not None}
        is_rounded = self.script.shown.is_rounded and self.pair.is_whole
        full = {t: Number(self.script.full(*at), "") for t, at in told.items()} if is_rounded else None
        kernel, made = [own.one()] if self.pair.is_linear else [], own.results(full)
        sheet = self.sheet((own.samples(), *kernel, made), self.lines(note) + 84.0)
        sheet.lay_making(draft, self.chain.output_place(own.step), f"one {own.step}", told=made.bars)
        self.lay_asked(draft, sheet, own, given, full is None)
        cues = [Cue((("compared",),), beat=motion.ENTER + 1), Cue((("product", "effective"),), beat=motion.MOVE)]
        answer = "So two layers are one kernel, as long as no relu and no padding comes between them."
        last = Draft(self.form, {key: mark for key, mark in draft.marks.items() if key[0] != "caption"})
        if self.channels == 1:
            last = Draft(self.form)
            convolved.lay_below(last, own, convolved.two(own, own.rows[0]), True)
        pieces.caption(last, answer)
        return [draft.board("check", said, 4, cues), last.board("answer", answer, 4.5)]

    def lay_asked(self, draft: Draft, sheet: Sheet, own: Copies, asked: dict[int, Fraction], written: bool) -> None:
        """What a library gave for some outputs: its numbers ``written`` below their bars, or dots beside their tips."""
        texts = {t: self.pair.output(number).text for t, number in asked.items()} if written else {}
        foot = sheet.feet[-1]
        digits = draft.marks.get((*own.output_key(own.step), "digits"))
        size = digits.size if digits else TEXT
        y = foot + sheet.bands[-1].extent[1] * sheet.unit + 18 + DIGIT * size / 2
        for t, number in asked.items():
            mark = draft.marks[(*own.output_key(t), "bar")]
            if texts and sheet.size:
                draft.put("compared", ("compared", t), words(texts[t], mark.x, y, size, "lit"))
                continue
            pieces.compared(draft, ("compared", t), mark.right + 22, foot - float(number) * sheet.unit)
            draft.change([("compared", t)], role="lit", width=22.0, height=22.0)
        if asked:
            who = self.script.check.library.partition(" ")[0]
            sheet.lay_name(draft, ("compared",), who, y + DIGIT * TEXT / 2, "lit")


def _anew(last: Board, board: Board) -> Board:
    """The board with cues by which what goes stands until the rest moves, and what comes does so meanwhile."""
    old, new = (
        {k: m for k, m in b.marks.items() if k[0] not in ("caption", "ruler", "formula")} for b in (last, board)
    )
    going = {key: mark for key, mark in old.items() if key not in new}
    coming = {key: mark for key, mark in new.items() if key not in old and mark.rides is None}
    cues = [Cue(tuple(key for key in new if key in old), beat=motion.MOVE)]
    for is_words, lasts, after in ((True, 0.4, 0.9), (False, 0.6, 0.2)):  # words make room for others
        cues.append(Cue(_of(going, is_words), beat=motion.LEAVE + 0.5 if is_words else motion.MOVE, lasts=lasts))
        cues.append(Cue(_of(coming, is_words), beat=motion.MOVE, after=after if is_words else 0.0))
    cues.append(Cue(tuple(key for key in new if key[0] == "thread"), beat=motion.ENTER))
    return replace(board, cues=(*cues, *board.cues))


def _of(marks: Mapping[Key, Mark], is_words: bool) -> tuple[Key, ...]:
    """The keys of the words among marks, or of all others."""
    return tuple(key for key, mark in marks.items() if (mark.kind == "words") == is_words)
