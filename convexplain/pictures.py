"""What can be drawn of one network: each story as boards, figure, animation, film or page.

Each method is one call into the module that draws, imported when it is asked. Without a path the moving ones give an
object that a notebook plays (see ``render.inline``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, overload

from convexplain import parts
from convexplain.names import FilmName, FormatName, Numbers, Pacing, PageTheme, Quality, StoryName, Theme, WidthName

if TYPE_CHECKING:
    import matplotlib.figure

    from convexplain.board.marks import Board
    from convexplain.network import Levels, Network
    from convexplain.render.inline import Animation, Film, Page
    from convexplain.stories.told import Story

Cell = tuple[int, int] | None
"""The output that is told, (step, channel); the one that is easiest to follow when None."""
Level = int | None
Path = str | os.PathLike[str]


class Options(TypedDict, total=False):
    """What films and animations take by name."""

    pacing: Pacing
    theme: Theme
    numbers: Numbers
    on_board: Callable[[Board], None] | None


class Pictures:
    """The part of an explanation that draws."""

    _levels: Levels | None

    @property
    def network(self) -> Network:
        """The network that is drawn."""
        raise NotImplementedError

    @property
    def stack(self) -> Any:
        """Its layers and shapes."""
        raise NotImplementedError

    @property
    def _is_notebook(self) -> bool:
        raise NotImplementedError

    def _ask_keras(self) -> None:
        raise NotImplementedError

    @property
    def stories(self) -> Stories:
        """Every story that can be told of this network, by name, at the level it suits best."""
        return Stories(self)

    def story(
        self,
        name: StoryName,
        cell: Cell = None,
        level: Level = None,
        format: FormatName | float = "film",
        numbers: Numbers = "short",
    ) -> Story:
        """The boards of story ``name`` for one output ``cell`` (step, channel) of ``level``, checked before it is told.

        Without a cell, of the output that is easiest to follow; without a level, of the last one. ``format`` is "film",
        "page", a publisher's column ("ieee", "ieee-wide", "neurips", "elsevier") or a width in inches. ``numbers`` are
        "short" (rounded to a grid on which every printed product and sum is exact) or "full".
        """
        from convexplain.stories import script
        from convexplain.stories.told import format_of, tell

        form = format_of(format)
        if parts.is_installed(*parts.keras_and_backend()):
            self._ask_keras()
        return tell(script.write(name, self.network, cell, level, numbers, self._levels), form)

    def figure(
        self,
        name: StoryName,
        cell: Cell = None,
        level: Level = None,
        *,
        width: WidthName | float = "ieee-wide",
        theme: Theme = "light",
        frames: Sequence[int | str] | None = None,
        ax: Any = None,
        numbers: Numbers = "short",
    ) -> matplotlib.figure.Figure:
        """The figure of story ``name`` for one output, as a ``matplotlib.figure.Figure`` that shows itself.

        ``width`` is a publisher's ("ieee", "ieee-wide", "neurips", "elsevier") or in inches; the height follows, and
        lettering has 7 points or more. ``frames`` chooses boards by number or name, for a strip of panels; ``ax`` takes
        one of them into axes of your own. Save it with :func:`convexplain.save`, which writes the same bytes each time,
        or with its own ``savefig``. See :meth:`story` for the other arguments and errors.
        """
        from convexplain.render import figure
        from convexplain.stories.told import chosen, panels

        form, inches, columns = panels(width)
        story = self.story(name, cell, level, form.width * form.points / 72, numbers)
        boards = chosen(story, frames, columns)
        return figure.draw(boards, inches, theme, story.subject, ax, min(columns, len(boards)))

    @overload
    def animate(
        self, name: StoryName, path: None = ..., cell: Cell = ..., level: Level = ..., **options: Unpack[Options]
    ) -> Animation: ...
    @overload
    def animate(
        self, name: StoryName, path: Path, cell: Cell = ..., level: Level = ..., **options: Unpack[Options]
    ) -> str: ...
    def animate(
        self,
        name: StoryName,
        path: Path | None = None,
        cell: Cell = None,
        level: Level = None,
        *,
        pacing: Pacing = "normal",
        theme: Theme = "dark",
        numbers: Numbers = "short",
        on_board: Callable[[Board], None] | None = None,
    ) -> str | Animation:
        """Write the story as an animated GIF or WebP, board by board the same as its film; the path is returned.
        Without a path, an object that a notebook plays and that has ``.save(path)``.

        ``pacing`` is "teach", "normal" or "fast". See :meth:`story` for the other arguments and errors.
        """
        from convexplain.render import inline

        story = self.story(name, cell, level, "film", numbers)
        made = inline.Animation(story, pacing=pacing, theme=theme, on_board=on_board)
        return made if path is None else made.save(path)

    @overload
    def film(
        self,
        name: FilmName,
        path: None = ...,
        quality: Quality = ...,
        cell: Cell = ...,
        level: Level = ...,
        **options: Unpack[Options],
    ) -> Film: ...
    @overload
    def film(
        self,
        name: FilmName,
        path: Path,
        quality: Quality = ...,
        cell: Cell = ...,
        level: Level = ...,
        **options: Unpack[Options],
    ) -> str: ...
    def film(
        self,
        name: FilmName,
        path: Path | None = None,
        quality: Quality = "medium",
        cell: Cell = None,
        level: Level = None,
        *,
        pacing: Pacing = "normal",
        theme: Theme = "dark",
        numbers: Numbers = "short",
        on_board: Callable[[Board], None] | None = None,
    ) -> str | Film:
        """Render the story as a film, MP4 or WebM; the path is returned. ``quality`` is "low", "medium", "full" or
        "high": 480, 720, 1080 and 1080 lines at 15, 30, 30 and 60 frames a second. Without a path, an object that a
        notebook plays and that has ``.save(path)``; it is rendered when it is shown or saved.

        "all" is the whole film, all stories of this network from the question to the check, with its captions and a
        poster beside it. :class:`convexplain.MissingPart` when manim is not installed; it says the command. See
        :meth:`story` for the other arguments and errors.
        """
        from convexplain.render import inline

        if name == "all":
            made: Film = inline.WholeFilm(
                None if self._is_notebook else self, quality=quality, pacing=pacing, theme=theme
            )
        else:
            story = self.story(name, cell, level, "film", numbers)
            made = inline.Film(story, quality=quality, pacing=pacing, theme=theme, on_board=on_board)
        return made if path is None else made.save(path)

    @overload
    def page(
        self,
        name: StoryName | None = ...,
        path: None = ...,
        cell: Cell = ...,
        level: Level = ...,
        *,
        theme: PageTheme = ...,
        numbers: Numbers = ...,
    ) -> Page: ...
    @overload
    def page(self, name: os.PathLike[str], *, theme: PageTheme = ..., numbers: Numbers = ...) -> str: ...
    @overload
    def page(
        self,
        name: StoryName | None,
        path: Path,
        cell: Cell = ...,
        level: Level = ...,
        *,
        theme: PageTheme = ...,
        numbers: Numbers = ...,
    ) -> str: ...
    def page(
        self,
        name: StoryName | os.PathLike[str] | None = None,
        path: Path | None = None,
        cell: Cell = None,
        level: Level = None,
        *,
        theme: PageTheme = "dark",
        numbers: Numbers = "short",
    ) -> str | Page:
        """Write the story as one self-contained interactive page, HTML; the path is returned. With a path alone, all
        stories that can be told of this network. Without a path, an object that a notebook shows and that has
        ``.save(path)``: of one story, or without a name of all.

        See :meth:`story` for the other arguments and errors.
        """
        from convexplain.render import inline

        if path is None and name is not None and not str(name).isidentifier():
            name, path = None, name
        if name is None:
            stories = [
                self.story(one, level=at, format="page", numbers=numbers) for one, at in self.stories.levels.items()
            ]
        else:
            stories = [self.story(str(name), cell, level, "page", numbers)]
        made = inline.Page(stories, theme=theme)
        return made if path is None else made.save(path)


class Stories(Mapping[str, "Story"]):
    """The stories that can be told of a network, by name, each told when it is asked for.

    >>> import convexplain as cx
    >>> cx.example("kernel_flip").stories
    sliding_window     What does one filter do?                      layer 1
    kernel_flip        Does Conv1D flip the kernel?                  layer 1
    channel_summation  How do several channels become one number?    layer 1
    padding_modes      Why do the lengths differ?                    layer 1
    gradient_flip      Where does the flip come from, then?          layer 1
    """

    def __init__(self, pictures: Pictures) -> None:
        from convexplain.stories.programme import programme

        self._pictures = pictures
        self.levels = programme(pictures.stack)
        """The level of which each is told."""

    def __getitem__(self, name: StoryName) -> Story:
        from convexplain.stories import find

        return self._pictures.story(name, level=self.levels.get(find(name).name))

    def __iter__(self) -> Iterator[str]:
        return iter(self.levels)

    def __len__(self) -> int:
        return len(self.levels)

    def questions(self) -> list[tuple[str, str, int]]:
        """Each story with what people ask, and the level it is told of."""
        from convexplain.stories import find

        return [(name, find(name).question, level) for name, level in self.levels.items()]

    def __repr__(self) -> str:
        rows = self.questions()
        name = max((len(row[0]) for row in rows), default=0)
        question = max((len(row[1]) for row in rows), default=0)
        lines = [f"{row[0]:<{name}}  {row[1]:<{question}}  layer {row[2]}" for row in rows]
        return "\n".join(lines) or "no stories: the network has no Conv1D layer"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)
