"""To look at what is drawn: a story's boards, or the ways between them, on one sheet or as single pictures.

    python tests/looking.py STORY EXAMPLE SHEET.png [--format film|page|ieee|...] [--boards a,b] [--ways] [--columns 3]
    python tests/looking.py STORY EXAMPLE FOLDER/ [--ways]          every picture by itself, 1280 pixels wide

With ``--ways`` each board is followed by the moments on its way to the next, at shares 0.25, 0.5 and 0.75.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw

import convexplain as cx
from convexplain.render.pixels import picture
from convexplain.stories.programme import programme
from convexplain.stories.told import Story

SHARES = (0.25, 0.5, 0.75)


def pictures(story: Story, names: list[str], ways: bool, theme: str, width: int) -> Iterator[tuple[str, Image.Image]]:
    """Each picture with its name: the board's, and behind it the share of the way to the next."""
    for n, board in enumerate(story.boards):
        if names and board.name not in names:
            continue
        yield f"{n:02d} {board.name}", Image.fromarray(picture(board, theme, width))
        if ways and n < len(story.transitions):
            for share in SHARES:
                marks = story.sample(n, share)
                shown = picture(marks, theme, width, board.format)
                yield f"{n:02d} {board.name} +{share}", Image.fromarray(shown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("story")
    parser.add_argument("example")
    parser.add_argument("target")
    parser.add_argument("--format", default="film")
    parser.add_argument("--boards", default="")
    parser.add_argument("--ways", action="store_true")
    parser.add_argument("--columns", type=int, default=3)
    parser.add_argument("--width", type=int, default=640)
    options = parser.parse_args()
    explanation = cx.example(options.example)
    level = programme(explanation.stack).get(options.story)
    story = explanation.story(options.story, level=level, format=options.format)
    theme = "dark" if options.format in ("film", "page") else "light"
    single = options.target.endswith("/")
    names = [name for name in options.boards.split(",") if name]
    found = list(pictures(story, names, options.ways, theme, 1280 if single else options.width))
    if single:
        Path(options.target).mkdir(parents=True, exist_ok=True)
        for name, image in found:
            image.save(Path(options.target) / f"{name.replace(' ', '_')}.png")
        return
    wide, high = found[0][1].size
    columns = min(options.columns, len(found))
    rows = -(-len(found) // columns)
    sheet = Image.new("RGB", (columns * (wide + 8), rows * (high + 24)), "#808080")
    for at, (name, image) in enumerate(found):
        corner = (at % columns * (wide + 8), at // columns * (high + 24))
        sheet.paste(image, (corner[0], corner[1] + 20))
        ImageDraw.Draw(sheet).text((corner[0] + 4, corner[1] + 4), name, fill="black")
    sheet.save(options.target)


if __name__ == "__main__":
    main()
