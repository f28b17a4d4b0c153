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

FIGURE = ("field", "all", "joined", "output")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    cone = Cone(script, form, lowest(script))
    boards = [*Overview(cone).boards()]
    if cone.told is None:
        return (*boards, _answer(cone, None))
    towers = Towers(cone)
    boards += [_path(cone, cone.told), *_later(cone, cone.told), *_all(cone), _sample(cone, towers)]
    return (*boards, _joined(cone, towers), _output(cone, towers), _answer(cone, towers))


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
    said = "A path takes one tap of each layer: their product is the path’s weight."
    said = said if len(way.taps) > 1 else "A path takes one tap."
    return _walk(cone, way, said).board("path", said, 5, walked.cues(cone, way))


def _later(cone: Cone, told: Way) -> list[Board]:
    """Another path of the same sample: by the next step of the same channel, where the kernel lies one step later."""
    sample, passed = told.cells[:2]
    after, others = Cell(passed.step + 1, passed.channel), [w for w in cone.paths if w.cells[0] == sample and w != told]
    if not others or len(cone.levels) < 3:
        return []
    way = max(
        others, key=lambda way: (way.is_on, way.cells[1] == after, way.product.value != 0, abs(way.product.value))
    )
    thing = "sample" if not cone.base else "step"
    said = f"The same {thing} by another dot: other taps, so another weight."
    if cone.is_striped and way.cells[1] == after:
        k = walked.tap_key(way.taps[0])[2]
        said = f"At the next dot the kernel lies one step later: there sample {sample.step} meets tap {k}."
    return [_walk(cone, way, said, (told,)).board("later", said, 4, walked.cues(cone, way))]


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
    thing, count = "sample" if not cone.base else "step", own.on or own.paths
    noun, many = "paths that are on" if 0 < own.on < own.paths else "paths", phrases.sentence(phrases.spelled(count))
    said = f"{many} {noun} multiply {thing} {start.step}: so only the sum of their weights counts."
    said = said if count > 1 else f"One path multiplies {thing} {start.step}: its weight is that of the {thing}."
    draft = near(cone, said)
    cone.samples(draft, [start])
    cone.dots(draft, {(level, cell) for way in paths for level, cell in zip(cone.levels, way.cells, strict=True)})
    cone.threads(draft, cone.paths, cone.thickness)
    meant = {key for key, *_ in cone.edges(paths)}
    draft.change(meant, size=tiles.MEANT, z=1)
    draft.change([key for key, *_ in cone.edges(cone.paths) if key not in meant], light=CARD, z=0)
    if towers.is_worked:
        walked.lay_taps(cone, draft, paths)
    if towers.has_grid:
        towers.lay_grid(draft)
    taps.park(cone, draft)
    return draft.board("sample", said, 4, towers.grid_cues())


def _gathered(cone: Cone, towers: Towers | None, said: str, meant: bool) -> tuple[Draft, float]:
    """A board with the one weight of every sample, and, once their parts are not ``meant`` any more, with what these
    give; and where their sum ends.
    """
    draft = near(cone, said)
    if towers is None:
        cone.dots(draft)
        return draft, cone.aside
    cone.samples(draft)
    cone.output(draft)
    towers.lay(draft, meant)
    return draft, cone.aside if meant else towers.lay_total(draft)


def _joined(cone: Cone, towers: Towers) -> Board:
    said = "The same for every sample: all its paths leave one weight."
    return _gathered(cone, towers, said, True)[0].board("joined", said, 4, towers.cues())


def _output(cone: Cone, towers: Towers) -> Board:
    layer, each = cone.script.layer, "For this input each" if cone.ways.off else "Each"
    said = f"{each} sample times its one weight, added up{' with the biases' * (cone.ways.bias is not None)}"
    said += f"{'' if layer.is_linear else f', then {layer.activation}'}: the output."
    return _gathered(cone, towers, said, False)[0].board("output", said, 4, towers.total_cues())


def _answer(cone: Cone, towers: Towers | None) -> Board:
    """What one output sees, and Keras's own number, under the same picture."""
    script, form, several = cone.script, cone.form, len(cone.channels[cone.base]) > 1
    of = f" of layer {cone.base}" if cone.base else " of the input" if several else ""
    many = phrases.count(len(cone.ways.joined), "number" if of else "sample") + of
    so = "For this input" if cone.ways.off else "So"
    said = f"{so} one output of layer {script.level} sees {many}, each times one weight."
    (draft, end), asked = _gathered(cone, towers, said, False), script.asked(*cone.cell)
    if asked is not None and is_whole(script.written(asked), script.output(*cone.cell)):
        text, y = f"{script.check.library}: {script.written(asked).text}", cone.heights[script.level]
        mark = words(text, form.width - form.margin, y, TEXT, "ink", align=1)
        if mark.left > end + 40 and not form.is_narrow:
            draft.put("asked", ("asked",), mark)
    line = f"{'with the full numbers ' if script.shown.note else ''}{script.check_words()}"
    pieces.remark(draft, ("check",), f"{phrases.sentence(line)}.")
    return draft.board("answer", said, 5, [Cue((("asked",),), motion.ENTER + 1)])
