"""paths: every way from a sample to one output of a stack of layers.

The cone of what an output sees opens layer by layer. One path is walked, its taps read off along it; all of them are a
fan; gathered under the samples they start at, they add up to one weight each. It answers "what does a second layer
see?" and "how large is the receptive field?".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from convexplain import style
from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import FILM, PARTIAL, Board, Cue, Draft, Format
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import gathered, phrases, walked
from convexplain.stories.cone import MOST_STEPS, Cone, columns, is_whole
from convexplain.stories.script import Script
from convexplain.stories.ways import Way, lowest

FIGURE = ("field", "all", "joined", "output")
FEW = 40
"""Fewer paths than these are drawn with thicker threads."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    cone = Cone(script, form, lowest(script))
    boards = [_levels(cone), *(_window(cone, depth) for depth in range(1, len(cone.levels))), _dots(cone)]
    if cone.told is not None:
        boards += [_path(cone, cone.told), _weight(cone, cone.told), _sample(cone, cone.told), _all(cone, cone.told)]
        boards += [*_off(cone), _gather(cone), _joined(cone, cone.told), _kernel(cone), _output(cone)]
    return (*boards, _check(cone))


def _draft(cone: Cone, said: str, wide: bool = False, lit: Iterable[int] = ()) -> Draft:
    draft = Draft(cone.form)
    pieces.caption(draft, said)
    pieces.ruler(draft, cone.wide if wide else cone.close, lit=lit)
    return draft


# what an output sees


def _levels(cone: Cone) -> Board:
    depth = len(cone.levels) - 1
    many = phrases.sentence(phrases.count(depth, "layer"))
    told = {1: "One layer reads the input.", 2: "Two layers: the second reads what the first wrote."}
    said = told.get(depth, f"{many}: each reads what the one before wrote.")
    draft = _draft(cone, said, True)
    cone.signals(draft)
    return draft.board("levels", said, 3)


def _seen(cone: Cone, depth: int) -> str:
    """What is seen, so many levels below the output."""
    level = cone.script.level - depth
    steps = len({cell.step for cell in cone.read[level]})
    thing = "step" if level else "sample"
    if depth == 1:
        channels = len({cell.channel for cell in cone.read[level]})
        of = f" of {phrases.count(channels, 'channel')}" if channels > 1 else ""
        return f"One output sees its window: {phrases.count(steps, thing)}{of}."
    each = f"Each of those sees {phrases.count(cone.layers[level + 1].kernel_size, thing)}"
    if level > cone.base:
        return f"{each}: {steps} in all."
    size = cone.script.source.stack.receptive_field(cone.script.level) if not cone.base else steps
    field = f"a receptive field of {phrases.spelled(size)}"
    return f"{each}: {field}." if steps == size else f"{each}: {phrases.spelled(steps)}, in {field}."


def _window(cone: Cone, depth: int) -> Board:
    """What the output sees of a level; its frame, those above, and how many steps each has."""
    level, said = cone.script.level - depth, _seen(cone, depth)
    draft = _draft(cone, said, True)
    rows = cone.signals(draft, {n: cone.read[n] for n in cone.levels if n >= level})
    out = draft.marks[(*cone.key(cone.script.level, cone.cell), "bar")]
    below, right = (out.left, out.right, out.top - 6), cone.form.width - cone.form.margin
    pieces.note(draft, ("steps",), "steps seen", right, pieces.RULER, 1)
    for n in range(cone.script.level, level - 1, -1):
        if n < cone.script.level:
            cone.frame(draft, n, rows[n], below)
            below = (*cone.span(cone.wide, n), rows[n][0] + 14)
        steps = len({cell.step for cell in cone.read[n]})
        draft.put("seen", ("seen", n), words(str(steps), right, sum(rows[n]) / 2, PARTIAL, align=1))
    return draft.board("field" if level == cone.base else f"window {depth}", said, 3)


# one path


def _dots(cone: Cone) -> Board:
    several = len(cone.levels) > 2
    said = "Closer: each number between is a dot, its channels side by side." if several else "Closer, with dots."
    draft = _draft(cone, said)
    cone.samples(draft)
    cone.dots(draft)
    if rounded := phrases.rounding(cone.script):
        pieces.remark(draft, ("rounded",), rounded)
    return draft.board("dots", said, 3)


def _path(cone: Cone, way: Way) -> Board:
    said, indices = "One path: one tap of each layer.", "*w*[tap, channel, filter]   *x*[step, channel]"
    draft = _draft(cone, said, lit=[way.cells[0].step])
    cone.samples(draft, [way.cells[0]], [way.cells[0]], PARTIAL)
    cone.dots(draft, list(zip(cone.levels, way.cells, strict=True)))
    walked.lay(cone, draft, way)
    walked.write(cone, draft, ("product", "digits"), way.product, "= ")
    pieces.formula(draft, walked.monomial(cone, way))
    if not cone.form.is_narrow:
        y = pieces.caption_line(draft) - 56
        pieces.note(draft, ("indices",), indices, cone.form.width - cone.form.margin, y, 1)
    return draft.board("path", said, 4, walked.cues(cone, way))


def _weight(cone: Cone, way: Way) -> Board:
    said = "Its taps alone multiply to the path’s weight." if len(way.taps) > 1 else "Its tap is the path’s weight."
    draft = _draft(cone, said)
    cone.samples(draft, [])
    cone.dots(draft, list(zip(cone.levels[1:], way.cells[1:], strict=True)))
    walked.lay(cone, draft, way)
    walked.write(cone, draft, ("weight", "digits"), way.weight, "= " if len(way.taps) > 1 else "")
    parts = walked.monomial(cone, way)
    names = [part.name for part in parts]
    pieces.formula(draft, parts, shown=names[: names.index("x")])
    return draft.board("weight", said, 3)


# all paths


def _sample(cone: Cone, told: Way) -> Board:
    start = told.cells[0]
    own = next(own for own in cone.shown if own.cell == start)
    paths = [way for way in cone.paths if way.cells[0] == start]
    is_written = gathered.has_fan(cone, paths)
    weights = ", each with a weight of its own" if is_written else ""
    said = f"This sample starts {phrases.count(own.paths, 'path')}{weights}."
    said = said if own.paths > 1 else "This sample starts no other path."
    draft = _draft(cone, said, lit=[start.step])
    cone.samples(draft, [start])
    cone.dots(draft, {(level, cell) for way in paths for level, cell in zip(cone.levels, way.cells, strict=True)})
    cone.threads(draft, paths, 4.0)
    if is_written:
        gathered.lay_fan(cone, draft, paths)
    return draft.board("sample", said, 3)


def _all(cone: Cone, told: Way) -> Board:
    said = "Every sample of the field reaches the output."
    draft = _draft(cone, said)
    cone.samples(draft)
    cone.dots(draft)
    cone.threads(draft, cone.paths, tiles.THREAD if len(cone.paths) > FEW else 4.0)
    walked.count(cone, draft, [*walked.factors(cone), (cone.ways.count, "paths")], "×")
    cues = []
    for place, own in enumerate(own for own in cone.shown if own.cell != told.cells[0]):
        new = {key for key, *_ in cone.edges(way for way in cone.paths if way.cells[0] == own.cell)}
        cues.append(Cue(tuple(new), motion.ENTER + place, gathered.quick(place, len(cone.shown), 0.6)))
    return draft.board("all", said, 3, [*cues[::-1], Cue((("count",),), motion.ENTER + len(cone.shown))])


def _off(cone: Cone) -> list[Board]:
    """What a relu switches off, where it does."""
    if not cone.ways.off:
        return []
    said = f"relu switches {phrases.count(cone.ways.off, 'path')} off: hollow dots are not above zero."
    draft = _draft(cone, said)
    cone.samples(draft)
    cone.dots(draft, off=True)
    cone.threads(draft, cone.paths, tiles.THREAD if len(cone.paths) > FEW else 4.0, fade=True)
    left = cone.ways.count - cone.ways.off
    walked.count(cone, draft, [(cone.ways.count, "paths"), (cone.ways.off, "off"), (left, "on")], style.MINUS)
    return [draft.board("off", said, 3)]


# gathered by sample


def _gather(cone: Cone) -> Board:
    said = "Each weight goes home to the sample its path starts at."
    draft = _draft(cone, said)
    cone.samples(draft)
    gathered.lay_tiles(cone, draft)
    return draft.board("gather", said, 3, gathered.tile_cues(cone))


def _joined(cone: Cone, told: Way) -> Board:
    said = "Pluses climb, minuses come down: one weight for each sample."
    draft = _draft(cone, said, lit=[told.cells[0].step])
    cone.samples(draft)
    gathered.lay_stacks(cone, draft)
    return draft.board("joined", said, 4, gathered.stack_cues(cone))


def _kernel(cone: Cone) -> Board:
    several = len(cone.levels) - 1
    layers = {1: "the layer", 2: "both layers"}.get(several, f"all {phrases.count(several, 'layer')}")
    said = f"{phrases.count(len(cone.ways.joined), 'weight')} do the work of {layers}: one kernel."
    said = f"For this input, {said}" if cone.ways.off else phrases.sentence(said)
    return _worked(cone, "kernel", said, False)


def _output(cone: Cone) -> Board:
    layer = cone.script.layer
    then = "head to tail" if layer.is_linear else f"then {layer.activation}"
    return _worked(cone, "output", f"Each weight times its sample, {then}: the same output.", True)


def _worked(cone: Cone, name: str, said: str, products: bool) -> Board:
    draft = Draft(cone.form)
    pieces.caption(draft, said)
    pieces.ruler(draft, gathered.lay_kernel(cone, draft, products))
    return draft.board(name, said, 3, gathered.stair_cues(cone) if products else ())


# the check


def _check(cone: Cone) -> Board:
    """The told filter's outputs at full precision, and Keras's numbers beside them."""
    script, (steps, _) = cone.script, cone.script.shape
    left, right = max(cone.form.names, 250.0), cone.form.width - cone.form.margin  # names of the legend stand left
    axis = Axis(tuple(columns(range(steps), MOST_STEPS)), left, 1.0, steps)
    axis = replace(axis, pitch=min(250.0, (right - left) / (axis.right - axis.left)))
    said = f"{script.check_words()}."
    draft = Draft(cone.form)
    pieces.caption(draft, said)
    pieces.ruler(draft, axis)
    cells = [Cell(step, cone.cell.channel) for step in axis.shown]
    numbers = {cell: Number(script.full(*cell), "", ("cell", script.level, *cell)) for cell in cells}
    up, down = benches.extent(number.value for number in numbers.values())
    room = cone.form.height - 156 - benches.TOP - 120
    unit = benches.unit_of(room, up + down, [number.value for number in numbers.values()], 66.0)
    foot, whole = max(benches.TOP + 20 + up * unit, 330.0), is_whole(*numbers.values())
    pieces.baseline(draft, ("level", script.level), axis.left, axis.right, foot)
    pieces.name(draft, ("level", script.level), "output", foot, "ink")
    for cell, number in numbers.items():
        x, key = axis.x(cell.step), cone.key(script.level, cell)
        pieces.column(draft, key, number, x, foot, axis.bar, unit, "output", True, whole)
        if (asked := script.asked(*cell)) is not None:
            pieces.compared(draft, (*key, "asked"), x + axis.bar / 2 + 14, foot - float(asked) * unit)
    summed = "sum of paths" if script.layer.is_linear else f"{script.layer.activation} of their sum"
    pieces.legend(draft, [("output", "bar", summed), ("kernel", "dot", script.check.library)])
    if script.shown.note and not cone.form.is_narrow:
        pieces.remark(draft, ("rounded",), f"{phrases.sentence(script.shown.note)}.")
    return draft.board("check", said, 3)
