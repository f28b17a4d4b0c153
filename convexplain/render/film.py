"""Films: boards played by manim, written as one file.

This module knows how manim is told to render: in a folder of its own, silently, and moved into place when it is whole.
What is played stands in ``render.scene``; manim is imported only when a film is rendered.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from convexplain.board.marks import Board
from convexplain.board.text import plain
from convexplain.names import check_name
from convexplain.render.settings import course, palette
from convexplain.system import files, parts
from convexplain.system.stopping import stoppable

QUALITIES = {"low": (480, 15), "medium": (720, 30), "full": (1080, 30), "high": (1080, 60)}
"""Lines, and frames per second."""

ENCODING = {
    ".mp4": {
        "crf": "20",
        "preset": "superfast",
        "tune": "animation",
        "x264-params": "mbtree=0:b-adapt=0:rc-lookahead=0:weightp=0",
    },
    ".webm": {"crf": "24", "deadline": "realtime", "cpu-used": "6"},
}
"""Flat colours need no slow search, and no look at the frames to come: most are as the one before."""
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
    check_name("quality", quality, QUALITIES)
    palette(theme), course(boards, pacing)
    parts.require("manim")
    from manim import tempconfig

    from convexplain.render.scene import BoardScene

    suffix, (lines, rate) = target.suffix.lower(), QUALITIES[quality]
    shape = boards[0].format.width / boards[0].format.height
    with files.scratch_folder() as folder, stoppable(between=True) as pause:  # between two frames
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
            except BaseException as error:
                scene.renderer.file_writer.abort_encode_jobs()
                if isinstance(error.__cause__, OSError):  # what the system said of a segment, such as that it is full
                    raise error.__cause__ from None
                raise
        (film,) = folder.rglob(f"film{suffix}")
        with files.replacing(target) as draft:
            join([film], draft, title)
    return str(target)


def join(films: Sequence[Path], target: Path, title: str) -> None:
    """Films of one kind as one, packet by packet, without encoding again; with a title, and with its index first, so
    that it plays while it loads.
    """
    import av

    options = {"fflags": "+bitexact"} | ({"movflags": "+faststart"} if target.suffix.lower() == ".mp4" else {})
    with av.open(str(target), "w", options=options) as copy:
        if title:
            copy.metadata["title"] = title
        stream, later = None, 0
        for film in films:
            with av.open(str(film)) as source:
                read = source.streams.video[0]
                if stream is None:
                    stream = copy.add_stream_from_template(read)
                end = 0
                for packet in source.demux(read):
                    if packet.dts is not None and packet.pts is not None:
                        end = max(end, packet.pts + (packet.duration or 0))
                        packet.pts, packet.dts, packet.stream = packet.pts + later, packet.dts + later, stream
                        copy.mux(packet)
                later += end


def captions(boards: Sequence[Sequence[Board]], pacing: str) -> str:
    """The captions of films that are played one after the other, as WebVTT: each from the moment its board is on its
    way until the next one is.
    """
    lines, clock = ["WEBVTT", ""], 0.0
    for section in boards:
        for step in course(section, pacing):
            begin, clock = clock, clock + step.lasts
            if step.board.caption:
                said = plain(step.board.caption).replace("&", "&amp;").replace("<", "&lt;")
                lines += [f"{_clock(begin)} --> {_clock(clock)}", said, ""]
    return "\n".join(lines)


def _clock(seconds: float) -> str:
    """A time as WebVTT writes it: 00:01:02.500."""
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}:{rest:06.3f}"
