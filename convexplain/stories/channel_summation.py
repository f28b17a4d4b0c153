"""channel_summation: how several channels become one number, and what a filter is.

Each channel is correlated with its own kernel: taps times samples, stacked head to tail, end at the channel's partial
sum. The partial sums and the bias, stacked the same way, end at the output. Then the filter slides, and then there are
several filters. It answers "how do several channels become one number?", "what is a filter?" and "why so many
outputs?".
"""

from __future__ import annotations

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Format, Key, Role
from convexplain.board.pieces import Axis, Number
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import filters, phrases
from convexplain.stories.bench import levels
from convexplain.stories.channels import BETWEEN, Channels, hue, is_whole
from convexplain.stories.script import Script

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
    boards = [_input(row), _kernel(row), _copy(row), _product(row), _products(row), _partial(row)]
    boards += [_another(row, place) for place in range(1, len(row.parts))]
    boards += [_filter(row), _output(row), *_activation(row), _home(row), *_slides(row)]
    boards += [filters.side_by_side(row), filters.compared(row)]
    return tuple(boards)


def _input(row: Channels) -> Board:
    over = phrases.count(row.read, "step")
    said = f"The input: {phrases.count(row.script.read_shape[1], 'channel')}, each a signal over the same {over}."
    if row.script.read_shape[1] == 1:
        said = f"The input: one channel, a signal over {over}."
    draft = row.draft(said)
    pieces.ruler(draft, row.wide)
    height = (row.form.height - 156 - benches.TOP) / len(row.parts)
    up, down = benches.extent(number.value for signal in row.signals.values() for number in signal.values())
    fits = row.wide.pitch > 130
    values = [number.value for signal in row.signals.values() for number in signal.values()]
    unit = benches.unit_of(height - (84 if fits else 30), up + down, values, 66.0)
    for place, part in enumerate(row.parts):
        foot = benches.TOP + height * (place + 1) - down * unit - 12
        signal, written = row.signals[part.channel], row.wide.shown if fits else ()
        whole = is_whole(*signal.values())
        pieces.signal(draft, row.x(part), signal, row.wide, foot, unit, hue(part), None, written, TEXT, whole)
        pieces.name(draft, row.x(part), f"channel {part.source}", foot, hue(part))
    return draft.board("input", said, 3)


def _kernel(row: Channels) -> Board:
    said = "A kernel lies on one channel; the samples it covers are its window."
    draft, part = row.draft(said), row.parts[0]
    bench = row.work(draft, 0, 0)
    _, right = benches.columns(part.taps, row.close)
    y = bench.top + 40
    pieces.callout(draft, ("window",), "window: the samples in the frame", right + 80, y, (right, y))
    tap = draft.marks[(*row.w(part), part.taps[-1].k, "bar")]
    pieces.callout(draft, ("tap",), "tap: one number of the kernel", right + 80, tap.y, (tap.right + 6, tap.y))
    return draft.board("kernel", said, 3)


def _copy(row: Channels) -> Board:
    said = "Each tap takes a copy of its sample …"
    draft, part = row.draft(said), row.parts[0]
    tap = _telling(row)
    bench = row.work(draft, 0, 0, [tap.k])
    x, origin = row.close.x(tap.step), (*row.x(part), tap.step, "bar")
    key, whole = ("product", part.channel, tap.k), is_whole(tap.sample)
    width = row.close.bar
    pieces.column(draft, key, tap.sample, x, bench.floor, width, bench.unit, hue(part), bricks=whole, copy_of=origin)
    return draft.board("copy", said, 1)


def _telling(row: Channels):  # the tap whose product is shown first
    return row.parts[0].taps[0]


def _product(row: Channels) -> Board:
    said = "… and stretches it: a product."
    draft = row.draft(said, PRODUCT)
    row.work(draft, 0, 1, [_telling(row).k])
    return draft.board("product", said, 1.5)


def _products(row: Channels) -> Board:
    said = "Each product begins where the one before ended."
    draft = row.draft(said, PRODUCT)
    row.work(draft, 0, len(row.parts[0].taps))
    return draft.board("products", said, 2, _one_by_one(row, 0))


def _one_by_one(row: Channels, place: int, fast: bool = False) -> list[Cue]:
    """The products of a channel fall one after the other, then its sum is made."""
    keys = row.products(row.parts[place])
    cues = [
        Cue((key,), beat=motion.ENTER + (0 if fast else number), how="down first") for number, key in enumerate(keys)
    ]
    sum_key = ("partial", row.parts[place].channel, "bar")
    return [*cues, Cue((sum_key,), beat=motion.ENTER + (1 if fast else len(keys)))]


def _partial(row: Channels) -> Board:
    said = "Where the last one ends: the channel’s partial sum."
    draft = row.draft(said, SUM_K, ("sum k", "k of sum"))
    row.work(draft, 0, len(row.parts[0].taps) + 1)
    return draft.board("partial 0", said, 2)


def _another(row: Channels, place: int) -> Board:
    said = f"Channel {row.parts[place].source} likewise: its own kernel, its own partial sum."
    draft = row.draft(said, SUM_K, ("c", "c of x"))
    row.work(draft, place, len(row.parts[place].taps) + 1)
    return draft.board(f"partial {place}", said, 2, _one_by_one(row, place, place > 1))


def _filter(row: Channels) -> Board:
    said = "A filter: one kernel for every channel" + (", and one bias for all." if row.bias else ".")
    draft = row.draft(said, SUM_K)
    pieces.ruler(draft, row.close, lit=[row.script.start(row.cell.step)])
    bottom = row.form.height - 156 - (60 if row.bias else 0)
    height = min(300.0, (bottom - benches.TOP) / len(row.parts) - BETWEEN)
    taps = [part.taps for part in row.parts]
    top = row.stack(draft, row.close, taps, benches.TOP, height, row.size if height > 220 else 0.0)
    left, right = benches.columns(taps[0], row.close)
    row.foot(draft, left, right, top, 54)
    last = row._benches[-1]
    row.sums(draft, len(row.parts), last)
    pieces.baseline(draft, ("floor",), right + 40, row.form.width - row.form.margin, last.floor)
    return draft.board("filter", said, 2)


def _hero(row: Channels, draft: Draft, final: Number) -> None:
    """The filter as a panel at the left; the partial sums, large, stacked to the output."""
    addends, narrow = row.addends(), row.form.is_narrow
    left, right = (290.0, row.form.width - 20) if narrow else (600.0, 1824.0)
    bottom = row.form.height - 240
    up, down = benches.extent(levels(addend[1].value for addend in addends))
    unit = benches.unit_of(bottom - 190, up + down, [addend[1].value for addend in addends], 96.0)
    foot = bottom - down * unit
    pitch = (right - left) / (len(addends) + 1)
    xs = [left + pitch * (place + 0.5) for place in range(len(addends) + 1)]
    width = min(190.0, 0.62 * pitch)
    size = benches.fitting(pitch - 24, [f"+{addend[1].text}" for addend in addends], (PARTIAL, TEXT, SMALL))
    large = benches.fitting(pitch - 24, [final.text], (HERO, PARTIAL, TEXT))
    whole = is_whole(*(addend[1] for addend in addends))
    panel, steps = (250.0 if narrow else 440.0), tuple(tap.step for tap in row.parts[0].taps)
    axis = Axis(steps, row.form.margin + panel / len(steps) / 2, panel / len(steps), row.read)
    height = min(220.0, (bottom - 150) / len(row.parts) - BETWEEN)
    fits = axis.pitch > 120 and height > 190
    top = row.stack(draft, axis, [part.taps for part in row.parts], benches.TOP, height, SMALL if fits else 0.0)
    row.foot(draft, axis.left + 6, axis.right - 6, top, 54)
    pieces.baseline(draft, ("floor",), left, right, foot)
    stairs = [(key, number, role, x) for (key, number, role, _), x in zip(addends, xs, strict=False)]
    pieces.staircase(draft, ("output",), stairs, foot, unit, width, size=size, bricks=whole, until=xs[-1] - width / 2)
    made = tuple((*addend[0], "bar") for addend in addends)
    key = row.y(row.cell.step)
    pieces.result(draft, key, final, xs[-1], foot, unit, width, size=large, bricks=whole, made_of=made)
    for (key, _, role, said), x in zip(addends, xs, strict=False):
        pieces.note(draft, key, said, x, bottom + 50, 0, role)
    name = f"output *{row.here[0]}*[{row.cell.step}]"
    pieces.note(draft, ("output",), name, xs[-1], bottom + 50, 0, "ink")


def _output(row: Channels) -> Board:
    said = "One output: the channels, then the bias." if row.bias else "One output: the sum of the channels."
    draft = row.draft(said, ALL, ("b", "plus b", "sum c", "c of sum"))
    _hero(row, draft, row.total)
    cues = (Cue(((*row.y(row.cell.step), "bar"),), beat=motion.ENTER + 2),)
    return draft.board("output", said, 3, cues)


def _activation(row: Channels) -> list[Board]:
    if row.script.layer.activation == "linear":
        return []
    said = f"Then {row.script.layer.activation}: what is below zero becomes zero."
    draft = row.draft(said, ALL, ("act",))
    _hero(row, draft, row.script.output(*row.cell))
    return [draft.board("activation", said, 2)]


def _slid(
    row: Channels, name: str, said: str, at: int, done: list[int], hold: float = 1.5, sums: bool = False
) -> Board:
    """The filter over an output's window, and the outputs that are done under the beginnings of theirs."""
    draft = row.draft(said, None, ("t", "t of x"))
    pieces.ruler(draft, row.wide, lit=[row.column(at)])
    height = min(190.0, 0.42 * (row.form.height - 256) / len(row.parts) - BETWEEN)
    window = row.window(at)
    top = row.stack(draft, row.wide, window, benches.TOP, height)
    left, right = benches.columns(window[0], row.wide)
    row.foot(draft, left, right, top, 44)
    for number, part in enumerate(row.parts):
        y = benches.TOP + number * (height + BETWEEN) + height / 2
        pieces.name(draft, row.x(part), f"channel {part.source}", y, hue(part))
    correlations = row.script.correlations(Cell(at, row.cell.channel))
    addends: list[tuple[Key, Number, Role]] = [
        (("partial", p.channel), correlations[p.channel].partial, hue(p)) for p in row.parts
    ]
    addends += [(("bias",), row.bias, "bias")] if row.bias else []
    outputs = [row.script.output(step, row.cell.channel) for step in row.shown]
    size = PARTIAL if row.wide.pitch > 200 else TEXT if row.wide.pitch > 120 else 0.0
    reach = [number.value for number in outputs] + levels(addend[1].value for addend in addends)
    up, down = benches.extent(reach)
    above = top + (54 if row.bias else 0) + size + 24
    bottom = row.form.height - 160
    unit = benches.unit_of(bottom - above, up + down, reach)
    foot = bottom - down * unit
    pieces.baseline(draft, ("floor",), row.wide.left, row.wide.right, foot)
    pieces.name(draft, (row.here,), f"output *{row.here[0]}*", foot, "ink")
    whole, start = is_whole(*outputs), row.wide.x(row.column(at))
    beside = start + (len(addends) + 1) * 0.72 * row.wide.pitch if sums else start
    for step, output in zip(row.shown, outputs, strict=True):
        if step in done:
            x = beside if step == at else row.wide.x(row.column(step))
            made = tuple((*addend[0], "bar") for addend in addends) if sums and step == at else row.weights()
            pieces.column(draft, row.y(step), output, x, foot, row.wide.bar, unit, "output", bricks=whole, made_of=made)
            if size:
                pieces.digits(draft, row.y(step), output.text, size=size)
    if sums:
        stairs = [(*addend, start + (place + 1) * 0.72 * row.wide.pitch) for place, addend in enumerate(addends)]
        made_of = {("partial", p.channel): tuple((*row.w(p), t.k, "bar") for t in p.taps) for p in row.parts}
        pieces.staircase(draft, ("output",), stairs, foot, unit, row.wide.bar, made_of, size=TEXT, bricks=whole)
    return draft.board(name, said, hold)


def _home(row: Channels) -> Board:
    return _slid(row, "home", "It stands where its window begins.", row.cell.step, [row.cell.step], 2)


def _slides(row: Channels) -> list[Board]:
    start, boards = row.cell.step, []
    others = [step for step in row.shown if step > start] or [step for step in row.shown if step != start]
    places = [row.wide.x(row.column(step)) for step in others[:1]]
    fits = places and places[0] + (len(row.parts) + 2.3) * 0.72 * row.wide.pitch < row.wide.right and not row.rest
    if fits and row.wide.pitch > 120 and row.script.layer.activation == "linear":
        said = (
            "The filter slides on: new partial sums, the same bias."
            if row.bias
            else "The filter slides on: new partial sums."
        )
        boards.append(_slid(row, "slide", said, others[0], [start, others[0]], 2, sums=True))
    if others:
        boards.append(_slid(row, "next", "The next output.", others[0], [start, others[0]], 1))
    if len(row.shown) > 2:
        said = phrases.places(row.script.layer, row.read, row.steps)
        boards.append(_slid(row, "outputs", said, row.shown[-1], row.shown, 3))
    return boards
