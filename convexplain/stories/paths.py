"""paths: every way from a sample to one output of a stack of layers.

The kernels slide, and beams show what one output sees. One path is walked through the taps it takes; all of them are
strong threads; those of one sample multiply the same number, so each shrinks to its weight under the sample it starts
at, and these add up to one kernel, which slides on. It answers "what does a second layer see?" and
"how large is the receptive field?".
"""

from __future__ import annotations

from collections.abc import Iterable

from convexplain import style
from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import CARD, FILM, PARTIAL, TEXT, Board, Cue, Draft, Format
from convexplain.layers import Cell
from convexplain.stories import fan, gathered, onward, overview, phrases, taps, walked
from convexplain.stories.cone import Cone
from convexplain.stories.script import Script
from convexplain.stories.ways import Way, lowest

FIGURE = ("field", "all", "joined", "output")
FEW = 40
"""Fewer paths than these are drawn with thicker threads."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    cone = Cone(script, form, lowest(script))
    boards = [*overview.boards(cone), _dots(cone)]
    if cone.told is not None:
        boards += [_path(cone, cone.told), _product(cone, cone.told), _all(cone), *_off(cone)]
        boards += [*_sample(cone, cone.told), _gather(cone), _joined(cone), _kernel(cone)]
        boards += [] if cone.is_sliding else [_output(cone)]
    return (*boards, *onward.boards(cone))


def _draft(cone: Cone, said: str, lit: Iterable[int] = ()) -> Draft:
    """A board with its caption and its ruler."""
    draft = Draft(cone.form)
    pieces.caption(draft, said)
    pieces.ruler(draft, cone.close, lit=lit)
    return draft


def _thick(cone: Cone) -> float:
    """The thickness of a thread where all are drawn."""
    return tiles.THREAD if len(cone.paths) > FEW else tiles.MEANT


# one path


def _dots(cone: Cone) -> Board:
    several = len(cone.levels) > 2
    said = "Closer: all that this output is made of." if not several else "Closer: a dot for each number between."
    said = "Closer: each number of layer 1 is a disc now." if several and cone.has_values else said
    draft = _draft(cone, said)
    cone.every_sample(draft)
    cone.dots(draft)
    cone.close_beams(draft)
    if rounded := phrases.rounding(cone.script):
        pieces.remark(draft, ("rounded",), rounded)
    return draft.board("dots", said, 3)


def _walk(cone: Cone, way: Way, said: str, size: float = 0.0) -> Draft:
    """A board with one path and its kernels; its sample is written in a ``size``."""
    draft = _draft(cone, said, lit=[way.cells[0].step])
    cone.samples(draft, [way.cells[0]], [way.cells[0]] if size else (), size or PARTIAL)
    cone.dots(draft, list(zip(cone.levels[1:], way.cells[1:], strict=True)))
    walked.lay(cone, draft, way)
    return draft


def _path(cone: Cone, way: Way) -> Board:
    several = len(way.taps) > 1
    said = "One path takes one tap of each layer. Their product is its weight." if several else "A path takes one tap."
    draft = _walk(cone, way, said)
    walked.weigh(cone, draft, way)
    return draft.board("path", said, 4, walked.cues(cone, way))


def _product(cone: Cone, way: Way) -> Board:
    said = "The path adds its sample times its weight to the output."
    if cone.has_values:
        whole = cone.script.output(*cone.cell).text
        said = f"The path adds sample times weight to a sum that is {whole} in the end."
    draft = _walk(cone, way, said, PARTIAL)
    walked.give(cone, draft, way)
    cues = [
        Cue((("weight",),), motion.MOVE),
        Cue((("weight", "sign", "="),), motion.LEAVE, 0.4),
        Cue((("factor", "x"), ("weight", "sign", "×")), motion.ENTER + 1),
        Cue((("product",),), motion.ENTER + 2),
    ]
    return draft.board("product", said, 3, cues)


# all paths


def _all(cone: Cone) -> Board:
    said = "Every sample reaches the output. Each upper thread is one path."
    said = said if len(cone.levels) == 3 else "Every sample of the field reaches the output."
    draft = _draft(cone, said)
    cone.every_sample(draft)
    cone.dots(draft)
    cone.threads(draft, cone.paths, _thick(cone))
    taps.lay_tables(cone, draft)
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
    cone.threads(draft, cone.paths, _thick(cone), fade=True)
    taps.lay_tables(cone, draft)
    left = cone.ways.count - cone.ways.off
    walked.count(cone, draft, [(cone.ways.count, "paths"), (cone.ways.off, "off"), (left, "on")], style.MINUS, "off")
    return [draft.board("off", said, 3)]


def _sample(cone: Cone, told: Way) -> list[Board]:
    """The paths of the told sample, each with its weight; then why these add up."""
    start = told.cells[0]
    own = next(own for own in cone.shown if own.cell == start)
    paths = [way for way in cone.paths if way.cells[0] == start and (way.is_on or not own.on)]
    is_written = fan.weight_rows(cone, paths)[0] > 0
    alike = fan.is_alike(cone, own, paths)
    noun, count = "paths that are on" if 0 < own.on < own.paths else "paths", own.on or own.paths
    many = phrases.sentence(phrases.spelled(count))
    said = f"{many} {noun} start at sample {start.step}. "
    said += "Each weight is the product of its two taps." if alike else "All multiply it, so their weights add up."
    said = said if count > 1 else "This sample starts no other path."
    draft = _fan(cone, said, start, paths)
    if is_written:
        fan.lay_weights(cone, draft, paths)
    boards = [draft.board("sample", said, 3, fan.weight_cues(cone, paths) if is_written else [])]
    if alike:
        every = "Both" if count == 2 else f"All {phrases.spelled(count)}"
        said = f"{every} multiply the same sample, so their weights add up: {own.weight.text}."
        draft = _fan(cone, said, start, paths)
        fan.lay_alike(cone, draft, own, paths)
        boards.append(draft.board("alike", said, 4, fan.alike_cues(paths)))
    return boards


def _fan(cone: Cone, said: str, start: Cell, paths: list[Way]) -> Draft:
    """A board with the paths of one sample, each with its taps; the other paths recede."""
    draft = _draft(cone, said, lit=[start.step])
    cone.samples(draft, [start], [start] if cone.has_values else (), TEXT if cone.form.is_narrow else PARTIAL)
    cone.dots(draft, {(level, cell) for way in paths for level, cell in zip(cone.levels, way.cells, strict=True)})
    cone.threads(draft, cone.paths, _thick(cone))
    meant = {key for key, *_ in cone.edges(paths)}
    draft.change(meant, size=tiles.MEANT, z=1)
    draft.change([key for key, *_ in cone.edges(cone.paths) if key not in meant], light=CARD, z=0)
    taps.lay_tables(cone, draft)
    if cone.has_values and len(cone.levels) == 3:
        walked.lay_taps(cone, draft, paths)
        for way in paths:  # the tap goes with its thread, where that becomes a block
            chip = ("along", *next(iter(cone.edges([way])))[0])
            for part in {"bar", "digits"}.intersection(key[-1] for key in draft.marks if key[:-1] == chip):
                draft.change([(*chip, part)], goes_into=("way", *way.at, part))
    return draft


# gathered by sample


def _gather(cone: Cone) -> Board:
    """The weights of all paths, each under its sample."""
    said = "Each path becomes a block: plus climbs; minus, dim, comes down from there."
    draft = _draft(cone, said)
    cone.every_sample(draft)
    taps.lay_tables(cone, draft)
    gathered.lay_stacks(cone, draft, False)
    return draft.board("gather", said, 4, gathered.block_cues(cone))


def _joined(cone: Cone) -> Board:
    said = "Each sample gets one weight: the sum of its blocks."
    draft = _draft(cone, said)
    cone.every_sample(draft)
    taps.lay_tables(cone, draft)
    gathered.lay_stacks(cone, draft, True)
    return draft.board("joined", said, 4, gathered.sum_cues(cone))


def _kernel(cone: Cone) -> Board:
    several = len(cone.levels) - 1
    layers = {1: "the layer", 2: "both layers"}.get(several, f"all {phrases.count(several, 'layer')}")
    said = f"{phrases.count(len(cone.ways.joined), 'weight')} do the work of {layers}"
    if cone.ways.off:
        said = f"For this input, {said}: one kernel."
    elif cone.ways.bias is None:
        said = f"Only products and sums, no activation: {said}." if several > 1 else phrases.sentence(f"{said}.")
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
