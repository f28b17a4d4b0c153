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
from convexplain.board.marks import FILM, PARTIAL, TEXT, Board, Cue, Draft, Format, Key
from convexplain.board.pieces import Axis, Number
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
    boards = [_levels(cone), *_kernels(cone)]
    boards += [*(_window(cone, depth) for depth in range(1, len(cone.levels))), _dots(cone)]
    if cone.told is not None:
        boards += [_path(cone, cone.told), _product(cone, cone.told), _all(cone, cone.told), *_off(cone)]
        boards += [_sample(cone, cone.told), *_rows(cone), _joined(cone, cone.told), _kernel(cone), _output(cone)]
    return (*boards, _check(cone))


def _draft(
    cone: Cone, said: str, wide: bool = False, lit: Iterable[int] = (), taps: Iterable[Key] | None = None
) -> Draft:
    """A board with its caption, its ruler and the kernels, whose ``taps`` are meant: all when None."""
    draft = Draft(cone.form)
    pieces.caption(draft, said)
    pieces.ruler(draft, cone.wide if wide else cone.close, lit=lit)
    cone.tables.lay(draft, None if taps is None else set(taps))
    return draft


def _taps(ways: Iterable[Way]) -> set[Key]:
    """The taps that some paths pass, in their tables."""
    return {("tap", *tap.about[1:]) for way in ways for tap in way.taps if tap.about is not None}


# what an output sees


def _levels(cone: Cone) -> Board:
    depth = len(cone.levels) - 1
    many = phrases.sentence(phrases.count(depth, "layer"))
    told = {1: "One layer reads the input.", 2: "Two layers: the second reads what the first wrote."}
    said = told.get(depth, f"{many}: each reads what the one before wrote.")
    draft = Draft(cone.form)
    pieces.caption(draft, said)
    pieces.ruler(draft, cone.wide)
    cone.signals(draft)
    return draft.board("levels", said, 3)


def _kernels(cone: Cone) -> list[Board]:
    """The kernels of all layers, where there is room for them."""
    if not cone.tables.layers:
        return []
    said = "Each layer slides its kernels along. The numbers in a kernel are its taps."
    draft = _draft(cone, said, True)
    cone.signals(draft)
    return [draft.board("kernels", said, 4)]


def _seen(cone: Cone, depth: int) -> str:
    """What is seen, so many levels below the output."""
    level = cone.script.level - depth
    steps = len({cell.step for cell in cone.read[level]})
    thing = "step" if level else "sample"
    if depth == 1:
        channels = len({cell.channel for cell in cone.read[level]})
        of = f", in {phrases.count(channels, 'channel')}" if channels > 1 else ""
        layer = f" of layer {level}" if level else ""
        return f"One output reads its window: {phrases.count(steps, thing)}{layer}{of}."
    size = cone.layers[level + 1].kernel_size
    each = f"Each of those reads {phrases.count(size, thing)}"
    windows = len({cell.step for cell in cone.read[level + 1]})
    if windows > 1 and steps < windows * size:
        layer = cone.layers[level + 1]
        shared = size - layer.strides
        is_even = layer.dilation_rate == 1 and steps == windows * layer.strides + shared
        each += f", neighbours share {phrases.spelled(shared)}" if is_even else ", and windows overlap"
    if level > cone.base:
        return f"{each}: {steps} in all."
    whole = cone.script.source.stack.receptive_field(cone.script.level) if not cone.base else steps
    field = f"a receptive field of {phrases.spelled(whole)}"
    return f"{each}: {field}." if steps == whole else f"{each}: {phrases.spelled(steps)}, in {field}."


def _window(cone: Cone, depth: int) -> Board:
    """What the output sees of a level, and the windows that see it."""
    level, said = cone.script.level - depth, _seen(cone, depth)
    told = cone.cell if depth == 1 else min(cone.read[level + 1])
    draft = _draft(cone, said, True, taps=cone.tables.taps(level + 1, told.channel))
    rows = cone.signals(draft, {n: cone.read[n] for n in cone.levels if n >= level})
    for n in range(cone.script.level - 1, level - 1, -1):
        cone.windows(draft, n, rows)
    cone.worked(draft, level + 1, told, rows[cone.script.level][0])
    return draft.board(
        "field" if level == cone.base else f"window {depth}",
        said,
        3,
        [Cue((("worked", level + 1), ("note", "worked", level + 1)), motion.ENTER + 1)],
    )


# one path


def _dots(cone: Cone) -> Board:
    several = len(cone.levels) > 2
    said = (
        "Closer: all that this output is made of."
        if not several or cone.has_values
        else "Closer: a dot for each number between."
    )
    draft = _draft(cone, said, taps=())
    cone.every_sample(draft)
    cone.dots(draft)
    if rounded := phrases.rounding(cone.script):
        pieces.remark(draft, ("rounded",), rounded)
    return draft.board("dots", said, 3)


def _path(cone: Cone, way: Way) -> Board:
    several = len(way.taps) > 1
    said = "One path takes one tap of each layer. Their product is its weight." if several else "A path takes one tap."
    draft = _draft(cone, said, lit=[way.cells[0].step], taps=_taps([way]))
    cone.samples(draft, [way.cells[0]])
    cone.dots(draft, list(zip(cone.levels[1:], way.cells[1:], strict=True)))
    walked.lay(cone, draft, way)
    walked.weigh(cone, draft, way)
    return draft.board("path", said, 4, walked.cues(cone, way))


def _product(cone: Cone, way: Way) -> Board:
    said = "Its weight times its sample is what this path adds to the output."
    draft = _draft(cone, said, lit=[way.cells[0].step], taps=_taps([way]))
    cone.samples(draft, [way.cells[0]], [way.cells[0]], PARTIAL)
    cone.dots(draft, list(zip(cone.levels[1:], way.cells[1:], strict=True)))
    walked.lay(cone, draft, way)
    walked.give(cone, draft, way)
    cues = [Cue((("factor", "x"),), motion.ENTER + 1), Cue((("product",),), motion.ENTER + 2)]
    return draft.board("product", said, 3, cues)


# all paths


def _all(cone: Cone, told: Way) -> Board:
    said = "Every sample reaches the output. Each upper thread is one path."
    said = said if len(cone.levels) == 3 else "Every sample of the field reaches the output."
    draft = _draft(cone, said)
    cone.every_sample(draft)
    cone.dots(draft)
    cone.threads(draft, cone.paths, tiles.THREAD if len(cone.paths) > FEW else 4.0)
    walked.count(cone, draft, [*walked.factors(cone), (cone.ways.count, "paths")], "×")
    cues = []
    for place, own in enumerate(cone.shown):
        new = {key for key, *_ in cone.edges(way for way in cone.paths if way.cells[0] == own.cell)}
        cues.append(Cue(tuple(new), motion.ENTER + place, gathered.quick(place, len(cone.shown), 0.6)))
    return draft.board("all", said, 3, [*cues[::-1], Cue((("count",),), motion.ENTER + len(cone.shown))])


def _off(cone: Cone) -> list[Board]:
    """What a relu switches off, where it does."""
    if not cone.ways.off:
        return []
    said = f"relu switches {phrases.count(cone.ways.off, 'path')} off: hollow dots are not above zero."
    draft = _draft(cone, said)
    cone.every_sample(draft)
    cone.dots(draft, off=True)
    cone.threads(draft, cone.paths, tiles.THREAD if len(cone.paths) > FEW else 4.0, fade=True)
    left = cone.ways.count - cone.ways.off
    walked.count(cone, draft, [(cone.ways.count, "paths"), (cone.ways.off, "off"), (left, "on")], style.MINUS, "off")
    return [draft.board("off", said, 3)]


def _sample(cone: Cone, told: Way) -> Board:
    start = told.cells[0]
    own = next(own for own in cone.shown if own.cell == start)
    paths = [way for way in cone.paths if way.cells[0] == start and (way.is_on or not own.on)]
    is_written = gathered.weight_rows(cone, paths)[0] > 0
    noun, count = "paths that are on" if 0 < own.on < own.paths else "paths", own.on or own.paths
    said = f"{phrases.sentence(phrases.spelled(count))} {noun} start at this sample"
    said += ", each with a weight of its own." if is_written else "."
    said = said if count > 1 else "This sample starts no other path."
    draft = _draft(cone, said, lit=[start.step], taps=_taps(paths))
    cone.samples(draft, [start])
    cone.dots(draft, {(level, cell) for way in paths for level, cell in zip(cone.levels, way.cells, strict=True)})
    cone.threads(draft, paths, 4.0)
    if is_written:
        gathered.lay_weights(cone, draft, paths)
    return draft.board("sample", said, 3, gathered.weight_cues(cone, paths) if is_written else ())


# gathered by sample


def _rows(cone: Cone) -> list[Board]:
    """The weights of all paths, each under its sample."""
    said = "Every path’s weight stands under the sample where its path starts."
    if len(cone.levels) == 3 and cone.tables.layers:
        said = "Each row: the taps of layer 1 times one tap of layer 2. Each tile: a path’s weight."
    draft = _draft(cone, said)
    cone.every_sample(draft)
    gathered.lay_rows(cone, draft)
    return [draft.board("gather", said, 4, gathered.row_cues(cone))]


def _joined(cone: Cone, told: Way) -> Board:
    said = "Pluses climb, minuses come down: each sample gets one weight, the sum."
    draft = Draft(cone.form)
    pieces.caption(draft, said)
    pieces.ruler(draft, cone.close, lit=[told.cells[0].step])
    cone.every_sample(draft)
    gathered.lay_stacks(cone, draft)
    return draft.board("joined", said, 4, gathered.stack_cues(cone))


def _kernel(cone: Cone) -> Board:
    several = len(cone.levels) - 1
    layers = {1: "the layer", 2: "both layers"}.get(several, f"all {phrases.count(several, 'layer')}")
    said = f"{phrases.count(len(cone.ways.joined), 'weight')} do the work of {layers}"
    if cone.ways.off:
        said = f"For this input, {said}: one kernel."
    elif cone.ways.bias is None:
        said = f"No bias, no activation between: {said}." if several > 1 else phrases.sentence(f"{said}.")
    else:
        said = f"No activation between: {said}, but for the biases."
    return _worked(cone, "kernel", said, False)


def _output(cone: Cone) -> Board:
    layer = cone.script.layer
    then = "" if layer.is_linear else f", then {layer.activation}"
    return _worked(cone, "output", f"Each weight times its sample, added up{then}: the same output.", True)


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
    said = f"{_compared(cone)}."
    draft = Draft(cone.form)
    pieces.caption(draft, said)
    pieces.ruler(draft, axis)
    cells = [Cell(step, cone.cell.channel) for step in axis.shown]
    numbers = {cell: Number(script.full(*cell), "", ("cell", script.level, *cell)) for cell in cells}
    up, down = benches.extent(number.value for number in numbers.values())
    room = cone.form.height - 156 - benches.TOP - 180
    unit = benches.unit_of(room, up + down, [number.value for number in numbers.values()], 66.0)
    foot, whole = max(benches.TOP + 80 + up * unit, 330.0), is_whole(*numbers.values())
    pieces.baseline(draft, ("level", script.level), axis.left, axis.right, foot)
    pieces.name(draft, ("level", script.level), "output", foot, "ink")
    texts = [script.output(*cell).text for cell in cells]
    shown = script.shown.note == "" or script.shown.note is None
    writes = shown and benches.fitting(700.0 / len(cells), texts, (TEXT, 0.0)) > 0
    for cell, number in numbers.items():
        x, key = axis.x(cell.step), cone.key(script.level, cell)
        pieces.column(draft, key, number, x, foot, axis.bar, unit, "output", True, whole)
        if writes:
            pieces.digits(draft, key, script.output(*cell).text, size=PARTIAL if not cone.form.is_narrow else TEXT)
        if (asked := script.asked(*cell)) is not None:
            pieces.compared(draft, (*key, "asked"), x + axis.bar / 2 + 14, foot - float(asked) * unit)
    summed = "sum of paths" if script.layer.is_linear else f"{script.layer.activation} of their sum"
    pieces.legend(draft, [("output", "bar", summed), ("kernel", "dot", script.check.library)])
    if script.shown.note and not cone.form.is_narrow:
        pieces.remark(draft, ("rounded",), f"{phrases.sentence(script.shown.note)}.")
    dots = [(*cone.key(script.level, cell), "asked") for cell in cells]
    return draft.board("check", said, 3, [Cue(tuple(dots), motion.ENTER + 1)])


def _compared(cone: Cone) -> str:
    """Who ran what, and how well it agrees; a small count in words: it is no number of the picture."""
    script, layers = cone.script, len(cone.levels) - 1
    who, _, what = script.check_words().partition(": ")
    number, _, rest = what.partition(" ")
    if cone.base or not number.isdecimal():
        return script.check_words()
    ran = {1: "the layer", 2: "both layers"}.get(layers, f"all {phrases.count(layers, 'layer')}")
    return f"{who.replace(' gives ', f' ran {ran}: ', 1)}, {phrases.spelled(int(number))} {rest}"
