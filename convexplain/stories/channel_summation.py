"""channel_summation: how several channels become one number, and what a filter is.

Each channel is correlated with its own kernel: taps times samples, stacked head to tail, end at the channel's sum. The
sums and the bias, stacked the same way, end at the output. Then the filter slides, and then there are several filters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

from convexplain.board import motion, pieces, staging
from convexplain.board.marks import COLUMN, FILM, HERO, PARTIAL, SUPPORT, Board, Cue, Draft, Format
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.many_channels import sums
from convexplain.stories.many_channels.channels import Channels, Output, columns, hue, inked, strand, telling
from convexplain.stories.many_channels.room import WIRE
from convexplain.stories.many_channels.shares import TOP
from convexplain.stories.many_channels.stage import Stage
from convexplain.stories.many_channels.wall import Wall, checked
from convexplain.stories.script import Script, Tap

FIGURE = {
    1: ("partial 0", "output"),
    2: ("partial 0", "output", "outputs", "filters"),
    3: ("kernel", "partial 0", "partial 1", "output", "outputs", "filters"),
}
"""The boards of the composed figure, by how many panels stand side by side."""
READ = ("x", "stride", "t of x", "sign", "dilation", "k of x", "pad", "comma c of x")
CHANNEL = ("sum k", "k of sum", "w", "k", "comma c", "c", "w ]", *READ, "c of x", "x ]")
"""The parts of the formula that write a channel's sum."""
ADDED = ("sum c", "c of sum", "b", "plus b", "y", "t", "equals", "act")
"""Those that write how the channels' sums and the bias, two each, are added, and what that is."""
ALL = (*ADDED, *CHANNEL)


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell; what another format has no room for stands for nothing."""
    told, others = (_told(Stage(Channels(script, own))) for own in (form, FILM if form == COLUMN else COLUMN))
    kept = [{key for key, mark in other.marks.items() if mark.about} for other in others]
    return tuple(
        replace(board, marks=MappingProxyType({k: m if k in own else m.at(about=None) for k, m in board.marks.items()}))
        for board, own in zip(told, kept, strict=True)
    )


def _told(stage: Stage) -> tuple[Board, ...]:
    partials = [_partial(stage, place) for place in range(len(stage.parts))]
    one, wall = (_input(stage), _kernel(stage), _product(stage), *partials, _filter(stage)), Wall(stage.row)
    every = wall.boards() if stage.row.filters > 1 else ()
    return (*one, _output(stage), *_all(stage), *every, checked(stage.row, wall.made))


def _input(stage: Stage) -> Board:
    """The channels alone, and a place for the one number they lead to."""
    row, level, count = stage.row, stage.row.script.level - 1, stage.row.script.read_shape[1]
    what = {1: "a signal of samples", 2: "like stereo sound"}.get(count, f"like {phrases.spelled(count)} microphones")
    what = f"the output{'s' * (count > 1)} of layer {level}" if level else what
    what += f" ({phrases.spelled(len(stage.parts))} are shown)" * (len(stage.parts) < count)
    asked = (
        f"How do {phrases.count(row.script.layer.kernel_size, 'sample')}{' of each' * (count > 1)} become one number?"
    )
    asked = "What comes out?" if row.count < count or row.count * row.script.layer.kernel_size == 1 else asked
    said, draft = row.draft([f"{phrases.sentence(phrases.count(count, 'channel'))}, {what}. {asked}"])
    stage.ruler(draft, stage.first)
    x, y = (stage.side + stage.end) / 2, (TOP + row.bottom) / 2
    stage.place(draft, ("sum", len(stage.addends)), x, y + 85, 120.0, 170.0)
    draft.put("note", ("note", "asked"), words("output", x, y + 119, row.form.small, "ink"))
    draft.put("count", ("asked",), words("?", x, y, HERO if row.is_film else PARTIAL, "ink"))
    for place, (own, part) in enumerate(zip(stage.large, stage.parts, strict=True)):
        stage.signal(draft, place, own, part, stage.first)
        window, end, key = columns(part.taps, stage.first)[1], stage.first.right + 12, ("strand", part.channel)
        strand(draft, (*key, "from"), (window, own.bottom - WIRE, end, own.bottom - WIRE), hue(part))
        strand(draft, key, (end, own.bottom - WIRE, x - 72, y), hue(part))
    if row.script.shown.units:
        pieces.remark(draft, ("units",), phrases.sentence(", ".join(row.script.shown.units)) + ".")
    return draft.board("input", said, 2)


def _lay(
    stage: Stage, every: Sequence[str], lit: Collection[str], place: int, tap: Tap | None = None
) -> tuple[str, Draft]:
    """One of the channels in light and its products, or that of one tap, and the sums of those before it."""
    said, draft = stage.row.draft(every, CHANNEL[2:] if tap else CHANNEL, lit)
    stage.lay(draft, stage.told, "focus", stage.near, place, tap)
    stage.stairs(draft, place, tap)
    stage.sums(draft, place + (tap is None))
    return said, draft


def _kernel(stage: Stage) -> Board:
    row, parts, own = stage.row, stage.parts, stage.rows["open"][0][0]
    whose = "Each channel has its own" if len(parts) > 1 else "A"
    said, draft = row.draft([f"{whose} kernel: numbers that the network learns."])
    stage.lay(draft, stage.told, "open", stage.near)
    tap, (_, right) = draft.marks[stage.told.taps[len(parts[0].taps) - 1]], columns(parts[0].taps, stage.near)
    y, apart, x = (own.middle + own.bottom) / 2, 0.7 * row.form.small, right + 64
    meaning = phrases.window(row.script.layer, row.read)
    pieces.callout(draft, ("window",), "window", x, y - apart, (right + 4, (own.top + own.middle) / 2), meaning)
    pieces.callout(draft, ("tap",), "tap", x, y + apart, (tap.right + 14, tap.y), "number *k* of the kernel")
    frames, cards = ([("rig", place, kind) for place in range(len(parts))] for kind in ("frame", "card"))
    moved = Cue((*map(row.x, parts), ("name", "x"), ("caption",), *frames, ("ruler", stage.told.start)), staging.MOVE)
    kernels = Cue((*cards, ("baseline", "rig"), *stage.told.taps), staging.MOVE, after=0.4)
    return draft.board("kernel", said, 2, [moved, kernels, Cue((("callout", "tap"),), staging.ENTER + 1)])


def _product(stage: Stage) -> Board:
    part, tap, own = stage.parts[0], telling(stage.parts[0]), stage.rows["focus"][0][0]
    worked = f"{sums.factors(tap)} = {tap.product.text}"
    lit = ("w", "k", "w ]", *READ, "x ]")
    said, draft = _lay(stage, [f"For example, the tap at *k* = {tap.k} times its sample: {worked}."], lit, 0, tap)
    left, right = columns([tap], stage.near)
    if size := stage.spelled[0]:
        mark = words(worked, stage.text, stage.beside("focus", 0, 0), size, inked(stage.form, hue(part)), -1)
        draft.put("count", ("count", "told"), mark)
    pieces.band(draft, ("read",), (left + right) / 2, own.top, own.bottom, right - left, hue(part))
    cues = [Cue((("product", part.channel, tap.k, "bar"),), staging.ENTER + 0.2, 1.4, "down first")]
    cues += [Cue((("caption",),), staging.ENTER), Cue((("formula",),), staging.ENTER + 0.2)]
    return draft.board("product", said, 1.4, [*cues, Cue((("count", "told"),), staging.ENTER + 1.2)])


def _partial(stage: Stage, place: int) -> Board:
    part, told = stage.parts[place], stage.told
    texts, total, source = [tap.product.text for tap in part.taps], part.partial.text, f"*c* = {part.source}"
    is_one, whose = len(texts) == 1, f"Channel {source}{' likewise' * (place > 0)}"
    end, more = "", ", with its own kernel" if place else ": each starts where the one before ended"
    if is_one or not stage.spelled[0]:
        end, more = f": the sum is {total}", ""
    begun = whose if place or is_one else "The products are added"
    every = [f"{begun}{more}{end}.", f"{whose}{end}."]
    said, draft = _lay(stage, every, ("c", "c of x") if place else ("sum k", "k of sum"), place)
    stage.worked(draft, told, "focus", place + 1, place)
    # The products fall one after the other, the first channel's slowly, and their sum grows.
    adds, pause, fall = ("count", "worked", *told.cell, place), 0.45 if place else 0.75, staging.ENTER + 1
    ends = (("partial", told.step, part.channel, "bar"), ("note", "under", place))
    cues = [Cue((*ends, ("formula", "sum k"), ("formula", "k of sum")), fall + 5)]
    worked = ("product", part.channel, telling(part).k) if not place else ()
    for n, own in enumerate(addend.key for addend in told.products(part)):
        if own == worked:  # it stands already, and goes on what came before it
            cues.append(Cue((own,), fall, 0.8, after=pause * n))
        else:
            cues.append(Cue(((*own, "bar"),), fall, 0.8, "down first", after=pause * n))
            cues.append(Cue(((*own, "digits"),), fall, 0.3, after=0.7 + pause * n))
        cues.append(Cue(((*own, "link"),), fall, after=0.8 + pause * n))
        cues.append(Cue(((*adds, n),), fall, after=pause * n))
    return draft.board(f"partial {place}", said, 1.6, [*cues, Cue(((*adds, len(texts)),), fall + 6)])


def _filter(stage: Stage) -> Board:
    row, told, count = stage.row, stage.told, len(stage.parts)
    bias = " and one bias to add, all learned" * bool(told.bias)
    said, draft = row.draft([f"A filter: {'a kernel for each channel' if count > 1 else 'a kernel'}{bias}."], CHANNEL)
    stage.filter(draft, told, "open", stage.near)
    stage.sums(draft, count)
    stage.name_bracket(draft, "filter")
    stage.worked(draft, told, "open", count, count)
    draft.change([key for key in draft.marks if key[0] in ("partial", row.x(stage.parts[0])[0])], light=SUPPORT)
    return draft.board("filter", said, 1.5)


def _output(stage: Stage) -> Board:
    """The sums of the channels, head to tail, and with the bias the output."""
    told, act, count, many = stage.told, stage.row.script.layer.activation, len(stage.parts), stage.row.count
    if act == "linear":
        bias = " and the bias add up to" if told.bias else " add up to" if many > 1 else " is"
        every = [f"The {f'{phrases.spelled(many)} sums' if many > 1 else 'sum'}{bias} the output."]
    else:
        is_kept = told.number.value == told.total.value
        then = f"not below zero, so {act} keeps it" if is_kept else f"below zero, so {act} makes it {told.number.text}"
        every = [f"{told.sum}: {then}.", f"{told.total.text}: {then}."]
    said, draft = stage.row.draft(every, ALL, ADDED)
    stage.filter(draft, told, "closed", stage.near)
    stage.added(draft)
    own, signs = [addend.key for addend in stage.addends], [("formula", name) for name in ADDED]
    links, under = [(*key, "link") for key in own], [("note", "under", n) for n in range(len(stage.addends))]
    # Each part of the formula comes with what it stands for.
    down, beat = [(*key, "down") for key in own], staging.MOVE
    cues = [Cue((("count", "worked"),), beat, 1.6, "anew"), Cue((("baseline", "floor", "sums"),), beat)]
    for n in range(count):  # each at the end of the one before it
        cues.append(Cue((own[n], under[n]), beat, 0.7, after=0.4 + 0.6 * n))
        cues.append(Cue((down[n], *links[n : min(n + 1, stage.many - 1)]), beat, 0.3, after=1.1 + 0.6 * n))
    cues.append(Cue(tuple(signs[:2]), beat, after=0.4 + 0.6 * (count - 1)))
    cues.append(Cue((*own[count : stage.many], *under[count:]), beat, after=0.7 + 0.6 * count))
    biased = (("bias", told.step, kind) for kind in ("bar", "digits"))
    cues.append(Cue((*signs[2:4], *biased, links[stage.many - 1]), staging.ENTER + 0.5))
    cues.append(Cue((*signs[4:], ("total", told.step), ("count", "sum", *told.cell)), staging.ENTER + 2))
    return draft.board("output", said, 2.2, cues)


def _all(stage: Stage) -> Iterator[Board]:
    row, told = stage.row, stage.told
    stops = [told.step, *(row.slides if len(row.slides) < 4 else [row.slides[0], row.slides[-1]])]
    for n, (since, step) in enumerate(pairwise(stops)):
        at, is_last = row.outputs[step], step == row.slides[-1]
        is_said = row.script.layer.activation == "linear" and not (stage.is_worked and stage.spelled[0])
        every, many = [f"It slides to *t* = {step}: {at.sum}."] * is_said, phrases.spelled(row.steps)
        every.append(f"{'It' if n else 'The same filter'} slides to *t* = {step}: another output.")
        every = [f"The filter fits in {many} places: {many} outputs."] if is_last else every
        done, name = ([*row.outputs], "outputs") if is_last else (stops[: n + 2], f"slide {step}")
        said, draft = row.draft(every, ALL, ("t", "t of x"))
        stage.filter(draft, at, "open", stage.far)
        stage.outputs(draft, at, done)
        stage.worked(draft, at, "open", len(at.parts) * stage.is_worked)
        stage.listed(draft, done)
        yield draft.board(name, said, 1.5, _sliding(stage, since, at))


def _sliding(stage: Stage, since: int, at: Output) -> Iterator[Cue]:
    """The first output goes to its place; then the filter slides, far slowly, and the outputs that it passes come as
    it does; then its products are added in each channel, then the sums; its output ends them.
    """
    far, is_first = at.step - since, since == stage.told.step
    beat, lasts = staging.MOVE + 0.5 * is_first, 0.5 + 0.65 * min(4, max(1, far))
    yield Cue((stage.told.key, ("name", *at.key[::2]), ("baseline", "floor", at.f)), staging.MOVE, 0.9)
    if is_first and stage.near is not stage.far:  # all steps go to their places at once
        yield Cue((("ruler", stage.told.start), ("ruler", at.start)), beat)
    else:
        yield Cue((("ruler", at.start),), beat, after=0.4 * lasts)
    x, w, b = stage.row.x(at.parts[0])[0], at.w(at.parts[0])[0], f"b{at.script.level}"
    kinds = ((kind,) for kind in (x, w, b, "rig", "index", "filter", "bracket", "band"))
    yield Cue((("baseline", "rig"), ("baseline", x), ("name", x), ("name", "kernel"), *kinds), beat, lasts)
    for step in range(since + 1, at.step):
        yield from sums.passed(stage.row.outputs[step], beat, lasts * motion.passes((step - since) / far))
    yield from sums.added(at, staging.ENTER + 1)
