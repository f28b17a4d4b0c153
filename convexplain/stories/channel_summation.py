"""channel_summation: how several channels become one number, and what a filter is.

Each channel is correlated with its own kernel: taps times samples, stacked head to tail, end at the channel's partial
sum. The partial sums and the bias, stacked the same way, end at the output. Then the filter slides, and then there are
several filters. It answers "how do several channels become one number?", "what is a filter?" and "why so many
outputs?".
"""

from __future__ import annotations

from convexplain.board import motion, pieces
from convexplain.board.marks import (
    CONTEXT,
    FILM,
    FULL,
    PARTIAL,
    SMALL,
    TEXT,
    Board,
    Cue,
    Draft,
    Format,
)
from convexplain.board.pieces import Axis, Number
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import levels
from convexplain.stories.channels import BETWEEN, Channels, hue, is_whole
from convexplain.stories.script import Script

FIGURE = ("partial 0", "output", "outputs", "filters")
MOST_FILTERS = 8
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
    boards += [_filters(row), _check(row)]
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
    width, size = min(190.0, 0.62 * pitch), PARTIAL if not narrow else TEXT
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
    pieces.result(draft, row.y(row.cell.step), final, xs[-1], foot, unit, width, bricks=whole, made_of=made)
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
    addends = [(("partial", p.channel), correlations[p.channel].partial, hue(p)) for p in row.parts]
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
    for step, number in zip(row.shown, outputs, strict=True):
        if step in done:
            x = beside if step == at else row.wide.x(row.column(step))
            made = tuple((*addend[0], "bar") for addend in addends) if sums and step == at else row.weights()
            pieces.column(draft, row.y(step), number, x, foot, row.wide.bar, unit, "output", bricks=whole, made_of=made)
            if size:
                pieces.digits(draft, row.y(step), number.text, size=size)
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


def _grid(row: Channels) -> tuple[list[int], float, float]:
    """The filters that are shown, the height of a row, and the height of a number 1 in all rows alike."""
    filters = list(range(row.filters))
    if row.filters > MOST_FILTERS:
        own = row.cell.channel
        filters = sorted({own, *[f for f in filters if f != own][: MOST_FILTERS - 1]})
    height = (row.form.height - 156 - benches.TOP) / len(filters)
    return filters, height, 0.0


def _outputs(row: Channels, draft: Draft, left: float, pitch: float, checked: bool) -> float:
    """The outputs of every filter, a row each; the told one in full light, or all, with Keras's numbers beside them.
    Returns the unit.
    """
    filters, height, _ = _grid(row)
    numbers = {f: [row.script.output(step, f) for step in row.shown] for f in filters}
    inputs = [number.value for signal in row.signals.values() for number in signal.values()] if not checked else []
    up, down = benches.extent([number.value for own in numbers.values() for number in own] + inputs)
    unit = benches.unit_of(height - 22, up + down, [number.value for own in numbers.values() for number in own])
    for place, f in enumerate(filters):
        foot = benches.TOP + height * place + 11 + up * unit
        pieces.baseline(draft, (row.here, f), left, left + pitch * len(row.shown), foot)
        for number, step, x in zip(numbers[f], row.shown, _xs(row, left, pitch), strict=True):
            told = checked or f == row.cell.channel
            light, width = FULL if told else CONTEXT * 2, min(60.0, 0.62 * pitch)
            whole = is_whole(*numbers[f]) and unit > 16
            made = row.weights() if told else ()
            key = row.y(step, f)
            pieces.column(draft, key, number, x, foot, width, unit, "output", True, whole, light=light, made_of=made)
            if checked and (asked := row.script.asked(step, f)) is not None:
                tip = foot - float(asked) * unit
                pieces.compared(draft, (*key, "asked"), x + width / 2 + 8, tip)
        end = left + pitch * len(row.shown) + 24
        lit = "lit" if f == row.cell.channel and not checked else "quiet"
        pieces.note(draft, ("filter", f), str(f), end, foot, -1, lit)
    return unit


def _xs(row: Channels, left: float, pitch: float) -> list[float]:
    return [left + pitch * (place + 0.5) for place in range(len(row.shown))]


def _filters(row: Channels) -> Board:
    """Every filter reads the same channels with kernels of its own."""
    many = phrases.count(row.filters, "filter")
    said = phrases.sentence(f"{many} read the same {phrases.count(row.script.read_shape[1], 'channel')}.")
    if row.filters == 1:
        said = "One filter gives one output signal."
    draft = row.draft(said, None, ("f", "f of w", "f of b"), filters=True)
    form, steps = row.form, row.wide.shown
    gap, card = (300.0, 110.0) if not form.is_narrow else (190.0, 70.0)
    room = form.width - 2 * form.margin - gap - card - 60
    pitch = min(100.0, room / (len(steps) + len(row.shown)))
    left = form.width - form.margin - 60 - pitch * len(row.shown)
    filters, height, _ = _grid(row)
    unit = _outputs(row, draft, left, pitch, False)
    tall = (form.height - 156 - benches.TOP) / len(row.parts)
    axis = Axis(steps, form.margin + pitch / 2, pitch, row.read)
    up, _ = benches.extent(number.value for signal in row.signals.values() for number in signal.values())
    own = filters.index(row.cell.channel)
    for place, part in enumerate(row.parts):
        foot = benches.TOP + tall * (place + 0.5) + up * unit / 2
        whole = is_whole(*row.signals[part.channel].values()) and unit > 16
        pieces.signal(draft, row.x(part), row.signals[part.channel], axis, foot, unit, hue(part), bricks=whole)
        at = axis.right + 16
        taps = Axis(tuple(range(len(part.taps))), at + card / len(part.taps) / 2, card / len(part.taps), 0)
        reach = max(abs(float(tap.weight.value)) for tap in part.taps) or 1.0
        scale = min(unit, 0.3 * tall / reach)
        middle = benches.TOP + tall * (place + 0.5)
        pieces.card(
            draft, ("rig", *row.w(part)), at - 6, at + card + 6, middle - 0.36 * tall, middle + 0.36 * tall, hue(part)
        )
        for number, tap in enumerate(part.taps):
            x, key = taps.x(number), (*row.w(part), tap.k)
            pieces.column(
                draft, key, tap.weight, x, middle, 0.6 * taps.pitch, scale, (str(hue(part)), "ink", 0.5), bricks=False
            )
        for other, f in enumerate(filters):
            end = benches.TOP + height * (other + 0.5) + (place - len(row.parts) / 2) * 5
            told = other == own
            pieces.strand(draft, ("strand", part.channel, f), at + card + 8, middle, left - 10, end, hue(part), told)
    pieces.note(draft, ("channels",), "channels", form.margin, pieces.RULER)
    pieces.note(draft, ("kernels",), f"filter {row.cell.channel}", axis.right + 10, pieces.RULER, -1, "lit")
    pieces.note(draft, ("filters",), "outputs, *f*", form.width - form.margin, pieces.RULER, 1)
    return draft.board("filters", said, 3)


def _check(row: Channels) -> Board:
    draft = Draft(row.form)
    said = row.script.check_words()
    pieces.caption(draft, said)
    left = row.form.names
    _outputs(row, draft, left, (row.form.width - row.form.margin - 60 - left) / len(row.shown), True)
    pieces.legend(draft, [("output", "bar", "this film"), ("kernel", "dot", row.script.check.library)])
    return draft.board("check", said, 2.5)
