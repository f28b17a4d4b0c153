"""Stories for the tests of the page: the boards that use every kind of mark, in two formats, with names of any kind."""

import random

from board.boards import FORMATS, boards

from convexplain.board.marks import FILM, Board, Cue, Draft, bar, dot, line, plate
from convexplain.board.text import words
from convexplain.render.page import Story

HOSTILE = "</script><img src=x onerror=alert(1)> & \"more\" 'of' $it"


def book():
    return (
        Story("kernel", "A kernel on a signal", boards(), "Three outputs compared"),
        Story("narrow/column", HOSTILE, boards(FORMATS[1]), HOSTILE),
        Story("moves", "Every way to move", moves()),
    )


def moves() -> tuple[Board, ...]:
    """Two boards with every way to change that the others do not have, and every look."""
    ways = ("across first", "down first")
    first, second = Draft(FILM), Draft(FILM)
    for i, how in enumerate(ways):
        sample = bar("channel 1", 200 + 300 * i, 300, 90, 120, unit=40)
        first.put("bars", (how,), sample)
        second.put("bars", (how,), bar("bias", 400 + 300 * i, 600, 60, -90, unit=30, light=0.5, hatch=0.1))
        second.put("copies", ("copy", how), bar(("ink", "lit", 0.3), 300, 800, 70, -60).at(copy_of=(how,)))
        text = words(f"{i}", 200 + 300 * i, 250, 32, rides=(how,))
        first.put("digits", (how, "digits"), text)
        first.put("leaves", ("goes", how), sample.at(y=700, goes_into=(how,)))
    first.put("plain", ("plain",), bar("tap 0.25", 1500, 500, 90, 100))
    second.put("plain", ("plain",), bar("tap 0.75", 1500, 500, 90, 300, unit=50))
    first.put("words", ("left",), words("from *x* to", 100, 1000, 48, align=-1))
    second.put("words", ("left",), words("somewhere else", 100, 1000, 72, align=-1))
    first.put("words", ("right",), words("`w[0]`", 1800, 1000, 48, align=1))
    second.put("words", ("right",), words("`w[10, 2]` and *more*", 1800, 1000, 32, align=1))
    first.put("words", ("middle",), words("1", 900, 100, 48, about=("cell", 0, 0, 0)))
    second.put("words", ("middle",), words("12", 950, 150, 48, about=("cell", 0, 1, 0)))
    first.put("kinds", ("kind",), dot("lit", 1700, 300, 30))
    second.put("kinds", ("kind",), words("7", 1600, 200, 48))
    first.put("lines", ("bent",), line("line", 100, 100, 200, 200, 300, 100))
    second.put("lines", ("bent",), line("quiet", 100, 150, 300, 250))
    first.put("lines", ("arrow",), line("lit", 1200, 100, 1400, 200, size=3, head=20))
    second.put("lines", ("arrow",), line("ink", 1250, 150, 1400, 100, size=6, head=40, dash=9))
    second.put("lines", ("drawn",), line("differs", 1200, 700, 1300, 800, 1400, 700, 1500, 850))
    first.put("plates", ("frame",), plate("kernel", 1100, 600, 1700, 900, light=0, edge=0.8, dash=12, radius=30))
    second.put("plates", ("frame",), plate("kernel", 1000, 550, 1500, 850, hatch=0.5, light=0.16))
    second.put("outlines", ("hollow bar",), bar("output", 1850, 700, 60, 160, unit=40, hollow=True))
    second.put("outlines", ("hollow dot",), dot("output", 1850, 800, 40, hollow=True))
    for draft, x in ((first, 500), (second, 300)):
        draft.put("turning", ("turning",), plate("kernel", x - 100, 850, x + 100, 950))
        draft.put("turning", ("turning", "digits"), words("5", 2 * x - 340, 900, 48))
    turn = Cue((("turning",),), beat=1, how="turn", at=(300, 900, -200))
    back = Cue((("plain",),), beat=1, how="back first", at=(-300, 0.4))
    last = Cue((("hollow bar",),), beat=1, how="across last", at=(200, 0.4))
    cues = [turn, back, last, *(Cue(((how,), ("copy", how), ("goes", how)), beat=1, how=how) for how in ways)]
    return first.board("before", "Before."), second.board("after", "After.", cues=cues)


def large(count=30, marks=130):
    """A story of ``count`` boards in which every mark changes every time, in a way that nothing foretells."""
    draw, told = random.Random(0), []
    for n in range(count):
        draft = Draft(FILM)
        for i in range(marks // 2):
            value, about = draw.randrange(-5, 6), ("term", 1, n, 0, i, 0)
            x, y = draw.uniform(100, 1800), draw.uniform(300, 900)
            key = ("product", n if i % 4 == 0 else 0, i)
            mark = bar(f"channel {i % 4}", x, y, 60, 20 * value, unit=20, light=draw.random(), about=about)
            draft.put("products", key, mark.at(copy_of=("product", 0, 1)))
            draft.put("products", (*key, "digits"), words(f"{value:+d}", x, y - 30, 48, rides=key, about=about))
        told.append(draft.board(f"board {n}", f"What is seen on board {n}, in a sentence of usual length."))
    return Story("large", "A large story", tuple(told))
