"""collapse: two linear layers are one, where they are, and where not.

One output is made of a few numbers between the layers, each of these of a few samples. Each tap of the second kernel
reads one of them: a copy of the first kernel, slid and scaled by the tap. Stacked, the copies are the one kernel.
Pushed together they turn the second kernel over, which slides along the first: a convolution. It gives the same
outputs, except where padding or a relu puts a zero between the layers. It answers "are two linear layers one?".
"""

from __future__ import annotations

from dataclasses import replace

from convexplain.board import pieces, staging
from convexplain.board.marks import FILM, SMALL, Board, Cue, Format
from convexplain.stories import phrases
from convexplain.stories.script import Refuted, Script
from convexplain.stories.two_layers import stack
from convexplain.stories.two_layers.copies import PARTS, Copies, shown
from convexplain.stories.two_layers.limits import limits
from convexplain.stories.two_layers.sheet import keys_of, row_of, together

FIGURE = {1: ("second", "stack"), 2: ("second", "stack", "missing", "relu")}
"""The boards of the composed figure, by how many panels stand side by side."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling:
    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.pair, chain = script, form, script.pair, script.pair.chain
        if chain.kernel != chain.convolved:
            raise Refuted("the stacked copies must be the convolution of the kernels. Received: other numbers")
        # Where padding makes them differ is told at the end.
        exact = [t for t in range(chain.steps) if t not in chain.differing] or [script.cell.step]
        step = min(exact, key=lambda t: (abs(t - script.cell.step), t))
        near = Copies.near(form, self.pair, step)
        self.aside = self._aside(bool(near.stage.scales))
        self.copies = near.above(self._room(self.aside))
        self.checked = phrases.sentence(f"{script.shown.note or phrases.run(script.check_words(), 2)}.")
        self.below = max(0.0, self._room(self.checked) + 28.0 - self._room(self.aside))  # more than all boards leave
        exact = [t for t in self.copies.whole if t not in chain.differing]
        self.last = own if (own := self.copies).several else own.at(max(exact, default=own.step))  # in view

    def boards(self) -> tuple[Board, ...]:
        own = self.copies
        told = [*self._layers(), *stack.stacked(own), *self._parts()]
        return (*told, *limits(own, self._answer(told[-1])))

    def _room(self, said: str) -> float:
        """The room that a remark takes under the picture."""
        return 0.0 if self.form.is_narrow or not said else 24.0 + 44.0 * len(self._lines(said))

    def _lines(self, said: str, size: float = SMALL) -> list[str]:
        return pieces.wrapped(said, (self.form.width - 2 * self.form.margin) / size)

    def _aside(self, is_scaled: bool) -> str:
        """What is not told of the layers, as far as two lines reach."""
        pair, filters = self.pair, self.script.shape[1]
        layers, of = pair.told.layers, [f"input channel {pair.channel} of {pair.channels}"] * (pair.channels > 1)
        of += [f"filter {pair.filter} of {filters}"] * (filters > 1)
        said = (
            (pair.units, True),
            (f"Shown are the last two of {pair.level} layers.", pair.level > 2),
            ("The relu between the layers stays aside until the end.", not layers[0].is_linear),
            (f"Shown for {' and '.join(of)}.", of),
            ("Biases stay aside: they become one bias.", any(layer.use_bias for layer in layers)),
            ("Each kind of bar has its own scale.", is_scaled),
        )
        told = ""
        for sentence, is_true in said:
            longer = f"{told} {sentence}".strip()
            told = longer if is_true and len(self._lines(longer)) <= 2 else told
        return told

    def _layers(self) -> list[Board]:
        """What the first layer makes, then what the second makes of it."""
        own, boards = self.copies, list[Board]()
        first = "Layer 1 slides kernel *u*, a row of numbers, along *x*. It multiplies, then adds up to *h*."
        second = "Once *h* is made, layer 2 slides kernel *v* along it."
        if own.several:
            channels = phrases.count(len(self.pair.ways), "channel")
            first = f"Layer 1 makes {channels} of *x*. Here kernel *u*, a row of numbers, makes one, *h*."
            second = "Once *h* is made, kernel *v* makes a part of *y* from it."
        told = {"layers": first, "second": f"{second} Could one kernel do both?"}
        for made, (name, said) in enumerate(told.items(), 1):
            own = self.last if made == 2 else own
            sheet, reads = own.way(made), own.begin if made == 1 else own.last
            draft = own.draft(said, sheet)
            cues = sheet.lay_work(draft, 1, own.chain.middle_place(reads))
            if made == 2:  # one layer after the other
                cues += sheet.lay_work(draft, 3, own.place, begin=staging.ENTER + 1)
            elif self.aside:
                pieces.remark(draft, ("aside",), self.aside)
            boards.append(draft.board(name, said, 3, cues))
        return boards

    def _parts(self) -> list[Board]:
        """Of several middle channels: the kernel through each and their sum."""
        own, count = self.copies, len(self.pair.ways)
        if not own.several:
            return []
        seen = len(shown(range(count), PARTS))
        rest = "" if seen == count else f" ({phrases.count(seen, 'one')} are shown)"
        channels = phrases.count(count, "channel")
        said = f"Each of the {channels} between makes such a kernel{rest}. Their sum is one kernel for all."
        *parts, one, _ = (sheet := own.whole_of(below=self.below)).bands
        draft = own.draft(said, replace(sheet, bands=(*parts, replace(one, products={}))))
        was_there = [band for band in parts if band.key in (("row", 0), ("part", own.m))]
        return [draft.board("channels", said, 4, [together(draft, *was_there)])]

    def _answer(self, before: Board) -> Board:
        """The one kernel rises to the signal and slides along it, to what two layers give."""
        own, said = self.last, "One kernel does the work of both layers: *w* makes the same outputs, without *h*."
        if self.pair.chain.differing:
            said = "One kernel does the work of both layers, unless padding puts a 0 between."
        is_whole = own.step in own.whole and own.step not in self.pair.chain.differing
        sheet = own.whole_of(is_whole, self.below)
        draft, (*_, one, given) = own.draft(said, sheet), sheet.bands
        if is_whole:
            sheet.lay_light(draft, len(sheet.bands) - 2)
            sheet.lay_fan(draft, len(sheet.bands) - 2, given.bars[own.place].key)
        if not self.form.points:  # on paper it stands below all panels
            is_long = self._lines(self.checked, self.form.small)[1:]
            pieces.remark(draft, ("checked",), self.checked, SMALL if is_long else self.form.small)
            for key in keys_of(draft, ("remark",)):
                draft.change([key], role="ink", y=draft.marks[key].y - 28)
        slid = (key for key in row_of(draft, one) if key in before.marks)
        cues = [together(draft, sheet.bands[0], after=0.2), Cue((*slid,), staging.LEAVE, 1.2, after=0.5)]
        cues.append(Cue((("baseline", *given.key), ("name", *given.key)), staging.LEAVE, 0.4, "fade", after=0.8))
        for at, bar in given.bars.items():  # as it passes, the one that it makes last
            when = (staging.ENTER + 1,) if at == own.place else (staging.LEAVE, 0.5, "", (), 1.1)
            cues.append(Cue(((*bar.key, "bar"),), *when))
        cues.append(Cue(keys_of(draft, ("edge",)), staging.ENTER + 0.5, how="fade"))
        gone = Cue(tuple(key for key in before.marks if key not in draft.marks), lasts=0.6)
        return draft.board("answer", said, 4.5, [*cues, gone])
