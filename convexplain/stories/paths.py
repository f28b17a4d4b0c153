"""paths: every way from a sample to one output of a stack of layers.

The kernels slide, beams show what one output sees, and that comes closer. One path is walked through the numbers it
takes of kernels; then all of them are threads. Those of one sample multiply the same number, so they add up to one
weight under it, and the samples times these weights are the output. They slide on to the next output. It answers "what
does a second layer see?" and "how large is the receptive field?".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import staging
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.layers import Cell
from convexplain.stories import phrases
from convexplain.stories.many_layers import rows, walked, web
from convexplain.stories.many_layers.cone import Cone
from convexplain.stories.many_layers.gathered import Towers
from convexplain.stories.many_layers.overview import Overview
from convexplain.stories.many_layers.ways import Way, lowest
from convexplain.stories.script import Script

FIGURE = {1: ("path", "sample"), 2: ("field", "path", "sample", "output")}
"""The boards of the composed figure, by how many panels stand side by side."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    cone = Cone(script, form, lowest(script))
    boards = [*Overview(cone).boards()]
    if cone.told is None:  # it sees nothing but zeros
        said = "All that this output reads are zeros of the padding."
        draft = rows.draft(cone, said)
        rows.dots(cone, draft)
        return (*boards, draft.board("output", said, 5))
    towers = Towers(cone)
    boards += _path(cone, cone.told, boards[-1])
    boards += [*_all(cone, boards[-1]), _sample(cone, towers), _joined(cone, towers), _output(cone, towers)]
    return (*boards, *(_next(cone, towers, cone.next) if cone.next else ()))


# one path


def _close_by(cone: Cone, said: str, ways: Sequence[Way] = (), off: bool = False) -> Draft:
    """A board with the samples and the dots; what is not on some ``ways`` recedes."""
    draft = rows.draft(cone, said)
    rows.samples(cone, draft, None if off else {way.cells[0] for way in ways} or None)
    rows.dots(cone, draft, {cell for way in ways for cell in zip(cone.levels, way.cells, strict=True)}, off)
    return draft


def _closer(draft: Draft, before: Board) -> list[Cue]:
    """All that the output sees comes closer at once, with its names, while what it does not see goes."""
    seen = [key for key in before.marks if key[0] not in ("caption", "remark")]
    moved, gone = (tuple(key for key in seen if (key in draft.marks) == stays) for stays in (True, False))
    return [Cue(moved, staging.MOVE, 1.6), Cue(gone, staging.MOVE, 0.8)]


def _path(cone: Cone, way: Way, before: Board) -> Iterator[Board]:
    """What the output sees comes closer, and what is between becomes dots; then the first path is walked."""
    if len(cone.levels) > 2:
        said = "What this output sees comes closer. The numbers between become dots."
        draft = _close_by(cone, said)
        yield draft.board("dots", said, 3, _closer(draft, before))
    said = "A path takes one number from a kernel of each layer. Their product is its weight."
    said = said if len(way.taps) > 1 else "A path takes one number of the kernel. This is its weight."
    draft = _close_by(cone, said, [way])
    walked.lay(cone, draft, way)
    walked.multiply(cone, draft, way)
    walked.remark(draft, ("written",), *_written(cone))
    closer = [] if len(cone.levels) > 2 else _closer(draft, before)
    yield draft.board("path", said, 4, [*closer, *walked.cues(cone, way)])


def _written(cone: Cone) -> Iterator[str]:
    """What the numbers shown are: in which units they are written, and, not on paper, how they are rounded."""
    units, rounded = ", ".join(cone.script.shown.units), phrases.rounding(cone.script)
    units = f"Shown are {units}." * bool(units)
    many = "All numbers are written without their power of ten." * bool(units)
    short = "The numbers shown are rounded before anything is computed." * bool(rounded)
    if not cone.form.points:
        yield from (" ".join(filter(None, pair)) for pair in ((units, rounded), (units, short)))
    yield from (units, many)


# all paths


def _all(cone: Cone, before: Board) -> Iterator[Board]:
    """All paths, counted; then what a relu switches off, where it does."""
    many, lead = phrases.count(cone.ways.count, "path"), f"lead{'s' * (cone.ways.count == 1)}"
    start = f"layer {cone.base}" if cone.base else f"the sample{'s' * (len(cone.ways.joined) > 1)}"
    said = f"{phrases.sentence(many)} {lead} from {start} to this output."
    if web.column(cone):
        said = f"The kernels lie at each dot that they made. {phrases.sentence(many)} {lead} to this output."
    way = tuple(key for key in before.marks if key[0] == "edge")
    draft = _web(cone, said)
    walked.count(cone, draft)
    if any(cell.channel not in cone.channels[level] for level, cells in cone.read.items() for cell in cells):
        walked.remark(draft, ("drawn",), "Only some channels are drawn. All are counted.")
    yield draft.board("all", said, 3, [*_drawn(cone), Cue(way, staging.MOVE, 0.9)])
    if cone.ways.off:
        said = "Hollow dots are not above zero. A relu switches the paths through them off."
        draft = _web(cone, said, off=True)
        walked.count(cone, draft, off=True)
        yield draft.board("off", said, 3)


def _web(cone: Cone, said: str, lit: Sequence[Way] = (), off: bool = False) -> Draft:
    """A board with all paths, some of them ``lit``, or without what is ``off``."""
    draft = _close_by(cone, said, lit or cone.paths, off)
    web.threads(cone, draft, cone.paths, fade=off, lit=web.edges(cone, lit))
    walked.lay_kernel(cone, draft, cone.levels[-1], lit or cone.paths)
    walked.lay_met(cone, draft, lit or cone.paths)
    return draft


def _drawn(cone: Cone) -> Iterator[Cue]:
    """From the output on a dot's threads together, from below with its kernel and the factor that counts them; then
    what is made of all.
    """
    yield Cue((("count",),), staging.ENTER + len(cone.layers))
    for beat, level in enumerate(reversed(cone.layers), int(staging.ENTER)):
        late = min(0.6, 2.0 / len(cone.read[level]))
        yield from (Cue((("edge", level, *c),), beat, 0.6, after=n * late) for n, c in enumerate(cone.read[level]))
        yield Cue((("count", "all", beat - int(staging.ENTER)),), beat)
    every, told = web.edges(cone, cone.paths).values(), cone.told.cells[1] if cone.told else None
    for n, cell in enumerate(cone.read[level]):
        made = tuple((*edge.key, cell.step) for edge in every if edge.level == level and edge.cell == cell != told)
        yield Cue(made, beat, 0.5, "fade", after=n * late)


# gathered by sample


def _sample(cone: Cone, towers: Towers) -> Board:
    """The paths of the told sample, each with its weight."""
    own = towers.told
    paths = [way for way in cone.paths if way.cells[0] == own.cell and (way.is_on or not own.on)]
    many, are_on = phrases.count(own.on, "path"), " that are on" * (own.on < own.paths)
    said = f"The {many} of this {_noun(cone)}{are_on} multiply the same number. So their weights add up."
    if not own.on:
        said = f"A relu switches all paths of this {_noun(cone)} off. Its weight is 0."
    elif own.on == 1:
        said = f"The one path of this {_noun(cone)}{are_on.replace('are', 'is')} gives its weight."
    draft = _web(cone, said, paths)
    towers.lay_grid(draft)
    return draft.board("sample", said, 4, towers.grid_cues())


def _noun(cone: Cone) -> str:
    """What paths start at."""
    return "number" if cone.base else "sample"


def _joined(cone: Cone, towers: Towers) -> Board:
    said = f"The same holds for every {_noun(cone)}. Its paths join to one thread with one weight."
    draft = towers.lay(said, cone)
    walked.remark(draft, ("scales",), towers.scale)
    return draft.board("joined", said, 4, towers.cues(cone))


def _output(cone: Cone, towers: Towers) -> Board:
    """What one output sees, and what that adds up to."""
    samples = len(cone.ways.joined)
    many = phrases.count(samples, _noun(cone)) + f" of layer {cone.base}" * bool(cone.base)
    more = " plus biases" * (cone.ways.bias is not None)
    each = f", each times its weight, added up{more}" if samples > 1 else f" times its weight{more}"
    then = "" if cone.script.layer.is_linear else f", then {cone.script.layer.activation}"
    said = f"{'For this input' if cone.ways.off else 'So'} an output is {many}{each}{then}."
    draft = towers.lay(said, cone, True, "weights" if towers.is_written else "their sum")
    _check(cone, draft, towers, is_last=cone.next is None)
    return draft.board("output", said, 4, towers.total_cues())


def _check(cone: Cone, draft: Draft, towers: Towers, is_last: bool) -> None:
    """Below the last board what the library makes of the same; on paper what is to be said of the picture."""
    script, many = cone.script, cone.script.shape[0] * cone.script.shape[1]
    found, same = script.check_words(), "same outputs: "
    words = found.replace(f"{same}{many:,} compared", f"{same}this one and {many - 1:,} other{'s' * (many > 2)}")
    full = " and full numbers" * bool(script.shown.note)
    line = f"With {phrases.layers(script.level)}{full} {words.removeprefix('the library ' * bool(full))}." * is_last
    if cone.form.points:
        line = f"{towers.scale}{' For another input other paths may be on.' * (cone.ways.off > 0)}".strip()
    walked.remark(draft, ("check",), line)


def _next(cone: Cone, towers: Towers, to: Cell) -> Iterator[Board]:
    """The output beside has the same weights for its own samples, where all have."""
    name, beside = f"y{cone.script.level}", cone.beside(to)
    many = "weight" + "s" * (len(cone.ways.joined) > 1)
    is_one = len(cone.layers) > 1 and cone.script.layer.is_linear
    layers = " Layers that only multiply and add become one." * is_one
    which = "next" if to.step > cone.cell.step else "previous"
    said = f"The {which} output has the same {many}.{layers}"
    draft = towers.lay(said, beside, True, "one kernel" if is_one else "their sum")
    for part in ("bar", "digits"):
        draft.change({(name, *beside.cell, part)} & draft.marks.keys(), copy_of=(name, *cone.cell, part))
    _check(cone, draft, towers, is_last=True)
    yield draft.board("next", said, 5, [Cue((("adds",), ("added",), (name, *to)), staging.MOVE, 0.9)])
