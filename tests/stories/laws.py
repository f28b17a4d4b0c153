"""The laws of every story, asked of the marks themselves: nothing is rendered."""

import math
from collections import Counter
from fractions import Fraction

from convexplain import style
from convexplain.board import motion, staging
from convexplain.board.marks import SMALL, TEXT
from convexplain.board.text import advance

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def exact_ends(story):
    """Law 1: a transition begins and ends on the boards, and every mark is in exactly one act."""
    for way in story.transitions:
        if motion.sample(way, 0) != dict(way.before.marks) or motion.sample(way, 1) != dict(way.after.marks):
            yield f"{way.after.name}: the ends are not the boards"
        keys = Counter(act.key for act in way.acts)
        if set(keys) != {*way.before.marks, *way.after.marks} or max(keys.values(), default=1) > 1:
            yield f"{way.after.name}: a mark is in no act, or in two"
        late = [act.key for act in way.acts if act.end > way.duration + 1e-9]
        if late:
            yield f"{way.after.name}: {late[0]} ends after its transition"


def origins(story):
    """Law 2: a product comes from its weight and its sample, a sum from its addends, an output from what was there."""
    for way in story.transitions:
        for key, mark in way.after.marks.items():
            if key in way.before.marks or mark.kind not in ("bar", "dot", "words") or mark.about is None:
                continue
            if mark.about[0] not in ("term", "partial", "total"):
                continue
            parents = [parent for parent in (mark.copy_of, mark.rides, *mark.made_of) if parent is not None]
            if not parents:
                yield f"{way.after.name}: {key} comes from nowhere"
            for parent in parents:
                if parent not in way.before.marks and parent not in way.after.marks:
                    yield f"{way.after.name}: {key} comes from {parent}, which is not there"


def box(mark):
    """What words cover."""
    return mark.left, mark.y - 0.36 * mark.size, mark.right, mark.y + 0.36 * mark.size


def overlap(a, b):
    left, top, right, bottom = box(a)
    other = box(b)
    return min(right, other[2]) - max(left, other[0]) > 1 and min(bottom, other[3]) - max(top, other[1]) > 1


def crossings(story, shares=SHARES):
    """Law 3: no two texts overlap, on a board or between two, except a child that parts from its parent."""
    for board in story.boards:
        yield from _crossing(board.name, board.marks, ())
    for way in story.transitions:
        copies = {act.key: act.after.copy_of for act in way.acts if act.after is not None and act.after.copy_of}
        for share in shares:
            yield from _crossing(f"{way.after.name} at {share}", motion.sample(way, share), copies)


def _crossing(where, marks, copies):
    texts = [(key, mark) for key, mark in marks.items() if mark.kind == "words" and mark.alpha > 0.25 and mark.text]
    for place, (key, mark) in enumerate(texts):
        for other, second in texts[:place]:
            parted = copies and (copies.get(key) == other or copies.get(other) == key)
            if not parted and overlap(mark, second):
                yield f"{where}: {key} {mark.text!r} lies over {other} {second.text!r}"


def covered(story):
    """Law 3: words at rest lie whole on one bar, as the number of a tile does, or on none: not half over a bar."""
    for board in story.boards:
        bars = [(key, mark) for key, mark in board.marks.items() if mark.kind in ("bar", "dot") and mark.alpha > 0.25]
        for key, mark in board.marks.items():
            if mark.kind != "words" or not mark.text or mark.alpha <= 0.25:
                continue
            left, top, right, bottom = box(mark)
            over = {
                other: min(left - own.left, own.right - right, top - own.top, own.bottom - bottom) > -1
                for other, own in bars
                if min(right, own.right) - max(left, own.left) > 1 and min(bottom, own.bottom) - max(top, own.top) > 1
            }
            if over and not any(over.values()):
                yield f"{board.name}: {key} {mark.text!r} lies over the bar {next(iter(over))}"


def emptied(story, shares=SHARES):
    """What has been shown stays: on the way between two boards half of what the emptier one shows is always seen; but
    for those that have little in common.
    """
    for way in story.transitions:
        if staging.is_scene(way.before.marks, way.after.marks):
            continue
        least = min(_seen(way.before.marks), _seen(way.after.marks)) / 2
        for share in shares:
            if (seen := _seen(motion.sample(way, share))) < least:
                yield f"{way.after.name} at {share}: {seen:.0f} marks are seen, {least:.0f} at least should be"


def small_captions(film):
    """In a film of the story's own example all captions have one size."""
    captions = [(board.name, board.marks["caption",]) for board in film.boards]
    return [f"{name}: {mark.text!r} is set in {mark.size:.0f}" for name, mark in captions if mark.size < TEXT - 0.01]


def _seen(marks):
    return sum(mark.alpha for mark in marks.values())


def outside(story, shares=SHARES):
    """Law 3: nothing leaves the board, and words stay a step from its edge."""
    form = story.format
    for way in story.transitions:
        for share in (0, *shares, 1):
            for key, mark in motion.sample(way, share).items():
                if mark.points and mark.kind != "line":
                    continue
                room = 4 if mark.kind == "words" else 0
                inside = mark.left >= room - 1 and mark.right <= form.width - room + 1
                if not inside or mark.top < -1 or mark.bottom > form.height + 1:
                    yield f"{way.after.name} at {share}: {key} leaves the board"


def too_small(story):
    """Law 3: words have one of the sizes of the house, or larger than the smallest."""
    for board in story.boards:
        for key, mark in board.marks.items():
            if mark.kind == "words" and mark.size < SMALL - 0.01:
                yield f"{board.name}: {key} is set in {mark.size:g}"


def widths(story):
    """Words are as wide as they are measured."""
    for board in story.boards:
        for key, mark in board.marks.items():
            if mark.kind == "words" and abs(mark.width - advance(mark.runs) * mark.size) > 0.01:
                yield f"{board.name}: {key} is not as wide as its words"


def spoken(text):
    """The number a text writes, or None: ``× (−1)`` is -1, ``+2`` is 2."""
    plain = text.replace("\N{MINUS SIGN}", "-").strip("×()+ =")
    try:
        return Fraction(plain)
    except ValueError:
        return None


def numbers(story, script):
    """Law 5: every number that is printed is what it is about, exactly as printed."""
    for board in story.boards:
        for key, mark in board.marks.items():
            if mark.kind == "words" and mark.about is not None and (said := spoken(mark.text)) is not None:
                meant = script.value(mark.about)
                said *= Fraction(10) ** script.form(mark.about).power
                if said != meant:
                    yield f"{board.name}: {key} says {mark.text}, {mark.about} is {meant}"


def arithmetic(story, script):
    """Law 5, of what is worked out in words: with short numbers it is right as printed, and says so."""
    for board in story.boards:
        for text in (board.caption, *(mark.text or "" for mark in board.marks.values())):
            if "≈" in text and script.shown.numbers == "short":
                yield f"{board.name}: {text} is not right with a calculator"


def same_everywhere(stories):
    """Law 7: the same keys and the same texts in every format."""
    first, *others = stories
    for other in others:
        if [board.name for board in first.boards] != [board.name for board in other.boards]:
            yield f"{other.format.name}: other boards"
            continue
        for one, two in zip(first.boards, other.boards, strict=True):
            texts = [{k: m.text for k, m in board.marks.items() if m.about} for board in (one, two)]
            if texts[0] != texts[1]:
                yield f"{other.format.name}, {one.name}: other marks or numbers"


def is_product(factors, result):
    """Whether the result, as it is written, is the product of the factors as they are written: decided in decimals."""
    return math.prod(map(style.read, factors), start=Fraction(1)) == style.read(result)
