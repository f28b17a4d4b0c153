"""The main job: everything there is to say about one network, printed and written into one folder.

This module knows which questions are asked and what the files are called; every answer comes from the explanation it is
given. It writes into a folder of its own only: new, empty, or holding an earlier report.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from convexplain.display.drawn import NAME
from convexplain.display.network import summarize
from convexplain.explanation import Explanation
from convexplain.names import quoted
from convexplain.stack import describe
from convexplain.system.files import try_folder, writable, write_text
from convexplain.system.together import each
from convexplain.system.waiting import Progress

MANIFEST = "report.json"
MOST_TERMS = 120
"""The most products of one output that are printed."""
IN_FULL = "One output in full"
MOST_CLOSED_FORMS, MOST_LISTED_TERMS = 2_000, 100_000
"""The most outputs whose closed forms are listed, and the most terms of them; a larger network has its equations only.
"""

FIGURE_KINDS = (".pdf", ".svg", ".png")


@dataclass
class Report:
    """What was found and what was written."""

    text: str
    ok: bool
    files: list[Path] = field(default_factory=list)
    look_first: list[Path] = field(default_factory=list)
    """Where a reader begins."""
    missing: list[str] = field(default_factory=list)
    """What could not be done, and the command that installs what it needs."""


def _levels(explanation: Explanation) -> range:
    """The levels that layers make."""
    return range(explanation.stack.input_count, explanation.stack.depth + 1)


def equations(explanation: Explanation) -> str:
    """The equation of each layer, a line each."""
    from convexplain.algebra.printing import MOST_PRINTED, text

    lines = []
    for number in _levels(explanation):
        equation = explanation.equation(number)
        lines += [f"{describe(explanation.stack.layer(number), number)}:", f"  {text(equation, most=MOST_PRINTED)}"]
    return "\n".join(lines)


def written_out(explanation: Explanation, cell: tuple[int, ...]) -> tuple[int, str]:
    """How many layers of one output are written out, and what that is called."""
    level = explanation.level(explanation.stack.outputs[0])
    depth = level.deepest(*cell, most=MOST_TERMS)
    if depth >= level.height:
        return depth, IN_FULL
    last = "last layer" if depth == 1 else f"last {depth} layers"
    return depth, f"One output, its {last} of {level.height} written out"


def in_full(explanation: Explanation, cell: tuple[int, ...] = (0, 0)) -> str:
    """One output written out as deep as there is room, the number of its paths to the input, and the ledger of its last
    layer if that is short.
    """
    from convexplain.algebra.printing import text
    from convexplain.stories.within import is_told_whole

    level = explanation.stack.outputs[0]
    name = f"{explanation.stack.symbol(level)}[{', '.join(map(str, cell))}]"
    form = explanation.level(level).at(*cell, depth=written_out(explanation, cell)[0])
    most = MOST_TERMS if len(form.args) <= MOST_TERMS else 12
    lines = wrap_sum(f"{name} = {text(form, most=most)}")
    if level > 1 and is_told_whole(explanation.stack):
        count = explanation.path_count(*cell)
        lines.append(f"  and down to the input a sum over {count:,} paths, one tap per layer")
    if explanation.network.weights is not None:
        ledger = explanation.ledger(*cell, level=level)
        short = len(ledger.rows) <= MOST_TERMS
        lines += ["", str(ledger) if short else f"  its {len(ledger.rows):,} products stand in ledger.txt"]
    return "\n".join(lines)


def wrap_sum(text: str, width: int = 100) -> list[str]:
    """A written sum in lines of at most ``width`` columns, broken before a plus or a minus."""
    lines, indent = [""], " " * (text.find("= ") + 2)
    for part in re.split(r" (?=[+-] )", text):
        if lines[-1] and len(lines[-1]) + 1 + len(part) > width:
            lines.append(indent + part)
        else:
            lines[-1] += f" {part}" if lines[-1] else part
    return lines


def closed_forms(explanation: Explanation) -> Iterator[str]:
    """Every output of every level as a sum over the level below, a line each."""
    from convexplain.algebra.printing import text

    for number in _levels(explanation):
        level, symbol = explanation.level(number), explanation.stack.symbol(number)
        for cell in product(*map(range, level.shape)):
            yield f"{symbol}[{', '.join(map(str, cell))}] = {text(level.at(*cell, depth=1))}"


def _is_listed(explanation: Explanation) -> bool:
    """Whether a network is small enough for the closed forms of all its outputs."""
    stack = explanation.stack
    outputs = {level: prod(stack.shapes[level]) for level in _levels(explanation)}
    terms = sum(count * stack.term_count(level) for level, count in outputs.items())
    return sum(outputs.values()) <= MOST_CLOSED_FORMS and terms <= MOST_LISTED_TERMS


def latex_document(explanation: Explanation) -> str:
    """The equations as lines of LaTeX, to be pasted between \\begin{align*} and \\end{align*}."""
    return explanation.latex().replace("{aligned}", "{align*}") + "\n"


def typst_document(explanation: Explanation) -> str:
    """The equations as displayed mathematics in Typst."""
    return "".join(f"$ {explanation.typst(number)} $\n" for number in _levels(explanation))


def make(
    explanation: Explanation,
    folder: Path,
    *,
    quality: str = "medium",
    films: bool = True,
    progress: Progress | None = None,
    **verify_options: Any,
) -> Report:
    """Verify, write and draw everything into ``folder``.

    Formulas, verdict and figures come first, films last, so that an interrupted run leaves the most. Where Keras has
    answered before, the figures are drawn while it is asked again. A missing part is said in the report, and what needs
    it left out. Refuted numbers are not drawn: what was drawn of them already is removed.
    """
    say: Progress = progress or (lambda what, done, total: None)
    stack = explanation.stack
    sections = [("The network", summarize(stack)), ("What each layer computes", equations(explanation))]
    with _own_folder(folder, _picture_names(stack)) as files, ExitStack() as afterwards:
        report, pictures = Report("", True, files), None
        if explanation.network.recorded is not None:
            pictures = Pictures(explanation, folder)
            afterwards.callback(pictures.stop)

        def keep(name: str, text: str) -> None:
            files.append(write_text(folder / name, text))

        say("closed forms", 0, 1)
        keep("equations.tex", latex_document(explanation))
        keep("equations.typ", typst_document(explanation))
        if _is_listed(explanation):
            keep("closed_forms.txt", "\n".join(closed_forms(explanation)) + "\n")
        say("closed forms", 1, 1)

        say("asking Keras", 0, 1)
        verdict, unasked = _verdict(explanation, report, verify_options)
        say("asking Keras", 1, 1)
        if verdict is not None:
            keep("verdict.txt", f"{verdict}\n")
            keep("verdict.json", json.dumps(verdict.to_dict(), indent=2) + "\n")
            report.ok = verdict.ok
        try:
            cell = easiest(explanation)
            sections.append((written_out(explanation, cell)[1], in_full(explanation, cell)))
            keep("ledger.txt", f"{explanation.ledger(*cell)}\n")
            drawable = report.ok
        except ValueError as error:
            sections.append((IN_FULL, f"No numbers are shown and nothing is drawn: {error}"))
            drawable = False
        sections.append(("Verdict", unasked if verdict is None else str(verdict)))
        if drawable:
            try:
                _draw(pictures or Pictures(explanation, folder), report, say, quality if films else None)
            except ValueError as error:
                sections.append(("Pictures", f"No further picture is drawn: {error}"))
        elif pictures is not None:
            pictures.discard()
    if report.look_first:
        first = "\n".join(str(path) for path in report.look_first)
        sections.append(("Look first at", f"{first}\n(all stories on one page: open it in a browser)"))
    sections.append(("Files", "\n".join(str(path) for path in files)))
    report.text = "\n\n".join(f"{title}\n{'-' * len(title)}\n{text}" for title, text in sections)
    return report


def _verdict(explanation: Explanation, report: Report, options: dict[str, Any]) -> tuple[Any, str]:
    """What Keras says, or SciPy where Keras is not installed; or why there is no verdict on such a network."""
    from convexplain.check import oracles
    from convexplain.system.parts import MissingPart

    try:
        try:
            return explanation.verify(**options), ""
        except MissingPart as error:
            report.missing.append(f"Keras was not asked, scipy was: {error}")
            return explanation.verify(oracles.scipy), ""
    except ValueError as error:
        return None, f"No verdict: {error}"


def easiest(explanation: Explanation, level: int | None = None) -> tuple[int, ...]:
    """The output of a level (the network's own when None) that is easiest to follow; of a network that is no chain of
    convolutions the largest in the middle of the steps. ``ValueError`` when no number is known, or none is finite.
    """
    from convexplain.stories.shown import show
    from convexplain.stories.telling import telling_cell
    from convexplain.stories.within import is_told_whole

    stack, levels = explanation.stack, explanation.levels()
    level = stack.outputs[0] if level is None else level
    if is_told_whole(stack):
        return tuple(telling_cell(show(explanation.network, level, known=levels)))
    values = abs(levels.values[level])
    middle = (len(values) // 2,) if values.ndim == 2 else ()
    return (*middle, int(values[middle].argmax()))


class Pictures:
    """The figures and the page of a network, drawn side by side from the moment this is made, while other work goes on.

    Only a network of which Keras's answers are known is drawn in other processes, for these need not load it then.
    """

    def __init__(self, explanation: Explanation, folder: Path) -> None:
        from convexplain.stories.programme import programme

        self.explanation, self.folder = explanation, folder
        self.told = programme(explanation.stack)
        self._since = time.time_ns()
        alone = explanation.network.recorded is None
        drawn = explanation if alone else Explanation(replace(explanation.network, live=None))
        into = folder.resolve()
        names: list[tuple[str | None, int | None]] = [(None, None), (NAME, None), *self.told.items()]
        tasks = [(drawn, name, level, into) for name, level in names]
        self.count = len(tasks)
        self._parts = each(_picture, tasks, 1 if alone else None)

    def finish(self, say: Progress) -> None:
        """Wait until all are drawn. What kept one from being drawn is raised."""
        say("figures and page", 0, self.count)
        for done, _ in enumerate(self._parts, 1):
            say("figures and page", done, self.count)

    def stop(self) -> None:
        """Draw no more."""
        self._parts.close()

    def files(self) -> list[Path]:
        """What was drawn so far, the page at the end."""
        found = [self.folder / name for name in _picture_names(self.explanation.stack)]
        return [path for path in found if path.exists() and path.stat().st_mtime_ns >= self._since]

    def discard(self) -> None:
        """Remove what was drawn, and draw no more."""
        self.stop()
        for path in self.files():
            path.unlink()


def _picture_names(stack: Any) -> list[str]:
    """What the figures and the page are called."""
    from convexplain.stories.programme import programme

    names = [NAME, *programme(stack)]
    return [f"{name}{kind}" for name in names for kind in FIGURE_KINDS] + ["stories.html"]


def _picture(explanation: Explanation, name: str | None, level: int | None, folder: Path) -> None:
    """The figure of one story or of the network, in each kind of file; or the page of all, when no story is named."""
    from convexplain.render.figure import save

    if name is None:
        explanation.page(folder / "stories.html")
        return
    figure = explanation.figure(name, level=level)
    for kind in FIGURE_KINDS:
        save(figure, folder / f"{name}{kind}")


def _draw(pictures: Pictures, report: Report, say: Progress, quality: str | None) -> None:
    """The figures and the page, then films of a ``quality``, if any."""
    from convexplain.system.parts import MissingPart

    try:
        pictures.finish(say)
    finally:
        report.files += pictures.files()
    report.look_first = [report.files[-1]]
    if quality is None:
        return
    explanation, told = pictures.explanation, pictures.told
    boards = {name: len(explanation.story(name, level=level).boards) for name, level in told.items()}
    of_all = count_boards(say, "all films", sum(boards.values()))
    try:
        for name, level in told.items():
            target = pictures.folder / f"{name}.mp4"
            of_this = count_boards(say, target.name, boards[name])

            def on_board(*_: Any, of_this: Callable[..., None] = of_this) -> None:
                of_this()
                of_all()

            explanation.film(name, target, quality, level=level, on_board=on_board)
            report.files.append(target)
    except MissingPart as error:
        report.missing.append(f"the films were left out: {error}")


def count_boards(progress: Progress, what: str, total: int) -> Callable[..., None]:
    """What a renderer calls after each board of a story, so that ``progress`` is told how many are done."""
    done = 0
    progress(what, 0, total)

    def on_board(*_: Any) -> None:
        nonlocal done
        done += 1
        progress(what, min(done, total), total)

    return on_board


@contextmanager
def _own_folder(folder: Path, pictures: Iterable[str]) -> Iterator[list[Path]]:
    """The files of a report as they are written into ``folder``; a manifest there says that they are its own, and those
    of the ``pictures`` that are there, which others may have drawn when the report is broken off.

    ``ValueError`` when the folder holds anything else, so that nothing unrelated is ever written over. A folder that
    was made for a report that failed at once is removed again.
    """
    known: set[str] = set()
    if max(map(len, folder.parts), default=0) > 255 or len(str(folder)) > 4000 or "\0" in str(folder):
        raise ValueError(f"the folder must have a name that can be written. Received: {quoted(folder, 80)}")
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"the output must be a folder. Received: {quoted(folder, 80)}")
    if folder.is_dir():
        if (folder / MANIFEST).is_file():
            with suppress(ValueError, KeyError, TypeError):
                listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
                if isinstance(listed, list) and all(isinstance(name, str) for name in listed):
                    known = {*listed, MANIFEST}
        strangers = sorted(path.name for path in folder.iterdir() if path.name not in known)
        if strangers:
            raise ValueError(
                "the output folder must be new, empty, or hold an earlier report and nothing else. "
                f"Received: {quoted(folder, 80)} with {quoted(strangers[0])} in it"
            )
    made = not folder.is_dir()
    required = "the folder must be writable: choose another one"
    with writable(folder, required):
        folder.mkdir(parents=True, exist_ok=True)
    try_folder(folder, required)
    files: list[Path] = []
    try:
        yield files
    finally:
        names = sorted(known - {MANIFEST} | {path.name for path in files} | set(pictures))
        present = [name for name in names if (folder / name).exists()]
        if present:
            write_text(folder / MANIFEST, json.dumps({"files": present}, indent=2) + "\n")
        elif made:
            folder.rmdir()
