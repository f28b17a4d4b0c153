"""paths: every way from a sample to one output of a stack of layers.

The kernels slide, beams show what one output sees, and that comes closer. One path is walked through the taps it takes,
then another of the same sample; all of them are threads. Those of one sample multiply the same number, so they add up
to one weight under it, and the samples times these weights are the output. They slide on to the next output, until a
relu switches paths off. It answers "what does a second layer see?" and "how large is the receptive field?".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import staging
from convexplain.board.marks import FILM, SMALL, TEXT, Board, Cue, Draft, Format, bar
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_layers import walked, web
from convexplain.stories.many_layers.cone import BROAD, Cone, is_whole
from convexplain.stories.many_layers.gathered import Towers
from convexplain.stories.many_layers.overview import Overview
from convexplain.stories.many_layers.walked import addend
from convexplain.stories.many_layers.ways import Joined, Way, lowest
from convexplain.stories.script import Script

FIGURE = {1: ("path", "output"), 2: ("field", "path", "sample", "output")}
"""The boards of the composed figure, by how many panels stand side by side."""
NEAR = 100
"""Among so many outputs another is looked for that a relu leaves other weights."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    cone = Cone(script, form, lowest(script))
    boards = [*Overview(cone).boards()]
    if cone.told is None:  # it sees nothing but zeros
        said = "All that this output reads are zeros of the padding."
        draft = cone.draft(said)
        walked.dots(cone, draft)
        return (*boards, draft.board("output", said, 5))
    towers = Towers(cone)
    boards += _dots(cone, boards[-1])
    boards += [_path(cone, cone.told, boards[-1]), *_later(cone, cone.told)]
    boards += [*_all(cone, boards[-1]), _sample(cone, towers), _joined(cone, towers), _output(cone, towers)]
    return (*boards, *(_next(cone, towers, cone.next) if cone.next else ()))


# one path


def _close_by(cone: Cone, said: str, ways: Sequence[Way] = (), off: bool = False) -> Draft:
    """A board with the samples and the dots; what is not on some ``ways`` recedes."""
    draft = cone.draft(said)
    walked.samples(cone, draft, None if off else {way.cells[0] for way in ways} or None)
    walked.dots(cone, draft, {cell for way in ways for cell in zip(cone.levels, way.cells, strict=True)}, off)
    return draft


def _closer(draft: Draft, before: Board) -> list[Cue]:
    """What the output does not see goes; then all that it sees comes closer at once, with its names."""
    gone = tuple(key for key in before.marks if key not in draft.marks and key[0] not in ("caption", "remark"))
    moved = tuple(key for key in draft.marks if key in before.marks and key[0] not in ("caption", "remark"))
    kernels = tuple(key for key in moved if key[0] in ("strip", "tap"))
    return [Cue(gone, staging.LEAVE, 0.8), Cue(moved, staging.MOVE, 1.6), Cue(kernels, staging.MOVE, 1.6, "down first")]


def _dots(cone: Cone, before: Board) -> Iterator[Board]:
    """What the output sees comes closer, and what is between becomes dots."""
    if len(cone.levels) > 2:
        said = "Only what this output sees: its samples, and dots for the numbers between."
        draft = _close_by(cone, said)
        walked.park(cone, draft)
        yield draft.board("dots", said, 3, _closer(draft, before))


def _walk(cone: Cone, way: Way, said: str) -> Draft:
    """A board with one path, its kernels and its products."""
    draft = _close_by(cone, said, [way])
    walked.lay(cone, draft, way)
    walked.multiply(cone, draft, way)
    return draft


def _path(cone: Cone, way: Way, before: Board) -> Board:
    """The first path is walked."""
    said = "A path takes one number of a kernel in each layer; their product is its weight."
    said = said if len(way.taps) > 1 else "A path takes one number of the kernel: its weight."
    draft = _walk(cone, way, said)
    web.coded(cone, draft, way)
    walked.remark(draft, ("written",), *_written(cone))
    closer = [] if len(cone.levels) > 2 else _closer(draft, before)
    coded = Cue((("note", "coded"),), staging.ENTER + 1)
    return draft.board("path", said, 4, [*closer, coded, *walked.cues(cone, way)])


def _written(cone: Cone) -> Iterator[str]:
    """What the numbers shown are: in which units they are written, and, not on paper, how they are rounded."""
    units, rounded = ", ".join(cone.script.shown.units), phrases.rounding(cone.script)
    units = f"Shown are {units}." * bool(units)
    many = "All numbers are written without their power of ten." * bool(units)
    short = "The numbers shown are rounded before anything is computed." * bool(rounded)
    if not cone.form.points:
        yield from (" ".join(filter(None, pair)) for pair in ((units, rounded), (units, short)))
    yield from (units, many)


def _later(cone: Cone, told: Way) -> Iterator[Board]:
    """Where kernels are seen, the same sample by the next step of a channel: there the kernel has slid on."""
    sample, passed = told.cells[:2]
    after = Cell(passed.step + 1, passed.channel)
    for way in cone.paths if cone.is_striped else ():
        if way.cells[:2] == (sample, after):
            said = f"At step {after.step} this kernel lies one step later: there {cone.called(sample)} meets its "
            said += f"{way.taps[0].text}, not its {told.taps[0].text}."
            yield _walk(cone, way, said).board("later", said, 4, walked.cues(cone, way))


# all paths


def _web(cone: Cone, said: str, off: bool = False, lit: Sequence[Way] | None = None) -> Draft:
    """A board with all paths, some of them ``lit``; all are counted, or another output comes from the dots."""
    draft = _close_by(cone, said, lit or cone.paths, off)
    web.threads(cone, draft, cone.paths, fade=off, lit=web.edges(cone, lit or ()))
    walked.park(cone, draft)
    if cone.cell != cone.script.cell and cone.is_striped:
        terms, right = walked.worked(cone, cone.script.level, cone.cell), cone.form.width - cone.form.margin
        sizes = (TEXT, 36.0, SMALL, 0.0)[cone.form.is_narrow :]
        walked.lay_sum(draft, ("worked", cone.relu), terms, cone.aside, right, cone.work, sizes)
    elif off or lit is None:
        walked.count(cone, draft, off and not lit)
    return draft


def _all(cone: Cone, before: Board) -> Iterator[Board]:
    """All paths; then what a relu switches off, where it does."""
    by = "from its dot " if len(cone.levels) == 3 else "from dot to dot " * (len(cone.levels) > 3)
    said = f"Each thread from a sample goes on {by}to the output: {phrases.count(cone.ways.count, 'path')}."
    way = tuple(key for key in before.marks if key[0] == "edge")
    cues = [Cue((("strip",), ("tap",)), staging.MOVE, None, "down first"), *_drawn(cone), Cue(way, staging.MOVE, 0.9)]
    draft = _web(cone, said)
    if any(cell.channel not in cone.channels[level] for level, cells in cone.read.items() for cell in cells):
        walked.remark(draft, ("drawn",), "Only some channels are drawn; all are counted.")
    yield draft.board("all", said, 3, cues)
    if cone.ways.off:
        said = f"relu switches {phrases.count(cone.ways.off, 'path')} off: hollow dots are not above zero."
        yield _web(cone, said, True).board("off", said, 3)


def _drawn(cone: Cone) -> Iterator[Cue]:
    """From the output on a dot's threads together, with the factor that counts them; then what is made of all."""
    yield Cue((("count",), ("worked",)), staging.ENTER + len(cone.layers))
    for beat, level in enumerate(reversed(cone.layers), int(staging.ENTER)):
        late = min(0.6, 2.0 / len(cone.read[level]))
        yield from (Cue((("edge", level, *c),), beat, 0.6, after=n * late) for n, c in enumerate(cone.read[level]))
        yield Cue((("count", "all", beat - int(staging.ENTER)),), beat)


# gathered by sample


def _sample(cone: Cone, towers: Towers) -> Board:
    """The paths of the told sample, each with its weight."""
    own, start = towers.told, towers.told.cell
    paths = [way for way in cone.paths if way.cells[0] == start and (way.is_on or not own.on)]
    thing, count = cone.called(start), own.on or own.paths
    noun, total = ("paths that are on", cone.ways.off) if 0 < own.on < own.paths else ("paths", 0)
    many = f"{phrases.sentence(phrases.spelled(count))} of {cone.ways.count - total:,} {noun}"
    said = f"{many} multiply {thing}: only the sum of their weights counts."
    if not own.on:
        said = f"relu switches off all paths of {thing}: its weight is 0."
    elif count == 1:
        said = f"{many} multiplies {thing}: its weight is that of {thing}."
    elif not cone.script.shown.units and all(layer.is_linear for layer in cone.layers.values()):
        said = f"If {thing} grows by 1, the output changes by the weights of its paths, added up."
    draft = _web(cone, said, lit=paths)
    if towers.is_factored:
        walked.lay_taps(cone, draft, paths)
    towers.lay_grid(draft)
    if "grows by 1" in said:
        _grow(cone, draft, own)
    return draft.board("sample", said, 4, towers.grid_cues())


def _grow(cone: Cone, draft: Draft, own: Joined) -> None:
    """What a sample that grows by 1, by a block, makes of the output, beside both, where that has room."""
    key, room = cone.key(cone.base, own.cell), cone.slot(cone.close, cone.base) / 2
    column, number = draft.marks[(*key, "bar")], draft.marks[(*key, "digits")]
    rise = cone.unit * (is_whole(own.sample) and cone.unit > 14 and own.sample.value >= 0)
    more = words("+1", number.right + 12, number.y - rise, number.size, "lit", align=-1)
    made, named = cone.script.written(cone.result.value + own.weight.value), draft.marks["joined", *own.cell, "taps"]
    x, said = cone.aside - 24, phrases.added([cone.result.text, own.weight.text], made.text)
    adds = benches.longest((named.left - 24 - x) * SMALL / number.size, [said, addend(own.weight), ""])
    if cone.is_left and more.right < number.x + room and adds:
        if rise:
            foot = cone.foot - float(own.sample.value) * rise
            block = bar("lit", column.x, foot, min(BROAD, 1.5 * room), rise, hollow=True, size=3.0)
            draft.put("grown", ("grown", "block"), block)
            draft.change([(*key, "digits")], y=more.y)
        for dot in [cone.key(level, cell) for level in cone.levels[1:-1] for cell in cone.read[level]]:
            draft.marks.pop((*dot, "digits"), None)  # they would change, too
        draft.put("grown", ("grown", "sample"), more)
        draft.put("grown", ("grown", "output"), words(adds, x, cone.work, number.size, "lit", align=-1))


def _joined(cone: Cone, towers: Towers) -> Board:
    said = "The same for every sample: its paths join to one thread with one weight."
    draft = towers.lay(said, cone)
    walked.remark(draft, ("scales",), towers.scale)
    return draft.board("joined", said, 4, towers.cues(cone))


def _output(cone: Cone, towers: Towers) -> Board:
    """What one output sees, and what that adds up to."""
    script, samples, depth = cone.script, len(cone.ways.joined), len(cone.layers)
    of = f" of layer {cone.base}" if cone.base else " of the input" * (len(cone.channels[0]) > 1)
    many, weight = phrases.count(samples, "number" if of else "sample") + of, f"weight{'s' * (samples > 1)}"
    so, own = "For this input" if cone.ways.off else "So", "their" if samples > 1 else "its"
    said = f"{so} an output is {many} times {own} {weight}{', added up' * (samples > 1)}."
    if cone.next is not None and depth > 1 and cone.form.points:
        said = f"Each output is {many} times the same {weight}: {phrases.count(depth, 'layer')} act as one."
    draft = towers.lay(said, cone, summed=True)
    line = f"{'with the full numbers ' if script.shown.note else ''}the library {script.check_words()}"
    every = f"{script.shape[0] * script.shape[1]:,} outputs"
    line = f"{phrases.sentence(line.replace(every, f'all {every}'))}."
    if cone.form.points:
        line = f"{towers.scale}{' For another input other paths may be on.' * (cone.ways.off > 0)}".strip()
    walked.remark(draft, ("check",), line)
    return draft.board("output", said, 4, towers.total_cues())


def _next(cone: Cone, towers: Towers, to: Cell) -> Iterator[Board]:
    """The output beside has the same weights for its own samples, where all have; what a relu would leave of them."""
    name, beside = f"y{cone.script.level}", cone.beside(to)
    many = phrases.count(len(cone.ways.joined), "weight").removeprefix("one ")
    layers = f": {phrases.count(len(cone.layers), 'layer')} act as one" * (len(cone.layers) > 1)
    said = f"The output of step {to.step} has the same {many} for its sample{'s' * (many != 'weight')}{layers}."
    draft = towers.lay(said, beside, summed=True)
    for part in ("bar", "digits"):
        draft.change({(name, *beside.cell, part)} & draft.marks.keys(), copy_of=(name, *cone.cell, part))
    cues = [Cue((("beside",),), staging.ENTER + 1), Cue((("added", "beside"),), staging.ENTER + 2, 0.4)]
    cues += [Cue(((name, *to),), staging.MOVE, 0.9), Cue((("strand",),), staging.MOVE, 0.9, "anew")]
    yield draft.board("next", said, 5, cues)
    if len(cone.levels) == 3 and cone.script.layer.is_linear:
        yield from _relu(cone, towers, to)


def _relu(cone: Cone, towers: Towers, beside: Cell) -> Iterator[Board]:
    """What a relu between the layers would leave, at the output ``beside``: other weights for other samples."""
    script, level = cone.script, cone.levels[1]
    plain, seen = (cone.beside(beside, relu) for relu in (False, True))
    off = [cell for cell in seen.read[level] if script.value(("cell", level, *cell)) < 0]
    if not off or all(own.weight.value == left.weight.value for own, left in zip(plain.shown, seen.shown, strict=True)):
        return
    number, is_one = script.number(("cell", level, *off[0])).text, len(off) == 1
    through = [way for way in plain.paths if way.cells[1] in off]
    which = f"a number of layer {level} below 0: the {number}" if is_one else f"numbers of layer {level} below 0"
    said = f"{'Some' if len(through) < len(plain.paths) else 'All'} paths to this output pass {which}."
    between = ("strip",), ("tap",), ("note",), ("name", "kernel"), ("name", "level"), ("edge",), (f"y{level}",)
    cues = [Cue(between, staging.LEAVE, 0.4, "fade", (), 0.1)]
    yield _web(plain, said, True, through).board("negative", said, 3, cues)
    which = f"the {number} and its paths" if is_one else "these and their paths"
    said = f"To do more than one layer, a relu turns what is below 0 into 0: {which} are off."
    cues = [Cue((("worked", False), ("count", "all")), staging.MOVE, 0.4)]
    cues.append(Cue((("note",), ("worked", True), ("count", "off")), staging.MOVE, 0.5, after=0.4))
    yield _web(seen, said, True).board("relu", said, 5, cues)
    more, other = "with a relu two layers do more than one.", _other(seen) if towers.is_written else None
    said = f"Without the paths that are off the output is {seen.result.text}, not {script.output(*seen.cell).text}."
    said = said if other else f"Without these paths other weights are left: {more}"
    draft = towers.lay(said, seen, summed=True)
    towered = ("way",), ("joined",), ("thread",), ("name", "paths"), ("name", "joined")
    cues = [Cue(towered, staging.LEAVE, 0.4, "fade", (), 0.1)]
    cues += [Cue((("strand",), ("beside",), ("name", "adds")), staging.ENTER), Cue((("added",),), staging.ENTER + 1)]
    yield draft.board("left", said, 4 if other else 5, cues)
    if other:
        said = f"The weights now depend on the samples: {more}"
        draft = towers.compared(said, *(cone.beside(to, True, True) for to in (beside, other)))
        gone = ("thread",), ("strand",), ("beside",), ("added",), ("name", "paths"), ("name", "adds"), ("caption",)
        late = (f"y{level}",), ("again", f"y{script.level}"), ("again", "ruler"), ("note", "joined")
        cues = [Cue(gone, staging.LEAVE, 0.4), Cue((("way",),), staging.MOVE, 0.4)]
        cues.append(Cue((cone.key(script.level, beside),), staging.MOVE, 0.9, "across first"))
        cues.append(Cue((("again",), ("name", "joined")), staging.MOVE, 0.7, after=0.15))
        cues.append(Cue((*late, ("name", "level", level)), staging.MOVE, 0.4, after=0.5))
        written = tuple(key for key in draft.marks if key[0] == "again" and key[-1] == "digits")
        cues.append(Cue((*written, ("again", "note"), ("note", "made")), staging.MOVE, 0.3, after=0.8))
        yield draft.board("weights", said, 5, cues)


def _other(seen: Cone) -> Cell | None:
    """The output near whose weights differ most where a relu leaves it all its paths, or else of any."""
    own, found = seen.ways.joined, dict[Cell, tuple[bool, int]]()
    near = sorted(range(seen.script.shape[0]), key=lambda step: abs(step - seen.cell.step))[:NEAR]
    for cell in (Cell(step, seen.cell.channel) for step in near):
        ways = seen.script.ways(cell, seen.base, relu=True)
        differ = sum(new.weight.value != was.weight.value for new, was in zip(ways.joined, own, strict=False))
        if differ and len(ways.joined) == len(own) == len(seen.shown):
            found[cell] = not ways.off, differ
    return max(found, key=lambda cell: found[cell], default=None)
