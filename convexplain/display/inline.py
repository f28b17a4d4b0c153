"""Pictures that move, as objects: a notebook plays them, ``save`` writes them, and nothing is rendered before either.

This module knows when a picture is made and the HTML element that holds it; how it is made the renderers know. What was
made for a notebook lives in memory, and is written as it is when it is saved as the same kind of file.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from convexplain.board.marks import Board
from convexplain.board.text import plain
from convexplain.display.notebook import told
from convexplain.names import check_name
from convexplain.render import settings
from convexplain.stories.told import Story
from convexplain.system import files, parts


class Moving:
    """A picture that is made when it is shown or saved, once for both.

    >>> import convexplain as cx
    >>> page = cx.example("kernel_flip").page("kernel_flip")
    >>> page.name, page.kind, page.suffix
    ('kernel_flip', 'page', '.html')
    >>> page.data[:15]
    b'<!doctype html>'
    """

    kind = "picture"
    suffix = ""
    """The kind of file that a notebook plays."""
    media_type = ""
    subject = ""
    """What it shows, in a line."""
    title = ""
    """What people ask."""
    name = ""
    """Of the story, for the name of a file."""

    on_board: Callable[[Board], None] | None = None
    """Called when a board is made."""
    count = 1
    """How many boards there are."""

    def _write(self, path: str | os.PathLike[str], on_board: Callable[[Board], None] | None = None) -> str:
        raise NotImplementedError

    @cached_property
    def _folder(self) -> dict[str, bytes]:
        """The files that are made, by their suffixes."""
        with files.scratch_folder() as folder, told(f"{self.kind} {self.name!r}", self.count) as step:

            def on_board(board: Board) -> None:
                step(board)
                if self.on_board is not None:
                    self.on_board(board)

            self._write(folder / f"made{self.suffix}", on_board)
            return {path.suffix: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}

    @property
    def data(self) -> bytes:
        """The file that a notebook plays."""
        return self._folder[self.suffix]

    def save(self, path: str | os.PathLike[str]) -> str:
        """Write it, whole or not at all; the path is returned.

        >>> import convexplain as cx
        >>> cx.example("kernel_flip").page("kernel_flip").save("flip.html")
        'flip.html'

        ``ValueError`` for another kind of file.
        """
        target = Path(path)
        if "_folder" not in self.__dict__ or target.suffix.lower() != self.suffix:
            return self._write(path, self.on_board)
        files.check_target(target, (self.suffix,))
        for suffix, data in self._folder.items():
            with files.replacing(target if suffix == self.suffix else target.with_suffix(suffix)) as draft:
                draft.write_bytes(data)
        return str(target)

    def _address(self, suffix: str = "", media_type: str = "") -> str:
        """A file as an address that holds it whole."""
        data = base64.b64encode(self._folder[suffix or self.suffix]).decode()
        return f"data:{media_type or self.media_type};base64,{data}"

    def __repr__(self) -> str:
        return (
            f"<{self.kind} {self.name!r}: {self.title}"
            f' Shown in a notebook; .save("{self.name}{self.suffix}") writes it>'
        )


class Animation(Moving):
    """A story as an animated image; ``save`` writes GIF or WebP.

    >>> import convexplain as cx
    >>> cx.example("kernel_flip").animate("kernel_flip", pacing="teach")
    <animation 'kernel_flip': Does Conv1D flip the kernel? Shown in a notebook; .save("kernel_flip.webp") writes it>

    ``ValueError`` for another pacing or theme.
    """

    kind, suffix, media_type = "animation", ".webp", "image/webp"

    def __init__(
        self, story: Story, *, pacing: str, theme: str, on_board: Callable[[Board], None] | None = None
    ) -> None:
        settings.palette(theme)
        check_name("pacing", pacing, settings.PACINGS)
        self.name, self.title, self.subject, self._story = story.name, story.title, story.subject, story
        self._options: dict[str, Any] = dict(pacing=pacing, theme=theme, subject=story.subject)
        self.on_board, self.count = on_board, len(story.boards)

    def _write(self, path: str | os.PathLike[str], on_board: Callable[[Board], None] | None = None) -> str:
        from convexplain.render import animation

        return animation.write(self._story.boards, path, on_board=on_board, **self._options)

    def _repr_html_(self) -> str:
        words = escape(f"{self.subject}. {' '.join(plain(board.caption) for board in self._story.boards)}")
        return f'<img src="{self._address()}" alt="{words}" style="width:100%;max-width:900px;height:auto">'


class Film(Moving):
    """A story as a film; ``save`` writes MP4 or WebM.

    >>> import convexplain as cx
    >>> cx.example("kernel_flip").film("kernel_flip", quality="low")            # needs manim
    <film 'kernel_flip': Does Conv1D flip the kernel? Shown in a notebook; .save("kernel_flip.mp4") writes it>

    ``ValueError`` for another quality, pacing or theme; :class:`convexplain.MissingPart` when manim is not installed.
    """

    kind, suffix, media_type = "film", ".mp4", "video/mp4"

    def __init__(
        self,
        story: Story,
        *,
        quality: str,
        pacing: str,
        theme: str,
        on_board: Callable[[Board], None] | None = None,
    ) -> None:
        self._check(quality, pacing, theme)
        self.name, self.title, self.subject, self._story = story.name, story.title, story.subject, story
        self._options: dict[str, Any] = dict(quality=quality, pacing=pacing, theme=theme)
        self.on_board, self.count = on_board, len(story.boards)

    @staticmethod
    def _check(quality: str, pacing: str, theme: str) -> None:
        from convexplain.render.film import QUALITIES

        check_name("quality", quality, QUALITIES)
        check_name("pacing", pacing, settings.PACINGS)
        settings.palette(theme)
        parts.require("manim")

    def _write(self, path: str | os.PathLike[str], on_board: Callable[[Board], None] | None = None) -> str:
        from convexplain.render import film

        story = self._story
        return film.render(story.boards, path, title=story.subject, on_board=on_board, **self._options)

    def _captions(self) -> str:
        """The captions as an address, for those who do not see the film."""
        from convexplain.render import film

        words = film.captions([self._story.boards], self._options["pacing"])
        return f"data:text/vtt;base64,{base64.b64encode(words.encode()).decode()}"

    def _repr_html_(self) -> str:
        return (
            f'<video src="{self._address()}" title="{escape(self.subject)}" controls loop muted playsinline '
            f'style="width:100%;max-width:960px;height:auto">'
            f'<track kind="captions" srclang="en" label="Captions" src="{self._captions()}"></video>'
        )


class WholeFilm(Film):
    """All stories of a network as one film, with captions and a poster beside it where it is saved."""

    name = "all"
    title = subject = "all stories, from the question to the check."

    def __init__(
        self,
        explanation: Any,
        *,
        quality: str,
        pacing: str,
        theme: str,
        on_section: Callable[[int, int], None] | None = None,
    ) -> None:
        self._check(quality, pacing, theme)
        self._told = explanation
        self._on_section = on_section
        self._options = dict(quality=quality, pacing=pacing, theme=theme)

    def _write(self, path: str | os.PathLike[str], on_board: Callable[[Board], None] | None = None) -> str:
        from convexplain import whole

        return whole.render(self._told, path, on_section=self._on_section, **self._options)

    def _captions(self) -> str:
        return self._address(".vtt", "text/vtt")


class Page(Moving):
    """Stories as one interactive page; ``save`` writes HTML.

    >>> import convexplain as cx
    >>> cx.example("kernel_flip").page("kernel_flip", theme="light")
    <page 'kernel_flip': Does Conv1D flip the kernel? Shown in a notebook; .save("kernel_flip.html") writes it>

    ``ValueError`` for another theme.
    """

    kind, suffix, media_type = "page", ".html", "text/html"

    def __init__(self, stories: Sequence[Story], *, theme: str | None = None) -> None:
        """Without a ``theme`` a file is dark, and a notebook chooses by its own setting."""
        from convexplain.render import page

        if theme is not None:
            check_name("theme", theme, page.THEMES)
        self._theme = theme
        self._stories = [page.Story(told.name, told.title, told.boards, told.note) for told in stories]
        self.name = stories[0].name if len(stories) == 1 else "stories"
        self.title = self.subject = " ".join(told.title for told in stories)

    def _write(self, path: str | os.PathLike[str], on_board: Callable[[Board], None] | None = None) -> str:
        from convexplain.render import page

        return page.write(self._stories, path, theme=self._theme or "dark")

    def _repr_html_(self) -> str:
        from convexplain.render import page

        return page.inline(self._stories, theme=self._theme or "auto")
