"""paths: every way from a sample to one output of a stack of layers.

The cone of what an output sees opens layer by layer. One path is walked, its taps read off along it; all of them are a
fan; gathered under the samples they start at, they add up to one weight each. It answers "what does a second layer
see?" and "how large is the receptive field?".
"""

from __future__ import annotations

from collections.abc import Iterable

from convexplain import style
from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import FILM, HERO, PARTIAL, SMALL, TEXT, About, Board, Cue, Draft, Format, Key, Mark
from convexplain.board.pieces import Axis, Number, Part
from convexplain.board.text import advance, words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import gathered, phrases
from convexplain.stories.cone import MOST_STEPS, Cone, columns, is_whole
from convexplain.stories.script import Script
from convexplain.stories.ways import Joined, Way, lowest

FIGURE = ("window 2", "all", "joined", "output")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    cone = Cone(script, form, lowest(script))
    boards = [_levels(cone), *_windows(cone), _dots(cone)]
    if cone.told is not None:
        boards += [_path(cone), _weight(cone), _sample(cone), _all(cone), *_off(cone), _gather(cone), _joined(cone)]
        boards += [_kernel(cone), _output(cone)]
    boards.append(_check(cone))
    return tuple(boards)


def _draft(cone: Cone, said: str, wide: bool = False, lit: Iterable[int] = ()) -> Draft:
    draft = Draft(cone.form)
    pieces.caption(draft, said)
    pieces.ruler(draft, cone.wide if wide else cone.close, lit=lit)
    return draft


# what an output sees


def _levels(cone: Cone) -> Board:
    depth = len(cone.levels) - 1
    said = {1: "One layer reads the input.", 2: "Two layers: the second reads what the first wrote."}
    told = said.get(depth, f"{phrases.sentence(phrases.count(depth, 'layer'))}: each reads what the one before wrote.")
    draft = _draft(cone, told, True)
    cone.signals(draft)
    return draft.board("levels", told, 3)


def _windows(cone: Cone) -> list[Board]:
    """One board a level, downwards from the output: what is seen there."""
    return [_window(cone, depth) for depth in range(1, len(cone.levels))]


def _field(cone: Cone, seen: int) -> str:
    """How large the receptive field is, and how many of its steps are samples that are read."""
    size = cone.script.source.stack.receptive_field(cone.script.level) if not cone.base else seen
    field = f"a receptive field of {phrases.count(size, '')[:-2]}"
    return field if seen == size else f"{phrases.count(seen, '')[:-2]}, in {field}"


def _window(cone: Cone, depth: int) -> Board:
    level = cone.script.level - depth
    steps = {n: len({cell.step for cell in cone.read[n]}) for n in cone.levels}
    channels = len({cell.channel for cell in cone.read[level]})
    of = f" of {phrases.count(channels, 'channel')}" if channels > 1 else ""
    thing = "step" if level else "sample"
    if depth == 1:
        said = f"One output sees its window: {phrases.count(steps[level], thing)}{of}."
    else:
        said = f"Each of those sees {phrases.count(cone.layers[level + 1].kernel_size, thing)}"
        said += f": {_field(cone, steps[level])}." if level == cone.base else f": {steps[level]} in all."
    draft = _draft(cone, said, True)
    rows = cone.signals(draft, {n: cone.read[n] for n in cone.levels if n >= level})
    out = draft.marks[(*cone.key(cone.script.level, cone.cell), "bar")]
    below = (out.left, out.right, out.top - 6)
    right = cone.form.width - cone.form.margin
    pieces.note(draft, ("steps",), "steps seen", right, pieces.RULER, 1)
    for n in range(cone.script.level, level - 1, -1):
        if n < cone.script.level:
            cone.frame(draft, n, rows[n], below)
            below = (*cone.span(cone.wide, n), rows[n][0] + 6)
        y, said_count = sum(rows[n]) / 2, words(str(steps[n]), right, 0, PARTIAL, align=1)
        draft.put("seen", ("seen", n), said_count.at(y=y))
    return draft.board(f"window {depth}", said, 3)


# one path


def _dots(cone: Cone) -> Board:
    said = "Closer: each number between is a dot, its channels side by side."
    if len(cone.levels) == 2:
        said = "Closer: the output is a dot."
    draft = _draft(cone, said)
    cone.samples(draft)
    cone.dots(draft)
    if rounded := (cone.script.shown.note or "").partition(";")[0]:
        pieces.remark(draft, ("rounded",), f"{phrases.sentence(rounded)}.")
    return draft.board("dots", said, 3)


def _monomial(cone: Cone, way: Way) -> list[Part]:
    """The symbols of a path, the output's layer first."""
    parts = []
    for tap in reversed(way.taps):
        assert tap.about is not None
        layer, *index = tap.about[1:]
        name = f"w{layer}"
        parts += [Part(name, "*w*"), Part(f"{name} number", str(layer), small=True)]
        parts.append(Part(f"{name} index", f"[{', '.join(map(str, index))}]  "))
    array = [Part("x", "*x*")] if not cone.base else [Part("x", "*y*"), Part("x number", str(cone.base), small=True)]
    return [*parts, *array, Part("x index", f"[{', '.join(map(str, way.cells[0]))}]")]


def _along(cone: Cone, draft: Draft, way: Way) -> None:
    """The taps of a path, each beside its thread."""
    heights = list(cone.heights().values())
    gap = heights[-1] - heights[-2]
    size = PARTIAL if gap > 2.6 * PARTIAL else TEXT
    for (key, *_), tap in zip(cone.edges([way]), way.taps, strict=True):
        thread = draft.marks[key]
        x, y = tiles.middle(thread)
        across, down = thread.points[-2] - thread.points[0], thread.points[-1] - thread.points[1]
        flat = min(1.0, abs(across) / max(1.0, down))  # beside the thread, on the side it turns away from
        drop = (-0.75 if across > 0 else 0.75) * flat - 0.3 * (1 - flat)
        mark = words(benches.factor(tap), x + 26, y + drop * min(size, 0.35 * gap), size, align=-1, about=tap.about)
        draft.put("along", ("along", *key), mark)


def _beside(cone: Cone, draft: Draft, key: Key, out: Mark, markup: str, about: About | None) -> None:
    """A result beside the output's dot, on the side where there is more room."""
    left, right = out.left - 24 - cone.form.names, cone.form.width - cone.form.margin - out.right - 24
    sizes = (HERO, PARTIAL, TEXT) if not cone.form.is_narrow else (PARTIAL, TEXT)
    size = benches.fitting(max(left, right), [markup], sizes)
    x, align = (out.right + 24, -1) if right >= left else (out.left - 24, 1)
    draft.put("result", key, words(markup, x, out.y, size, align=align, about=about))


def _path(cone: Cone) -> Board:
    way = cone.told
    assert way is not None
    said = "One path: one tap of each layer."
    draft = _draft(cone, said, lit=[way.cells[0].step])
    cone.samples(draft, [way.cells[0]], [way.cells[0]], PARTIAL)
    cone.dots(draft, set(zip(cone.levels, way.cells, strict=True)))
    cone.threads(draft, [way], tiles.MEANT)
    _along(cone, draft, way)
    out = draft.marks[(*cone.key(cone.script.level, cone.cell), "bar")]
    _beside(cone, draft, ("product", "digits"), out, f"= {way.product.text}", way.product.about)
    pieces.formula(draft, _monomial(cone, way))
    edges = [key for key, *_ in cone.edges([way])]
    cues = []
    for place, key in enumerate(edges):
        cues += [Cue((key,), motion.ENTER + 2 * place), Cue((("along", *key),), motion.ENTER + 2 * place + 1)]
        name = f"w{cone.levels[place + 1]}"
        written = tuple(("formula", f"{name}{part}") for part in ("", " number", " index"))
        cues.append(Cue(written, motion.ENTER + 2 * place + 1))
    cues.append(Cue((("product",),), motion.ENTER + 2 * len(edges)))
    return draft.board("path", said, 4, cues)


def _weight(cone: Cone) -> Board:
    way = cone.told
    assert way is not None
    said = "Its taps alone multiply to the path’s weight." if len(way.taps) > 1 else "Its tap is the path’s weight."
    draft = _draft(cone, said)
    cone.samples(draft, [])
    cone.dots(draft, set(zip(cone.levels[1:], way.cells[1:], strict=True)))
    cone.threads(draft, [way], tiles.MEANT)
    _along(cone, draft, way)
    out = draft.marks[(*cone.key(cone.script.level, cone.cell), "bar")]
    _beside(cone, draft, ("weight", "digits"), out, way.weight.text, way.weight.about)
    parts = _monomial(cone, way)
    names = [part.name for part in parts]
    pieces.formula(draft, parts, shown=names[: names.index("x")])
    return draft.board("weight", said, 3)


# all paths


def _of_sample(cone: Cone) -> tuple[Joined, list[Way]]:
    """The told path's sample, and the paths that start there."""
    assert cone.told is not None
    start = cone.told.cells[0]
    return next(o for o in cone.shown if o.cell == start), [way for way in cone.paths if way.cells[0] == start]


def _sample(cone: Cone) -> Board:
    own, paths = _of_sample(cone)
    said = f"This sample starts {phrases.count(own.count, 'path')}, each with a weight of its own."
    if own.count == 1:
        said = "This sample starts no other path."
    draft = _draft(cone, said, lit=[own.cell.step])
    cone.samples(draft, [own.cell])
    cone.dots(draft, {(level, cell) for way in paths for level, cell in zip(cone.levels, way.cells, strict=True)})
    cone.threads(draft, paths, 4.0)
    if len(cone.levels) == 3 and cone.slot(cone.close, cone.levels[1]) > 100:
        for way in paths:
            disc = draft.marks[(*cone.key(cone.levels[1], way.cells[1]), "bar")]
            mark = words(way.weight.text, disc.right + 8, disc.y + 34, TEXT, align=-1, about=way.weight.about)
            draft.put("way", ("way", *way.at, "digits"), mark)
    return draft.board("sample", said, 3)


def _factors(cone: Cone) -> list[tuple[int, str]]:
    """What the number of paths is the product of; nothing where some start in the padding."""
    factors = []
    for level in reversed(cone.levels[1:]):
        layer, channels = cone.layers[level], cone.script.source.stack.shapes[level - 1][1]
        factors.append((layer.kernel_size, "taps" if layer.kernel_size > 1 else "tap"))
        if channels // layer.groups > 1:
            factors.append((channels // layer.groups, "channels"))
    product = 1
    for number, _ in factors:
        product *= number
    return factors[::-1] if product == cone.ways.count and len(factors) > 1 else []


def _counted(cone: Cone, draft: Draft) -> None:
    """The number of all paths, large, and what it is the product of."""
    _line(cone, draft, [*_factors(cone), (cone.ways.count, "paths" if cone.ways.count > 1 else "path")], "×")


def _line(cone: Cone, draft: Draft, entries: list[tuple[int, str]], sign: str) -> None:
    """A calculation with counted things, where the fan leaves room."""
    form, size = cone.form, TEXT if cone.form.is_narrow else PARTIAL
    widths = [max(advance(((f"{n:,}", "roman"),)) * size, advance(((name, "roman"),)) * SMALL) for n, name in entries]
    pitch = max(widths) + 0.7 * size
    width = pitch * len(entries)
    out = draft.marks[(*cone.key(cone.script.level, cone.cell), "bar")]
    right = form.width - form.margin
    x = right - width if right - out.x > out.x - form.names else form.names
    y, end = form.height - 156 - 80, 0.0
    for place, (number, name) in enumerate(entries):
        last, at = place == len(entries) - 1, x + (place + 0.5) * pitch
        mark = draft.put("count", ("count", "all" if last else place), words(f"{number:,}", at, y, size))
        if place:
            sign_mark = words("=" if last else sign, (end + mark.left) / 2, y, size, "quiet")
            draft.put("count", ("count", place, "sign"), sign_mark)
        end = mark.right
        draft.put("count", ("count", place, "name"), words(name, at, y + 0.5 * size + 28, SMALL, "quiet"))


def _all(cone: Cone) -> Board:
    said = "Every sample of the field reaches the output."
    draft = _draft(cone, said)
    cone.samples(draft)
    cone.dots(draft)
    cone.threads(draft, cone.paths, tiles.THREAD if len(cone.paths) > 40 else 4.0)
    _counted(cone, draft)
    start, cues = cone.told.cells[0] if cone.told else None, []
    for place, own in enumerate(own for own in cone.shown if own.cell != start):
        new = {key for key, *_ in cone.edges(way for way in cone.paths if way.cells[0] == own.cell)}
        cues.append(Cue(tuple(new), motion.ENTER + place, gathered.quick(place, len(cone.shown), 0.6)))
    return draft.board("all", said, 3, [*cues[::-1], Cue((("count",),), motion.ENTER + len(cone.shown))])


def _off(cone: Cone) -> list[Board]:
    """What a relu switches off, where it does."""
    if not cone.ways.off:
        return []
    many = phrases.count(cone.ways.off, "path")
    said = f"relu switches {many} off: the dots that are not above zero."
    draft = _draft(cone, said)
    cone.samples(draft)
    cone.dots(draft)
    cone.threads(draft, cone.paths, tiles.THREAD if len(cone.paths) > 40 else 4.0, fade=True)
    left = cone.ways.count - cone.ways.off
    _line(cone, draft, [(cone.ways.count, "paths"), (cone.ways.off, "off"), (left, "on")], style.MINUS)
    return [draft.board("off", said, 3)]


# gathered by sample


def _gather(cone: Cone) -> Board:
    said = "Each path goes home to the sample it starts at."
    draft = _draft(cone, said)
    cone.samples(draft)
    gathered.lay_tiles(cone, draft)
    return draft.board("gather", said, 3, gathered.tile_cues(cone))


def _joined(cone: Cone) -> Board:
    said = "Pluses climb, minuses come down: one weight for each sample."
    draft = _draft(cone, said, lit=[cone.told.cells[0].step] if cone.told else ())
    cone.samples(draft)
    gathered.lay_stacks(cone, draft)
    return draft.board("joined", said, 4, gathered.stack_cues(cone))


def _kernel(cone: Cone) -> Board:
    said = phrases.count(len(cone.ways.joined), "weight")
    layers = {2: "the layer", 3: "both layers"}.get(len(cone.levels), f"all {phrases.count(len(cone.levels) - 1, 'layer')}")
    said = f"{said} do the work of {layers}: one kernel."
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


def _check(cone: Cone) -> Board:
    script, (steps, _) = cone.script, cone.script.shape
    axis = Axis.over(Draft(cone.form), columns(range(steps), MOST_STEPS), steps)
    said, more = phrases.verdict(script.check_words())
    draft = Draft(cone.form)
    pieces.caption(draft, said)
    pieces.ruler(draft, axis)
    numbers = {step: Number(script.full(step, cone.cell.channel), "") for step in axis.shown}
    up, down = benches.extent(number.value for number in numbers.values())
    room = cone.form.height - 156 - benches.TOP - 120
    unit = benches.unit_of(room, up + down, [number.value for number in numbers.values()], 66.0)
    foot = max(benches.TOP + 20 + up * unit, 330.0)
    pieces.baseline(draft, ("level", script.level), axis.left, axis.right, foot)
    pieces.name(draft, ("level", script.level), "output", foot, "ink")
    for step, number in numbers.items():
        cell, x = Cell(step, cone.cell.channel), axis.x(step)
        key, about = cone.key(script.level, cell), ("cell", script.level, *cell)
        pieces.column(draft, key, number._replace(about=about), x, foot, axis.bar, unit, "output", True, is_whole(number))
        asked = script.asked(*cell)
        if asked is not None:
            pieces.compared(draft, (*key, "asked"), x + axis.bar / 2 + 14, foot - float(asked) * unit)
    pieces.legend(draft, [("output", "bar", "formula"), ("kernel", "dot", script.check.library)])
    more = f"with the full numbers, {more}" if script.shown.is_rounded else more
    pieces.remark(draft, ("check",), f"{phrases.sentence(more)}.")
    return draft.board("check", said, 3)
