"""The HTML that all cards are made of: one sheet of style, and small pieces.

This module knows HTML and the colours of the two palettes; it knows no object of the package.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from html import escape

from convexplain.style import magnitude

STYLE = (
    ".cx.cx.cx{--line:color-mix(in srgb,currentColor 20%,transparent);--soft:color-mix(in srgb,currentColor 68%,"
    "transparent);font-size:14px;line-height:1.45;max-width:76rem;overflow-x:auto;padding:2px}"
    ".cx.cx.cx *{box-sizing:border-box}"
    ".cx.cx.cx table{border-collapse:collapse;border:0;margin:.5em 0 .8em;font-size:13px;color:inherit;width:auto;"
    "table-layout:auto}"
    ".cx.cx.cx caption{text-align:left;caption-side:top;color:var(--soft);font-size:13px;padding:0 0 .3em}"
    ".cx.cx.cx tr,.cx.cx.cx tbody tr,.cx.cx.cx tbody tr:hover{background:none;border:0}"
    ".cx.cx.cx th,.cx.cx.cx td{border:0;border-bottom:1px solid var(--line);padding:4px 14px 4px 0;text-align:left;"
    "vertical-align:middle;white-space:nowrap;max-width:none}"
    ".cx.cx.cx thead th{color:var(--soft);font-weight:400}"
    ".cx.cx.cx tbody th{font-weight:400}"
    ".cx.cx.cx .n{text-align:right;font-variant-numeric:tabular-nums}"
    ".cx.cx.cx code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
    "font-size:12.5px;background:none;color:inherit;padding:0;border:0;white-space:nowrap}"
    ".cx.cx.cx .title code{font-size:15px}"
    ".cx.cx.cx p{margin:.25em 0}"
    ".cx.cx.cx svg{display:block;overflow:visible;max-width:none}"
    ".cx.cx.cx .soft{color:var(--soft)}"
    ".cx.cx.cx .title{font-size:16px;font-weight:600}"
    ".cx.cx.cx .good{color:color-mix(in srgb,#009E73 75%,currentColor)}"
    ".cx.cx.cx .bad{color:color-mix(in srgb,#D55E00 85%,currentColor);font-weight:600}"
    ".cx.cx.cx .asks{display:flex;flex-wrap:wrap;align-items:flex-start;gap:0 2.5em;margin-top:.6em}"
    ".cx.cx.cx .asks caption{font-size:14px;font-weight:600;color:inherit;padding:.3em 0 .2em}"
    ".cx.cx.cx .asks table{margin:.1em 0}"
    ".cx.cx.cx .asks td,.cx.cx.cx .asks th{border:0;padding:1.5px 12px 1.5px 0;line-height:1.4}"
    ".cx.cx.cx .total>*{border-bottom:0;border-top:2px solid var(--line);font-weight:600}"
    ".cx.cx.cx .bar{padding:0 14px 0 0}"
    ".cx.cx.cx math{font-size:15px}"
    ".cx.cx.cx details{margin:.3em 0;color:var(--soft)}"
    ".cx.cx.cx summary{cursor:pointer}"
    ".cx.cx.cx ul{margin:.2em 0 .2em 1.2em;padding:0}"
)
"""Three times the class, so that a notebook's own style of tables does not win. A page that drops styles, as some
viewers of notebooks do, still shows plain tables."""


def card(*parts: str) -> str:
    """A card: its parts with the style they need."""
    return f'<div class="cx"><style>{STYLE}</style>{"".join(parts)}</div>'


def code(text: str) -> str:
    """What is typed."""
    return f"<code>{escape(text)}</code>"


def table(heads: Sequence[tuple[str, str]], rows: Iterable[str], caption: str = "") -> str:
    """A table: ``heads`` are words and the class of their column, ``rows`` are written already."""
    head = "".join(f'<th scope="col"{_class(kind)}>{escape(word)}</th>' for word, kind in heads)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    top = f"<thead><tr>{head}</tr></thead>" if heads else ""
    return f"<table>{title}{top}<tbody>{''.join(rows)}</tbody></table>"


def row(cells: Iterable[tuple[str, str]], kind: str = "") -> str:
    """A row: ``cells`` are HTML and the class of their column; the first is the head of the row."""
    written = [
        f'<th scope="row"{_class(name)}>{text}</th>' if not place else f"<td{_class(name)}>{text}</td>"
        for place, (text, name) in enumerate(cells)
    ]
    return f"<tr{_class(kind)}>{''.join(written)}</tr>"


def picture(width: float, height: float, words: str, shapes: Iterable[str]) -> str:
    """A small drawing; ``words`` say what it shows."""
    size = f"{short(width)} {short(height)}"
    return (
        f'<svg width="{short(width)}" height="{short(height)}" viewBox="0 0 {size}" role="img" '
        f'aria-label="{escape(words)}">{"".join(shapes)}</svg>'
    )


def rectangle(x: float, y: float, width: float, height: float, **look: object) -> str:
    """A rectangle; ``look`` are attributes, with _ for -."""
    place = f'x="{short(x)}" y="{short(y)}" width="{short(width)}" height="{short(height)}"'
    return f"<rect {place}{_look(look)}/>"


def line(x1: float, y1: float, x2: float, y2: float, **look: object) -> str:
    """A line in the colour of the text."""
    place = f'x1="{short(x1)}" y1="{short(y1)}" x2="{short(x2)}" y2="{short(y2)}"'
    return f'<line {place} stroke="currentColor"{_look(look)}/>'


def short(number: float) -> str:
    """A length: hundredths of a pixel cannot be seen."""
    return f"{round(float(number), 2):g}"


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _look(look: dict[str, object]) -> str:
    return "".join(f' {name.replace("_", "-")}="{value}"' for name, value in look.items())


GAUGE = 150
"""Pixels from no error to the bound."""


def gauge(error: Fraction, bound: Fraction) -> str:
    """An error as a mark inside its bound: a line from 0 to the bound, and the mark where the error lies on it.

    An error beyond its bound stands outside the line.
    """
    share = float(error / bound) if bound else float(bool(error)) * 2
    within = error <= bound
    words = f"error {magnitude(error)}, " + (f"{share:.1%} of its bound {magnitude(bound)}" if within and bound else "")
    words = words if within else f"error {magnitude(error)}, beyond its bound {magnitude(bound)}"
    middle, place = 8.0, 4 + GAUGE * min(share, 1.15)
    colour = "#009E73" if within else "#D55E00"
    shapes = [
        rectangle(4, middle - 3, GAUGE, 6, rx=3, fill="currentColor", fill_opacity=0.14),
        line(4, middle - 6, 4, middle + 6, stroke_opacity=0.5),
        line(4 + GAUGE, middle - 6, 4 + GAUGE, middle + 6, stroke_opacity=0.8),
        f'<circle cx="{short(place)}" cy="{short(middle)}" r="4.5" fill="{colour}"/>',
    ]
    return picture(GAUGE + 32, 16, words.strip(", "), shapes)
