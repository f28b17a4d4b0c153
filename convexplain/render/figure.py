"""Figures for papers and notebooks: boards painted by matplotlib, one or several as lettered panels.

This module knows matplotlib, panels and the sizes of paper; what stands on a board it is given. Words are text in the
file, with fonts embedded; everything else is the outline that all media share.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from typing import Any, cast

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.transforms import Affine2D

from convexplain import style
from convexplain.board.marks import CONTEXT, SMALL, Board, Key, Mark
from convexplain.board.pieces import wrapped
from convexplain.board.shapes import Shape, shapes
from convexplain.board.text import advance, baseline, font_path, scale, words
from convexplain.render import settings
from convexplain.render.pixels import path_of
from convexplain.system.files import check_target, replacing

SUFFIXES = (".pdf", ".svg", ".png")

SETTINGS: Any = {
    "svg.hashsalt": "convexplain",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "savefig.bbox": None,
    "savefig.transparent": False,
    "savefig.facecolor": "auto",
    "text.hinting": "none",
    "text.antialiased": True,
    "path.sketch": None,
    "path.effects": [],
}
"""What a user's own settings must not change."""


def paint(axes: Any, marks: Mapping[Key, Mark], palette: style.Palette, points: float, outlined: bool = False) -> None:
    """Paint marks into axes whose data coordinates are the board's; ``points`` is what a unit is on paper. ``outlined``
    words are curves, which keep their place in axes of any size.
    """
    for order, mark in enumerate(sorted(marks.values(), key=lambda mark: mark.z)):
        if mark.alpha <= 0:
            continue
        if mark.kind == "words" and mark.squeeze == 1 and not outlined:
            _write(axes, mark, palette, points, order)
        else:
            for shape in shapes(mark):
                axes.add_artist(_patch(shape, mark.alpha, palette, points, order))


def _patch(shape: Shape, alpha: float, palette: style.Palette, points: float, order: int) -> PathPatch:
    colour = palette.colour(shape.role, shape.light)
    fill, edge = ("none", colour) if shape.stroke else (colour, "none")
    look: dict[str, Any] = dict(facecolor=fill, edgecolor=edge, linewidth=shape.stroke * points)
    return PathPatch(path_of(shape), alpha=alpha, zorder=order, capstyle="round", joinstyle="round", **look)


def _write(axes: Any, mark: Mark, palette: style.Palette, points: float, order: int, **more: Any) -> None:
    x = mark.left
    for text, font in mark.runs:
        axes.text(
            x,
            baseline(mark),
            text,
            color=palette.colour(mark.role, mark.light),
            alpha=mark.alpha,
            fontproperties=FontProperties(fname=font_path(font), size=mark.size * scale(font) * points),
            zorder=order,
            verticalalignment="baseline",
            parse_math=False,
            clip_on=False,
            **more,
        )
        x += advance(((text, font),)) * mark.size


def draw(
    boards: Sequence[Board],
    inches: float,
    theme: str = "light",
    subject: str = "",
    ax: Any = None,
    columns: int = 1,
    note: str = "",
) -> Figure:
    """Boards of one format as panels, lettered when there are several, row by row, each row as high as what stands in
    it; ``note`` stands below them all, under a rule. ``inches`` is the width of all.

    With ``ax`` a single board is painted into a user's own axes, whose limits become the board's.
    """
    palette, form = settings.palette(theme), boards[0].format
    points = form.points or inches * 72 / form.width
    with matplotlib.rc_context(SETTINGS):
        if ax is not None:
            _panel(ax, form.width, 0, form.height)
            paint(ax, boards[0].marks, palette, points, outlined=True)
            return cast(Figure, ax.figure)
        head, width = (HEAD if len(boards) > 1 else 0.0), inches * 72 / points
        rows = [_reach(boards[n : n + columns]) for n in range(0, len(boards), columns)]
        lines = wrapped(note, (width - 2 * form.margin) / SMALL) if note else []
        height = sum(bottom - top + head for top, bottom in rows) + (LINE * (len(lines) + 0.6) if lines else 0)
        figure = Picture((inches, height * points / 72), facecolor=palette.ground)
        figure.subject, figure.alternative = subject, f"{alternative(boards)} {note}".rstrip()
        step, y = (width - form.width) / max(1, columns - 1), height
        least = min((board.marks[CAPTION].size for board in boards if CAPTION in board.marks), default=0.0)
        for number, board in enumerate(boards):
            row, column = divmod(number, columns)
            top, bottom = rows[row]
            y -= (bottom - top + head) * (column == 0)
            box = (column * step / width, y / height, form.width / width, (bottom - top + head) / height)
            panel, marks = _panel(figure.add_axes(box), form.width, top - head, bottom), dict(board.marks)
            if CAPTION in marks and marks[CAPTION].size > least:  # the captions of all panels are alike
                marks[CAPTION] = marks[CAPTION].shrunk(least / marks[CAPTION].size)
            paint(panel, marks, palette, points)
            if head:
                letter = words(f"({_letter(number)})", form.margin, top - head / 2, SMALL, align=-1)
                _write(panel, letter, palette, points, len(board.marks))
        if lines:
            foot = Affine2D().scale(1 / width, -1 / height).translate(0, y / height) + figure.transFigure
            _write_note(figure, lines, (form.margin, width - form.margin), palette, points, foot)
    return figure


def _write_note(
    figure: Figure, lines: Sequence[str], ends: tuple[float, float], palette: style.Palette, points: float, place: Any
) -> None:
    """A rule, and under it small lines: text of the figure's own, in units of the board by the transform ``place``."""
    look: dict[str, Any] = {"color": palette.colour("quiet", CONTEXT), "linewidth": 2 * points}
    figure.add_artist(Line2D(ends, (0.2 * LINE, 0.2 * LINE), transform=place, **look))
    for row, text in enumerate(lines):
        said = words(text, ends[0], LINE * (row + 0.9), SMALL, "quiet", align=-1, whole=False)
        _write(figure, said, palette, points, row, transform=place)


HEAD = 44.0
"""The room over a panel for its letter, in units of the board."""
LINE = 40.0
"""From one line of a note to the next."""
CAPTION = ("caption",)
"""The key of what a board says; a second line has one of its own."""


def _panel(axes: Any, right: float, top: float, bottom: float) -> Any:
    """Axes in units of a board, without ticks or frame."""
    axes.set_axis_off()
    axes.set_xlim(0, right)
    axes.set_ylim(bottom, top)
    return axes


def _reach(boards: Sequence[Board]) -> tuple[float, float]:
    """From where to where the marks of panels side by side reach, with a little room for what letters hang below."""
    marks = [mark for board in boards for mark in board.marks.values() if mark.alpha > 0]
    top, bottom = min(mark.top for mark in marks) - 14, max(mark.bottom for mark in marks) + 30
    return max(0.0, top), min(boards[0].format.height, bottom)


def _letter(number: int) -> str:
    """The letter of a panel: a to z, then aa, ab, ..."""
    return (_letter(number // 26 - 1) if number >= 26 else "") + chr(97 + number % 26)


class Picture(Figure):
    """A figure that is the same whatever the user's settings, and shows itself in a notebook.

    >>> import convexplain as cx
    >>> figure = cx.example("kernel_flip").figure("kernel_flip")
    >>> figure
    <figure 'kernel_flip', 7.16 x ... inches. Shown in a notebook; .save("kernel_flip.pdf") writes it>
    >>> figure.save("flip.png")
    'flip.png'
    """

    subject = ""
    alternative = ""

    def draw(self, renderer: Any) -> None:
        """As :class:`matplotlib.figure.Figure` does, whatever the settings of the moment."""
        with matplotlib.rc_context(SETTINGS):
            super().draw(renderer)

    def save(self, path: str | os.PathLike[str], dpi: int = 300) -> str:
        """Write it as :func:`save` does; the path is returned. ``ValueError`` for another kind of file."""
        return save(self, path, dpi)

    def show(self, warn: bool = True) -> None:
        """``AttributeError`` where no window belongs to it."""
        if self.canvas.manager is None:
            raise AttributeError(f"show() needs a figure that pyplot made. Received: {self!r}")
        super().show(warn)

    def __repr__(self) -> str:
        name = self.subject.partition(":")[0] or "figure"
        width, height = self.get_size_inches()
        return (
            f'<figure {name!r}, {width:.3g} x {height:.3g} inches. Shown in a notebook; .save("{name}.pdf") writes it>'
        )

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        buffer = io.BytesIO()
        with matplotlib.rc_context(SETTINGS):
            self.savefig(buffer, format="png", dpi=200)
        width, height = (round(inches * 100) for inches in self.get_size_inches())
        return buffer.getvalue(), {"width": width, "height": height, "alt": self.alternative}


def alternative(boards: Sequence[Board]) -> str:
    """What a picture shows, in words, for those who do not see it: its captions and the numbers that are written."""
    said = []
    for board in boards:
        texts = [mark.text for mark in board.marks.values() if mark.kind == "words" and mark.about and mark.text]
        numbers = f" Numbers: {', '.join(texts)}." if texts else ""
        said.append(f"{board.caption}{numbers}")
    return " ".join(said)


def save(figure: Figure, path: str | os.PathLike[str], dpi: int = 300) -> str:
    """Write a figure as PDF, SVG or PNG, whole or not at all, the same bytes each time; the path is returned.

    The file's metadata says what it shows and of which kernel, and describes it in words. ``dpi``, dots per inch, is
    for PNG.

    >>> import convexplain as cx
    >>> cx.save(cx.example("channel_summation").figure("channel_summation", width=3.5), "sum.pdf")
    'sum.pdf'

    ``ValueError`` for another kind of file, ``OSError`` where it cannot be written.
    """
    target = check_target(path, SUFFIXES)
    said = getattr(figure, "subject", "")
    told = getattr(figure, "alternative", "") or said
    metadata: dict[str, dict[str, str | None]] = {
        ".pdf": {"Title": said, "Subject": told, "Creator": "convexplain", "Producer": None, "CreationDate": None},
        ".svg": {"Title": said, "Description": told, "Creator": "convexplain", "Date": None},
        ".png": {"Title": said, "Description": told, "Software": "convexplain"},
    }
    suffix = target.suffix.lower()
    with replacing(target) as draft, matplotlib.rc_context(SETTINGS):
        figure.savefig(draft, format=suffix[1:], dpi=dpi, metadata=metadata[suffix])
    return str(target)
