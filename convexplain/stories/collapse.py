"""collapse: two linear layers are one, where they are, and where not.

One output is made of a few numbers between the layers, each of these of a few samples. Each tap of the second kernel
reads one of them: a copy of the first kernel, slid and scaled by the tap. Stacked, the copies are the one kernel, a
true convolution of the two. It gives the same outputs, except where padding puts a zero between the layers, or a relu
takes something away there. It answers "are two linear layers one?".
"""

from __future__ import annotations

import itertools

from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, FILM, SMALL, Board, Cue, Draft, Format, Key, Role
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.script import Script
from convexplain.stories.two_layers import limits, stack
from convexplain.stories.two_layers.bands import Band
from convexplain.stories.two_layers.copies import PARTS, Copies, shown
from convexplain.stories.two_layers.sheet import keys_of, row_of

FIGURE = {1: ("second", "stack"), 2: ("second", "stack", "one", "relu")}
"""The boards of the composed figure, by how many panels stand side by side."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling:
    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.pair, chain = script, form, script.pair, script.pair.chain
        # Where padding makes them differ is told at the end.
        exact = [t for t in range(chain.steps) if t not in chain.differing] or [script.cell.step]
        step = min(exact, key=lambda t: (abs(t - script.cell.step), t))
        near = Copies.near(form, self.pair, step)
        self.wide = (form.width - 2 * form.margin) / SMALL
        self.aside = self._aside(bool(near.stage.scales))
        self.copies = near.above(self._room(self.aside))
        exact = [t for t in self.copies.whole if t not in chain.differing]
        self.last = own if (own := self.copies).several else own.at(max(exact, default=own.step))  # in view
        self.limits = {"padding": limits.padded(self.copies), "relu": limits.rectified(self.copies)}

    def boards(self) -> tuple[Board, ...]:
        own = self.copies
        told = [*self._layers(), *stack.stacked(own), *stack.turned(own)]
        told += self._parts(told[-1])
        told += self._one(told[-1])
        for board, at in zip((limits.padding, limits.relu), self.limits.values(), strict=True):
            told += board(at, told[-1]) if at else []
        return (*told, self._answer(told[-1]))

    def _room(self, said: str) -> float:
        """The room that a remark takes under the picture."""
        return 0.0 if self.form.is_narrow or not said else 44.0 * len(pieces.wrapped(said, self.wide))

    def _aside(self, is_scaled: bool) -> str:
        """What is not told of the layers, as far as two lines reach."""
        pair, filters = self.pair, self.script.shape[1]
        layers, of = pair.told.layers, [f"input channel {pair.channel} of {pair.channels}"] * (pair.channels > 1)
        of += [f"filter {pair.filter} of {filters}"] * (filters > 1)
        said = {
            pair.units: pair.units,
            f"Shown are the last two of {pair.level} layers.": pair.level > 2,
            "The relu between the layers stays aside until the end.": not layers[0].is_linear,
            f"Shown for {' and '.join(of)}.": of,
            "Biases stay aside: they become one bias.": any(layer.use_bias for layer in layers),
            "Each kind of bar has its own scale.": is_scaled,
        }
        told = ""
        for sentence in itertools.compress(said, said.values()):
            longer = f"{told} {sentence}".strip()
            told = longer if len(pieces.wrapped(longer, self.wide)) <= 2 else told
        return told

    def _layers(self) -> list[Board]:
        """Two kernels with what they read; then what the first makes, then what the second makes of it."""
        own, boards, count = self.copies, list[Board](), len(self.pair.ways)
        first = _worked(own.kernel(), own.between(own.told))
        second = _worked(self.last.second(), f"*y*[{self.last.step}]")
        told = {
            "question": "Two linear layers slide kernels, by × and + alone: could one kernel do the work of both?",
            "layers": f"Layer 1 slides kernel *a* along *x*, each tap times the number above: {first}.",
            "second": f"Layer 1 goes on to the end, then layer 2 slides kernel *b* over *h*: {second}.",
        }
        if own.several:
            told["layers"] = f"Layer 1 makes {count} channels of *x*; here is one, *h*, and the kernel that makes it."
            told["second"] = "Layer 2 has a kernel for each channel, here for *h*; the parts add up to *y*."
        steps = {1: own.reads(own.told), 2: own.last}
        for made, (name, said) in enumerate(told.items()):
            own = self.last if made == 2 else own
            sheet, cues = own.way(made), list[Cue]()
            draft = own.draft(said, sheet)
            if made:
                cues += sheet.lay_work(draft, 1, own.chain.middle_place(steps[made]), made == 1)
            if made == 2:  # one layer after the other
                cues += sheet.lay_work(draft, 3, own.place, begin=staging.ENTER + 1)
            if not made and self.aside:
                pieces.remark(draft, ("aside",), self.aside)
            boards.append(draft.board(name, said, (3, 3, 2)[made], cues))
        return boards

    def _parts(self, before: Board) -> list[Board]:
        """Of several middle channels: the kernel through each and their sum."""
        own, count = self.copies, len(self.pair.ways)
        if not own.several:
            return []
        sheet, seen = own.whole_of(), len(shown(range(count), PARTS))
        rest = "" if seen == count else f" ({phrases.count(seen, 'one')} are shown)"
        said = f"Each of the {count} channels between makes such a kernel{rest}. Their sum is one kernel for all."
        draft = own.draft(said, sheet)
        made = keys_of(draft, ("product",), ("effective",), ("card", "one"), ("baseline", "card", "one"))
        steps = (0.2, own.staying(draft, sheet)), (0.0, keys_of(draft, ("ruler",)))
        return [draft.board("channels", said, 4, limits.staged(draft, before, made, 0.8, *steps))]

    def _one(self, before: Board) -> list[Board]:
        """The one kernel at work, of several channels their sum, with what two layers give."""
        own = self.last
        if own.step not in own.whole or own.step in self.pair.chain.differing:
            return []
        said = "Slid along *x*, *w* gives the outputs of the two layers: two do no more than one."
        if own.several:
            said = f"All channels' kernels add up to one: *y*[{own.step}] = {own.one().total}, as two layers give."
        sheet = own.whole_of()
        draft, (*_, one, given) = own.draft(said, sheet), sheet.bands
        own.lay_made(draft, sheet, one)
        sheet.lay_fan(draft, len(sheet.bands) - 2, own.place)
        made = keys_of(draft, ("edge",), ("value",), given.bars[own.place].key)
        cues = [Cue(keys_of(draft, ("product",)), staging.ENTER), Cue(made, staging.ENTER + 1)]
        if not own.several:
            steps = (0.15, keys_of(draft, ("ruler",), *row_of(draft, sheet.bands[0]))), (0.8, row_of(draft, given))
            cues += [*limits.staged(draft, before, made, 0.3, *steps), Cue((("formula",),), staging.LEAVE, after=0.2)]
            said, y = ", ".join(bar.number.text for bar in given.bars.values()), given.foot - DIGIT * sheet.em / 2
            end = draft.marks["baseline", "row", 2].right
            self._beside(draft, ("name", "two"), [f"two layers: {said}"], end, y, sheet.em)
            cues.append(Cue((("name", "two"),), staging.ENTER + 2))
        return [draft.board("one", said, 3, cues)]

    def _answer(self, before: Board) -> Board:
        """The answer: the kernels of two layers, the one kernel, and that its outputs are those of a library."""
        pair, script = self.pair, self.script
        own = Copies(pair, pair.told.through(pair.m), self.copies.step, self.copies.stage)
        own = own if own.several else own.at(min(own.whole, default=own.step))
        work = "both" if own.several else f"kernels of {len(own.taps)} and {len(own.after)}"
        taps = f"{(count := sum(map(bool, own.columns)))} tap{'s' * (count > 1)}"
        said = f"Yes: one kernel of {taps} does the work of {work}, unless padding or a relu cuts in between."
        given = own.given(pair.told)
        if script.shown.is_rounded and pair.is_whole:
            given = {t: Number(script.full(t, pair.filter), "") for t in given}
        checked = f"{phrases.sentence(script.shown.note or f'run as two layers, {script.check_words()}')}."
        end = own.axis.x(max(own.results(given).bars)) + own.axis.pitch / 2
        lines = pieces.wrapped(checked, (self.form.width - self.form.margin - end - 24) / SMALL)
        is_below = own.several or self.form.is_narrow or len(lines) > 3
        sheet = own.whole_of(given, is_below * max(0.0, self._room(checked) + 24.0 - own.stage.below))
        draft = own.draft(said, sheet)
        card, (first, second, *_, last) = draft.marks["card", "one"], sheet.bands
        if not own.several and sheet.size:
            self._beside(draft, ("name", "is"), ["= *a* ∗ *b*, their convolution"], card.right, card.y, sheet.em)
            cut = {name: (at.step, at.second().total, at.total().total) for name, at in self.limits.items() if at}
            cuts = [f"{name} between: *y*[{t}] = {two}, not {one}" for name, (t, two, one) in cut.items() if two != one]
            self._beside(draft, ("name", "cut"), cuts, card.right, (first.top + second.bottom) / 2, sheet.em, "differs")
        if is_below and not self.form.points:  # on paper it stands below all panels
            pieces.remark(draft, ("checked",), checked)
        elif not self.form.points:
            self._beside(draft, ("remark", "checked"), lines, end, last.foot - 20.0 * len(lines), SMALL, "quiet")
        outputs = tuple(key for key in row_of(draft, sheet.bands[-1]) if key[0] != "name")
        steps = (0.2, own.staying(draft, sheet)), (0.4 if own.several else 0.9, outputs)
        late = keys_of(draft, ("remark",), ("name", "is"), ("name", "cut"))
        return draft.board("answer", said, 4.5, limits.staged(draft, before, late, 0.8, *steps))

    def _beside(
        self, draft: Draft, key: Key, lines: list[str], left: float, y: float, size: float, role: Role = "ink"
    ) -> None:
        """Lines at the right of a row, where they have room."""
        for n, line in enumerate(lines):
            mark = words(line, left + 24, y + 1.25 * size * (n - (len(lines) - 1) / 2), size, role, align=-1)
            if mark.right < self.form.width - self.form.margin:
                draft.put(key[0], (*key, n), mark)


def _worked(kernel: Band, name: str) -> str:
    """A sum of products: ``h[1] = 4 − 2 − 1 = 1``; what it is alone where that is long."""
    products = [product.text for product in (kernel.products or {}).values()]
    said = f"{name} = {phrases.added(products, kernel.total)}"
    return said if len(said) < 44 and len(products) > 1 else f"{name} = {kernel.total}"
