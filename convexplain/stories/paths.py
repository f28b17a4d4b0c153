"""paths: every way from a sample to one output of a stack of layers.

The kernels slide, and beams show what one output sees. One path is walked through the taps it takes; all of them are
strong threads; those of one sample multiply the same number, so each shrinks to its weight under the sample it starts
at, and these add up to one kernel, which slides on. It answers "what does a second layer see?" and
"how large is the receptive field?".
"""

from __future__ import annotations

from convexplain import style
from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import CARD, FILM, Board, Cue, Draft, Format
from convexplain.layers import Cell
from convexplain.stories import phrases
from convexplain.stories.many_layers import fan, gathered, onward, overview, walked
from convexplain.stories.many_layers.cone import STEP, Cone
from convexplain.stories.many_layers.ways import Joined, Way, lowest
from convexplain.stories.script import Script

FIGURE = ("field", "all", "joined", "output")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    cone = Cone(script, form, lowest(script))
    boards = [*overview.boards(cone), _dots(cone)]
    if cone.told is not None:
        boards += [_path(cone, cone.told), _product(cone, cone.told), *_later(cone, cone.told), _all(cone), *_off(cone)]
        boards += [_sample(cone, cone.told), *_gather(cone)]
    return (*boards, *onward.boards(cone))


def _draft(cone: Cone, said: str) -> Draft:
    """A board with its caption and its ruler."""
    draft = Draft(cone.form)
    pieces.caption(draft, said)
    pieces.ruler(draft, cone.close, STEP)
    return draft


# one path


def _dots(cone: Cone) -> Board:
    several = {2: "all that this output is made of", 3: f"a dot for each number of layer {cone.levels[1]}"}
    said = f"Closer: {several.get(len(cone.levels), 'a dot for each number between')}."
    draft = _draft(cone, said)
    cone.every_sample(draft)
    cone.dots(draft)
    cone.close_beams(draft)
    if rounded := phrases.rounding(cone.script):
        pieces.remark(draft, ("rounded",), rounded)
    return draft.board("dots", said, 3)


def _walk(cone: Cone, way: Way, said: str) -> Draft:
    """A board with one path and its kernels."""
    draft = _draft(cone, said)
    cone.samples(draft, [way.cells[0]])
    cone.dots(draft, list(zip(cone.levels[1:], way.cells[1:], strict=True)))
    walked.lay(cone, draft, way)
    return draft


def _path(cone: Cone, way: Way) -> Board:
    several = len(way.taps) > 1
    said = "One path passes one channel, by one tap of each layer: their product is its weight."
    said = said if several else "A path takes one tap."
    draft = _walk(cone, way, said)
    walked.weigh(cone, draft, way)
    return draft.board("path", said, 4, walked.cues(cone, way))


def _product(cone: Cone, way: Way) -> Board:
    said = "Its sample times its weight is what the path adds to the output."
    draft = _walk(cone, way, said)
    walked.give(cone, draft, way)
    cues = [
        Cue((("weight",),), motion.MOVE),
        Cue((("weight", "sign", "="),), motion.LEAVE, 0.4),
        Cue((("factor", "x"), ("weight", "sign", "×")), motion.ENTER + 1),
        Cue((("product",),), motion.ENTER + 2),
    ]
    return draft.board("product", said, 3, cues)


def _later(cone: Cone, told: Way) -> list[Board]:
    """The path of the same sample by the next step of the same channel: there the kernel lies one step later."""
    sample, passed = told.cells[:2]
    after = Cell(passed.step + 1, passed.channel)
    way = next((way for way in cone.paths if way.cells[:2] == (sample, after)), None)
    if way is None or not cone.is_striped or len(cone.levels) != 3:
        return []
    k = walked.tap_key(way.taps[0])[2]
    said = f"At the next dot the kernel lies one step later: there sample {sample.step} meets tap {k}."
    cues = [*walked.cues(cone, way), Cue((("weight",),), motion.LEAVE)]
    return [_walk(cone, way, said).board("later", said, 3, cues)]


# all paths


def _all(cone: Cone) -> Board:
    said = "Each upper thread is one path; the lower ones are shared."
    said = said if len(cone.levels) == 3 else "Every sample of the field reaches the output."
    draft = _draft(cone, said)
    cone.every_sample(draft)
    cone.dots(draft)
    cone.threads(draft, cone.paths, cone.thickness)
    walked.lay_kernels(cone, draft)
    walked.count(cone, draft, [*walked.factors(cone), (cone.ways.count, "paths")], "×")
    cues = []
    for place, own in enumerate(cone.shown):
        lasts, beat = gathered.quick(place, len(cone.shown), 0.6), motion.ENTER + place
        for key, level, *_ in cone.edges(way for way in cone.paths if way.cells[0] == own.cell):
            cues.append(Cue((key,), beat, lasts, after=0.7 * lasts * (level - cone.levels[1])))
    return draft.board("all", said, 3, [*cues[::-1], Cue((("count",),), motion.ENTER + len(cone.shown))])


def _off(cone: Cone) -> list[Board]:
    """What a relu switches off, where it does."""
    if not cone.ways.off:
        return []
    said = f"relu switches {phrases.count(cone.ways.off, 'path')} off: hollow dots are not above zero."
    draft = _draft(cone, said)
    cone.every_sample(draft)
    cone.dots(draft, off=True)
    cone.threads(draft, cone.paths, cone.thickness, fade=True)
    left = cone.ways.count - cone.ways.off
    walked.count(cone, draft, [(cone.ways.count, "paths"), (cone.ways.off, "off"), (left, "on")], style.MINUS, "off")
    return [draft.board("off", said, 3)]


def _sample(cone: Cone, told: Way) -> Board:
    """The paths of the told sample, each with its weight."""
    start = told.cells[0]
    own = next(own for own in cone.shown if own.cell == start)
    paths = [way for way in cone.paths if way.cells[0] == start and (way.is_on or not own.on)]
    is_worked = fan.is_worked(cone, paths)
    noun, count = "paths that are on" if 0 < own.on < own.paths else "paths", own.on or own.paths
    many = phrases.sentence(phrases.spelled(count))
    said = f"{many} {noun} start at sample {start.step}. "
    said += f"Each weight is the product of its {'two ' if is_worked else ''}taps."
    said = said if count > 1 else "This sample starts no other path."
    draft = _draft(cone, said)
    cone.samples(draft, [start])
    cone.dots(draft, {(level, cell) for way in paths for level, cell in zip(cone.levels, way.cells, strict=True)})
    cone.threads(draft, cone.paths, cone.thickness)
    meant = {key for key, *_ in cone.edges(paths)}
    draft.change(meant, size=tiles.MEANT, z=1)
    draft.change([key for key, *_ in cone.edges(cone.paths) if key not in meant], light=CARD, z=0)
    if is_worked:
        walked.lay_taps(cone, draft, paths)
    fan.lay_weights(cone, draft, paths)
    return draft.board("sample", said, 3, fan.weight_cues(cone, paths))


# gathered by sample


def _gather(cone: Cone) -> list[Board]:
    """The weights of the told path's sample and their sum; then those of the others."""
    towers = gathered.Towers(cone)
    told = next(own for own in cone.shown if gathered.is_told(cone, own))
    others = [own for own in cone.shown if own is not told]
    count = told.on or told.paths
    every = "Both" if count == 2 else f"All {phrases.spelled(count)}"
    said = f"{every} weights multiply the same sample, so only their sum counts."
    said = said if count > 1 else f"It is the one weight of sample {told.cell.step}."
    first = _towers(cone, towers, said, [told])
    boards = [first.board("gather" if others else "joined", said, 4, towers.cues([told]))]
    if others:
        said = "The same for every sample: its paths leave one weight."
        boards.append(_towers(cone, towers, said, cone.shown).board("joined", said, 4, towers.cues(others)))
    return boards


def _towers(cone: Cone, towers: gathered.Towers, said: str, made: list[Joined]) -> Draft:
    """A board with the towers of some samples."""
    draft = _draft(cone, said)
    cone.every_sample(draft)
    towers.lay(draft, made)
    return draft
