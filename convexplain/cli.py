"""The command ``convexplain``: asks the explanation what was typed (see ``arguments``), and prints.

Results go to standard output, progress and warnings to standard error. Exit status 0 done, 1 refuted, 2 bad usage or
input, 3 a part that is not installed. ``--help`` imports nothing heavier than click.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

import click

from convexplain.arguments import (
    Commands,
    Settings,
    Word,
    as_json,
    board_names,
    call,
    cell,
    completed,
    explanation_of,
    given,
    level,
    media_names,
    number,
    numbers,
    pacing,
    quality,
    settings,
    source,
    story,
    story_if_any,
    takes,
    theme,
)
from convexplain.names import WidthName, quoted, words
from convexplain.system import waiting
from convexplain.system.stopping import stoppable

REFUTED, BAD_INPUT, MISSING_PART = 1, 2, 3
UNREAD = 141
"""As of a program that SIGPIPE has ended."""


def _guarded(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn what the package raises into one sentence on standard error and an exit status."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        from convexplain.system.parts import MissingPart

        try:
            with stoppable():
                status = command(*arguments, **options)
        except BrokenPipeError:  # whoever reads the results has enough of them, as ``head`` has
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(UNREAD)
        except (MissingPart, OSError, ValueError, IndexError) as error:
            _fail(*_told(error))
        except KeyboardInterrupt:
            _fail("interrupted", 130)
        else:
            sys.exit(status or 0)

    return run


def _told(error: Exception) -> tuple[str, int]:
    """What the package raised as one sentence, and the exit status that it means."""
    from convexplain.stories.script import Refuted
    from convexplain.system.parts import MissingPart

    said, status = str(error), BAD_INPUT
    if isinstance(error, MissingPart):
        status = MISSING_PART
    elif isinstance(error, Refuted):
        status = REFUTED
    elif isinstance(error, OSError) and error.strerror:
        place = f"{quoted(error.filename, 80)} must be there, and open to you. Received: " if error.filename else ""
        said = f"{place}{error.strerror}"
    return said, status


def _fail(message: str, status: int) -> None:
    click.echo(f"convexplain: {message}", err=True)
    sys.exit(status)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="convexplain")
def main() -> None:
    """See exactly what a stack of Keras Conv1D layers computes.

    SOURCE is a .keras file, which is read without running anything in it, a stack written on the line, such as
    "20x1 conv:4,k5 conv:8,k5", or the name of an example: notebook (when none is given), kernel_flip, two_layers, ...
    """


@main.command()
@takes(source, settings, call, quality)
@click.option(
    "-o", "--output", "folder", required=True, metavar="DIR", help="The folder for everything that is written."
)
@click.option(
    "--films/--no-films", default=True, show_default=True, help="Whether films are rendered, which takes minutes."
)
@_guarded
def explain(source: str | None, settings: Settings, call: str, quality: str, folder: str, films: bool) -> int:
    """Everything about SOURCE: closed forms, verdict, figures and films, into one folder."""
    from convexplain import report

    explanation = explanation_of(source, settings)
    with waiting.told(long=True) as progress:
        made = report.make(explanation, Path(folder), quality=quality, films=films, progress=progress, call=call)
    click.echo(made.text)
    for sentence in made.missing:
        click.echo(f"convexplain: {sentence}", err=True)
    return REFUTED if not made.ok else MISSING_PART if made.missing else 0


@main.command()
@takes(source, settings, as_json)
@click.option("--layer", type=int, help="One layer, counting from 1; all when not given.")
@click.option(
    "--format",
    "form",
    type=Word(["text", "latex", "typst", "sympy"]),
    default="text",
    show_default=True,
    help="The notation.",
)
@_guarded
def equation(source: str | None, settings: Settings, as_json: bool, layer: int | None, form: str) -> None:
    """Each layer in index notation; a maximum over more than 32 cells is cut, but for machines and for sympy."""
    from convexplain.algebra import printing

    explanation = explanation_of(source, settings)
    most = None if as_json else printing.MOST_PRINTED
    forms: dict[str, Callable[[Any], str]] = {
        "text": lambda equality: printing.text(equality, most),
        "latex": lambda equality: printing.latex(equality, most),
        "typst": lambda equality: printing.typst(equality, most),
        "sympy": str,
    }
    first, depth = explanation.stack.input_count, explanation.stack.depth
    found = {level: explanation.equation(level) for level in (range(first, depth + 1) if layer is None else [layer])}
    if as_json:
        _print_json([{"level": n, **{name: write(eq) for name, write in forms.items()}} for n, eq in found.items()])
        return
    for equality in found.values():
        click.echo(forms[form](equality))


@main.command()
@takes(source, settings, cell, level, as_json)
@_guarded
def ledger(
    source: str | None, settings: Settings, cell: tuple[int, ...] | None, level: int | None, as_json: bool
) -> None:
    """The products that make one output, as numbers."""
    from convexplain.report import easiest

    explanation = explanation_of(source, settings)
    stack = explanation.stack
    told = stack.check_level(stack.outputs[0] if level is None else level, lowest=stack.input_count)
    found = explanation.ledger(*(cell or easiest(explanation, told)), level=told)
    if as_json:
        _print_json(found.to_dict())
    else:
        from convexplain.display import terminal
        from convexplain.display.ledger import table

        click.echo(table(found, colours=terminal.is_watched()))


def _print_json(value: Any) -> None:
    import json

    click.echo(json.dumps(value, indent=2))


@main.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@takes(settings, call, as_json)
@click.option(
    "--oracle",
    type=Word(["keras", "scipy", "exact"]),
    default="keras",
    show_default=True,
    help="What is compared with.",
)
@_guarded
def verify(sources: tuple[str, ...], settings: Settings, call: str, as_json: bool, oracle: str) -> int:
    """Compare the formulas with Keras: exit status 0 when they agree, 1 when not.

    Several models are compared side by side, a line each. With --json, of one as of several: {"ok": ..., "models":
    {SOURCE: its verdict, or {"error": ...}}}.
    """
    if as_json or len(sources) > 1:
        return _verify_each(sources or ("notebook",), settings, call, as_json, oracle)
    from convexplain.display import terminal
    from convexplain.display.verdict import coloured

    with waiting.told() as progress:
        progress(f"asking {oracle}", 0, 1)
        verdict = _verdict(sources[0] if sources else "notebook", settings, call, oracle)
        progress(f"asking {oracle}", 1, 1)
    click.echo(coloured(verdict) if terminal.is_watched() else str(verdict))
    return 0 if verdict.ok else REFUTED


def _verdict(source: str, settings: Settings, call: str, oracle: str) -> Any:
    from convexplain.check import oracles

    explanation = explanation_of(source, settings)
    return explanation.verify(call=call) if oracle == "keras" else explanation.verify(getattr(oracles, oracle))


def _found(source: str, settings: Settings, call: str, oracle: str) -> tuple[str, dict[str, Any], int]:
    """What is found about one of several models, "holds", "REFUTED", or what is wrong with it; and its exit status."""
    try:
        verdict = _verdict(source, settings, call, oracle)
    except (ValueError, IndexError, OSError, ImportError) as error:
        said, status = _told(error)
        return f"{'not checked' if status == MISSING_PART else 'not read'}: {said}", {"error": said}, status
    return "holds" if verdict.ok else "REFUTED", verdict.to_dict(), 0 if verdict.ok else REFUTED


def _verify_each(sources: tuple[str, ...], settings: Settings, call: str, as_json: bool, oracle: str) -> int:
    """Several models side by side: a line each, as they come."""
    from convexplain.system.together import each

    models, statuses = {}, set()
    width = max(map(len, sources))
    with waiting.told() as progress:
        progress("models", 0, len(sources))
        for done, (source, (said, found, status)) in enumerate(
            zip(sources, each(_found, [(one, settings, call, oracle) for one in sources]), strict=True)
        ):
            progress("models", done + 1, len(sources))
            models[source] = found
            statuses.add(status)
            if not as_json:
                levels = found.get("levels", [])
                layers = f", {len(levels)} layer{'s' * (len(levels) != 1)}" if levels else ""
                click.echo(f"{source.ljust(width)}  {said}{layers}")
    if as_json:
        _print_json({"ok": statuses == {0}, "models": models})
    return REFUTED if REFUTED in statuses else max(statuses)


@main.command()
@takes(story, source, settings, cell, level, theme, numbers, pacing)
@click.option("-o", "--output", required=True, metavar="FILE", help="PDF, SVG or PNG; GIF or WebP for an animation.")
@click.option(
    "--width",
    shell_complete=completed(lambda ctx: words(WidthName)),
    help=f"{', '.join(words(WidthName))}, or inches; ieee-wide when not given.",
)
@click.option(
    "--frames",
    shell_complete=completed(board_names, several=True),
    help="Boards as panels, by number or name, with commas between them: 0,3,output.",
)
@_guarded
def figure(
    name: str,
    source: str | None,
    settings: Settings,
    cell: tuple[int, int] | None,
    level: int | None,
    theme: str | None,
    numbers: str,
    pacing: str,
    output: str,
    width: str | None,
    frames: str | None,
) -> None:
    """The figure of story NAME, or its animation."""
    from convexplain.report import count_boards
    from convexplain.system import files

    still, moving = (".pdf", ".svg", ".png"), (".gif", ".webp")
    suffix = files.check_target(output, (*still, *moving)).suffix.lower()
    explanation = explanation_of(source, settings)
    with waiting.told() as progress:
        progress(name, 0, 1)
        options = given(cell=cell, level=level, theme=theme, numbers=numbers)
        if suffix in moving:
            boards = len(explanation.story(name, cell, level, numbers=numbers).boards)
            on_board = count_boards(progress, name, boards)
            path = explanation.animate(name, output, pacing=pacing, on_board=on_board, **options)
        else:
            from convexplain.render.figure import save

            chosen = None if frames is None else [number(part) for part in frames.split(",")]
            size = None if width is None else number(width)
            path = save(explanation.figure(name, **options, **given(frames=chosen, width=size)), output)
            progress(name, 1, 1)
    click.echo(str(path))


@main.command()
@takes(story, source, settings, cell, level, quality, theme, numbers, pacing)
@click.option("-o", "--output", required=True, metavar="FILE", help="MP4 or WebM.")
@_guarded
def film(
    name: str,
    source: str | None,
    settings: Settings,
    cell: tuple[int, int] | None,
    level: int | None,
    quality: str,
    theme: str | None,
    numbers: str,
    pacing: str,
    output: str,
) -> None:
    """The film of story NAME, or of "all" stories."""
    from convexplain.report import count_boards
    from convexplain.stories import find
    from convexplain.system import files

    files.check_target(output, (".mp4", ".webm"))
    explanation = explanation_of(source, settings)
    with waiting.told(long=name == "all") as progress:
        options = given(cell=cell, level=level, theme=theme, numbers=numbers, pacing=pacing)
        if name == "all":
            options["on_section"] = partial(progress, "sections")
        else:
            boards = len(explanation.story(find(name, "all").name, cell, level, numbers=numbers).boards)
            options["on_board"] = count_boards(progress, name, boards)
        path = explanation.film(name, output, quality, **options)
    click.echo(str(path))


@main.command()
@takes(story_if_any, source, settings, cell, level, theme, numbers)
@click.option("-o", "--output", required=True, metavar="FILE", help="HTML.")
@_guarded
def page(
    name: str | None,
    source: str | None,
    settings: Settings,
    cell: tuple[int, int] | None,
    level: int | None,
    theme: str | None,
    numbers: str,
    output: str,
) -> None:
    """One interactive page: of story NAME, or without one of all stories that the network has."""
    from convexplain.stories import STORIES
    from convexplain.system import files

    files.check_target(output, (".html",))
    if name is not None and source is None and name not in STORIES:  # page SOURCE: all stories of it
        name, source = None, name
    explanation = explanation_of(source, settings, others=STORIES)
    with waiting.told() as progress:
        progress("page", 0, 1)
        options = given(theme=theme, numbers=numbers)
        if name is None:
            path = explanation.page(output, **options)
        else:
            path = explanation.page(name, output, cell, level, **options)
        progress("page", 1, 1)
    click.echo(str(path))


@main.command()
@click.option("-o", "--output", "folder", default="gallery", show_default=True, help="A folder; made when missing.")
@click.option(
    "--media",
    default="figure,strip,page,animation,film",
    show_default=True,
    shell_complete=completed(media_names, several=True),
    help="Which, with commas.",
)
@click.option("--workers", type=click.IntRange(1), help="Processes side by side; one a core when not given.")
@_guarded
def gallery(folder: str, media: str, workers: int | None) -> None:
    """Every story in every medium, on its small example and on the notebook's model."""
    from convexplain.gallery import MEDIA, draw, pictures
    from convexplain.names import check_name
    from convexplain.system.files import writable
    from convexplain.system.together import each

    chosen = tuple(check_name("a medium", name.strip(), MEDIA) for name in media.split(","))
    with writable(folder, "the output must be a folder that can be written: choose another one"):
        Path(folder).mkdir(parents=True, exist_ok=True)
    todo = list(pictures(chosen))
    with waiting.told(long=True) as progress:
        progress("gallery", 0, len(todo))
        for done, path in enumerate(each(draw, [(picture, folder) for picture in todo], workers), 1):
            progress("gallery", done, len(todo))
            click.echo(path)


@main.command()
@takes(as_json)
@_guarded
def doctor(as_json: bool) -> int:
    """What is installed, what works, and what installs the rest."""
    from importlib.metadata import version

    from convexplain.doctor import examine

    found = []
    if not as_json:
        click.echo(f"convexplain {version('convexplain')}")
    for finding in examine():
        found.append(finding)
        if not as_json:
            click.echo(f"  {'✓' if finding.works else '✗'} {finding.name:<11} {finding.about}")
    if as_json:
        _print_json({"convexplain": version("convexplain"), "found": [finding._asdict() for finding in found]})
    return MISSING_PART if any(finding.needed and not finding.works for finding in found) else 0
