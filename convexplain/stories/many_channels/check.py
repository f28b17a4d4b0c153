"""What Keras says: the last board of channel_summation, the outputs alone and Keras's numbers beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, Board, Cue, dot
from convexplain.board.pieces import ABOVE, Axis, Number
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.many_channels.channels import Channels, Output
from convexplain.stories.many_channels.shares import SHARE, TOP, Shares, above, reach, width

WIDEST = 120.0
"""No bar is wider."""


def checked(row: Channels, made: Mapping[int, Sequence[Output]]) -> Board:
    """The outputs, a row for every filter; below them Keras's numbers, or, of many or rounded ones, which stand in full
    numbers then, as dots beside their tips.
    """
    script, form, is_asked = row.script, row.form, row.script.source.recorded is not None
    found = script.check.of([script.level]).distances[0]
    exact = phrases.sentence(f"{script.check_words()}.")
    many = found.compared if is_asked and found is not None else 0
    is_same = found is not None and not (found.error or found.skipped)
    same = f"Keras computes {'exactly ' * is_same}the same {phrases.count(many, 'number')}."
    said, draft = row.draft([same if many else exact])
    more = [exact] * bool(many and not is_same) + ["Here nothing is rounded; before it was."] * bool(
        script.shown.is_rounded
    )
    if more:
        pieces.remark(draft, ("checked",), " ".join(more))
    lines, right = sum(key[0] == "remark" for key in draft.marks), form.width - form.margin
    names = {f: f"filter *f* = {f}" if row.filters > 1 else f"output {row.output}" for f in made}
    left = form.margin + max(width(name, form.small) for name in names.values()) + 24
    axis = Axis(tuple(row.outputs), left, (right - left) / len(row.outputs), row.read, WIDEST, SHARE)
    every = [one for some in made.values() for one in some]
    is_narrow = max(width(one.number.text, row.size) for one in every) + 6 <= axis.pitch
    is_open = len(made) <= 2 and not script.shown.is_rounded and is_narrow
    if is_asked and not is_open:
        pieces.note(draft, ("library",), "dots: Keras", right, pieces.RULER, 1)
    full = {} if is_open else {one: Number(script.full(*one.cell), "") for one in every}
    reaches = [reach(full.get(one, one.number) for one in some) for some in made.values()]
    if is_open:  # all rows alike
        reaches = [tuple(map(max, zip(*reaches, strict=True)))] * len(made)
    over, under = (above(row.size) + 20, ABOVE + 1.2 * row.size + 20) if is_open else (10.0, 10.0)
    shares = Shares(TOP, row.bottom - (40.0 * lines - 16) * row.is_film, reaches, over, under)
    for step in row.outputs if is_open else ():
        name = f"{row.output}[{step}]"
        draft.put("note", ("note", "under", name), words(name, axis.x(step), pieces.RULER, form.small, "output"))
    cues = [
        Cue(tuple(("filter", f, *["title"] * is_open) for f in made), staging.LEAVE, 1.0, "anew")
    ]  # from its card to its row
    unit = shares.unit(60.0 if row.whole else 1e30)
    for n, ((f, some), foot, (_, low)) in enumerate(zip(made.items(), shares.feet(unit), reaches, strict=True)):
        pieces.baseline(draft, ("floor", f), axis.left, axis.right, foot)
        middle = foot - DIGIT * form.small / 2 if is_open else TOP + shares.high * (n + 0.5)
        draft.put("foot", ("filter", f, "title"), words(names[f], form.margin, middle, form.small, align=-1))
        below, size = foot + low * unit + ABOVE + DIGIT * row.size / 2, row.size * is_open
        if is_asked and is_open:
            pieces.note(draft, ("library", f), "Keras", form.margin, below)
        for one in some:
            x, number, asked = axis.x(one.step), full.get(one, one.number), script.asked(*one.cell)
            row.bar(draft, one.key, number, (x, foot, axis.bar, unit), "output", number.text, size)
            if asked is not None:
                mark = dot("ink", x + axis.bar / 2 + 10, foot - float(asked) * unit, 10.0, z=1)
                mark = words(script.written(asked).text, x, below, row.size) if is_open else mark
                draft.put("compared", (*one.key, "asked"), mark)
        own = (("note", "library", f), *((*one.key, "asked") for one in some))
        cues.append(Cue(own, staging.ENTER, after=0.6 * n / len(made)))
    return draft.board("check", said, 2.2, cues)
