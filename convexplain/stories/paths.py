"""paths: every way from a sample to one output of a stack of layers.

The kernels slide, beams show what one output sees, and that comes closer. One path is walked through the taps it takes,
then another of the same sample; all of them are threads. Those of one sample multiply the same number, so they add up
to one weight under it, and the samples times these weights are the output. It answers "what does a second layer see?"
and "how large is the receptive field?".
"""

from __future__ import annotations

from collections.abc import Iterator

from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import CARD, FILM, TEXT, Board, Cue, Draft, Format
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import phrases
from convexplain.stories.many_layers import taps, walked
from convexplain.stories.many_layers.cone import Cone, is_whole
from convexplain.stories.many_layers.gathered import Towers, quick
from convexplain.stories.many_layers.overview import Overview, near
from convexplain.stories.many_layers.ways import Way, lowest
from convexplain.stories.script import Script

FIGURE = {1: ("path", "output"), 2: ("field", "path", "sample", "output")}
"""The boards of the composed figure, by how many panels stand side by side."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    cone = Cone(script, form, lowest(script))
    boards = [*Overview(cone).boards()]
    if cone.told is None:  # it sees nothing but zeros
        said = "All that this output reads are zeros of the padding."
        draft = near(cone, said)
        cone.dots(draft)
        return (*boards, draft.board("output", said, 5))
    towers = Towers(cone)
    boards += [_path(cone, cone.told), *_later(cone, cone.told), *_all(cone), _sample(cone, towers)]
    return (*boards, _joined(cone, towers), _output(cone, towers), *_next(cone, towers))


# one path


def _walk(cone: Cone, way: Way, said: str, passed: tuple[Way, ...] = ()) -> Draft:
    """A board with one path, its kernels and its products."""
    draft = near(cone, said)
    cone.samples(draft, [way.cells[0]])
    cone.dots(draft, list(zip(cone.levels[1:], way.cells[1:], strict=True)))
    walked.lay(cone, draft, way, passed)
    walked.multiply(cone, draft, way)
    return draft


def _path(cone: Cone, way: Way) -> Board:
    """All that the output sees comes closer at once, its kernels with it; then the first path is walked."""
    said = "A path takes one number of each kernel, a tap; their product is its weight."
    said = said if len(way.taps) > 1 else "A path takes one number of the kernel, a tap: its weight."
    draft = _walk(cone, way, said)
    rounded = phrases.rounding(cone.script)
    if rounded and not cone.form.points:
        pieces.remark(draft, ("rounded",), rounded)
    moved = tuple(key for key in draft.marks if key[0] not in ("caption", "remark"))
    named = tuple(key for key in moved if key[0] in ("name", "note"))  # with the rest, also where their words change
    cues = [Cue(moved, None, 1.6), Cue(named, motion.MOVE), *walked.cues(cone, way)]
    return draft.board("path", said, 4, cues)


def _later(cone: Cone, told: Way) -> list[Board]:
    """Another path of the same sample: by the next step of the same channel, where the kernel lies one step later."""
    sample, passed = told.cells[:2]
    after, others = Cell(passed.step + 1, passed.channel), [w for w in cone.paths if w.cells[0] == sample and w != told]
    if not others or len(cone.levels) < 3:
        return []
    way = max(others, key=lambda way: (way.is_on, way.cells[1] == after, abs(way.product.value)))
    thing = "sample" if not cone.base else "step"
    said = f"The same {thing} by another dot: other taps, so another weight."
    if cone.is_striped and way.cells[1] == after:
        k = walked.tap_key(way.taps[0])[2]
        said = f"At the next dot the kernel lies one step later: there sample {sample.step} meets tap {k}."
    cues = [Cue((("strip",), ("tap",)), motion.MOVE, None, "across first"), *walked.cues(cone, way)]
    return [_walk(cone, way, said, (told,)).board("later", said, 4, cues)]


# all paths


def _web(cone: Cone, said: str, off: bool = False) -> Draft:
    """A board with all paths, and how many they are."""
    draft = near(cone, said)
    cone.samples(draft)
    cone.dots(draft, off=off)
    cone.threads(draft, cone.paths, cone.thickness, fade=off)
    taps.park(cone, draft)
    walked.count(cone, draft, off)
    return draft


def _all(cone: Cone) -> Iterator[Board]:
    """All paths; then what a relu switches off, where it does."""
    said = "Each upper thread is one path; the lower ones are shared."
    said = said if len(cone.levels) == 3 else "Every sample of the field reaches the output."
    cues = [Cue((("strip",), ("tap",)), motion.MOVE, None, "down first")]
    for place, own in enumerate(cone.shown):
        lasts, beat = quick(place, len(cone.shown), 0.6), motion.ENTER + place
        for key, level, *_ in cone.edges(way for way in cone.paths if way.cells[0] == own.cell):
            cues.append(Cue((key,), beat, lasts, after=0.7 * lasts * (level - cone.levels[1])))
    cues = [*cues[::-1], Cue((("count",),), motion.ENTER + len(cone.shown))]
    yield _web(cone, said).board("all", said, 3, cues)
    if cone.ways.off:
        said = f"relu switches {phrases.count(cone.ways.off, 'path')} off: hollow dots are not above zero."
        yield _web(cone, said, True).board("off", said, 3)


# gathered by sample


def _sample(cone: Cone, towers: Towers) -> Board:
    """The paths of the told sample, each with its weight."""
    own, start = towers.told, towers.told.cell
    paths = [way for way in cone.paths if way.cells[0] == start and (way.is_on or not own.on)]
    thing, count, total = "sample" if not cone.base else "step", own.on or own.paths, cone.ways.count
    noun, total = ("paths that are on", total - cone.ways.off) if 0 < own.on < own.paths else ("paths", total)
    many = f"{phrases.sentence(phrases.spelled(count))} of {total:,} {noun}"
    said = f"{many} multiply {thing} {start.step}: only the sum of their weights counts."
    said = said if count > 1 else f"One path multiplies {thing} {start.step}: its weight is that of the {thing}."
    draft = near(cone, said)
    cone.samples(draft, [start])
    cone.dots(draft, {(level, cell) for way in paths for level, cell in zip(cone.levels, way.cells, strict=True)})
    cone.threads(draft, cone.paths, cone.thickness)
    meant = {key for key, *_ in cone.edges(paths)}
    draft.change(meant, size=tiles.MEANT, z=1)
    draft.change([key for key, *_ in cone.edges(cone.paths) if key not in meant], light=CARD, z=0)
    if towers.is_factored:
        walked.lay_taps(cone, draft, paths)
    towers.lay_grid(draft)
    taps.park(cone, draft)
    return draft.board("sample", said, 4, towers.grid_cues())


def _gathered(cone: Cone, towers: Towers, said: str, meant: bool) -> Draft:
    """A board with the samples and what their paths add up to, under each: its one weight."""
    draft = near(cone, said)
    cone.samples(draft)
    cone.output(draft)
    towers.lay(draft, meant)
    return draft


def _joined(cone: Cone, towers: Towers) -> Board:
    said = "The same for every sample: all its paths leave one weight."
    draft = _gathered(cone, towers, said, True)
    if towers.scale:
        pieces.remark(draft, ("scales",), towers.scale)
    return draft.board("joined", said, 4, towers.cues())


def _summed(cone: Cone, towers: Towers, said: str) -> Draft:
    """A board on which the samples times these weights are added up, and Keras's own number beside the sum."""
    draft, script, form = _gathered(cone, towers, said, False), cone.script, cone.form
    end, asked = towers.lay_total(draft, cone), script.asked(*cone.cell)
    if asked is not None and is_whole(script.written(asked), script.output(*cone.cell)):
        text, y = f"{script.check.library}: {script.written(asked).text}", cone.heights[script.level]
        mark = words(text, form.width - form.margin, y, TEXT, "ink", align=1)
        if mark.left > end + 40 and not form.is_narrow:
            draft.put("asked", ("asked", *cone.cell), mark)
    return draft


def _output(cone: Cone, towers: Towers) -> Board:
    """What one output sees, and what that adds up to."""
    script, several = cone.script, len(cone.channels[cone.base]) > 1
    of = f" of layer {cone.base}" if cone.base else " of the input" if several else ""
    many = phrases.count(len(cone.ways.joined), "number" if of else "sample") + of
    depth, so = len(cone.layers), "For this input" if cone.ways.off else "So"
    end = f": {phrases.count(depth, 'layer')} act as one." if cone.next is not None and depth > 1 else ", added up."
    said = f"{so} an output sees {many}, each times one weight{end}"
    draft = _summed(cone, towers, said)
    line = f"{'with the full numbers ' if script.shown.note else ''}{script.check_words()}"
    line = towers.scale if cone.form.points else f"{phrases.sentence(line)}."
    also = " For another input other paths may be on." if cone.ways.off else ""
    if line + also:
        pieces.remark(draft, ("check",), (line + also).strip())
    return draft.board("output", said, 4, [*towers.total_cues(), Cue((("asked",),), motion.ENTER + 2)])


def _next(cone: Cone, towers: Towers) -> Iterator[Board]:
    """Where every output has the same weights: over them the samples of the output beside, and what that is."""
    if cone.next is None:
        return
    beside, depth, name = cone.beside(), len(cone.layers), f"y{cone.script.level}"
    many = phrases.count(len(cone.ways.joined), "weight").removeprefix("one ")
    said = f"Output {cone.next.step} has the same {many}, as every output."
    if depth > 1:
        layers = phrases.count(depth, "layer")
        said = f"Output {cone.next.step} has the same weights, as all: without an activation {layers} act as one."
    draft = _summed(beside, towers, said)
    if depth > 1:
        pieces.remark(
            draft, ("why",), "Networks put an activation, such as relu, between layers so that two do more than one."
        )
        draft.change([key for key in draft.marks if key[0] == "remark"], role="ink")
    draft.change([(name, *beside.cell, "bar")], copy_of=(name, *cone.cell, "bar"))
    made = ("added", "beside"), ("asked", *beside.cell), (name, *beside.cell)
    cues = [Cue((("beside",),), motion.ENTER + 1), Cue(made, motion.ENTER + 2, 0.4)]
    yield draft.board("next", said, 5, [*cues, Cue((("remark", "why"),), motion.ENTER + 3)])
