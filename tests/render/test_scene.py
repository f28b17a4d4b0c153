"""Boards as manim's mobjects: where they stand, their colours and their order, on the way and in a scene."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from board.boards import boards

from convexplain import style
from convexplain.board import motion, staging
from convexplain.board.marks import FILM, Draft, line
from convexplain.render.pixels import picture
from convexplain.render.settings import course
from convexplain.system import parts

pytestmark = [
    pytest.mark.films,
    pytest.mark.skipif(not parts.is_installed("manim"), reason='needs pip install "convexplain[films]"'),
]


@pytest.fixture
def played(tmp_path):
    """Play boards without a file: few pixels, few frames, the same mobjects."""
    from manim import tempconfig

    from convexplain.render.scene import BoardScene

    settings = {
        "dry_run": True,
        "media_dir": str(tmp_path),
        "pixel_width": 192,
        "pixel_height": 108,
        "frame_rate": 15,
        "disable_caching": True,
        "verbosity": "ERROR",
        "progress_bar": "none",
    }

    def play(kind=BoardScene, **options):
        with tempconfig(settings):
            scene = kind(boards(), pacing="fast", **options)
            scene.render()
        return scene

    return play


def seen(mobjects, width=1920, height=1080):
    """The pixels of some mobjects, (height, width, 3), as manim's camera takes them."""
    from manim import Camera

    camera = Camera(pixel_width=width, pixel_height=height, background_color=style.PALETTES["dark"].ground)
    camera.capture_mobjects(mobjects)
    return camera.pixel_array[..., :3].astype(int)


def test_a_mark_is_found_by_its_key_in_its_place_and_colour():
    from convexplain.render.scene import BoardGroup

    board = boards()[1]
    group = BoardGroup(board)
    key = ("w1", 2, 0, 0, "bar")
    mark, mobject = board.marks[key], group[key]
    unit = 8 / 1080
    np.testing.assert_allclose(mobject.get_center(), [(mark.x - 960) * unit, (540 - mark.y) * unit, 0], atol=1e-9)
    np.testing.assert_allclose([mobject.width, mobject.height], [mark.width * unit, mark.height * unit])
    assert mobject[0].get_fill_color().to_hex() == style.PALETTES["dark"].colour("tap 1.0")
    assert mobject[0].get_stroke_width() == 0
    assert [part.key for part in group.select("product", 1)] == [("product", 1), ("product", 1, "digits")]
    assert group["caption"] is group["caption",]
    with pytest.raises(KeyError, match=r"a mark of the board 'products'. Received: \('product', 7\)"):
        group["product", 7]


def test_the_camera_sees_what_a_picture_shows():
    from convexplain.render.scene import BoardGroup

    for board in boards():
        apart = np.abs(seen(BoardGroup(board)) - picture(board, width=1920))
        assert apart.mean() < 0.1
        assert (apart > 60).mean() < 1e-4


def test_a_line_of_three_units_is_three_pixels_at_1080_lines():
    from convexplain.render.scene import BoardGroup

    draft = Draft(FILM)
    draft.put("line", ("line",), line("ink", 400, 300.5, 800, 300.5, size=3))
    column = seen(BoardGroup(draft.board("line", "")))[296:306, 600, 0]
    ground, ink = column[0], 0xED
    assert column.tolist() == [ground] * 3 + [ink] * 3 + [ground] * 4


def test_marks_are_stacked_by_z_and_in_the_order_of_the_board():
    from convexplain.render.scene import BoardGroup

    board = boards()[1]
    raised = {key: mark.at(z=3.0 if key[0] in ("ruler", "card") else 1.0) for key, mark in board.marks.items()}
    group = BoardGroup(replace(board, marks=MappingProxyType(raised)))
    backwards = group.submobjects[::-1]
    stacked = sorted(backwards, key=lambda mobject: mobject.z_index)
    assert [mobject.key for mobject in stacked] == sorted(raised, key=lambda key: raised[key].z)
    assert all(mobject.z_index == pytest.approx(mobject.mark.z, abs=1e-3) for mobject in stacked)
    card = group["card"]
    assert [part.z_index for part in card] == sorted({part.z_index for part in card})


@pytest.mark.parametrize("number", [0, 1])
def test_a_transition_shows_the_samples_and_moves_only_what_changes(number):
    from convexplain.render.scene import BoardGroup, BoardTransition

    before, after = boards()[number : number + 2]
    way = staging.transition(before, after)
    group = BoardGroup(before)
    still = group["ruler" if number else "t", 0] if not number else group["x", 0, 0, "bar"]
    animation = BoardTransition(group, way)
    assert still not in animation.mobject.get_family()
    animation._setup_scene(None)
    animation.begin()
    for share in (0.0, 0.2, 0.5, 0.9, 1.0):
        animation.interpolate(share)
        marks = {mobject.key: mobject.mark for mobject in group if mobject.mark is not None}
        assert marks == motion.sample(way, share)
        assert np.abs(seen(group, 960, 540) - picture(marks, width=960)).mean() < 0.15


def test_a_scene_holds_the_last_board_alone_in_sections_of_their_names(played):
    from convexplain.render.scene import BoardScene

    told, sections = [], []

    class Watched(BoardScene):
        def next_section(self, name, *more):
            sections.append(name)
            super().next_section(name, *more)

    scene = played(Watched, on_board=told.append)
    assert [board.name for board in told] == ["stage", "products", "turned"]
    assert {mobject.key for mobject in scene.mobjects if hasattr(mobject, "key")} == set(boards()[2].marks)
    assert sections == ["stage", "products", "turned"]
    steps = course(boards(), "fast")
    assert scene.time == pytest.approx(sum(s.hold + (s.way.duration if s.way else 0) for s in steps), abs=1 / 15)


def test_what_stands_still_below_all_that_moves_is_painted_once(played):
    from convexplain.render.scene import BoardScene

    painted = []

    class Watched(BoardScene):
        def begin_animations(self):
            super().begin_animations()
            painted.append((len(self.static_mobjects), len(self.moving_mobjects)))

    played(Watched)
    still, moving = painted[1]
    assert still > 10
    assert moving < 3 * len(boards()[1].marks)


def test_a_recording_of_other_motion_is_not_used_again():
    from manim.utils.hashing import get_json

    from convexplain.render.scene import BoardGroup, BoardTransition

    before, after = boards()[:2]
    product = {("product", 0): after.marks["product", 0].at(x=700.0)}
    other = replace(after, marks=MappingProxyType({**after.marks, **product}))
    ways = [staging.transition(before, board) for board in (after, other, after)]
    first, second, third = (get_json(BoardTransition(BoardGroup(before), way)) for way in ways)
    assert first == third != second
