"""What an output sees: the kernels slide and make row after row, then beams lead from one output back to its samples.

The boards before the paths, on the whole input. This module knows a cone and pieces; a story says what follows.
"""

from __future__ import annotations

from collections.abc import Iterator

from convexplain.board import motion, pieces
from convexplain.board.marks import SMALL, Board, Cue, Draft
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import phrases
from convexplain.stories.many_layers import taps
from convexplain.stories.many_layers.cone import STEP, Cone
from convexplain.stories.many_layers.walked import Term, bracketed, lay_sum


def boards(cone: Cone) -> Iterator[Board]:
    """Every level, made by its kernels where these have room; then the window of each below the output."""
    if cone.is_striped:
        for level in cone.levels[1:]:
            yield _first(cone, level)
            if cone.script.source.stack.shapes[level][0] > 1:
                yield _slid(cone, level)
    else:
        yield _levels(cone)
    for depth in range(1, len(cone.levels)):
        yield _window(cone, depth)


def _draft(cone: Cone, said: str) -> Draft:
    draft = Draft(cone.form)
    pieces.caption(draft, said)
    pieces.ruler(draft, cone.wide, STEP)
    return draft


def _levels(cone: Cone) -> Board:
    depth = len(cone.levels) - 1
    many = phrases.sentence(phrases.count(depth, "layer"))
    told = {1: "One layer reads the input.", 2: "Two layers: the second reads what the first wrote."}
    said = told.get(depth, f"{many}: each reads what the one before wrote.")
    draft = _draft(cone, said)
    cone.signals(draft, cone.levels)
    return draft.board("levels", said, 3)


# kernels that slide


def _filters(cone: Cone, level: int) -> list[int]:
    return sorted({cell.channel for cell in cone.read[level]})


def _lay_kernels(cone: Cone, draft: Draft, level: int, step: int, bottom: float) -> None:
    """The told kernels of a level under the window of a step, one below the other."""
    high, width = taps.height(cone.form), 0.94 * cone.slot(cone.wide, level - 1)
    for line, filter in enumerate(_filters(cone, level)):
        y = bottom + (8.0 if cone.form.is_narrow else 16.0) + (high + taps.BETWEEN) * line + high / 2
        own = taps.places(cone, level, step, filter)
        xs = [cone.x(cone.wide, level - 1, tap.source) or 0.0 for tap in own]
        taps.lay_strip(draft, cone.form, own, xs, y, width)
        if line == 0:
            names = "kernel" if len(_filters(cone, level)) == 1 else "kernels"
            pieces.name(draft, ("kernel", level), names, y + 11)
    if cone.form.is_narrow:
        return
    numbers: dict[int, list[float]] = {}
    for tap in taps.places(cone, level, step, _filters(cone, level)[0]):
        numbers.setdefault(tap.k, []).append(cone.x(cone.wide, level - 1, tap.source) or 0.0)
    for k, xs in numbers.items():
        said = words(f"tap {k}", sum(xs) / len(xs), y + high / 2 + 26, SMALL)
        draft.put("tap", ("tap", level, "k", k), said)


def _first(cone: Cone, level: int) -> Board:
    layer = cone.layers[level]
    more = ", and a bias" if layer.use_bias else ""
    more += "" if layer.is_linear else f", then {layer.activation}"
    if level == cone.levels[1]:
        many = len(_filters(cone, level))
        lies = "A kernel lies" if many == 1 else f"{phrases.sentence(phrases.count(many, 'kernel'))} lie"
        said = f"{lies} on the input: each tap times the sample above it, added up{more}."
    else:
        both = {1: "", 2: ", of both channels"}.get(len(cone.channels[level - 1]), ", of all channels")
        said = f"Layer {level} does the same with the numbers of layer {level - 1}{both}{more}."
    draft = _draft(cone, said)
    rows = cone.signals(draft, (level - 1, level), made=(0,))
    _lay_kernels(cone, draft, level, 0, rows[level - 1][1])
    _lay_sums(cone, draft, level, rows[level])
    made = [((*cone.key(level, Cell(0, f)), "bar"),) for f in _filters(cone, level)]
    kernel = Cue((("strip", level), ("tap", level), ("name", "kernel", level)), motion.ENTER)
    written = tuple(key for key in draft.marks if key[:2] == ("tap", level) and key[-1] == "digits")
    inside = Cue(written, motion.ENTER, 0.3, after=0.6)  # once its tile has grown
    sums = [Cue((("sum", level, f),), motion.ENTER + 1 + 2 * n, 0.6) for n, f in enumerate(_filters(cone, level))]
    rise = [Cue(keys, motion.ENTER + 2 + 2 * n) for n, keys in enumerate(made)]
    return draft.board(f"kernels {level}", said, 4, [kernel, inside, *sums, *rise])


def _lay_sums(cone: Cone, draft: Draft, level: int, row: tuple[float, float]) -> None:
    """How the first number of each told filter comes about, right of it, in the hues of the taps."""
    layer, filters = cone.layers[level], _filters(cone, level)
    left, right = cone.wide.x(0) + 0.7 * cone.wide.pitch, cone.form.width - cone.form.margin
    if layer.use_bias or not layer.is_linear:
        return
    for line, filter in enumerate(filters):
        terms: list[Term] = []
        for tap in sorted(taps.places(cone, level, 0, filter), key=lambda tap: tap.source):  # as the picture stands
            sample = cone.script.number(("cell", level - 1, *tap.source))
            terms += [Term(" + ", "quiet")] * bool(terms)
            terms.append(Term(f"{bracketed(sample)} × {bracketed(tap.number)}", tap.role))
        terms.append(Term(f" = {cone.script.number(('cell', level, 0, filter)).text}"))
        y = (row[0] + row[1]) / 2 + (44.0 if cone.form.is_narrow else 66.0) * (line - (len(filters) - 1) / 2)
        lay_sum(draft, ("sum", level, filter), terms, left, right, y)


def _slid(cone: Cone, level: int) -> Board:
    steps, filters = cone.script.source.stack.shapes[level][0], _filters(cone, level)
    last = level == cone.script.level
    if last:
        said = "It slides along as well: the output." if len(filters) == 1 else "They slide as well: the output."
        is_plain = all(layer.is_linear and not layer.use_bias for layer in cone.layers.values())
        said += f" Could one kernel do the work of {phrases.spelled(level)} layers?" if is_plain and level > 1 else ""
    else:
        said = "It slides along: each place gives the number of one step."
        if len(filters) > 1:
            many = phrases.count(len(filters), "kernel")
            said = f"{phrases.sentence(many)} slide along. Each gives a row of numbers: a channel."
    draft = _draft(cone, said)
    rows = cone.signals(draft, (level - 1, level))
    _lay_kernels(cone, draft, level, steps - 1, rows[level - 1][1])
    lasts = max(2.4, 0.6 * (steps - 1))
    cues = [Cue((("strip", level), ("tap", level)), motion.MOVE, lasts)]
    for step in range(1, steps):
        late = motion.passes(step / (steps - 1)) * lasts
        keys = tuple((*cone.key(level, Cell(step, f)), "bar") for f in filters)
        cues.append(Cue(keys, motion.MOVE, 0.25, after=late))
    return draft.board(f"level {level}", said, 3, cues)


# what is seen


def _seen(cone: Cone, depth: int) -> str:
    """What is seen, so many levels below the output: how many steps the first window reads, and how many each after it
    adds.
    """
    level = cone.script.level - depth
    thing = "step" if level else "sample"
    if depth == 1:
        channels = len({cell.channel for cell in cone.read[level]})
        of = f", in {phrases.count(channels, 'channel')}" if channels > 1 else ""
        steps = phrases.count(len({cell.step for cell in cone.read[level]}), thing)
        return f"One output reads its window: {steps}{f' of layer {level}' if level else ''}{of}."
    seen, added, steps_above = set[int](), list[int](), sorted({cell.step for cell in cone.read[level + 1]})
    for step in steps_above:
        new = cone.reads(level + 1, step) - seen
        added.append(len(new))
        seen |= new
    first, *others = added
    said = f"Step {steps_above[0]} of layer {level + 1} reads {phrases.count(first, thing)}"
    if others:
        more = f"step {steps_above[1]}" if len(others) == 1 else "each step after it"
        is_even = len(set(others)) == 1 and others[0] < first
        said += f", {more} {phrases.spelled(others[0])} more" if is_even else ", the others more"
    total = (
        phrases.added([str(number) for number in added], str(len(seen))) if len(added) < 6 else f"{len(seen)} in all"
    )
    if level > cone.base:
        return f"{said}: {total}."
    whole = cone.script.source.stack.receptive_field(cone.script.level) if not cone.base else len(seen)
    of = "the receptive field" if whole == len(seen) else f"of a receptive field of {phrases.spelled(whole)}"
    return f"{said}: {total}, {of}."


def _window(cone: Cone, depth: int) -> Board:
    """What the output sees of a level, in beams."""
    level, said = cone.script.level - depth, _seen(cone, depth)
    draft = _draft(cone, said)
    rows = cone.signals(
        draft,
        [n for n in cone.levels if n >= level or not cone.is_striped],
        {n: cone.read[n] for n in cone.levels if n >= level},
    )
    for n in range(cone.script.level - 1, level - 1, -1):
        cone.beams(draft, n, rows, cone.wide)
    return draft.board("field" if level == cone.base else f"window {depth}", said, 3)
