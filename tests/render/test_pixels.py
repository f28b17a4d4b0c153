"""Pictures: what stands where, in which colour, and what lies over what."""

import numpy as np
import pytest
from board.boards import FORMATS, boards

from convexplain import style
from convexplain.board import motion, staging
from convexplain.board.marks import FILM, Draft, line, plate
from convexplain.render.pixels import picture


def rgb(colour):
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.name)
@pytest.mark.parametrize("theme", style.PALETTES)
def test_ground_in_the_corners_and_a_bar_in_its_place(format, theme):
    board, colours = boards(format)[0], style.PALETTES[theme]
    pixels = picture(board, theme, 900)
    assert pixels.shape == (round(900 * format.height / format.width), 900, 3)
    for y, x in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        assert pixels[y, x].tolist() == rgb(colours.ground)
    mark = board.marks["w1", 0, 0, 0, "bar"]
    scale = 900 / format.width
    assert pixels[int(mark.y * scale), int(mark.x * scale)].tolist() == rgb(colours.colour(mark.role))
    assert pixels[int(mark.y * scale), int((mark.left - 3) * scale)].tolist() != rgb(colours.colour(mark.role))


def test_a_line_is_as_thick_as_it_says():
    draft = Draft(FILM)
    draft.put("line", ("line",), line("ink", 400, 300.5, 800, 300.5, size=3))
    column = picture(draft.marks, "light", 1920)[:, 600, 0].astype(int)
    dark = rgb(style.PALETTES["light"].roles["ink"])[0]
    assert column[298:303].tolist() == [255, dark, dark, dark, 255]


def test_the_higher_lies_over_the_lower_and_the_later_over_the_earlier():
    draft = Draft(FILM)
    for number, (role, z) in enumerate((("lit", 1.0), ("ink", 0.0), ("sample", 0.0))):
        draft.put("cards", (role,), plate(role, 300 + 200 * number, 300, 800 + 200 * number, 600, z=z))
    pixels = picture(draft.marks, width=960)
    seen = [pixels[225, x].tolist() for x in (200, 375, 475, 550)]
    assert seen == [rgb(style.PALETTES["dark"].roles[role]) for role in ("lit", "lit", "sample", "sample")]


def test_half_of_the_alpha_is_half_of_the_colour():
    draft = Draft(FILM)
    draft.put("card", ("card",), plate("ink", 300, 300, 800, 600, alpha=0.5))
    ground, ink = (np.array(rgb(style.PALETTES["light"].colour(role))) for role in ("quiet", "ink"))
    ground = np.array([255, 255, 255])
    assert abs(picture(draft.marks, "light", 960)[225, 275] - (ground + ink) / 2).max() <= 1


def test_the_ends_of_a_way_are_the_boards():
    before, after = boards()[1:]
    way = staging.transition(before, after)
    assert np.array_equal(picture(motion.sample(way, 1)), picture(after))
    last = np.abs(picture(motion.sample(way, 1 - 1e-6)).astype(int) - picture(after))
    assert last.max() <= 2  # nothing changes places at the end
    with pytest.raises(ValueError, match=r"theme must be one of 'dark', 'light'. Received: 'blue'"):
        picture(after, "blue")
