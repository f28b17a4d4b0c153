"""What can be drawn of one network: each story as boards, figure, animation, film or page.

Each method is one call into the module that draws, imported when it is asked. Without a path the moving ones give an
object that a notebook plays (see ``display.inline``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, overload

from convexplain.formulas import Formulas
from convexplain.names import (
    FigureName,
    FilmName,
    FormatName,
    Numbers,
    Pacing,
    PageTheme,
    Quality,
    StoryName,
    Theme,
    WidthName,
)
from convexplain.system import parts

if TYPE_CHECKING:
    import matplotlib.figure

    from convexplain.board.marks import Board, Format
    from convexplain.check.verdict import Verdict
    from convexplain.display.inline import Animation, Film, Page
    from convexplain.network import Levels
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


class Pictures(Formulas):
    """Formulas and pictures of one network; an :class:`~convexplain.explanation.Explanation` adds numbers. Every number
    is checked before it is drawn.

    >>> import convexplain as cx
    >>> list(cx.example("kernel_flip").stories)
    ['sliding_window', 'kernel_flip', 'channel_summation', 'padding_modes', 'gradient_flip']
    """

    verdict: Verdict | None = None
    """What :meth:`verify` found last; None before it was asked."""
    _levels: Levels | None = None
    _first_levels: Levels | None = None
    """The values of some first levels, for a ledger of one of them."""

    @property
    def _is_notebook(self) -> bool:
        from convexplain import examples

        return self._network is examples.network("notebook") or (
            callable(self._network) and self._stack is examples.find("notebook").stack
        )

    def _ask_keras(self, whatever: bool = False) -> None:
        """Take Keras's outputs for the values of the levels, as the notebook does; kept, since Keras is slow to ask.

        Of a network that is no chain of convolutions only when asked for ``whatever`` it is.
        """
        from convexplain.stories.within import is_told_whole

        known = self.network.recorded is not None or self.network.weights is None
        if not known and (whatever or is_told_whole(self.stack)):
            from convexplain.check.verify import record

            self._network = replace(self.network, recorded=record(self.network))
            self._levels = self._first_levels = None

    @property
    def stories(self) -> Stories:
        """Every story that can be told of this network, by name, at the level it suits best.

        >>> import convexplain as cx
        >>> cx.notebook().stories.levels["channel_summation"]        # of the second layer, which reads four channels
        2
        """
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

        >>> import convexplain as cx
        >>> story = cx.example("channel_summation").story("channel_summation", cell=(0, 1))
        >>> story.title
        'How do several channels become one number?'
        >>> len(story.boards) == len(story.transitions) + 1
        True
        >>> cx.notebook().story("kernel_flap")
        Traceback (most recent call last):
            ...
        ValueError: the story must be one of 'sliding_window', ... Did you mean 'kernel_flip'?

        ``ValueError`` for an unknown story, format or kind of numbers, without weights, and where the network has no
        such story; ``IndexError`` for a cell or level out of range; :class:`convexplain.Refuted` where the numbers are
        not those of the layers.
        """
        from convexplain.stories import script
        from convexplain.stories.told import format_of, tell

        form = format_of(format)
        if parts.is_installed(*parts.keras_and_backend()):
            self._ask_keras()
        return tell(script.write(name, self.network, cell, level, numbers, self._levels), form)

    def _drawn(self, form: Format) -> tuple[Board, str]:
        """The network as a board, and in a sentence what was checked of it."""
        from convexplain.check import verify
        from convexplain.display import drawn

        check = None
        if self.verdict is None and self.network.weights is not None:
            if parts.is_installed(*parts.keras_and_backend()):
                self._ask_keras()
            check = verify.check(self.network)
        said = drawn.note(self.verdict, check)
        # A page says below each picture what was checked.
        beside = said if form.points else ""
        return drawn.board(self.stack, form, *drawn.found(self.stack, self.verdict, check), beside), said

    def figure(
        self,
        name: FigureName,
        cell: Cell = None,
        level: Level = None,
        *,
        width: WidthName | float = "ieee-wide",
        theme: Theme = "light",
        frames: Sequence[int | str] | None = None,
        ax: Any = None,
        numbers: Numbers = "short",
    ) -> matplotlib.figure.Figure:
        """The figure of story ``name`` for one output, as a ``matplotlib.figure.Figure`` that shows itself. "network"
        is the table of the levels, drawn: shape, weights, receptive field, terms and what was found of each layer.

        ``width`` is a publisher's ("ieee", "ieee-wide", "neurips", "elsevier") or in inches; the height follows, and
        lettering has 7 points or more where a panel is at least 3.3 inches wide. Under the panels stands what was
        checked. ``frames`` chooses boards by number or name, for a strip of panels; ``ax`` takes one of them into axes
        of your own. ``figure.save(path)``, as :func:`convexplain.save`, writes the same bytes each time; matplotlib's
        own ``savefig`` is there too.

        >>> import convexplain as cx
        >>> figure = cx.example("channel_summation").figure("channel_summation", cell=(0, 1), width="ieee")
        >>> float(figure.get_size_inches()[0]), len(figure.axes)
        (3.5, 2)

        ``ValueError`` for another width, theme or frame. See :meth:`story` for the other arguments and errors.
        """
        from convexplain.display.drawn import NAME
        from convexplain.render import figure
        from convexplain.stories import find
        from convexplain.stories.told import chosen, panels, whole_width

        if name == NAME:
            if (cell, level, frames) != (None, None, None):
                raise ValueError(
                    "the figure of the network shows all its levels on one board: it takes no cell, level or frames. "
                    f"Received: cell={cell}, level={level}, frames={frames!r:.40}"
                )
            form, inches = whole_width(width)
            told, _ = self._drawn(form)
            return figure.draw([told], inches, theme, f"{NAME}: {told.caption}", ax)
        form, inches, columns = panels(width)
        story = self.story(find(name, NAME).name, cell, level, form.width * form.points / 72, numbers)
        boards = chosen(story, frames, columns)
        return figure.draw(boards, inches, theme, story.subject, ax, min(columns, len(boards)), story.note)

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

        ``pacing`` is "teach", "normal" or "fast". ``on_board`` is called after each board; a story takes about ten
        seconds.

        >>> import convexplain as cx
        >>> cx.example("kernel_flip").animate("kernel_flip")
        <animation 'kernel_flip': Does Conv1D flip the kernel? Shown in a notebook; .save("kernel_flip.webp") writes it>
        >>> cx.example("kernel_flip").animate("kernel_flip", "flip.mp4")
        Traceback (most recent call last):
            ...
        ValueError: the file must end in one of .gif, .webp. Received: 'flip.mp4', which is written by film

        ``ValueError`` for another kind of file, theme or pacing. See :meth:`story` for the other arguments and errors.
        """
        from convexplain.display import inline

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
        on_section: Callable[[int, int], None] | None = None,
    ) -> str | Film:
        """Render the story as a film, MP4 or WebM; the path is returned. ``quality`` is "low", "medium", "full" or
        "high": 480, 720, 1080 and 1080 lines at 15, 30, 30 and 60 frames a second. Without a path, an object that a
        notebook plays and that has ``.save(path)``; it is rendered when it is shown or saved.

        "all" is the whole film, all stories of this network from the question to the check, with its captions and a
        poster beside it. ``on_board`` is called after each board of a story, which takes about a minute; ``on_section``
        with how many sections of "all" are done, and of how many, which takes several.

        >>> import convexplain as cx
        >>> cx.example("kernel_flip").film("kernel_flip")                       # needs manim
        <film 'kernel_flip': Does Conv1D flip the kernel? Shown in a notebook; .save("kernel_flip.mp4") writes it>
        >>> cx.example("kernel_flip").film("kernel_flip", "flip.gif")
        Traceback (most recent call last):
            ...
        ValueError: the file must end in one of .mp4, .webm. Received: 'flip.gif', which is written by animate ...

        ``ValueError`` for another kind of file, quality, theme or pacing; :class:`convexplain.MissingPart` when manim
        is not installed, with the command that installs it. See :meth:`story` for the other arguments and errors.
        """
        from convexplain.display import inline
        from convexplain.stories import find

        if name == "all":
            made: Film = inline.WholeFilm(
                None if self._is_notebook else self,
                quality=quality,
                pacing=pacing,
                theme=theme,
                on_section=on_section,
            )
        else:
            story = self.story(find(name, "all").name, cell, level, "film", numbers)
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
        theme: PageTheme | None = None,
        numbers: Numbers = "short",
    ) -> str | Page:
        """Write the story as one self-contained interactive page, HTML; the path is returned. With a path alone, all
        stories that can be told of this network, and "network", the table of its levels. Without a path, an object that
        a notebook shows and that has ``.save(path)``: of one story, or without a name of all. Without a ``theme`` a
        file is dark, and in a notebook the page follows the notebook's own setting, or the reader's.

        >>> import convexplain as cx
        >>> cx.example("kernel_flip").page("kernel_flip", "flip.html")
        'flip.html'
        >>> cx.example("kernel_flip").page("kernel_flip")
        <page 'kernel_flip': Does Conv1D flip the kernel? Shown in a notebook; .save("kernel_flip.html") writes it>

        ``ValueError`` for another kind of file or theme. See :meth:`story` for the other arguments and errors.
        """
        from convexplain.board.marks import PAGE
        from convexplain.display import drawn, inline
        from convexplain.render import page as pages
        from convexplain.stories import find

        if path is None and name is not None and not str(name).isidentifier():
            name, path = None, name
        stories: list[Any] = []
        if name is None:
            for one, at in self.stories.levels.items():
                stories.append(self.story(one, level=at, format="page", numbers=numbers))
        elif name != drawn.NAME:
            stories = [self.story(find(str(name), drawn.NAME).name, cell, level, "page", numbers)]
        if name is None or name == drawn.NAME:
            told, said = self._drawn(PAGE)
            stories.append(pages.Story(drawn.NAME, drawn.TITLE, (told,), said))
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
    >>> cx.example("kernel_flip").stories["gradient_flip"].title
    'Where does the flip come from, then?'
    """

    def __init__(self, pictures: Pictures) -> None:
        from convexplain.stories.programme import programme

        self._pictures = pictures
        self.levels = programme(pictures.stack)
        """The level of which each is told."""

    def __getitem__(self, name: StoryName) -> Story:
        """The boards of a story, as :meth:`Explanation.story` tells them. ``ValueError`` for an unknown name."""
        from convexplain.stories import find

        return self._pictures.story(name, level=self.levels.get(find(name).name))

    def __iter__(self) -> Iterator[str]:
        return iter(self.levels)

    def __len__(self) -> int:
        return len(self.levels)

    def questions(self) -> list[tuple[str, str, int]]:
        """Each story with what people ask, and the level it is told of.

        >>> import convexplain as cx
        >>> cx.example("collapse").stories.questions()[0]
        ('sliding_window', 'What does one filter do?', 1)
        """
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
