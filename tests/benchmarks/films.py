"""How long a film and an animated image take to make, as a share of the time they play: a story of 25 boards of 60 to
110 marks, a third of which move, at teaching pace. And how long a film of its first nine boards takes against the scene
that one would write by hand with manim: rectangles and texts, texts made anew on each board, manim's own settings.
"""

import tempfile
import time
from pathlib import Path

from convexplain.board.marks import CARD, FILM, SMALL, TEXT, Board, Draft, bar, plate
from convexplain.board.text import words
from convexplain.render import animation, film
from convexplain.render.settings import course
from convexplain.system import parts
from figures import Figure, show, status

UNIT, PITCH, LEFT = 36.0, 84.0, 400.0
SAMPLES = (3, 1, 4, 1, 2, 2, 3, 1, 2, 4, 1, 3, 2, 1, 3, 2, 4)
KERNEL = (1, 2, -1, 1, 2)


def boards() -> tuple[Board, ...]:
    """A kernel slides over a signal: at every step its products, then their sum."""
    told = []
    for number in range(25):
        step, is_sum = divmod(number, 2)
        draft = Draft(FILM)
        for t, value in enumerate(SAMPLES):
            _number(draft, ("x", t), "sample", LEFT + PITCH * t, 300, value)
            draft.put("ruler", ("t", t), words(str(t), LEFT + PITCH * t, 72, SMALL, "quiet"))
        x = LEFT + PITCH * step
        card = plate("kernel", x - 50, 360, x + 50 + PITCH * (len(KERNEL) - 1), 600, light=CARD, edge=1.0, size=3)
        draft.put("card", ("card",), card)
        products = [weight * SAMPLES[step + k] for k, weight in enumerate(KERNEL)]
        for k, weight in enumerate(KERNEL):
            _number(draft, ("w", k), f"tap {k / 4}", x + PITCH * k, 520, weight)
            if not is_sum:
                copied = {"copy_of": ("w", k, "bar"), "goes_into": ("y", step, "bar")}
                _number(draft, ("product", k), f"tap {k / 4}", x + PITCH * k, 760, products[k], **copied)
        for t in range(step + is_sum):
            total = sum(weight * SAMPLES[t + k] for k, weight in enumerate(KERNEL))
            _number(draft, ("y", t), "output", LEFT + PITCH * t, 900, total / 2)
        draft.put(
            "caption", ("caption",), words(f"Step {step}: {'a sum' * is_sum or 'products'}.", 96, 1008, TEXT, align=-1)
        )
        told.append(draft.board(str(number), ""))
    return tuple(told)


def _number(draft, key, role, x, foot, value, **more):
    draft.put("row", (*key, "bar"), bar(role, x, foot, 48, UNIT * value / 2, unit=UNIT / 2, **more))
    digits = words(f"{value:g}".replace("-", "−"), x, foot - max(UNIT * value / 2, 0) - 30, SMALL, rides=(*key, "bar"))
    draft.put("row", (*key, "digits"), digits)


def measure() -> list[Figure]:
    """Seconds of work over seconds of film."""
    parts.require("manim")
    told = boards()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for quality, limit in (("medium", 0.5), ("high", 1.0)):
            start = time.perf_counter()
            film.render(told, Path(folder, "film.mp4"), quality=quality)
            spent = time.perf_counter() - start
            figures.append(
                Figure(f"film at {quality} quality, over its length", spent / _length("teach"), limit, "times")
            )
        start = time.perf_counter()
        film.render(told[:9], Path(folder, "film.mp4"), quality="medium")
        ours, start = time.perf_counter() - start, time.perf_counter()
        by_hand(told[:9], Path(folder, "plain"))
        plain = time.perf_counter() - start
        figures.append(Figure("film of 9 boards, over a plain manim scene of them", ours / plain, 0.5, "times"))
        start = time.perf_counter()
        animation.write(told, Path(folder, "film.gif"))
        spent = time.perf_counter() - start
        figures.append(Figure("GIF, over its length", spent / _length("normal"), 1.0, "times"))
    return figures


def by_hand(told, path):
    """Render boards as a plain manim scene: what stays is left alone, what changes is transformed, the rest fades."""
    import manim

    class Plain(manim.Scene):
        def construct(self):
            seen = {}
            for step in course(told, "teach"):
                marks = step.board.marks
                changed = {key for key in marks if key in seen and marks[key] != seen[key][0]}
                made = {key: _mobject(manim, marks[key]) for key in marks if key in changed or key not in seen}
                moves = [manim.FadeOut(seen.pop(key)[1]) for key in [*seen] if key not in marks]
                for key, mobject in made.items():
                    if key in changed:
                        moves.append(manim.ReplacementTransform(seen[key][1], mobject))
                    else:
                        moves.append(manim.FadeIn(mobject))
                    seen[key] = (marks[key], mobject)
                if step.way is None:
                    self.add(*made.values())
                elif moves:
                    self.play(*moves, run_time=step.way.duration)
                self.wait(step.hold)

    settings = {"quality": "medium_quality", "verbosity": "ERROR", "progress_bar": "none", "media_dir": str(path)}
    with manim.tempconfig(settings):
        Plain().render()


def _mobject(manim, mark):
    """A mark as anyone would draw it: a text, a frame, or a bar of bricks."""
    unit = 8 / FILM.height
    place = ((mark.x - FILM.width / 2) * unit, (FILM.height / 2 - mark.y) * unit, 0)
    if mark.kind == "words":
        return manim.Text(mark.text, font_size=mark.size * 0.65).move_to(place)
    if mark.kind == "plate":
        frame = manim.Rectangle(width=mark.width * unit, height=mark.height * unit, fill_opacity=0.2)
        return frame.move_to(place)
    count = max(1, round(abs(mark.height) / mark.unit)) if mark.unit else 1
    brick = manim.Rectangle(width=mark.width * unit, height=abs(mark.height) / count * unit, fill_opacity=1)
    bricks = manim.VGroup(*(brick.copy() for _ in range(count))).arrange(manim.UP, buff=0)
    return bricks.move_to(place, aligned_edge=manim.DOWN if mark.height >= 0 else manim.UP)


def _length(pacing):
    return sum(step.hold + (step.way.duration if step.way else 0) for step in course(boards(), pacing))


if __name__ == "__main__":
    raise SystemExit(status(show(measure)))
