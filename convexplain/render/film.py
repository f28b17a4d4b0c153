"""Films: boards played by manim, written as one file.

This module knows how manim is told to render: in a folder of its own, silently, and moved into place when it is whole.
What is played stands in ``render.scene``; manim is imported only when a film is rendered.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from convexplain import files, parts
from convexplain.board.marks import Board
from convexplain.layers import quoted
from convexplain.render.settings import course, palette

QUALITIES = {"low": (480, 15), "medium": (720, 30), "full": (1080, 30), "high": (1080, 60)}
"""Lines, and frames per second."""

ENCODING = {
    ".mp4": {"crf": "18", "preset": "veryfast", "tune": "animation"},
    ".webm": {"crf": "24", "deadline": "realtime", "cpu-used": "6"},
}
"""Flat colours need no slow search."""
ALWAYS = {
    "threads": "1",
    "colorspace": "smpte170m",
    "color_primaries": "bt709",
    "color_trc": "iec61966-2-1",
    "color_range": "tv",
}
"""One thread a segment, of which several are encoded at once: the same bytes on any number of cores. And what the
colours are: a player that is not told takes those of a large film for other ones.
"""

SUFFIXES = tuple(ENCODING)
"""Animated images are made by ``render.animation``: manim's GIFs are seventy times the size of its films."""


def render(
    boards: Sequence[Board],
    path: str | os.PathLike[str],
    *,
    quality: str = "medium",
    pacing: str = "teach",
    theme: str = "dark",
    title: str = "",
    on_board: Callable[[Board], None] | None = None,
) -> str:
    """Render boards as a film and return the path written.

    ``path`` ends in .mp4 or .webm. ``quality`` is low (480 lines, 15 frames/s), medium (720, 30), full (1080, 30) or
    high (1080, 60); ``pacing`` teach, normal or fast; ``title`` is what players show. ``on_board`` is called when a
    board has been played. ``ValueError`` for anything else, :class:`convexplain.MissingPart` without manim; a film
    that fails or is stopped leaves nothing behind, and what was at ``path`` before stays.
    """
    target = files.check_target(path, SUFFIXES)
    if quality not in QUALITIES:
        raise ValueError(
            f"quality must be one of {', '.join(map(repr, QUALITIES))}. Received: quality={quoted(quality)}"
        )
    palette(theme), course(boards, pacing)
    parts.require("manim")
    from manim import tempconfig

    from convexplain.render.scene import BoardScene

    suffix, (lines, rate) = target.suffix.lower(), QUALITIES[quality]
    shape = boards[0].format.width / boards[0].format.height
    with files.scratch_folder() as folder, _interrupted_between_frames() as pause:
        settings = {
            "verbosity": "ERROR",
            "media_dir": str(folder),
            "output_file": "film",
            "format": suffix[1:],
            "pixel_width": 2 * round(lines * shape / 2),
            "pixel_height": lines,
            "frame_height": 8.0,
            "frame_width": 8.0 * shape,
            "frame_rate": rate,
            "disable_caching": True,
            "max_inflight_encoders": 4,
            "video_encoder_options": ENCODING[suffix] | ALWAYS,
            "progress_bar": "none",
            "renderer": "cairo",
            "save_sections": False,
            "dry_run": False,
            "preview": False,
            "write_all": False,
            "from_animation_number": 0,
            "upto_animation_number": -1,
        }
        with tempconfig(settings):
            scene = BoardScene(boards, pacing, theme, on_board, pause)
            try:
                scene.render()
            except BaseException:
                scene.renderer.file_writer.abort_encode_jobs()
                raise
        (film,) = folder.rglob(f"film{suffix}")
        with files.replacing(target) as draft:
            _entitled(film, draft, title)
    return str(target)


@contextmanager
def _interrupted_between_frames() -> Iterator[Callable[[], None]]:
    """Ctrl-C waits until a frame is done: anywhere else it can leave an encoder of manim's waiting for ever, and with it
    the process. The block is given what to call between two frames.
    """
    asked: list[int] = []

    def pause() -> None:
        if asked:
            raise KeyboardInterrupt

    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield pause
        return
    signal.signal(signal.SIGINT, lambda number, frame: asked.append(number))
    try:
        yield pause
        pause()
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _entitled(film: Path, target: Path, title: str) -> None:
    """The film with a title, packet by packet, and nothing in it that differs from one run to the next; its index comes
    first, so that it plays while it loads.
    """
    import av

    options = {"fflags": "+bitexact"} | ({"movflags": "+faststart"} if target.suffix.lower() == ".mp4" else {})
    with av.open(str(film)) as source, av.open(str(target), "w", options=options) as copy:
        if title:
            copy.metadata["title"] = title
        stream = copy.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
