"""paths: every way from a sample to one output of a stack of layers.

The kernels slide, and beams show what one output sees. One path is walked through the taps it takes; all of them are
strong threads; each shrinks to its weight under the sample it starts at, and these add up to one kernel, which slides
on. It answers "what does a second layer see?" and "how large is the receptive field?".
"""

from __future__ import annotations

from collections.abc import Iterable

from convexplain import style
from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import FILM, PARTIAL, Board, Cue, Draft, Format
from convexplain.stories import gathered, onward, overview, phrases, walked
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
        boards += [_path(cone, cone.told), _product(cone, cone.told), _sample(cone, cone.told), _all(cone)]
        boards += [*_off(cone), _gather(cone), _joined(cone), _kernel(cone), _output(cone)]
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
    said = "Its weight times its sample is what this path adds to the output."
    draft = _walk(cone, way, said, PARTIAL)
    walked.give(cone, draft, way)
    cues = [Cue((("factor", "x"),), motion.ENTER + 1), Cue((("product",),), motion.ENTER + 2)]
    return draft.board("product", said, 3, cues)


# all paths


def _all(cone: Cone) -> Board:
    said = "Every sample reaches the output. Each upper thread is one path."
    said = said if len(cone.levels) == 3 else "Every sample of the field reaches the output."
    draft = _draft(cone, said)
    cone.every_sample(draft)
    cone.dots(draft)
    cone.threads(draft, cone.paths, _thick(cone))
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
    left = cone.ways.count - cone.ways.off
    walked.count(cone, draft, [(cone.ways.count, "paths"), (cone.ways.off, "off"), (left, "on")], style.MINUS, "off")
    return [draft.board("off", said, 3)]


def _sample(cone: Cone, told: Way) -> Board:
    start = told.cells[0]
    own = next(own for own in cone.shown if own.cell == start)
    paths = [way for way in cone.paths if way.cells[0] == start and (way.is_on or not own.on)]
    is_written = gathered.weight_rows(cone, paths)[0] > 0
    noun, count = "paths that are on" if 0 < own.on < own.paths else "paths", own.on or own.paths
    many = phrases.sentence(phrases.spelled(count))
    added = {sum(way.at[::2]) for way in paths}
    later = start.step - cone.cell.step
    if is_written and cone.is_aligned and added == {later} and noun == "paths":
        where = "at the output’s own step" if not later else f"{phrases.count(later, 'step')} after the output"
        said = f"Sample {start.step} stands {where}: the tap numbers of its paths add up to {later}."
    else:
        said = f"{many} {noun} start at this sample" + (", each with a weight of its own." if is_written else ".")
    said = said if count > 1 else "This sample starts no other path."
    draft = _draft(cone, said, lit=[start.step])
    cone.samples(draft, [start])
    cone.dots(draft, {(level, cell) for way in paths for level, cell in zip(cone.levels, way.cells, strict=True)})
    cone.threads(draft, paths, tiles.MEANT)
    if is_written:
        gathered.lay_weights(cone, draft, paths)
    cues = gathered.weight_cues(cone, paths) if is_written else []
    return draft.board("sample", said, 3, [walked.left_behind(), *cues])


# gathered by sample


def _gather(cone: Cone) -> Board:
    """The weights of all paths, each under its sample."""
    said = "Each thread shrinks to a tile: its path’s weight, under the sample where it starts."
    if len(cone.levels) != 3:
        said = "Every path’s weight stands under the sample where its path starts."
    draft = _draft(cone, said)
    cone.every_sample(draft)
    gathered.lay_tiles(cone, draft)
    return draft.board("gather", said, 4, gathered.tile_cues(cone))


def _joined(cone: Cone) -> Board:
    said = "Pluses climb, minuses come down: each sample gets one weight, the sum."
    draft = _draft(cone, said)
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
        said = f"Nothing else is done between the layers, so {said}." if several > 1 else phrases.sentence(f"{said}.")
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
