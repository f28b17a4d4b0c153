"""A ledger as it is read: products, sums and Keras's number, the same lines in a terminal and in a notebook.

This module knows which lines a ledger has and how its numbers are written, so that sums add up as shown, or say that
they do not; it computes nothing but where a bar begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from convexplain import style
from convexplain.display import markup, terminal
from convexplain.display.terminal import Segment

if TYPE_CHECKING:
    from convexplain.numbers.ledger import Ledger

_HEADS = {
    "sum": "one product a line",
    "largest": "the largest of these",
    "smallest": "the smallest of these",
    "function": "a function of these",
}
MOST_LINES = 100
"""Products that a REPL or a notebook shows; ``print(ledger)`` shows all."""
WIDTH, HEIGHT = 240, 26
"""Pixels of the column of bars, and of a row of it."""


class Line(NamedTuple):
    """A line of a ledger."""

    kind: str
    """"entry", "product", "candidate", "left out", "channel", "bias", "total" or "output"."""
    names: tuple[str, ...]
    """What is multiplied, or what the line is called."""
    factors: tuple[str, ...]
    """The numbers that are multiplied, as they are written."""
    sign: str
    """"=", or "≈" where what is written does not add up."""
    value: str
    begin: Fraction
    """Where the bar of the line begins: at the sum of the lines before it, or at 0."""
    end: Fraction
    channel: Any = None
    note: str = ""


def lines(ledger: Ledger, most: int | None = None) -> list[Line]:
    """The lines of a ledger, the products channel by channel; of more than ``most`` those in the middle are left out.

    >>> import convexplain as cx
    >>> for line in lines(cx.example("kernel_flip").ledger(0, 0)):
    ...     print(line.kind, line.names, line.factors, line.value, line.begin, line.end)
    product ('w1[0, 0, 0]', 'x[0, 0]') ('1', '2') 2 0 2
    product ('w1[1, 0, 0]', 'x[1, 0]') ('−1', '2') −2 2 0
    product ('w1[2, 0, 0]', 'x[2, 0]') ('2', '1') 2 0 2
    channel ('channel 0',) () 2 0 2
    total ('total',) () 2 0 2
    """
    form, zero = form_of(ledger), Fraction(0)
    running, position = zero, 0
    is_sum = ledger.operation == "sum"
    found = [Line("entry", (name,), (), "=", form.text(value), zero, zero) for name, value in ledger.entries]
    for partial in ledger.partial_sums:
        first = running
        for row in partial.rows:
            weight, source = ledger.names[position]
            position += 1
            note = "padding" if row.term.padded else ""
            names = (weight, source) if weight else (source,)
            if is_sum:
                factors = (form.text(row.weight), form.text(row.sample))
                end = running + row.product
                found.append(
                    Line("product", names, factors, "=", form.text(row.product), running, end, partial.channel, note)
                )
                running = end
            else:
                channel = row.term.source.channel if hasattr(row.term.source, "channel") else None
                value = form.text(row.sample)
                found.append(Line("candidate", (source,), (), "=", value, zero, row.sample, channel, note))
        if is_sum and partial.channel is not None:
            sign = form.relation([row.product for row in partial.rows], partial.total)
            name, value = f"channel {partial.channel}", form.text(partial.total)
            found.append(Line("channel", (name,), (), sign, value, first, running, partial.channel))
    found = _shortened(found, most)
    about = "≈" if ledger.radius else "="
    if is_sum:
        addends = [partial.total for partial in ledger.partial_sums]
        if ledger.bias is not None:
            value = form.text(ledger.bias)
            found.append(Line("bias", (ledger.bias_name,), (), "=", value, running, running + ledger.bias))
            addends.append(ledger.bias)
        sign = form.relation(addends, ledger.total)
        found.append(Line("total", ("total",), (), sign, form.text(ledger.total), zero, ledger.total))
    else:
        name = ledger.function or ledger.operation
        found.append(Line("total", (name,), (), about, form.text(ledger.total), zero, ledger.total))
    if ledger.activation != "linear":
        name, value = f"{ledger.activation}(total)", form.text(ledger.output)
        found.append(Line("output", (name,), (), about, value, zero, ledger.output))
    return found


def _shortened(found: list[Line], most: int | None) -> list[Line]:
    """The lines without those in the middle, where there are too many."""
    if most is None or len(found) <= most:
        return found
    first, last = found[: most * 3 // 4], found[len(found) - most // 4 :]
    left = found[len(first) : len(found) - len(last)]
    count = sum(line.kind != "channel" for line in left)
    summed = first[-1].kind != "candidate"
    begin, end = first[-1].end, last[0].end if last[0].kind == "channel" else last[0].begin
    many = Line("left out", (f"... {count:,} more",), (), "", "", begin if summed else end, end)
    return [*first, many, *last]


def heading(ledger: Ledger) -> str:
    """What a ledger is of, and where its samples come from."""
    return f"{_cell(ledger)}, {_about(ledger)}"


def _cell(ledger: Ledger) -> str:
    return style.entry(style.feature(ledger.level), *ledger.cell)


def _about(ledger: Ledger) -> str:
    return f"{_HEADS[ledger.operation]}, {ledger.source}"


def answer(ledger: Ledger) -> str:
    """Keras's number, and how far it may be off."""
    if ledger.keras is None:
        return "Keras: not asked yet, verify() asks it"
    bound = "" if ledger.bound is None else f", bound {style.magnitude(ledger.bound)}"
    return f"Keras {form_of(ledger).text(ledger.keras)}, off by {style.magnitude(ledger.error)}{bound}"


def form_of(ledger: Ledger) -> style.Format | style.Scientific:
    """Integers as they are, real numbers with seven decimals, or with seven digits where decimals would lose one."""
    numbers = [value for row in ledger.rows for value in row[1:]]
    numbers += [partial.total for partial in ledger.partial_sums] + [value for _, value in ledger.entries]
    numbers += [value for value in (ledger.bias, ledger.total, ledger.keras) if value is not None]
    plain = style.Format(style.decimals(numbers, most=7))
    fits = all(
        abs(value) < style.LONGEST**2 and bool(style.rounded(value, plain.decimals)) for value in numbers if value
    )
    return plain if fits else style.Scientific(7)


def table(ledger: Ledger, colours: bool = False) -> str:
    """The whole ledger as a table for a terminal."""
    return (terminal.coloured if colours else terminal.plain)(_written(ledger, lines(ledger)))


def shown(ledger: Ledger) -> str:
    """The ledger in a REPL: in colours where they are seen, and not longer than is read."""
    written = _written(ledger, lines(ledger, MOST_LINES))
    if len(ledger.rows) > MOST_LINES:
        written.append([("  print(ledger) shows all products", "quiet")])
    return terminal.coloured(written) if terminal.is_interactive() else terminal.plain(written)


def _written(ledger: Ledger, told: Sequence[Line]) -> list[list[Segment]]:
    """Lines of words in columns: names, factors, and values that end below each other."""
    named = [line.names for line in told if line.kind in ("product", "candidate")]
    width = [max((len(names[place]) for names in named if len(names) > place), default=0) for place in (0, 1)]
    factors = [line.factors for line in told if line.factors]
    wide = [max((len(texts[place]) for texts in factors), default=0) for place in (0, 1)]
    value = max(len(line.value) for line in told)
    whole = width[0] + (width[1] + 3 if width[1] else 0)
    whole = max(whole, *(len(line.names[0]) for line in told if line.kind not in ("product", "candidate")))
    room = sum(wide) + 6 if factors else 0
    written: list[list[Segment]] = [[(heading(ledger), "")]]
    for line in told:
        role = {"channel": "sum", "total": "sum", "output": "sum", "left out": "quiet"}.get(line.kind, "")
        colour = "" if line.channel is None else f"channel {line.channel % len(style.CHANNELS)}"
        if line.kind == "left out":
            written.append([(f"  {line.names[0]}", role)])
        elif line.kind in ("product", "candidate"):
            name = " * ".join(text.ljust(wide) for text, wide in zip(line.names, width, strict=False))
            product = " * ".join(text.rjust(wide) for text, wide in zip(line.factors, wide, strict=False))
            written.append(
                [
                    ("  ", ""),
                    (name.ljust(whole), colour),
                    (f" = {product}" if factors else "", "quiet"),
                    (f" {line.sign} {line.value:>{value}}", ""),
                    (f"  ({line.note})" if line.note else "", "quiet"),
                ]
            )
        else:
            text = f"  {line.names[0]:<{whole}}{' ' * (room)} {line.sign} {line.value:>{value}}"
            written.append([(text, colour if line.kind == "channel" else role)])
    return [*written, [(f"  {answer(ledger)}", _role(ledger) or "quiet")]]


def _role(ledger: Ledger) -> str:
    """Whether Keras's number lies within its bound, where there are both."""
    if ledger.error is None or ledger.bound is None:
        return ""
    return "good" if ledger.error <= ledger.bound else "bad"


def html(ledger: Ledger) -> str:
    """The ledger as a table with a bar for each product that begins where the one before it ends."""
    told = lines(ledger, MOST_LINES)
    places = [Fraction(0), *(place for line in told for place in (line.begin, line.end))]
    low, high = min(places), max(places)
    is_sum = ledger.operation == "sum"
    heads = [("", ""), ("factors" if is_sum else "", "n"), ("product" if is_sum else "value", "n")]
    heads.append(("running sum" if is_sum else "", "bar"))
    rows = [_row(line, low, high) for line in told]
    gauge = ""
    if ledger.error is not None and ledger.bound is not None:
        gauge = markup.gauge(ledger.error, ledger.bound)
    return markup.card(
        f'<p class="title">{markup.code(_cell(ledger))}</p><p class="soft">{escape(_about(ledger))}</p>',
        markup.table(heads, rows),
        f'<p class="{_role(ledger)}">{escape(answer(ledger))}</p>',
        gauge,
    )


def _row(line: Line, low: Fraction, high: Fraction) -> str:
    name = " × ".join(markup.code(text) for text in line.names) if line.factors else escape(line.names[0])
    name = markup.code(line.names[0]) if line.kind in ("entry", "candidate", "bias") else name
    note = f' <span class="soft">{escape(line.note)}</span>' if line.note else ""
    factors = f'<span class="soft">{escape(" × ".join(line.factors))}</span>' if line.factors else ""
    value = escape(line.value if line.sign in ("=", "") else f"{line.sign} {line.value}")
    kind = {"total": "total", "output": "total", "channel": "part"}.get(line.kind, "")
    cells = [(name + note, ""), (factors, "n"), (value, "n"), (_bar(line, low, high), "bar")]
    return markup.row(cells, kind)


def _bar(line: Line, low: Fraction, high: Fraction) -> str:
    """The bar of a line from where it begins to where it ends; steps join it with the next one."""
    unit = WIDTH / float(high - low or 1)

    def at(value: Fraction) -> float:
        return float(value - low) * unit

    begin, end, zero = at(line.begin), at(line.end), at(Fraction(0))
    colour = "currentColor" if line.channel is None else style.CHANNELS[line.channel % len(style.CHANNELS)]
    shapes = [markup.line(zero, 0, zero, HEIGHT, stroke_opacity=0.25)]
    thin = line.kind == "channel"
    height = 4 if thin else 14
    look: dict[str, object] = {"fill": colour}
    if line.kind == "left out":
        look |= {"fill_opacity": 0.25}
    shapes.append(markup.rectangle(min(begin, end), (HEIGHT - height) / 2, abs(end - begin), height, **look))
    if line.kind in ("product", "bias", "left out"):
        shapes.append(markup.line(end, HEIGHT / 2, end, HEIGHT, stroke_opacity=0.45))
        shapes.append(markup.line(begin, 0, begin, HEIGHT / 2, stroke_opacity=0.45))
    elif thin:
        shapes.append(markup.line(end, 0, end, HEIGHT, stroke_opacity=0.45))
    return markup.picture(WIDTH, HEIGHT, f"{line.names[-1]}: {line.value}", shapes)
