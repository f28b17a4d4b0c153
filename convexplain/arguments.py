"""What may be typed after the command ``convexplain``: each argument and option once, and what it means.

This module knows click and the words a user types; it asks nothing of an explanation but to be made.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import BadZipFile

import click

from convexplain.names import check_name, nearest, quoted

if TYPE_CHECKING:
    from convexplain.explanation import Explanation


class Commands(click.Group):
    """Commands by name; one that is mistyped is answered with the nearest right one."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            known = self.list_commands(ctx)
            ctx.fail(
                f"the command must be one of {', '.join(known)}. Received: {quoted(args[0])}{nearest(args[0], known)}"
            )
        if len(words := _unquoted(args)) > 1:
            ctx.fail(f'a stack on the line must be in quotes: "{" ".join(words)}". Received: {len(words)} words')
        return super().resolve_command(ctx, args)


def _unquoted(args: Sequence[str]) -> list[str]:
    """The words of a stack that was typed without quotes: a shape and the layers after it; none where it has quotes."""
    first = next((place for place, word in enumerate(args) if re.fullmatch(r"\d+[xX×*]\d+", word)), len(args))
    words = list(itertools.takewhile(lambda word: re.match(r"\w+(:|$)", word), args[first:]))
    return [re.sub("[X×*]", "x", word) for word in words[:1]] + words[1:]


class Word(click.Choice):
    """One of some words, with the nearest right one where none of them was typed."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return check_name("it", value, self.choices)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Cell(click.ParamType):
    """An output cell, ``step,channel``, or ``feature`` where there are no steps."""

    name = "STEP,CHANNEL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        parts = value.split(",")
        if len(parts) > 2 or not all(part.strip().isdecimal() for part in parts):
            self.fail(f"a cell must be two numbers, step,channel, or one. Received: {quoted(value)}", param, ctx)
        return tuple(map(int, parts))


class Settings(NamedTuple):
    """What is typed about a network beside its source."""

    x: str | None
    until: str | None
    steps: int | None


def takes(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several arguments and options as one decorator, in the order in which help lists them."""

    def apply(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return apply


def _examples(ctx: click.Context, param: click.Parameter, typed: str) -> list[Any]:
    """What a shell completes a source to: the examples, and files."""
    from click.shell_completion import CompletionItem

    from convexplain.examples import EXAMPLES

    names = [CompletionItem(name) for name in EXAMPLES if name.startswith(typed)]
    return names or [CompletionItem(typed, type="file")]


def _stories(ctx: click.Context, param: click.Parameter, typed: str) -> list[Any]:
    """What a shell completes the name of a story to."""
    from click.shell_completion import CompletionItem

    from convexplain.stories import STORIES

    return [CompletionItem(kind.name, help=kind.question) for kind in STORIES.values() if kind.name.startswith(typed)]


def completed(words: Callable[[click.Context], Iterable[str]], several: bool = False) -> Any:
    """What a shell completes an option to: the ``words`` for what was typed before it, one or ``several`` with commas;
    nothing where these cannot be found.
    """

    def complete(ctx: click.Context, param: click.Parameter, typed: str) -> list[str]:
        before, comma, last = typed.rpartition(",") if several else ("", "", typed)
        with contextlib.suppress(Exception):
            return [f"{before}{comma}{word}" for word in words(ctx) if word.startswith(last)]
        return []

    return complete


def _asked(ctx: click.Context) -> tuple[str | None, Explanation]:
    """The story and the explanation of the source that were typed. Before an option that is not whole, click has not
    told words apart yet.
    """
    from convexplain.stories import STORIES

    found = [ctx.params.get(one.name or "") for one in ctx.command.params if isinstance(one, click.Argument)]
    typed = [word for one in found if one for word in ([one] if isinstance(one, str) else one)] + ctx.args
    story = typed.pop(0) if typed and typed[0] in STORIES and "name" in ctx.params else None
    return story, explanation_of(next(iter(typed), None), Settings(None, None, ctx.params.get("steps")))


def _levels(ctx: click.Context) -> list[str]:
    stack = _asked(ctx)[1].stack
    return [str(level) for level in range(stack.input_count, stack.depth + 1)]


def _layers(ctx: click.Context) -> list[str]:
    return [layer.name for layer in _asked(ctx)[1].stack.layers if layer.name]


def board_names(ctx: click.Context) -> list[str]:
    """The names of the boards of the story that was typed, but for those with a comma."""
    from convexplain.stories import script
    from convexplain.stories.told import tell

    story, asked = _asked(ctx)
    told = script.write(story or "", asked.network, ctx.params.get("cell"), ctx.params.get("level"))
    return [board.name for board in tell(told).boards if "," not in board.name]


def media_names(ctx: click.Context) -> Iterable[str]:
    """The media of the gallery."""
    from convexplain.gallery import MEDIA

    return MEDIA


source = click.argument("source", required=False, shell_complete=_examples)
story = click.argument("name", shell_complete=_stories)
story_if_any = click.argument("name", required=False, shell_complete=_stories)
cell = click.option(
    "--cell", type=_Cell(), help="The output that is told: its step and channel; the easiest to follow when not given."
)
level = click.option(
    "--level",
    type=int,
    shell_complete=completed(_levels),
    help="The level that is told, by its number; the last when not given.",
)


def settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options about the network itself; the command is handed them as one."""

    @click.option(
        "--x",
        metavar="FILE",
        help="One input as a .npy file, (steps, channels), or several as a .npz by their names; else a seeded sample.",
    )
    @click.option(
        "--until",
        metavar="LAYER",
        shell_complete=completed(_layers),
        help="The last layer, by its name or the number of its level.",
    )
    @click.option("--steps", type=int, help="The number of steps, where the model leaves it open.")
    @wraps(command)
    def run(*arguments: Any, x: str | None, until: str | None, steps: int | None, **options: Any) -> Any:
        return command(*arguments, settings=Settings(x, until, steps), **options)

    return run


call = click.option(
    "--call",
    type=Word(["eager", "predict", "both"]),
    default="eager",
    show_default=True,
    help="How Keras is called.",
)
quality = click.option(
    "--quality",
    type=Word(["low", "medium", "full", "high"]),
    default="medium",
    show_default=True,
    help="480, 720, 1080 lines, or 1080 at 60 frames a second.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="For machines.")
theme = click.option("--theme", type=Word(["dark", "light"]), help="Of paper or of a film, when not given.")
numbers = click.option(
    "--numbers",
    type=Word(["short", "full"]),
    default="short",
    show_default=True,
    help="Short numbers are rounded so that every printed product and sum is exact.",
)
pacing = click.option(
    "--pacing",
    type=Word(["teach", "normal", "fast"]),
    default="normal",
    show_default=True,
    help="How long each step lasts.",
)


def explanation_of(source: str | None, settings: Settings, others: Iterable[str] = ()) -> Explanation:
    """The explanation of a file, of a named example, or of the notebook's model when nothing is named.

    ``others`` are names beside those of the examples that may have been meant by one that is neither.
    """
    from convexplain import example, explain
    from convexplain.examples import EXAMPLES
    from convexplain.reader.archive import beside

    name = "notebook" if source is None else source
    x = None if settings.x is None else _array(settings.x)
    options: Any = {
        "until": int(settings.until) if (settings.until or "").isdecimal() else settings.until,  # type: ignore[arg-type]
        "steps": settings.steps,
    }
    if name in EXAMPLES and not Path(name).exists():
        known = example(name)
        if settings == Settings(None, None, None):
            return known
        return explain(known.stack, x, weights=known.network.weights, **options)
    try:
        return explain(name, x, **options)
    except FileNotFoundError as error:
        near = nearest(name, [*EXAMPLES, *others])
        if not near or Path(name).suffix or beside(name):
            raise
        raise ValueError(
            f"the source must be a file or the name of an example. Received: {quoted(name)}{near}"
        ) from error


def _array(path: str) -> Any:
    import numpy as np

    said = ""
    try:
        with open(path, "rb") as file:
            array = np.load(file, allow_pickle=False)
            if isinstance(array, np.lib.npyio.NpzFile):
                found = {name: array[name] for name in array.files}
                if all(isinstance(one, np.ndarray) for one in found.values()):
                    return found
            elif isinstance(array, np.ndarray):
                return array
    except OSError as error:
        said = f", {error.strerror}" if error.strerror else ""
    except (ValueError, EOFError, BadZipFile, zlib.error):
        pass
    raise ValueError(f"the input must be a .npy or .npz file of numbers. Received: {quoted(path, 80)}{said}")


def number(text: str) -> Any:
    """A number where it is one, else the word."""
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text.strip())
    return text.strip()


def given(**options: Any) -> dict[str, Any]:
    """The options that were typed; what was not is left to the callee's own default."""
    return {name: value for name, value in options.items() if value is not None}
