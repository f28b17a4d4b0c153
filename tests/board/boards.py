"""Three boards that use every kind of mark and every way to change, for the tests of motion and of the renderers."""

from convexplain.board import staging
from convexplain.board.marks import CARD, COLUMN, FILM, HERO, SMALL, TEXT, Board, Cue, Draft, bar, dot, line, plate
from convexplain.board.text import words

UNIT = 40.0
SAMPLES, KERNEL = (2, 3, 1), (1, 2, -1)


def _stage(format_, order=(0, 1, 2), turned=False):
    """A signal over a card with a kernel, and the ruler."""
    draft = Draft(format_)
    left = format_.names
    for t, value in enumerate(SAMPLES):
        x = left + 200 * t
        draft.put("ruler", ("t", t), words(str(t), x, 72, SMALL, "quiet"))
        at = ("cell", 0, t, 0)
        key = ("x", t, 0, "bar")
        draft.put("signal", key, bar("sample", x, 340, 96, UNIT * value, unit=UNIT, about=at))
        digits = words(str(value), x, 340 - UNIT * value - 34, TEXT, rides=key, about=at)
        draft.put("signal", ("x", t, 0, "digits"), digits)
    card = plate("kernel", left - 80, 380, left + 480, 620, light=CARD, edge=1.0, size=3)
    draft.put("card", ("card",), card.at(hatch=0.18 if turned else 0.0))
    for place, k in enumerate(order):
        x, value, about = left + 200 * place, KERNEL[k], ("weight", 1, k, 0, 0)
        key = ("w1", k, 0, 0, "bar")
        draft.put("kernel", key, bar(f"tap {k / 2}", x, 530, 96, UNIT * value, unit=UNIT, about=about))
        shown = words(f"× {value}".replace("-", "−"), x, 530 - UNIT * max(value, 0) - 34, TEXT, rides=key, about=about)
        draft.put("kernel", ("w1", k, 0, 0, "digits"), shown)
    return draft


def _caption(draft, text):
    draft.put("caption", ("caption",), words(text, draft.format.margin, 1008, TEXT, align=-1))


def boards(format_=FILM) -> tuple[Board, ...]:
    first = _stage(format_)
    _caption(first, "A kernel lies on a *signal* of `Conv1D`.")
    second = _stage(format_)
    _caption(second, "Its products, one by one.")
    level, left = 860.0, format_.names
    for k, (w, x) in enumerate(zip(KERNEL, SAMPLES, strict=True)):
        about, key = ("term", 1, 0, 0, k, 0), ("product", k)
        rise = UNIT / 2 * w * x
        parents = (("w1", k, 0, 0, "bar"), ("x", k, 0, "bar"))
        mark = bar(f"tap {k / 2}", left + 200 * k, level, 96, rise, unit=UNIT / 2, about=about)
        second.put("product", key, mark.at(copy_of=("x", k, 0, "bar"), made_of=parents))
        text = words(f"{w * x:+d}".replace("-", "−"), left + 200 * k, level - max(rise, 0) - 34, TEXT, about=about)
        second.put("product", (*key, "digits"), text.at(rides=key))
        level -= rise
    second.put("link", ("link",), line("quiet", left + 48, 840, left + 152, 840, dash=6))
    second.put("link", ("arrow",), line("lit", left, 700, left + 400, 640, head=24, size=4))
    second.put("link", ("thread",), line("kernel", 60, 200, 160, 200, 60, 400, 160, 400, curve=True, size=3))
    third = _stage(format_, order=(2, 1, 0), turned=True)
    _caption(third, "Turned over like a page.")
    sum_ = bar("output", left + 700, 860, 116, UNIT / 2 * 7, unit=UNIT / 2, about=("total", 1, 0, 0))
    third.put("sum", ("total",), sum_.at(made_of=tuple(("product", k) for k in range(3))))
    third.put("sum", ("total", "digits"), words("7", left + 700, 660, HERO, rides=("total",), about=("total", 1, 0, 0)))
    third.put("zero", ("zero",), dot("context", left + 600, 340))
    cue = Cue((("product", 1), ("product", 2)), beat=staging.ENTER + 1, how="down first")
    turn = Cue((("card",), ("w1",)), beat=0.5, how="turn", at=(left + 200, 500, 0, 90))
    return (
        first.board("stage", "A kernel lies on a signal of Conv1D."),
        second.board("products", "Its products, one by one.", cues=(cue,)),
        third.board("turned", "Turned over like a page.", hold=2.5, cues=(turn,)),
    )


FORMATS = (FILM, COLUMN)
