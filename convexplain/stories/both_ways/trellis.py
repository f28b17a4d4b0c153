"""The trellis: a row of samples above, a row of outputs below, and between them the edges of one filter on one channel.

All rows have one unit. Bars stand at nodes with their steps in them, where edges end. The kernel lies on a card, each
tap on its line: those of an output or, turned over, those of a sample. A box at the foot is the rest of the network,
and at its end the error; the gradient that it gives stands on it. This module knows a reading and pieces; which of it
stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeAlias

from convexplain import style
from convexplain.board import edges, marks, pieces
from convexplain.board.edges import Edge
from convexplain.board.marks import CARD, DIGIT, FULL, SMALL, SUPPORT, Draft, Format, Key, Mark, Role, bar, dot, plate
from convexplain.board.pieces import Part
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.both_ways.reading import GROWTH, Card, Fan, Row
from convexplain.stories.both_ways.sizes import BETWEEN, Look, Sized, widest
from convexplain.stories.script import Script

DIM, STANDS, FACE, BEHIND = 0.3, 0.5, 0.36, 0.6
"""The light of a bar that is not meant now, and of such a tap; of the face of a tap's tile; of a line that is not."""
HEAD = 20.0
"""How long the head of a line is that is read."""
HERE = 0.33
"""Of the picture's height, what is left at least to the edges, between the rows."""
REST = ("the later layers", "the later layers hand back *g* (example numbers)", "later layers: an example *g*")
"""What stands between the outputs and the error: ahead, and back in the words that there is room for."""
ERROR, AWAY = "error *L*", 24.0
"""The name of the error, and how far words stand from the ends of the box."""
Lit: TypeAlias = "Collection[int] | None"
"""The steps that are meant; all when None."""


class Trellis(Sized):
    """Where rows, edges and the card stand, the same on all boards: ``high`` and ``low`` are the middles of the nodes
    of samples and outputs, ``box`` is the upper edge of the box. Rows have ``scales`` of their own: the gradients where
    not all numbers are bricks, and the lower row where one of two would be flat.
    """

    def __init__(self, script: Script, form: Format) -> None:
        super().__init__(script, form)
        tight = self.tight
        self.near, self.gap, digits = 12.0 * tight, 24.0 * tight, 56.0 * tight
        self.top, self.ground = 40.0 if self.is_numbered else 90.0, bench.bottom_of(form, 44.0 * tight)
        self.rim = self.node + 5
        self.box, self.over_box = self.ground - 1.4 * self.text, 32.0 * tight
        below = self.node + 36 + self.look.whole - self.look.height / 2
        apart = max(HERE * (self.box - self.top), below / (1 - self.reach))
        room = self.box - self.top - 2 * (digits + self.gap + 2 * self.node) - apart
        told = (self.x, self.y, self.slopes, self.g)
        rows = {row.key: [number.value for number in row.numbers.values()] for row in told}
        said = []
        for row in (self.x, self.y):
            for step, more in self.rises(row).items():
                if was := row.numbers.get(step):
                    rows[row.key].append(was.value + more.value)
                    said.append(f"{more.text} {was.text} {more.text}")
        self.says_more = self.is_plain and self.size_of(said) > 0
        self.reaches = {key: bench.extent(values) for key, values in rows.items()}
        x, y, slopes, g = (sum(reach) for reach in self.reaches.values())
        own, back = alike(x, y), alike(slopes, g)
        y, g = own * y, back * g
        pair = 1.0 if self.back.is_whole and self.back.ten == 1 else (x + y) / max(1e-40, slopes + g)
        self.scales = {"x": 1.0, "y1": own, "slope": pair, "g": pair * back}
        above, given = max(x, pair * slopes), pair * g
        unit = min((room - self.over_box) / max(1e-40, above + y), (room - digits) / max(1e-40, above + given))
        self.unit = min(unit, 60.0) if self.back.is_whole else unit
        self.high = self.top + max(digits + above * self.unit, 2.4 * form.small) + self.gap + self.node
        below = digits + max(self.over_box + y * self.unit, digits + given * self.unit)
        self.low = self.box - max(below, 2.4 * form.small) - self.gap - self.node
        self.middle = (self.high + self.low) / 2

    def foot(self, row: Row) -> float:
        """The baseline of a row: with all that hangs from it over the circles of samples, or over the box, on which
        what the box gives stands.
        """
        hangs = self.reaches[row.key][1] * self.unit * self.scales[row.key[0]]
        below = self.box - self.over_box * (row is self.y)
        return (self.high - self.node - self.gap if row.above else below) - hangs

    def end_of(self, above: bool, step: int) -> tuple[float, float]:
        """The middle of a node: where a sample or an output stands."""
        return self.axis.x(step if above else self.back.place(step)), self.high if above else self.low

    def lay_name(self, draft: Draft, key: Key, markup: str, y: float, role: Role = "ink") -> None:
        """The name of a row, about the height y."""
        pieces.name(draft, key, markup, y + 0.34 * self.form.small, role)

    def formulas(self, i: str = "*i*") -> tuple[list[Part], list[Part]]:
        """The formulas of the two ways to read the layer: forward, and backward, of the sample ``i``."""
        layer, samples = self.layer, self.back.samples
        return phrases.layer_formula(layer, samples, channels=False), phrases.gradient_formula(layer, samples, i)

    def lay_formula(self, draft: Draft, ahead: bool, i: str = "*i*") -> None:
        """A formula in the text line, where the caption leaves room: yellow are its sign and an ``i`` that is told."""
        (forward, backward), told = self.formulas(i), i.isdecimal()
        said, found = draft.marks["caption",], dict(draft.marks)
        key, lit = ("forward" if ahead else "backward", *[i] * told), ("sign", *("i", "i of g") * told)
        pieces.formula(draft, forward if ahead else backward, lit, longest=backward, key=key)
        if draft.marks["caption",].size < min(said.size, SMALL):
            draft.marks = found

    # rows

    def lay_row(self, draft: Draft, row: Row, lit: Lit = None, there: Lit = None) -> None:
        """Bars in their places, those that are ``there``; what is not lit is dim, and only of gradients written."""
        numbers, foot, half = row.numbers, self.foot(row), self.axis.pitch / 2
        xs, size = [self.end_of(row.above, step)[0] for step in numbers], self.size_of(n.text for n in numbers.values())
        if row is not self.g:  # which stands on the box
            pieces.baseline(draft, row.key, min(xs) - half, max(xs) + half, foot)
        self.lay_name(draft, (*row.key, "row"), row.name, foot - 0.7 * self.form.small, row.role)
        scale, of = self.scales[row.key[0]], row.of or {}
        unit, bricks = self.unit * scale, self.back.is_whole and scale == 1
        for step, x in zip(numbers, xs, strict=True):
            if there is not None and step not in there:
                continue
            key, number, meant = (*row.key, step), numbers[step], lit is None or step in lit
            look: dict[str, Any] = dict(light=FULL if meant else DIM, made_of=of.get(step, ()))
            pieces.column(draft, key, number, x, foot, self.axis.bar, unit, row.role, bricks=bricks, **look)
            if size and (meant or row.of):
                pieces.digits(draft, key, number.text, size=size, role="ink" if meant else "quiet")

    def lay_raised(self, draft: Draft, row: Row) -> None:
        """The told sample is raised, or the outputs that it moves: what is added to a bar, or goes, is an outline. By
        how much stands beside its number, where there is room.
        """
        foot, unit = self.foot(row), self.unit * self.scales[row.key[0]]
        for step, change in self.rises(row).items():
            key = (*row.key, step)
            if not (change.value and (mark := draft.marks.get((*key, "bar")))):
                continue
            digits, more = (*key, "digits"), ("more", *key)
            value, rise = (float(number.value) * unit for number in (row.numbers[step], change))
            goes = value * rise < 0
            if goes and abs(rise) < abs(value):  # what goes is empty
                draft.change([(*key, "bar")], height=abs(value + rise), y=foot - (value + rise) / 2)
            look: dict[str, Any] = dict(z=1, hollow=goes, size=4.0, unit=unit * (bool(mark.unit) and not goes))
            outline = bar("lit", mark.x, foot - value, self.axis.bar, rise, made_of=((*key, "bar"),), **look)
            draft.put("more", more, outline)
            added = ("product", self.i, step) if row is self.y else ("move", *key)
            if (was := draft.marks.pop(digits, None)) and self.says_more:
                x, y = was.right + 0.3 * was.size, min(was.y, outline.top - pieces.ABOVE - 0.34 * was.size)
                draft.put("digits", digits, was.at(y=y))
                draft.put("digits", added, words(change.text, x, y, was.size, "lit", -1, rides=more))

    def lay_products(self, draft: Draft, i: int, moves: Sequence[str] = (), role: Role = GROWTH) -> None:
        """What each tap of the turned kernel brings to a sample, under the outputs, where it has room: its product
        with g or, before that multiplies it, by how much the output ``moves``.
        """
        back, y = self.back.returns(i), self.low + self.node + 12 + self.text / 2
        spelt = [f"{one.weight.text} × {one.upstream.text}" for one in back]
        size = self.size_of([*spelt, *moves])
        for one, text in zip(back, moves or spelt, strict=True) if self.is_plain and size else ():
            tile, x = (*self.turned.tap(one.k), "tile"), self.end_of(False, one.step)[0]
            made: dict[str, Any] = {} if moves else dict(about=one.product.about, made_of=(tile,))
            mark = words(text, x, y, size, role, **made)
            draft.put("product", ("product", i, one.step), mark)

    def lay_follows(self, draft: Draft, ahead: bool) -> None:
        """A box for what follows the layer, and the error at its end."""
        left, y = self.form.margin, (self.box + self.ground) / 2
        right = self.form.width - left
        face = plate("quiet", left, self.box, right, self.ground, light=CARD, edge=SUPPORT, size=3.0, z=-4)
        draft.put("follows", ("follows", "box"), face)
        x = right - AWAY - 1.2 * self.text * widest([ERROR])
        said = bench.longest((x - left - 2 * AWAY) * SMALL / self.text, REST[:1] if ahead else REST[1:])
        name = words(said, left + AWAY, y, self.text, "quiet", -1, rides=("follows", "box"))
        draft.put("follows", ("follows", "name", ahead), name)
        error = words(ERROR, x, y, 1.2 * self.text, GROWTH, -1, made_of=(("follows", "box"),))
        draft.put("loss", ("loss",), error)
        ends = (name.right + AWAY, x - AWAY)[:: 1 if ahead else -1]
        if name.right + 5 * AWAY < x:
            arrow = marks.line("quiet", ends[0], y, ends[1], y, size=3.0, head=HEAD)
            draft.put("follows", ("follows", "arrow", ahead), arrow)

    # edges

    def lay_circles(self, draft: Draft, samples: Lit, outputs: Lit, read: Iterable[int]) -> None:
        """The circles of all samples and outputs, with their steps; those of the padding that is ``read``, and of
        outputs that are not there, are hollow, with a zero over them.
        """
        if not self.is_numbered:
            pieces.ruler(draft, self.axis, "*i*", samples or ())
        outer = sorted(i for i in {*read} - {*self.samples} if self.axis.has(i))
        beyond = sorted({*(outputs or ())} - {*self.outputs})
        above = [("above", i, samples) for i in (*self.samples, *outer)]
        for row, step, lit in (*above, *(("below", t, outputs) for t in (*self.outputs, *beyond))):
            meant, exists = lit is None or step in lit, step not in (outer if row == "above" else beyond)
            key, zero, (x, y) = ("node", row, step), ("nothing", row, step), self.end_of(row == "above", step)
            mark = dot("ink", x, y, 2 * self.node, light=FULL if meant else STANDS)
            draft.put("node", key, mark if exists else mark.at(role="quiet", hollow=True, size=3.0))
            if not exists:
                draft.put("nothing", (*zero, "bar"), dot("quiet", x, self.foot(self.x if row == "above" else self.g)))
            if self.is_numbered:
                if not exists:
                    pieces.digits(draft, zero, "0", size=self.text, role="quiet")
                said, light = str(step).replace("-", style.MINUS), 0.0 if exists else FULL
                size = bench.fitting(1.5 * self.node, [said], (self.form.small, SMALL))
                text = words(said, x, y, size, "ink" if exists else "quiet", light=light)
                draft.put("node", (*key, "index"), text.at(rides=key, z=0.5))
        if self.is_numbered and self.is_named:
            self.lay_name(draft, ("above",), "sample *i*", self.high, "quiet")
            self.lay_name(draft, ("below",), "output *t*", self.low, "quiet")

    def edge(self, t: int, k: int) -> Edge:
        """An edge, whichever way it is read."""
        source = self.back.source(t, k)
        nowhere = not (0 <= source < self.back.samples and 0 <= t < self.back.steps)
        ends = self.end_of(True, source), self.end_of(False, t)
        return Edge(("edge", 1, t, k), self.tints[k], *ends, nowhere, self.back.weights[k].about)

    def lay_edges(self, draft: Draft, card: Card) -> None:
        """The edges of a card, with heads unless they are all, and all others, thin, where they are few."""
        meant = [self.edge(*edge) for edge in card.fan if self.has(edge)]
        others = [self.edge(*edge) for edge in self.every if not (card.ahead and edge in card.fan)]
        if card.rises:
            meant = [e._replace(key=("edge", 1, "up", *e.key[:1:-1]), start=e.end, end=e.start) for e in meant]
        elif not card.ahead:  # they lie over those that stay
            meant = [edge._replace(key=("edge", 1, "turned", edge.key[3])) for edge in meant]
        drawn, lit = [*(others if len(others) <= edges.MANY else ()), *meant], {edge.key for edge in meant}
        size = edges.THICK if len(meant) <= edges.MANY else edges.THIN
        edges.lay(draft, drawn, lit, gap=self.rim, size=size)
        draft.change({edge.key for edge in drawn} - lit, light=BEHIND)
        if card is not self.all:
            draft.change(lit, head=HEAD)

    # taps

    def lay_rest(self, draft: Draft, lit: Fan) -> None:
        """The taps on all edges, where there is room, each k at its own height: none covers another."""
        if not self.rests:
            return
        for t, k in self.every:
            edge, share = self.edge(t, k), (1 + k / max(1, len(self.tints) - 1)) / 3
            x, y = edges.between(edge.start, edge.end, share)
            self._lay_tap(draft, ("w1", 0, 0, k, t), x, y, self.rests, (t, k) in lit)
        self.lay_name(draft, ("taps",), "kernel *w*", self.middle)

    def lay_card(self, draft: Draft, card: Card) -> Mark:
        """The kernel on a card, or turned over, each tap on its line."""
        ahead, look, high = card.ahead, self.look, self.look.whole + 2 * self.near
        lines = [self.edge(*edge) for edge in card.fan]
        away = (1 - self.reach) * (self.low - self.high) - look.whole + look.height / 2 - self.near
        top, xs = self.high + away if ahead else self.low - away - high, list[float]()
        for line, (_, k) in zip(lines, card.fan, strict=True):
            y = top + self.near + look.height / 2 + (k % look.rows) * (look.height + BETWEEN)
            xs.append(edges.between(line.start, line.end, (y - self.high) / (self.low - self.high))[0])
            self._lay_tap(draft, card.tap(k), xs[-1], y, look)
        half, turned = look.width / 2 + self.near, self.turns and not ahead
        face = plate("kernel", min(xs) - half, top, max(xs) + half, top + high, light=CARD, z=-1.5)
        return draft.put("card", ("card", card.name), face.at(hatch=pieces.HATCHED if turned else 0.0))

    def _lay_tap(self, draft: Draft, key: Key, x: float, y: float, look: Look, lit: bool = True) -> None:
        """A tap as a tile with its name and its number in it, where they have room."""
        k, tile, half, high, light = key[3], (*key, "tile"), look.width / 2, look.height / 2, FULL if lit else STANDS
        number, more = self.back.weights[k], dict[str, Any](light=light, rides=tile, z=1.5)
        face = plate(self.tints[k], x - half, y - high, x + half, y + high, z=1.0, about=number.about)
        draft.put("tap", tile, face.at(light=FACE * light, edge=light, size=4.0, radius=0.2 * look.height))
        pad = (look.height - DIGIT * (look.name + look.number)) / 3  # as far from each other as from the edges
        if look.number:
            low = y + (DIGIT * look.name + pad) / 2 if look.name else y
            said = words(look.sign + number.text, x, low, look.number, about=number.about, **more)
            draft.put("tap", (*key, "digits"), said)
        if look.name:
            above = y - (DIGIT * look.number + pad) / 2
            draft.put("tap", (*key, "name"), words(f"*w*[{k}]", x, above, look.name, **more))


def alike(reach: float, other: float) -> float:
    """The scale of a row that reaches so far as the ``other`` beside one of ``reach``: 1 unless one would be flat."""
    return reach / other if reach and other and not 0.1 <= reach / other <= 10 else 1.0
