"""paths: every way from a sample to one output of a stack of layers.

The kernels slide, beams show what one output sees, and that comes closer. One path is walked through the numbers it
takes of kernels; then all are threads, each with its weight. Those of one sample multiply the same number, so their
weights add up to one under it. One step on the sums stay and the samples move: on the whole input they are one kernel
that makes the same outputs. It answers "what does a second layer see?" and "how large is the receptive field?".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import staging
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.layers import Cell
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers import walked
from convexplain.stories.many_layers.gathered import Towers
from convexplain.stories.many_layers.one_kernel import OneKernel
from convexplain.stories.many_layers.overview import Overview
from convexplain.stories.many_layers.ways import Way, lowest
from convexplain.stories.many_layers.web import BESIDE, Web
from convexplain.stories.script import Refuted, Script

FIGURE = {1: ("path", "sample"), 2: ("field", "path", "sample", "outputs", "output")}
"""The boards of the composed figure, by how many panels stand side by side."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    cone = Web(script, form, lowest(script))
    boards = [*Overview(cone).boards()]
    if cone.told is None:  # it sees nothing but zeros
        said = "All that this output reads are zeros of the padding."
        draft = cone.close.draft(said)
        cone.lay_dots(draft)
        return (*boards, draft.board("output", said, 5))
    towers, kernel = Towers(cone), OneKernel(cone)
    boards += _path(cone, cone.told, boards[-1])
    boards += [*_all(cone), _sample(cone, towers), _joined(cone, towers, kernel)]
    return (*boards, *_output(cone, towers, kernel, boards[-1]))


# one path


def _web(cone: Web, said: str, lit: Sequence[Way] = (), off: bool = False, some: Sequence[Way] | None = None) -> Draft:
    """A board with samples, dots and all paths, or only ``some``, or these alone on from the last kernel where it has
    room. What is not ``lit`` recedes, or what is ``off``.
    """
    draft, paths = cone.close.draft(said), cone.paths if some is None else some
    meant = lit or paths
    cone.lay_samples(draft, None if off else {way.cells[0] for way in meant} or None)
    cone.lay_dots(draft, {cell for way in meant for cell in zip(cone.levels, way.cells, strict=True)}, off)
    cone.threads(draft, cone.paths if cone.column else paths, off, lit, paths)
    if cone.column:
        walked.lay_kernels(cone, draft, lit, [way for way in paths if way.is_on or not (lit or off)])
    for n, edge in enumerate(cone.edges(() if cone.column else some or ())):
        walked.lay_alone(cone, draft, edge, ("tap", n))
    return draft


def _closer(draft: Draft, before: Board) -> list[Cue]:
    """The rest goes, then all that stays, and its copies, come closer, or step back, at once, and what is new comes."""
    every = {k: m.copy_of for k, m in {**before.marks, **draft.marks}.items() if k[0] not in ("caption", "remark")}
    kept, gone, new = (
        tuple(key for key in every if ({key, every[key]} & before.marks.keys() != set(), key in draft.marks) == which)
        for which in ((True, True), (True, False), (False, True))
    )
    return [Cue(gone, staging.LEAVE, 0.6), Cue(kept, staging.MOVE, 1.6), Cue(new, staging.ENTER, 0.7, "fade")]


def _path(cone: Web, way: Way, before: Board) -> Iterator[Board]:
    """What the output sees comes closer, and what is between becomes dots; then the first path is walked."""
    if len(cone.levels) > 2:
        between = f"of layer {cone.levels[1]}" if len(cone.levels) == 3 else "between"
        said = f"Closer: a dot for each number {between}. How much does each {cone.noun} count?"
        draft, low = _web(cone, said, some=()), cone.levels[1]
        told = (cone.key(level, cell) for level in cone.levels[1:] for cell in cone.read.get(level, [cone.cell]))
        cues = [*_closer(draft, before), Cue(tuple((*key, "digits") for key in told), staging.MOVE, 1.6, "anew")]
        for n, cell in enumerate(cells := cone.read[low][::-1]):  # copies part, so that none is in the way
            taps = tuple((*edge.tap, cell.step) for edge in cone.taps(low, cell))
            cues.append(Cue(taps, staging.MOVE, 1.0, after=0.5 * n / len(cells)))
        if cone.column:  # copies come from under the samples before these come closer
            own = ("ruler",), cone.key(cone.base, Cell(0, 0))[:1]
            kept = (key for key in draft.marks if key in before.marks and (key[:1] in own or key[2:] == (cone.base,)))
            cues += [Cue(tuple(kept), staging.MOVE + 0.5, 0.9), Cue((("edge",), ("stem",)), staging.ENTER, 0.8, "grow")]
        yield draft.board("dots", said, 3, cues)
    said = "A path takes one number from a kernel of each layer. Their product is its weight."
    said = said if len(way.taps) > 1 else "A path takes one number of the kernel. This is its weight."
    draft = _web(cone, said, [way], some=[way])
    if len(way.taps) > 1:
        walked.multiply(cone, draft, way)
    walked.remark(draft, ("written",), *_written(cone))
    closer = [] if len(cone.levels) > 2 else _closer(draft, before)
    yield draft.board("path", said, 4, [*closer, *walked.cues(cone, way), walked.rewritten(draft)])


def _written(cone: Web) -> Iterator[str]:
    """What the numbers shown are: in which units they are written, and, not on paper, how they are rounded."""
    units, rounded = ", ".join(cone.script.shown.units), phrases.rounding(cone.script)
    units = f"Shown are {units}." * bool(units)
    many = "All numbers are written without their power of ten." * bool(units)
    short = "The numbers shown are rounded before anything is computed." * bool(rounded)
    if not cone.form.points:
        yield from (" ".join(filter(None, pair)) for pair in ((units, rounded), (units, short)))
    yield from (units, many)


# all paths


def _all(cone: Web) -> Iterator[Board]:
    """All paths, counted; then what a relu switches off, where it does."""
    many, lead = phrases.count(cone.ways.count, "path"), f"lead{'s' * (cone.ways.count == 1)}"
    each = ", each with its weight" * (cone.column > 0 and cone.ways.count > 1)
    start = f"layer {cone.base}" if cone.base else f"the sample{'s' * (len(cone.ways.joined) > 1)}"
    said = f"{phrases.sentence(many)} {lead} from {start} to this output{each}."
    draft = _web(cone, said)
    walked.count(cone, draft)
    if any(cell.channel not in cone.channels[level] for level, cells in cone.read.items() for cell in cells):
        walked.remark(draft, ("drawn",), "Only some channels are drawn. All are counted.")
    yield draft.board("all", said, 4, [walked.rewritten(draft), *_drawn(cone)])
    if cone.ways.off:
        said = "Hollow dots are not above zero. A relu switches the paths through them off."
        draft = _web(cone, said, off=True)
        walked.count(cone, draft, off=True)
        yield draft.board("off", said, 3)


def _drawn(cone: Web) -> Iterator[Cue]:
    """From the output on a dot's threads together, from below, with its kernel and the factor that counts them; then
    what is made of all.
    """
    yield Cue((("count",),), staging.ENTER + len(cone.layers))
    for beat, level in enumerate(reversed(cone.layers), int(staging.ENTER)):
        late = min(0.6, 2.0 / len(cone.read[level]))
        for n, key in enumerate(("edge", level, *cell) for cell in cone.read[level]):
            yield Cue((key, ("stem", *key)), beat, 0.6, after=n * late)
        yield Cue((("count", "all", beat - int(staging.ENTER)),), beat)
    for n, cell in enumerate(cone.read[level]):
        every = (edge for edge in cone.every if edge.level == level and edge.cell == cell)
        yield Cue(tuple((*edge.tap, cell.step) for edge in every), beat, 0.5, after=n * late)
        weights = tuple(way.key for way in cone.paths if cone.column and way.cells[1] == cell)
        yield Cue(weights, beat, 0.5, "fade", after=n * late + 0.6)


# gathered by sample


def _sample(cone: Web, towers: Towers) -> Board:
    """The paths of the told sample, each with its weight."""
    own = towers.told
    paths = [way for way in cone.paths if way.cells[0] == own.cell and (way.is_on or not own.on)]
    many, are_on = f"All {phrases.spelled(own.on)}" if own.on > 2 else "Both", " that are on" * (own.on < own.paths)
    said = f"{many} paths from this {own.sample.text}{are_on} multiply it"
    together = f": together they add {phrases.times(own.sample, own.weight)} = {own.product.text}."
    said += together if towers.is_written else ". So their weights add up."
    if not own.on:
        said = f"A relu switches all paths of this {cone.noun} off. Its weight is 0."
    elif own.on == 1:
        said = f"The one path of this {cone.noun}{are_on.replace('are', 'is')} gives its weight."
    draft = _web(cone, said, paths)
    towers.lay_told(draft)
    cues = [walked.rewritten(draft), Cue((("joined",),), staging.ENTER + 1, 0.5, "fade")]
    return draft.board("sample", said, 4, [*cues, Cue((("joined", *own.cell, "taps"),), staging.ENTER, 0.7)])


def _lay_sum(cone: Web, draft: Draft, kernel: OneKernel, to: Cell) -> None:
    """How an output comes of the samples and their weights: before its dot, which ends the sum, or else after it."""
    right = cone.out - cone.bead / 2 - BESIDE / 2
    if cone.is_said and cone.is_left and cone.script.layer.is_linear:
        kernel.lay_sum(draft, to, cone.form.names, right, 0, cone.sizes[:2], right)
    if ("added", *to) not in draft.marks:
        kernel.lay_sum(draft, to, cone.aside, cone.aside, 0, cone.sizes)
    draft.change([key for key in draft.marks if key[0] == "added"], y=cone.work)


def _joined(cone: Web, towers: Towers, kernel: OneKernel) -> Board:
    """The paths of every sample, and what their weights add up to."""
    said = f"The same for every {cone.noun}. The sum of its weights says how much it counts."
    draft, made = towers.lay(said), ("added", *cone.cell)
    if towers.is_written:
        _lay_sum(cone, draft, kernel, cone.cell)
    else:
        is_faint = any(brick.number.value < 0 for brick in towers.bricks)
        walked.remark(draft, ("scales",), "Faint bars are numbers below 0." * is_faint)
    return draft.board("joined", said, 5, [*towers.cues(), Cue((made,), staging.ENTER + 1, 0.6)])


# on the whole input


def _output(cone: Web, towers: Towers, kernel: OneKernel, before: Board) -> Iterator[Board]:
    """Samples move on over the weights, which are one kernel that makes all outputs; else the told one is made."""
    all_layers, script = phrases.layers(len(cone.layers)), cone.script
    if kernel.next is None:
        yield _made(cone, kernel, before)
        return
    yield (before := _next(cone, towers, kernel, kernel.next))
    is_one = len(cone.layers) > 1 and script.layer.is_linear
    said = f"As they only multiply and add, {all_layers} do no more than one kernel: these sums."
    said = said if is_one else "The same weights make every output."
    draft = kernel.lay_at(said, "one kernel" if is_one else "weights", to := kernel.far(cone.cell), True)
    if is_one and kernel.size and not bench.is_low(cone.form):
        # By all paths, and layer by layer, which rounds full numbers.
        for at, number in kernel.numbers[script.level].items():
            if script.shown.numbers == "short" and script.ways(at, cone.base).total != number.value:
                raise Refuted("the sums over all paths must be the outputs of all layers. Received: other numbers")
        who = script.check.library.partition(" ")[0]
        names = (all_layers, "layers") if script.shown.note else (f"{all_layers} in {who}", who)
        kernel.lay_same(draft, *names, size=cone.form.small)
        draft.change([key for key in draft.marks if key[0] == "same"], about=None)  # not where they have no room
    _check(cone, draft)
    bars = tuple(key for key in before.marks if key[0] == "way" and key[-1] == "bar")  # their numbers go at once
    cues = [*_closer(draft, before), Cue(bars, staging.MOVE, 0.8), *kernel.comes(kernel.next, to)]
    cues.append(Cue((("added", *kernel.next),), how="anew"))  # as long as it becomes it would pass the edge
    yield draft.board("outputs", said, 5, cues)


def _next(cone: Web, towers: Towers, kernel: OneKernel, to: Cell) -> Board:
    """The samples move on over the weights, which stay, and give the next output."""
    same = "kernels, so the same sums" if len(cone.layers) > 1 else "weights"
    draft = towers.lay(said := f"The next output has other {cone.noun}s, but the same {same}.", to)
    _lay_sum(cone, draft, kernel, to)
    new = cone.key(cone.script.level, to)
    cues = [Cue((("added", *to),), staging.ENTER, 0.6), Cue((new,), staging.ENTER + 1, 0.6, "fade")]
    return draft.board("next", said, 4, [Cue((("added", *cone.cell),), staging.LEAVE, 0.4), *cues])


def _made(cone: Web, kernel: OneKernel, before: Board) -> Board:
    """On the whole input the told output is made with the weights alone."""
    many, more = len(cone.ways.joined), " plus biases" * (cone.ways.bias is not None)
    then = "" if cone.script.layer.is_linear else f", then {cone.script.layer.activation}"
    each = f", each times its weight, added up{more}" if many > 1 else f" times its weight{more}"
    said = f"{'For this input' if cone.ways.off else 'So'} an output is {phrases.count(many, cone.noun)}{each}{then}."
    draft = kernel.lay_at(said, "weights", cone.cell)
    _check(cone, draft)
    sets = [Cue((("added",),), staging.ENTER + 1, 0.6)]
    sets += [Cue((("ruler",),), staging.LEAVE, 0.8, "fade")] * (not kernel.size)  # of many without numbers little stays
    return draft.board("output", said, 4, [*_closer(draft, before), *sets])


def _check(cone: Web, draft: Draft) -> None:
    """Below the last board what the library makes of the same; on paper what is to be said of the picture."""
    script, full = cone.script, " and full numbers" * bool(cone.script.shown.note)
    found = script.check_words().removeprefix("the library " * bool(full))
    line = f"Checked: run with {phrases.layers(script.level)}{full}, {found}."
    if cone.form.points:
        line = "For another input other paths may be on." * (cone.ways.off > 0)
    walked.remark(draft, ("check",), line)
