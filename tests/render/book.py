"""Stories for the tests of the page: the boards that use every kind of mark, in two formats, with names of any kind."""

import random

from board.boards import FORMATS, boards

from convexplain.board.marks import FILM, Draft, bar
from convexplain.board.text import words
from convexplain.render.page import Story

HOSTILE = "</script><img src=x onerror=alert(1)> & \"more\" 'of' $it"


def book():
    return (
        Story("kernel", "A kernel on a signal", boards(), "Three outputs compared"),
        Story("narrow/column", HOSTILE, boards(FORMATS[1]), HOSTILE),
    )


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
