"""channel_summation: how several channels become one number, and what a filter is.

Each channel is correlated with its own kernel: taps times samples, stacked head to tail, end at the channel's partial
sum. The partial sums and the bias, stacked the same way, end at the output. Then the filter slides, and then there are
several filters. It answers "how do several channels become one number?", "what is a filter?" and "why so many
outputs?".
"""

from __future__ import annotations

from convexplain.board import motion, pieces
from convexplain.board.marks import COLUMN, FILM, HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Format
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of
from convexplain.stories import bench as benches
from convexplain.stories import filters, outputs, phrases, small
from convexplain.stories.alone import Alone
from convexplain.stories.along import Along
from convexplain.stories.bench import levels
from convexplain.stories.channels import BETWEEN, Channels, hue, is_whole
from convexplain.stories.script import Script
from convexplain.stories.together import Together
from convexplain.stories.wall import Wall

FIGURE = ("partial 0", "output", "outputs", "filters")
PRODUCT = (
    "w",
    "k",
    "comma c",
    "c",
    "w ]",
    "x",
    "stride",
    "t of x",
    "sign",
    "dilation",
    "k of x",
    "pad",
    "comma c of x",
    "c of x",
    "x ]",
)
SUM_K = ("sum k", "k of sum", *PRODUCT)
ALL = ("y", "t", "equals", "act", "b", "plus b", "sum c", "c of sum", *SUM_K)
"""The parts of the formula that are there once their things were seen."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    row = Channels(script, form)
    if small.is_small(row):
        layer = small.Small(row)
        alone = Alone(layer)
        along = Along(layer, alone)
        return (*alone.boards(), *Together(layer, alone, along).boards(), *along.boards(), *Wall(layer).boards())
    boards = [_input(row), _kernel(row), *_copy(row), _product(row), _products(row), _partial(row)]
    boards += [_another(row, place) for place in range(1, len(row.parts))]
    boards += [_filter(row), _output(row), *_activation(row), *outputs.boards(row)]
    boards += [filters.side_by_side(row), filters.compared(row)]
    return tuple(boards)


def _input(row: Channels) -> Board:
    channels, level = phrases.count(row.script.read_shape[1], "channel"), row.script.level - 1
    whose = f"{channels}, the outputs of layer {level}" if level else channels
    over = phrases.count(row.read, "step")
    said = f"The input: {whose}, {'each ' if row.script.read_shape[1] > 1 else ''}a signal over {over}."
    draft = row.draft(said)
    pieces.ruler(draft, row.wide, "step")
    height = (row.form.height - 156 - benches.TOP) / len(row.parts)
    up, down = benches.extent(number.value for signal in row.signals.values() for number in signal.values())
    values = [number.value for signal in row.signals.values() for number in signal.values()]
    fits = row.writes([number.text for signal in row.signals.values() for number in signal.values()])
    unit = benches.unit_of(height - (84 if fits else 30), up + down, values, 66.0)
    for place, part in enumerate(row.parts):
        foot = benches.TOP + height * (place + 1) - down * unit - 12
        signal, written = row.signals[part.channel], row.wide.shown if fits else ()
        whole, size = (
            is_whole(*signal.values()),
            benches.fitting(row.wide.pitch - 10, [n.text for n in signal.values()]),
        )
        pieces.signal(draft, row.x(part), signal, row.wide, foot, unit, hue(part), None, written, size, whole)
        pieces.name(draft, row.x(part), f"{phrases.array(level)}, *c* = {part.source}", foot, hue(part))
    if row.script.shown.units:
        pieces.remark(draft, ("units",), phrases.sentence(", ".join(row.script.shown.units)) + ".")
    return draft.board("input", said, 2)


def _kernel(row: Channels) -> Board:
    said = "A kernel: a few numbers that multiply the samples under them."
    draft, part = row.draft(said), row.parts[0]
    bench = row.work(draft, 0, alone=True)
    _, right = benches.columns(part.taps, row.close)
    x, y, meaning = right + 80, bench.top + 30, "the samples in the frame"
    pieces.callout(draft, ("window",), "window", x, y, (right, y), meaning)
    tap = draft.marks[(*row.w(part), part.taps[-1].k, "bar")]
    pieces.callout(draft, ("tap",), "tap", x, tap.y, (tap.right + 6, tap.y), meaning and "one number of the kernel")
    return draft.board("kernel", said, 3)


def _copy(row: Channels) -> list[Board]:
    """A copy of the telling sample, before it is multiplied; none of one that would hang into the text line."""
    said = "Each tap takes a copy of its sample …"
    draft, part, tap = row.draft(said), row.parts[0], row.telling
    if tap.sample.value < 0:
        return []
    bench = row.work(draft, 0, lit=[tap.k])
    x, origin = row.close.x(tap.step), (*row.x(part), tap.step, "bar")
    key, whole = ("product", part.channel, tap.k), is_whole(tap.sample)
    width = row.close.bar
    pieces.column(draft, key, tap.sample, x, bench.floor, width, bench.unit, hue(part), bricks=whole, copy_of=origin)
    cue = Cue((key,), beat=motion.ENTER + 0.1)
    return [draft.board("copy", said, 1, [cue])]


def _product(row: Channels) -> Board:
    tap = row.telling
    said = f"… and multiplies it: {phrases.multiplied(tap)}, a product."
    if tap.sample.value < 0:
        said = f"Each tap multiplies its sample: {phrases.multiplied(tap)}."
    draft = row.draft(said, PRODUCT, ("k", "k of x"))
    row.work(draft, 0, [tap], lit=[tap.k])
    return draft.board("product", said, 2)


def _products(row: Channels) -> Board:
    said = "Each product begins where the one before ended: they are added."
    draft = row.draft(said, PRODUCT)
    row.work(draft, 0, row.parts[0].taps)
    return draft.board("products", said, 2, _one_by_one(row, 0, moved=row.telling.k))


def _one_by_one(row: Channels, place: int, fast: bool = False, moved: int | None = None) -> list[Cue]:
    """The products of a channel fall one after the other, and one that stands already moves; then its sum is made."""
    part, cues, beat = row.parts[place], [], motion.ENTER
    for tap in part.taps:
        key = ("product", part.channel, tap.k)
        if tap.k == moved:
            cues.append(Cue((key,), beat=motion.ENTER))
        else:
            cues.append(Cue(((*key, "bar"),), beat=beat, how="down first"))
            beat += 0.0 if fast else 1.0
    return [*cues, Cue((("partial", part.channel, "bar"),), beat=beat + 1)]


def _partial(row: Channels) -> Board:
    said = "Where the last one ends: the channel’s partial sum."
    draft = row.draft(said, SUM_K, ("sum k", "k of sum"))
    row.work(draft, 0, row.parts[0].taps, True)
    return draft.board("partial 0", said, 2)


def _another(row: Channels, place: int) -> Board:
    said = f"Channel *c* = {row.parts[place].source} likewise: its own kernel, its own partial sum."
    draft = row.draft(said, SUM_K, ("c", "c of x"))
    row.work(draft, place, row.parts[place].taps, True)
    return draft.board(f"partial {place}", said, 2 if place == 1 else 1, _one_by_one(row, place, place > 1))


def _filter(row: Channels) -> Board:
    said = "A filter: one kernel for every channel" + (", and one bias for all." if row.bias else ".")
    draft = row.draft(said, SUM_K)
    row.ruler(draft, row.close, row.cell.step)
    bottom = row.form.height - 156 - (60 if row.bias else 0)
    height = min(300.0, (bottom - benches.TOP) / len(row.parts) - BETWEEN)
    taps = [part.taps for part in row.parts]
    fits = len(row.parts) <= 2 and len(taps[0]) <= 5
    top = row.stack(draft, row.close, taps, benches.TOP, height, row.size if fits else 0.0)
    row.label(draft, height)
    left, right = benches.columns(taps[0], row.close)
    row.foot(draft, left, right, top, 54)
    row.sums(draft, len(row.parts), row.last)
    return draft.board("filter", said, 2)


def _hero(row: Channels, draft: Draft, final: Number) -> None:
    """The filter as a panel at the left; the partial sums, large, stacked to the output."""
    addends, narrow = row.addends(), row.form.is_narrow
    left, right = (340.0, row.form.width - 10) if narrow else (760.0, 1824.0)
    bottom = row.form.height - 240
    up, down = benches.extent(levels(addend[1].value for addend in addends))
    unit = benches.unit_of(bottom - 190, up + down, [addend[1].value for addend in addends], 96.0)
    foot = bottom - down * unit
    pitch = (right - left) / (len(addends) + 1)
    xs = [left + pitch * (place + 0.5) for place in range(len(addends) + 1)]
    width = min(190.0, 0.62 * pitch)
    size = benches.fitting(pitch - 24, [f"+{addend[1].text}" for addend in addends], (PARTIAL, TEXT, SMALL))
    large = benches.fitting(pitch - 24, [final.text], (HERO, PARTIAL, TEXT, SMALL))
    whole = is_whole(*(addend[1] for addend in addends))
    panel, steps = (310.0 if narrow else 380.0), tuple(tap.step for tap in row.parts[0].taps)
    axis = Axis(steps, row.form.margin if narrow else row.form.names - 20, panel / len(steps), row.read)
    height = min(220.0, (bottom - 150) / len(row.parts) - BETWEEN)
    fits = len(row.parts) <= 2 and len(steps) <= 3 and row.size
    top = row.stack(draft, axis, [part.taps for part in row.parts], benches.TOP, height, SMALL if fits else 0.0)
    if not narrow:
        row.label(draft, height)
    row.foot(draft, axis.left + 6, axis.right - 6, top, 54, "panel")
    pieces.baseline(draft, ("floor",), left, right, foot)
    stairs = [(key, number, role, x) for (key, number, role, _), x in zip(addends, xs, strict=False)]
    longest = max(advance(runs_of(f"+{addend[1].text}")) for addend in addends)
    written = None if longest * SMALL <= (COLUMN.width - 350) / (len(addends) + 1) else ()
    until = xs[-1] - width / 2
    pieces.staircase(draft, ("output",), stairs, foot, unit, width, None, None, written, size, whole, until=until)
    made = tuple((*addend[0], "bar") for addend in addends)
    key = row.y(row.cell.step)
    pieces.result(draft, key, final, xs[-1], foot, unit, width, size=large, bricks=whole, made_of=made)
    for (key, _, role, said), x in zip(addends, xs, strict=False):
        fits = advance(runs_of(said)) * SMALL <= pitch - 10
        pieces.note(draft, key, said if fits else said.split()[-1], x, bottom + 50, 0, role)
    name = f"output {phrases.array(row.script.level, row.script.source.stack.depth)}[{row.cell.step}]"
    edge = row.form.width - row.form.margin - advance(runs_of(name)) * SMALL / 2
    pieces.note(draft, ("output",), name, min(xs[-1], edge), bottom + 50, 0, "ink")


def _output(row: Channels) -> Board:
    said = "One output: the channels, then the bias."
    if row.bias is None:
        said = "One output: the sum of the channels; no bias here."
    draft = row.draft(said, ALL, ("b", "plus b", "sum c", "c of sum"))
    _hero(row, draft, row.total)
    cues = (Cue(((*row.y(row.cell.step), "bar"),), beat=motion.ENTER + 2),)
    return draft.board("output", said, 2.5, cues)


def _activation(row: Channels) -> list[Board]:
    if row.script.layer.activation == "linear":
        return []
    said = f"Then {row.script.layer.activation}: what is below zero becomes zero."
    draft = row.draft(said, ALL, ("act",))
    _hero(row, draft, row.script.output(*row.cell))
    return [draft.board("activation", said, 2)]
