"""A story of one's own: a function from a script to boards, registered by a decorator; then it is told like any other.

It shows one output as the sum of its channels, and nothing else.
"""

import sys
from pathlib import Path

import convexplain as cx
from convexplain.board import pieces
from convexplain.board.marks import FILM, HERO, PARTIAL, Draft


@cx.story("only_the_sum", about="one output as the sum of its channels", question="What is added?")
def tell(script, form=FILM):
    """Two boards: the partial sums, then their sum."""
    parts, total = script.correlations(script.cell), script.total(script.cell)
    addends = [(("partial", part.channel), part.partial, f"channel {part.source}") for part in parts]
    if script.bias(script.cell):
        addends.append((("bias", script.cell.channel), script.bias(script.cell), "bias"))
    pitch = (form.width - form.names) / (len(addends) + 2)
    stairs = [(*addend, form.names + pitch * (place + 0.5)) for place, addend in enumerate(addends)]
    foot, unit = 0.7 * form.height, 0.04 * form.height
    boards = []
    for name, caption in (("partial sums", "Each channel gives a number."), ("sum", "They add up to the output.")):
        draft = Draft(form)
        pieces.caption(draft, caption)
        pieces.baseline(draft, ("floor",), form.names, form.width - form.margin, foot)
        pieces.staircase(draft, stairs, foot, unit, 0.5 * pitch, size=PARTIAL)
        if name == "sum":
            made_of = tuple((*addend[0], "bar") for addend in addends)
            x = form.names + pitch * (len(addends) + 0.5)
            pieces.column(draft, ("y1", *script.cell), total, x, foot, 0.5 * pitch, unit, "output", made_of=made_of)
            pieces.digits(draft, ("y1", *script.cell), total.text, HERO)
        boards.append(draft.board(name, caption, hold=2.0))
    return tuple(boards)


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    folder.mkdir(parents=True, exist_ok=True)
    ex = cx.example("channel_summation")
    print(cx.save(ex.figure("only_the_sum"), folder / "own_story.png"))
    print(ex.page("only_the_sum", folder / "own_story.html"))
