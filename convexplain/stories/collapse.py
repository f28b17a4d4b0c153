"""collapse: two linear layers are one, where they are, and where not.

One output is made of a few numbers between the layers, each of these of a few samples. Each tap of the second kernel
reads one of them: a copy of the first kernel, slid and scaled by the tap. Stacked, the copies are the one kernel, a
true convolution of the two. It gives the same outputs, except where padding puts a zero between the layers, or a relu
takes something away there. It answers "are two linear layers one?".
"""

from __future__ import annotations

import itertools

from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, FILM, SMALL, TEXT, Board, Cue, Format, Key
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories import bench, phrases
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
        self.taps = f"{len(near.taps)} + {len(near.after)}"

    def boards(self) -> tuple[Board, ...]:
        own = self.copies
        told = [*self._layers(), *stack.stacked(own), *stack.turned(own)]
        told += self._parts(told[-1])
        told += self._one(told[-1])
        told += limits.padding(own, told[-1])
        told += limits.relu(own, told[-1])
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
        first, second = _worked(own.kernel(), own.between(own.told)), _worked(own.second(), f"*y*[{own.step}]")
        told = {
            "question": f"Two kernels of {self.taps} numbers, their taps: could one kernel do the work of both?",
            "layers": f"Layer 1 slides kernel *a* along *x*, each tap times the number above: {first}.",
            "second": f"Layer 1 goes on to the end, then layer 2 slides kernel *b* over *h*: {second}.",
        }
        if own.several:
            told["question"] = "Two layers slide their kernels one after the other: could one do the work of both?"
            told["layers"] = f"Layer 1 makes {count} channels of *x*; here is one, *h*, and the kernel that makes it."
            told["second"] = "Layer 2 has a kernel for each channel, here for *h*; the parts add up to *y*."
        steps = {1: own.reads(own.told), 2: own.last}
        for made, (name, said) in enumerate(told.items()):
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
        cues = [Cue((("kernel",), ("names",), ("index",)), staging.LEAVE, after=0.2)]  # nothing comes across them
        return [draft.board("channels", said, 4, [*cues, *limits.staged(draft, before, made, 0.8, *steps)])]

    def _one(self, before: Board) -> list[Board]:
        """The one kernel at work: as the sum of several channels' at the told output, or else at the last one in view,
        with what two layers give under all outputs.
        """
        own, whole = self.copies, [t for t in self.copies.whole if t not in self.pair.chain.differing]
        own = own if own.several else own.at(max(whole, default=own.step))
        if own.step not in whole:
            return []
        said = "Slid along *x*, *w* gives the outputs of the two layers: two do no more than one."
        if own.several:
            said = f"All channels' kernels add up to one: *y*[{own.step}] = {own.one().total}, as two layers give."
        sheet = own.whole_of(below=0.0 if own.several else DIGIT * TEXT + 24)
        draft, (*_, one, given) = own.draft(said, sheet), sheet.bands
        own.lay_made(draft, sheet, one)
        sheet.lay_fan(draft, len(sheet.bands) - 2, own.place)
        made = keys_of(draft, ("edge",), ("value",), given.bars[own.place].key)
        cues = [Cue(keys_of(draft, ("product",)), staging.ENTER), Cue(made, staging.ENTER + 1)]
        if not own.several:
            steps = (0.15, keys_of(draft, ("ruler",), *row_of(draft, sheet.bands[0]))), (0.8, row_of(draft, given))
            cues = [*limits.staged(draft, before, made, 0.3, *steps), *cues, Cue((("formula",),), 0.0, after=0.2)]
            y = given.bottom + 16 + DIGIT * given.size / 2
            sheet.lay_name(draft, ("who", "two"), "two layers", y + DIGIT * sheet.em / 2, "ink")
            for at, (key, number, *_) in given.bars.items() if given.size else ():
                draft.put("value", ("value", "two", key[-1]), words(number.text, own.axis.x(at), y, given.size))
            cues.append(Cue(keys_of(draft, ("value", "two"), ("name", "who")), staging.ENTER + 2))
        return [draft.board("one", said, 3, cues)]

    def _answer(self, before: Board) -> Board:
        """The answer: the kernels of two layers, the one kernel, and that its outputs are those of a library."""
        pair, script = self.pair, self.script
        own = Copies(pair, pair.told.through(pair.m), self.copies.step, self.copies.stage)
        own = own if own.several else own.at(min(own.whole, default=own.step))
        work = "both" if own.several else self.taps
        taps = f"{(count := sum(map(bool, own.columns)))} tap{'s' * (count > 1)}"
        said = f"Yes: one kernel of {taps} does the work of {work}, unless padding or a relu cuts in between."
        given = own.given(pair.told)
        if script.shown.is_rounded and pair.is_whole:
            given = {t: Number(script.full(t, pair.filter), "") for t in given}
        checked = f"{phrases.sentence(script.shown.note or f'run as two layers, {script.check_words()}')}."
        sheet = own.whole_of(given, max(0.0, self._room(checked) + 48.0 - own.stage.below))
        draft = own.draft(said, sheet)
        card = draft.marks["card", "one"]
        made = words("= *a* ∗ *b*, their convolution", card.right + 24, card.y, sheet.em, align=-1)
        if not own.several and sheet.size and made.right < self.form.width - self.form.margin:
            draft.put("name", ("name", "is"), made)
        if not draft.format.points:  # on paper it stands below all panels
            pieces.remark(draft, ("checked",), checked, bench.fitting(SMALL * self.wide, [checked], (40.0, SMALL)))
            for key in keys_of(draft, ("remark",)) if not self.form.is_narrow else ():
                draft.marks[key] = draft.marks[key].at(y=draft.marks[key].y - 24)
        outputs = tuple(key for key in row_of(draft, sheet.bands[-1]) if key[0] != "name")
        steps = (0.2, own.staying(draft, sheet)), (0.4 if own.several else 0.9, outputs)
        last = keys_of(draft, ("remark",), ("name", "is"))
        middle: tuple[Key, ...] = (f"y{pair.level - 1}",), ("ghost",), ("baseline", "row", 1), ("name", "row", 1)
        cues = [Cue(middle, staging.LEAVE, after=0.35)] * own.several  # only one kernel comes across it
        return draft.board("answer", said, 4.5, [*cues, *limits.staged(draft, before, last, 0.8, *steps)])


def _worked(kernel: Band, name: str) -> str:
    """A sum of products: ``h[1] = 4 − 2 − 1 = 1``; what it is alone where that is long."""
    products = [product.text for product in (kernel.products or {}).values()]
    said = f"{name} = {phrases.added(products, kernel.total)}"
    return said if len(said) < 44 and len(products) > 1 else f"{name} = {kernel.total}"
