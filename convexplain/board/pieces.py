"""The pieces of which stories are composed: rows of bars on one ruler, the card of a kernel, staircases, the text line.

Each piece puts marks into a draft, in the house style: sizes, clearances and lights are here and nowhere else. A piece
is given numbers, their texts and what they stand for; it computes none, and knows no layer and no story.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from convexplain.board.calculator import honest
from convexplain.board.marks import (
    CARD,
    DIGIT,
    SMALL,
    TEXT,
    About,
    Draft,
    Key,
    Mark,
    Role,
    bar,
    dot,
    line,
    plate,
)
from convexplain.board.text import advance, markup_of, runs_of, words

RULER = 56.0
"""The y of the ruler, in every format."""
ABOVE = 14.0
"""From a bar's end to the digits over it."""
BAND = 0.1
"""The light of what joins a column, under that of a card."""
WIDEST = 96.0
"""No bar is wider."""


class Part(NamedTuple):
    """One sign of a formula. ``name`` is its key; ``small`` signs stand so many steps below the line: beside a sum, and
    a number below such a letter.
    """

    name: str
    markup: str
    small: int = 0
    about: About | None = None


class Number(NamedTuple):
    """A number to be drawn: its exact value, its text, and what it stands for."""

    value: Fraction
    text: str
    about: About | None = None


@dataclass(frozen=True)
class Axis:
    """Where the steps of all rows stand. ``steps`` are those shown, in order; None is a gap, narrower than a place."""

    steps: tuple[int | None, ...]
    left: float
    """Where the first place begins."""
    pitch: float
    length: int
    """Steps of the signal; those shown outside 0 to ``length`` - 1 are places of the padding, or empty."""
    widest: float = WIDEST
    """No bar is wider."""
    share: float = 0.5
    """Of a step, how wide a bar is."""
    least: float = math.inf
    """Its pitch in the narrowest format, where other things stand beside it there."""

    @classmethod
    def near(cls, draft: Draft, needed: Iterable[int], length: int, most: int, extra: int = 0) -> Axis:
        """An axis of at most ``most`` places that shows the ``needed`` steps, with steps around them: first those after
        (``extra`` places at least, empty ones where the signal has ended), then those before. What is left out before
        them is a gap.
        """
        wanted = sorted(set(needed))
        first, last = wanted[0], wanted[-1] + extra
        while last - first + 1 < most and (first > 0 or last < length - 1):
            if last < length - 1:
                last += 1
            if last - first + 1 < most and first > 0:
                first -= 1
        gap: list[int | None] = [None] if first > 0 else []
        return cls.over(draft, [*gap, *range(first, last + 1)], length)

    @classmethod
    def over(cls, draft: Draft, steps: Sequence[int | None], length: int, widest: float = 250.0) -> Axis:
        """The axis that fills the room right of the names."""
        form = draft.format
        room = form.width - form.margin - form.names
        return cls(tuple(steps), form.names, min(widest, room / sum(map(_share, steps))), length)

    def x(self, step: int) -> float:
        """Where a step stands; ``ValueError`` for one that is not shown."""
        return self.place(self.steps.index(step))

    def place(self, number: int) -> float:
        """Where the place of a number stands."""
        return self.left + self.pitch * (sum(map(_share, self.steps[:number])) + _share(self.steps[number]) / 2)

    def has(self, step: int) -> bool:
        """Whether a step is shown."""
        return step in self.steps

    @property
    def shown(self) -> tuple[int, ...]:
        """The steps that are shown, those of the padding included."""
        return tuple(step for step in self.steps if step is not None)

    @property
    def right(self) -> float:
        """Where the last place ends."""
        return self.left + self.pitch * sum(map(_share, self.steps))

    @property
    def bar(self) -> float:
        """How wide a bar is."""
        return min(self.widest, self.share * self.pitch)


def _share(step: int | None) -> float:
    """How much of a place a step takes: a gap less."""
    return 1.0 if step is not None else 0.6


def caption(draft: Draft, markup: str) -> None:
    """The clause that says what is seen: at the left of the text line; in a column, over the picture."""
    y, size = caption_line(draft), TEXT if not draft.format.is_narrow else 36.0
    width = draft.format.width - 2 * draft.format.margin
    size = min(size, width / advance(runs_of(markup)))
    if size >= 0.75 * TEXT:
        draft.put("caption", ("caption",), words(markup, draft.format.margin, y, size, align=-1))
        return
    _say_in_lines(draft, honest(markup), width)


def _say_in_lines(draft: Draft, markup: str, width: float) -> None:
    """A caption that is too long for one line."""
    lines, y = wrapped(markup, width / SMALL), caption_line(draft)
    for place, text in enumerate(lines):
        key, at = ("caption",) if place == 0 else ("caption", place), y + 40 * place - 20 * (len(lines) > 1)
        draft.put("caption", key, words(text, draft.format.margin, at, SMALL, align=-1, whole=False))


def wrapped(markup: str, ems: float) -> list[str]:
    """Words in lines of at most so many em."""
    lines = [""]
    for word in markup.split():
        tried = f"{lines[-1]} {word}".strip()
        if lines[-1] and advance(runs_of(tried)) > ems:
            lines.append(word)
        else:
            lines[-1] = tried
    return lines


def caption_line(draft: Draft) -> float:
    """The y of the text line."""
    return draft.format.height - (100.0 if draft.format.is_narrow else 60.0)


def formula(
    draft: Draft,
    parts: Sequence[Part],
    lit: Iterable[str] = (),
    shown: Iterable[str] | None = None,
    longest: Sequence[Part] = (),
) -> None:
    """A formula at the right of the text line, every sign in its own slot. ``lit`` signs are yellow; ``shown`` (all
    when None) are there, the others' slots stay empty: a formula is filled as its things are seen.

    Its size, the same on all boards of a story, is that at which the ``longest`` formula leaves half of the line to the
    caption; a longer caption is set smaller, or in lines.
    """
    if not parts:
        return
    lit, visible = set(lit), None if shown is None else set(shown)
    form, said = draft.format, draft.marks.get(("caption",))
    y, size, room = caption_line(draft), TEXT, form.width - 2 * form.margin
    if form.is_narrow:
        y, size = form.height - 36.0, min(36.0, 36.0 * room / _reach(longest or parts, 36.0))
    else:
        size = max(SMALL, min(TEXT, TEXT * 0.46 * room / _reach(longest or parts, TEXT)))
    x = form.width - form.margin - _reach(parts, size)
    left = form.width
    for part in parts:
        em = SMALL if part.small else size
        if visible is None or part.name in visible:
            role = "lit" if part.name in lit else "formula"
            mark = words(part.markup, x, y + 14.0 * min(1.4, part.small), em, role, align=-1, about=part.about)
            draft.put("formula", ("formula", part.name), mark)
            left = min(left, x)
        x += advance(runs_of(part.markup)) * em
    if said is not None and not form.is_narrow and said.right > left - 40:
        room = left - 40 - said.left
        draft.marks["caption",] = said.shrunk(room / said.width)
        if draft.marks["caption",].size < SMALL:
            lines = [draft.marks.pop(key) for key in list(draft.marks) if key[0] == "caption"]
            _say_in_lines(draft, " ".join(markup_of(line.runs) for line in lines), room)


def _reach(parts: Sequence[Part], size: float) -> float:
    """How far a formula reaches."""
    return sum(advance(runs_of(part.markup)) * (SMALL if part.small else size) for part in parts)


def ruler(draft: Draft, axis: Axis, name: str = "*t*", lit: Iterable[int] = ()) -> None:
    """The steps over their columns; ``lit`` ones are yellow, the padding has none."""
    lit, small = set(lit), draft.format.small
    draft.put("ruler", ("ruler", "name"), words(name, draft.format.margin, RULER, small, "quiet", align=-1))
    width = 1.25 * small * advance(runs_of(str(axis.length)))
    crowded, said = axis.pitch < width, list[float]()
    # Where steps are crowded some are left out: first the lit ones are written, then every fifth that has room.
    for step in sorted(axis.shown, key=lambda step: (step not in lit, step)):
        x = axis.x(step)
        free = not crowded or ((step in lit or step % 5 == 0) and all(abs(x - other) >= width for other in said))
        mark = words(str(step), x, RULER, small, "lit" if step in lit else "quiet")
        if 0 <= step < axis.length and free and mark.right < draft.format.width - 4:
            draft.put("ruler", ("ruler", step), mark)
            said.append(x)
    for place, shown in enumerate(axis.steps):
        x = axis.place(place)
        free = axis.pitch > 90 or all(abs(x - other) >= width / 2 + 0.6 * small for other in said)
        if shown is None and free and (place == 0 or axis.steps[place - 1] is not None):
            draft.put("ruler", ("ruler", "gap", place), words("⋯", x, RULER, small, "quiet"))


def name(draft: Draft, key: Key, markup: str, foot: float, role: Role = "quiet") -> None:
    """The name of a row, at the left margin on the row's baseline."""
    small = draft.format.small
    mark = words(markup, draft.format.margin, foot - DIGIT * small / 2, small, role, align=-1)
    draft.put("name", ("name", *key), mark)


def clear_of_name(draft: Draft, row: Key, numbers: Iterable[Key]) -> None:
    """Numbers of a row that would reach over its name stand right of it."""
    name = draft.marks["name", *row]
    for key in numbers:
        mark = draft.marks.get(key)
        if mark and mark.left < name.right + 8 and abs(mark.y - name.y) < (mark.size + name.size) / 2:
            draft.change([key], x=name.right + 8 + mark.width / 2)


def baseline(draft: Draft, key: Key, left: float, right: float, y: float, role: Role = "line") -> None:
    """The line that bars of a row stand on."""
    draft.put("baseline", ("baseline", *key), line(role, left, y, right, y, z=-1))


def signal(
    draft: Draft,
    key: Key,
    numbers: Mapping[int, Number],
    axis: Axis,
    foot: float,
    unit: float,
    role: Role,
    bricks: bool = True,
) -> None:
    """A row of bars, one for each step that is shown. ``unit`` is the height of a number 1."""
    baseline(draft, key, axis.left, axis.right, foot)
    for step in axis.shown:
        if step in numbers:
            column(draft, (*key, step), numbers[step], axis.x(step), foot, axis.bar, unit, role, bricks=bricks)


def column(
    draft: Draft,
    key: Key,
    number: Number,
    x: float,
    foot: float,
    width: float,
    unit: float,
    role: Role,
    bricks: bool = True,
    **look: Any,
) -> Mark:
    """One number as a bar of bricks from its baseline; a zero is a dot on it."""
    mark = bar(role, x, foot, width, float(number.value) * unit, unit=unit * bricks, about=number.about, **look)
    if not number.value:
        mark = dot(role, x, foot, min(12.0, width), about=number.about, **look)
    return draft.put("column", (*key, "bar"), mark)


def digits(draft: Draft, key: Key, markup: str, size: float = TEXT, role: Role = "ink", **more: Any) -> Mark:
    """The number of a bar, over it. It rides on the bar."""
    mark, half = draft.marks[(*key, "bar")], DIGIT * size / 2
    above, look = (ABOVE if size <= TEXT else 22.0), dict(about=mark.about, rides=(*key, "bar"), **more)
    shown = words(markup, mark.x, (mark.top if mark.kind == "bar" else mark.y - 6) - above - half, size, role, **look)
    return draft.put("digits", (*key, "digits"), shown.at(x=draft.format.within(shown.x, shown.width)))


def lift(draft: Draft, row: Collection[Key]) -> None:
    """The numbers in a row of bars, where they are wider than their places, stand over the bars beside them, too."""
    bars = [draft.marks[*key, "bar"] for key in row]
    for number in (key for own in row if (key := (*own, "digits")) in draft.marks):
        mark = draft.marks[number]
        tops = [bar.top for bar in bars if abs(bar.x - mark.x) < (bar.width + mark.width) / 2]
        draft.change([number], y=min([mark.y, *(top - ABOVE - DIGIT * mark.size / 2 for top in tops)]))


def staircase(
    draft: Draft,
    steps: Sequence[tuple[Key, Number, Role, float]],
    foot: float,
    unit: float,
    width: float,
    made_of: Mapping[Key, tuple[Key, ...]] | None = None,
    copy_of: Mapping[Key, Key] | None = None,
    size: float = TEXT,
    bricks: bool = True,
    until: float | None = None,
) -> None:
    """Addends head to tail: each begins where the one before ended, each in its own slot (key, number, role, x), its
    number over it where that has a ``size``; an arrow is in what goes down. A dotted line carries the level from one to
    the next, and to ``until`` after the last: to the right, or to the left where the next one stands there.
    """
    made_of, copy_of = made_of or {}, copy_of or {}
    level = foot
    for place, (own, number, role, x) in enumerate(steps):
        origin: dict[str, Any] = {"made_of": made_of.get(own, ()), "copy_of": copy_of.get(own)}
        step = column(draft, own, number, x, level, width, unit, role, bricks=bricks, **origin)
        if number.value < 0 and (reach := step.height / 2 - 4) > 4:
            down = line(role, x, step.y - reach, x, step.y + reach, size=5, head=20.0, light=0.0, rides=(*own, "bar"))
            draft.put("staircase", (*own, "down"), down)
        if size:
            digits(draft, own, signed(number.text), size=size)
        level -= float(number.value) * unit
        following = steps[place + 1][3] if place + 1 < len(steps) else None
        end = until if following is None else following + (width / 2 if following < x else -width / 2)
        if end is not None:
            side = 1 if end > x else -1
            begin = x + side * width / 2
            if side * (end - begin) > 20:
                ends = (begin + side * 6, level, end - side * 6, level)
                link = line("quiet", *ends, dash=5, size=2, z=-1, rides=(*own, "bar"))
                draft.put("staircase", (*own, "link"), link)


def signed(text: str) -> str:
    """A number as an addend.

    >>> signed("2"), signed("−1")
    ('+2', '−1')
    """
    return text if text[:1] in "−+" else f"+{text}"


def callout(
    draft: Draft, key: Key, markup: str, x: float, y: float, to: tuple[float, float], meaning: str = ""
) -> None:
    """A word defined by pointing: a thin line from the thing to the word, which begins at x, and its ``meaning`` where
    the board has room for it.
    """
    end = draft.format.width - draft.format.margin
    for said in (f"{markup}: {meaning}", markup) if meaning else (markup,):
        reach = advance(runs_of(said)) * draft.format.small
        start = min(x, end - reach)
        if start > to[0] + 30:
            break
    start = max(start, to[0] + 30)
    draft.put("callout", ("callout", *key, "line"), line("quiet", *to, start - 14, y, size=2))
    draft.put("callout", ("callout", *key), words(said, start, y, draft.format.small, "ink", align=-1))


def note(draft: Draft, key: Key, markup: str, x: float, y: float, align: float = -1.0, role: Role = "quiet") -> None:
    """A small remark."""
    draft.put("note", ("note", *key), words(markup, x, y, draft.format.small, role, align=align))


def remark(draft: Draft, key: Key, markup: str, size: float = SMALL) -> None:
    """A longer remark, in lines over the text line; in a column, below it."""
    form = draft.format
    lines = wrapped(honest(markup), (form.width - 2 * form.margin) / size)
    y = caption_line(draft) - 68.0 - 40.0 * (len(lines) - 1)
    if form.is_narrow:
        under = caption_line(draft) + 44.0 + 30.0 * (("caption", 1) in draft.marks)
        y = min(under, form.height - 20.0 - 36.0 * (len(lines) - 1))
    for place, text in enumerate(lines):
        mark = words(text, form.margin, y + 36.0 * place, size, "quiet", align=-1, whole=False)
        draft.put("remark", ("remark", *key, place), mark)


def band(draft: Draft, key: Key, x: float, top: float, bottom: float, width: float, role: Role) -> None:
    """A column of faint light behind what belongs together: a sample, its tap and their product."""
    draft.put("band", (*key, "band"), plate(role, x - width / 2, top, x + width / 2, bottom, light=BAND, z=-4))


def card(
    draft: Draft, key: Key, left: float, right: float, top: float, bottom: float, role: Role, light: float = CARD
) -> None:
    """A card without a window: kernels that lie on nothing."""
    draft.put("card", (*key, "card"), plate(role, left, top, right, bottom, light=light, z=-3))
