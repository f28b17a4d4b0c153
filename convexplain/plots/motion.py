"""Pictures that move: the states of a story, the way from each to the next, and the files that hold them.

This module knows time, pixels and Pillow; what a state looks like it is given. The colours of all frames are those of
one palette, so that none flickers, and a picture that does not change is kept as one frame of a longer duration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from convexplain import style
from convexplain.layers import quoted
from convexplain.plots.canvas import NO_TURN, POINTS_PER_INCH, SETTINGS, Marks, Turn, between, paint
from convexplain.script import Script
from convexplain.story import Frame

PIXELS = 900
"""The width of an animation."""
PACINGS = {"teach": 1.6, "normal": 1.0, "fast": 0.45}
LAST_HOLD = 2500
"""How long the last picture stays, in milliseconds at any pacing."""
TICK = 50
"""Milliseconds between two pictures of a movement; GIF counts in hundredths of a second."""

HOLDS = {
    "question": 1600,
    "calls": 1800,
    "take": 900,
    "turn": 700,
    "step": 800,
    "start": 2400,
    "same": 1600,
    "compare": 1800,
    "impulse": 1200,
    "why": 2400,
    "input": 1200,
    "filter": 1400,
    "place": 1200,
    "products": 1400,
    "partial": 1200,
    "sum": 1800,
    "write": 1200,
    "slide": 700,
    "fit": 1400,
    "column": 500,
    "row": 1500,
    "formula": 2600,
}
"""How long the state at the end of a frame stays, by the frame's kind, in milliseconds."""
HOLD = 1200
READING = 45
"""Milliseconds that a character of a new caption adds at least."""
MOVES = {"take": 5, "turn": 11, "step": 3, "products": 6, "partial": 6, "slide": 5, "row": 5, "write": 4}
"""How many pictures lie on the way to a frame; to any other kind two."""
TRANSPARENT = 255


class Shot(NamedTuple):
    """One picture and how long it stays, in milliseconds; ``frame`` is the frame it ends."""

    marks: Marks
    duration: int
    frame: Frame | None


def shots(script: Script, told: Mapping[str, Marks], turns: Mapping[str, Turn], pacing: str) -> Iterator[Shot]:
    """The pictures of an animation in order."""
    if pacing not in PACINGS:
        raise ValueError(f"pacing must be one of {', '.join(map(repr, PACINGS))}. Received: pacing={quoted(pacing)}")
    frames = [frame for frame in script.story.frames if frame.name in told]
    before: Marks | None = None
    caption = ""
    for frame in frames:
        after = told[frame.name]
        if before is not None and after != before:
            # What was seen once may go faster.
            count = MOVES.get(frame.kind, 2) if frame.caption != caption else 2
            for number in range(1, count + 1):
                share = number / (count + 1)
                yield Shot(between(before, after, share, turns.get(frame.name, NO_TURN)), TICK, None)
        hold = HOLDS.get(frame.kind, HOLD)
        if frame.caption != caption:
            hold = max(hold, READING * len(frame.caption))
        caption = frame.caption
        last = frame is frames[-1]
        yield Shot(after, LAST_HOLD if last else max(TICK, round(hold * PACINGS[pacing] / 10) * 10), frame)
        before = after


def write(
    path: Path,
    script: Script,
    told: Mapping[str, Marks],
    turns: Mapping[str, Turn],
    size: tuple[float, float],
    theme: style.Theme,
    pacing: str,
    on_frame: Callable[[Frame], None] | None,
    subject: str,
) -> None:
    """Write the animation as GIF or WebP, by the suffix of ``path``; ``size`` is that of a state, in points."""
    from PIL import Image

    durations: list[int] = []
    pictures: list[np.ndarray] = []
    palette = _palette([render(marks, size, theme) for marks in _samples(told)])
    for shot in shots(script, told, turns, pacing):
        pixels = Image.fromarray(render(shot.marks, size, theme))
        picture = np.asarray(pixels.quantize(palette=palette, dither=Image.Dither.NONE))
        if pictures and np.array_equal(picture, pictures[-1]):
            durations[-1] += shot.duration
        else:
            pictures.append(picture)
            durations.append(shot.duration)
        if shot.frame is not None and on_frame is not None:
            on_frame(shot.frame)
    if path.suffix.lower() == ".gif":
        _write_gif(path, pictures, durations, palette, subject)
    else:
        first, *rest = [_with_palette(picture, palette).convert("RGB") for picture in pictures]
        first.save(path, "WEBP", save_all=True, append_images=rest, duration=durations, loop=0, lossless=True, method=4)


def _write_gif(path: Path, pictures: list[np.ndarray], durations: list[int], palette: Any, subject: str) -> None:
    """Each picture after the first holds only the pixels that change: a tenth of the size."""
    changes = [pictures[0]]
    changes += [np.where(after == before, np.uint8(TRANSPARENT), after) for before, after in pairwise(pictures)]
    first, *rest = [_with_palette(change, palette) for change in changes]
    first.save(
        path,
        "GIF",
        save_all=True,
        append_images=rest,
        duration=durations,
        loop=0,
        disposal=1,
        transparency=TRANSPARENT,
        optimize=False,
        comment=subject.encode("ascii", "replace")[:255],
    )


def _with_palette(picture: np.ndarray, palette: Any) -> Any:
    from PIL import Image

    image = Image.fromarray(picture)
    image.putpalette(palette.getpalette())
    return image


def render(marks: Marks, size: tuple[float, float], theme: style.Theme) -> np.ndarray:
    """The pixels of a state, (height, width, 3)."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    picture = paint(marks, *size, theme, "")
    picture.set_dpi(PIXELS * POINTS_PER_INCH / size[0])
    canvas = FigureCanvasAgg(picture)
    with matplotlib.rc_context(SETTINGS):
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _samples(told: Mapping[str, Marks]) -> list[Marks]:
    """Some states that hold all colours, without rendering every one twice."""
    states = list(told.values())
    return [*states[:: max(1, len(states) // 8)], states[-1]]


def _palette(samples: list[np.ndarray]) -> Any:
    """The 255 commonest colours of some pictures, in a picture that carries them; place 255 stands for no change."""
    from PIL import Image

    packed = np.concatenate(
        [(pixels.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)).ravel() for pixels in samples]
    )
    colours, counts = np.unique(packed, return_counts=True)
    # Equal counts are ordered by colour, so that the palette is the same each time.
    common = colours[np.lexsort((colours, -counts.astype(np.int64)))][:255]
    entries = [int(part) for colour in common for part in (colour >> 16, colour >> 8 & 255, colour & 255)]
    holder = Image.new("P", (1, 1))
    holder.putpalette(entries + entries[:3] * (256 - len(common)))
    return holder
