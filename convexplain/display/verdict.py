"""A verdict for a notebook: a table with each error as a mark inside its bound.

This module knows which columns such a table has; what stands in them the verdict says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from convexplain.check.table import HEADS, explained, notes, texts
from convexplain.display import markup, terminal

if TYPE_CHECKING:
    from convexplain.check.verdict import LevelVerdict, Verdict

MOST_LEVELS = 60
"""Layers of a table; those that are refuted are shown in any case."""
_WORDS = re.compile(r"\b(?:ok|Holds|REFUTED|refuted)\b")


def shown(verdict: Verdict) -> str:
    """The table in a REPL: in colours where they are seen."""
    return coloured(verdict) if terminal.is_interactive() else str(verdict)


def coloured(verdict: Verdict) -> str:
    """The table with what holds in one colour and what is refuted in another."""
    lines = []
    for line in str(verdict).splitlines():
        segments, place = [], 0
        for found in _WORDS.finditer(line):
            role = "bad" if "REFUTED" in found[0].upper() else "good"
            segments += [(line[place : found.start()], ""), (found[0], role)]
            place = found.end()
        lines.append([*segments, (line[place:], "quiet" if line.startswith(("assumed", "  ")) else "")])
    return terminal.coloured(lines)


def sentence(verdict: Verdict) -> str:
    """What was found, in a line."""
    who = " and ".join(dict.fromkeys(oracle.partition(",")[0] for oracle in verdict.oracles))
    if verdict.ok:
        return f'<p class="good">{escape(f"✓ Every layer holds, compared with {who}.")}</p>'
    refuted = [str(level.number) for level in verdict.levels if not level.ok]
    which = f"layer{'s' * (len(refuted) != 1)} {', '.join(refuted[:12])}"
    return f'<p class="bad">{escape(f"✗ Refuted: {which}, compared with {who}.")}</p>'


def html(verdict: Verdict) -> str:
    """The verdict as a table for each way of asking, with what was assumed."""
    parts = [f'<div class="title">{sentence(verdict)}</div>']
    for call, who in zip(dict.fromkeys(level.call for level in verdict.levels), verdict.oracles, strict=True):
        levels = [level for level in verdict.levels if level.call == call]
        parts += _table(levels, who)
    return markup.card(*parts, _folded("What is assumed", verdict.assumptions))


def _table(levels: Sequence[LevelVerdict], who: str) -> Iterator[str]:
    """What one oracle has answered."""
    told = [level for place, level in enumerate(levels) if place < MOST_LEVELS or not level.ok]
    words = [texts(level) for level in told]
    kept = [place for place, head in enumerate(HEADS) if not head or any(text[place] for text in words)]
    at = HEADS.index("bound")
    heads, rows = [], []
    for place in kept:
        heads += [("inside its bound", "")] * (place == at)
        heads.append((HEADS[place], "n" if HEADS[place] in _NUMBERS else ""))
    for level, text in zip(told, words, strict=True):
        cells = []
        for place in kept:
            gauge = "" if level.local is None else markup.gauge(level.local.error, level.local.bound)
            cells += [(gauge, "")] * (place == at)
            cells.append((escape(text[place]), "n" if HEADS[place] in _NUMBERS else ""))
        cells[-1] = ('<span class="good">✓</span>' if level.ok else '<span class="bad">✗ refuted</span>', "")
        rows.append(markup.row(cells))
    if len(told) < len(levels):
        rows.append(markup.row([("⋮", ""), (f"{len(levels) - len(told):,} more layers that hold", "soft")]))
    yield markup.table(heads, rows, f"Compared with {who}")
    for level in told:
        for cause in explained(level):
            yield f'<p class="bad">{escape(f"Layer {level.number}: {cause}")}</p>'
    faults = "".join(f"<li>{escape(f'Layer {level.number}: {fault}')}</li>" for level in told for fault in level.faults)
    if faults:
        yield f"<ul>{faults}</ul>"
    yield _folded("How it was found", [f"Layer {level.number}: {note}" for level in told for note in notes(level)])


_NUMBERS = ("integers equal", "rounded within", "error", "bound", "vs scipy")


def _folded(title: str, said: Iterable[str]) -> str:
    """Sentences that are read by who opens them."""
    items = "".join(f"<li>{escape(one)}</li>" for one in said)
    return f"<details><summary>{escape(title)}</summary><ul>{items}</ul></details>" if items else ""
