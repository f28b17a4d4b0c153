"""A page in a browser shows what Python samples, asks nobody for anything, and is used by mouse, finger or keyboard."""

import json
import re

import browsing
import numpy as np
import pytest
from board.boards import boards
from render.book import HOSTILE, book

from convexplain import style
from convexplain.board import motion, staging
from convexplain.board.shapes import shapes
from convexplain.board.text import baseline
from convexplain.render import page, words

pytestmark = pytest.mark.browser

SHARES = [n / 10 for n in range(11)]
NUMBERS = (*motion.NUMBERS, "z", "base")


@pytest.fixture(scope="module")
def browser():
    with browsing.browser() as running:
        yield running


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    return {theme: page.write(book(), folder / f"{theme}.html", theme=theme) for theme in page.THEMES}


@pytest.fixture
def reading(browser, written):
    """Opens a page; whatever it asks for or complains of fails the test."""
    complaints, contexts = [], []

    def opened(address="", theme="dark", file=None, clock=False, **options):
        contexts.append(browser.new_context(**options))
        tab = contexts[-1].new_page()
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: asked(request.url))
        if clock:
            tab.clock.install()
        tab.goto(f"file://{file or written[theme]}{address}")
        if file is None:
            tab.wait_for_function("window.convexplain")
        return tab

    def asked(url):
        if not url.startswith(("file://", "data:font/")):
            complaints.append(url)

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


def seen(tab):
    """All that is drawn, in order: attributes and letters."""
    return tab.evaluate(
        """[...document.querySelectorAll("#marks *")].map(node =>
             [node.tagName, node.textContent, ...[...node.attributes].map(a => a.name + "=" + a.value).sort()])"""
    )


def keys(tab, selector):
    found = tab.eval_on_selector_all(selector, "nodes => nodes.map(node => node.dataset.key)")
    return {tuple(json.loads(key)) for key in found}


def at(tab, board):
    tab.wait_for_function("name => location.hash.endsWith(name)", arg=f"/{board}")


def test_every_moment_is_the_one_that_python_samples(reading):
    tab = reading()
    for story in book():
        told = tab.evaluate(
            """([name, ways, shares]) => JSON.stringify(Array.from({length: ways}, (_, n) => shares.map(share => {
                 convexplain.show(name, n, share);
                 return convexplain.marks();
               })))""",
            [story.name, len(story.boards) - 1, SHARES],
        )
        things = list(words.things(story.boards))
        for n, moments in enumerate(json.loads(told)):
            way = staging.transition(*story.boards[n : n + 2])
            for share, marks in zip(SHARES, moments, strict=True):
                expected = motion.sample(way, share)
                assert [tuple(mark["key"]) for mark in marks] == list(expected)
                for mark, ours in zip(marks, expected.values(), strict=True):
                    where = (story.name, n, share, mark["key"])
                    assert [mark[name] for name in NUMBERS] == pytest.approx(
                        [getattr(ours, name) for name in NUMBERS], abs=0.01
                    ), where
                    assert mark["points"] == pytest.approx(list(ours.points), abs=0.01), where
                    for name in ("kind", "text", "hollow", "curve"):
                        assert mark[name] == getattr(ours, name), where
                    about = None if mark["about"] is None else things[mark["about"]]
                    assert (about, tuple(map(tuple, mark["runs"]))) == (ours.about, ours.runs), where


PAINTED = """([name, n, share]) => {
  const along = node => {
    const point = node.tagName === "path" ? node.getPointAtLength(node.getTotalLength() * .37) : {};
    return [point.x, point.y];
  };
  convexplain.show(name, n, share);
  return JSON.stringify([...document.querySelectorAll("#marks > g")].map(group => ({
    key: group.dataset.key, alpha: +group.getAttribute("opacity"),
    shapes: [...group.children].filter(node => !node.matches(".room")).map(node => {
      const box = node.getBBox(), style = getComputedStyle(node), matrix = node.transform.baseVal.consolidate()?.matrix;
      return {
        box: [box.x, box.x + box.width, box.y, box.y + box.height],
        length: node.tagName === "path" ? node.getTotalLength() : 0, along: along(node),
        colour: style.stroke === "none" ? style.fill : style.stroke,
        stroke: style.stroke === "none" ? 0 : parseFloat(style.strokeWidth),
        letters: node.tagName === "text" ? [matrix.e, matrix.f, matrix.a, node.getComputedTextLength()] : null,
      };
    }),
  })));
}"""


def parts(colour):
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def css(colour):
    return f"rgb({', '.join(map(str, parts(colour)))})"


def drawn_by(shape):
    """The curves of a shape: the box around them, their length, and where 0.37 of it ends."""
    s = np.linspace(0, 1, 200)[:, None]
    pieces = []
    for curve in np.split(shape.points, np.cumsum(shape.sizes)[:-1]):
        for i in range(0, len(curve) - 1, 3):
            a, b, c, d = curve[i : i + 4]
            pieces.append((1 - s) ** 3 * a + 3 * (1 - s) ** 2 * s * b + 3 * (1 - s) * s**2 * c + s**3 * d)
    reached = np.cumsum([np.r_[0, np.hypot(*np.diff(piece, axis=0).T)] for piece in pieces])
    x, y = np.vstack(pieces).T
    along = [np.interp(0.37 * reached[-1], reached, values) for values in (x, y)]
    return [x.min(), x.max(), y.min(), y.max()], reached[-1], along


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_what_is_painted_has_the_outlines_and_colours_of_all_media(reading, theme):
    tab, palette = reading(theme=theme), style.PALETTES[theme]
    for story in book():
        for n, share in ((0, 0), (0, 0.3), (0, 0.6), (0, 0.9), (1, 0.0), (1, 0.3), (1, 0.45), (1, 0.9), (2, 0)):
            if n + (share > 0) >= len(story.boards):
                continue
            painted = json.loads(tab.evaluate(PAINTED, [story.name, n, share]))
            marks = dict(story.boards[n].marks)
            if share:
                marks = motion.sample(staging.transition(*story.boards[n : n + 2]), share)
            assert [tuple(json.loads(group["key"])) for group in painted] == sorted(marks, key=lambda k: marks[k].z)
            for group in painted:
                mark = marks[tuple(json.loads(group["key"]))]
                where = (story.name, n, share, group["key"])
                assert group["alpha"] == pytest.approx(mark.alpha, abs=0.001), where
                expected = list(shapes(mark.at(dash=0.0)))  # the browser cuts dashes itself
                assert len(expected) == len(group["shapes"]), where
                for shape, drawn in zip(expected, group["shapes"], strict=True):
                    found = [int(part) for part in re.findall(r"\d+", drawn["colour"])]
                    assert found == pytest.approx(parts(palette.colour(shape.role, shape.light)), abs=2), where
                    if mark.kind == "words":
                        x, y, squeeze, width = drawn["letters"]
                        assert [x, y, squeeze] == pytest.approx([mark.x, baseline(mark), mark.squeeze], abs=0.01)
                        assert width * squeeze == pytest.approx(mark.width, rel=0.005), where
                    else:
                        box, length, along = drawn_by(shape)
                        assert drawn["box"] == pytest.approx(box, abs=0.02), where
                        assert drawn["along"] == pytest.approx(along, abs=0.2), where
                        assert drawn["length"] == pytest.approx(length, rel=0.001, abs=0.1), where
                        assert drawn["stroke"] == pytest.approx(shape.stroke, abs=0.01), where


def test_fast_steps_land_where_a_jump_does(reading):
    tab, jumped = reading(), reading("#kernel/turned")
    for _ in range(5):
        tab.keyboard.press("ArrowRight")
    at(tab, "turned")
    assert seen(tab) == seen(jumped)
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowLeft")
    at(tab, "stage")
    jumped.evaluate("location.hash = '#kernel/stage'")
    at(jumped, "stage")
    jumped.wait_for_function("document.getElementById('count').textContent === '1 / 3'")
    assert seen(tab) == seen(jumped)


def test_it_plays_to_the_end_and_the_way_back_is_the_same_way(reading):
    tab = reading(clock=True)
    tab.click("#play")
    assert tab.get_attribute("#play", "aria-label") == "Pause"
    tab.clock.run_for(60_000)
    assert tab.get_attribute("#play", "aria-label") == "Play"
    assert tab.url.endswith("#kernel/turned")
    tab.click("#back")
    tab.clock.run_for(1000)
    share, moment = tab.evaluate("[document.getElementById('slider').value - 1, convexplain.marks()]")
    assert 0 < share < 1
    expected = motion.sample(staging.transition(*boards()[1:]), share)
    marks = {tuple(mark["key"]): mark for mark in moment}
    assert marks.keys() == expected.keys()
    for key, mark in expected.items():
        assert [marks[key]["x"], marks[key]["y"], marks[key]["alpha"]] == pytest.approx(
            [mark.x, mark.y, mark.alpha], abs=0.01
        )


def test_hovering_lights_what_is_about_the_same_and_what_it_is_made_of(reading):
    tab, board = reading("#kernel/products"), boards()[1]
    told = words.things(boards())
    for about in (("term", 1, 0, 0, 1, 0), ("weight", 1, 2, 0, 0), ("cell", 0, 0, 0)):
        for place in range(2):  # the bar, then its digits
            found = tab.locator(f"[data-about='{json.dumps(about, separators=(',', ':'))}']")
            found.nth(place).hover()
            same = {key for key, mark in board.marks.items() if mark.about == about}
            kin = {key for key, mark in board.marks.items() if mark.about in told[about].parents}
            assert keys(tab, "#marks > .lit") == same
            assert keys(tab, "#marks > .kin") == kin
            assert keys(tab, "#marks > .dim") == board.marks.keys() - same - kin
            assert tab.text_content("#readout") == f"{told[about].name} = {told[about].numbers[1]}"
    tab.mouse.move(2, 2)
    assert not keys(tab, "#marks > .lit, #marks > .dim")
    assert tab.text_content("#readout") == ""


def test_a_tap_lights_and_a_tap_beside_ends_it(reading):
    tab = reading("#kernel/products", has_touch=True, viewport={"width": 390, "height": 844})
    tab.locator("[data-about='[\"term\",1,0,0,0,0]']").first.tap()
    assert keys(tab, "#marks > .lit") == {("product", 0), ("product", 0, "digits")}
    tab.touchscreen.tap(380, 400)
    assert not keys(tab, "#marks > .lit")


def test_the_keyboard_suffices(reading):
    tab = reading(reduced_motion="reduce")

    def focused():
        return tab.evaluate("document.activeElement.id || document.activeElement.dataset.about")

    order = []
    for _ in range(12):
        tab.keyboard.press("Tab")
        order.append(focused())
    stops = ["picture", "back", "play", "forward", "slider", "speed"]
    assert [name for name in order if name in stops][:6] == stops
    tab.focus("#picture")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowDown")
    assert (focused(), tab.text_content("#readout")) == ('["cell",0,1,0]', "x[1, 0] = 3")
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "x[1, 0] = 3"
    tab.keyboard.press("ArrowRight")
    assert (focused(), tab.text_content("#count")) == ('["cell",0,1,0]', "2 / 3")
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("ArrowUp")
    assert focused() == '["term",1,0,0,2,0]'
    tab.keyboard.press("Escape")
    assert focused() == "picture"
    assert not keys(tab, "#marks > .lit")
    for key, board in (("End", "turned"), ("ArrowLeft", "products"), ("Home", "stage"), ("Home", "stage")):
        tab.keyboard.press(key)
        assert tab.url.endswith(f"#kernel/{board}")
    tab.keyboard.press("Space")
    assert tab.get_attribute("#play", "aria-label") == "Pause"
    tab.keyboard.press("Space")
    assert tab.get_attribute("#play", "aria-label") == "Play"


def test_reduced_motion_jumps_and_the_board_is_said_in_words(reading):
    tab = reading(reduced_motion="reduce")
    told = words.things(boards())
    for n, board in enumerate(boards()):
        assert {tuple(mark["key"]) for mark in tab.evaluate("convexplain.marks()")} == board.marks.keys()
        assert tab.text_content("#caption") == board.caption
        assert tab.text_content("#words") == words.description(board.caption, told, n)
        tab.click("#forward")
    assert tab.get_attribute("#picture", "role") == "group"
    assert tab.get_attribute("#picture", "aria-label") == "A kernel on a signal"
    tab.fill("#slider", "0.6")
    assert tab.text_content("#count") == "2 / 3"
    assert tab.evaluate("+document.getElementById('slider').value") == 1


def test_the_slider_stops_anywhere_on_the_way(reading):
    tab = reading()
    tab.fill("#slider", "1.25")
    expected = motion.sample(staging.transition(*boards()[1:]), 0.25)
    assert {tuple(mark["key"]) for mark in tab.evaluate("convexplain.marks()")} == expected.keys()
    tab.fill("#slider", "1.97")
    assert tab.url.endswith("#kernel/turned")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_phone_shows_all_of_it_and_names_are_only_names(reading, theme):
    tab = reading(theme=theme, viewport={"width": 390, "height": 844})
    tab.click("nav button >> nth=1")
    assert tab.url.endswith("#narrow%2Fcolumn/stage")
    assert (tab.title(), tab.text_content("#note")) == ("A kernel on a signal", HOSTILE)
    assert tab.get_attribute("#picture", "aria-label") == HOSTILE
    assert tab.locator("img").count() == 0
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    for part in ("#picture", "#back", "#forward", "#speed", "#note"):
        box = tab.locator(part).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert 0 <= box["y"] <= 844 - box["height"]


def test_the_readers_own_setting_chooses_the_colours(reading):
    tab = reading(theme="auto", color_scheme="light")
    shown = "([selector, name, colour]) => getComputedStyle(document.querySelector(selector))[name] === colour"
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        palette = style.PALETTES[scheme]
        caption = "[data-key='[\"caption\"]'] text"
        tab.wait_for_function(shown, arg=[":root", "backgroundColor", css(palette.ground)])
        tab.wait_for_function(shown, arg=[caption, "fill", css(palette.colour("ink"))])


def test_in_a_notebook(reading, tmp_path):
    host = tmp_path / "notebook.html"
    host.write_text(f"<!doctype html><p>A cell</p>{page.inline(book())}", encoding="utf-8")
    tab = reading(file=host, reduced_motion="reduce")
    frame = tab.frame_locator("iframe")
    frame.locator("#forward").click()
    frame.locator("#count", has_text="2 / 3").wait_for()
    assert frame.locator("[data-about='[\"term\",1,0,0,0,0]']").count() == 2
    assert tab.url == f"file://{host}"


def test_the_name_of_the_story_that_is_told_is_in_sight(reading):
    tab = reading(viewport={"width": 200, "height": 300})
    for story in book():
        tab.evaluate("name => convexplain.show(name, 0)", story.name)
        left, right = tab.evaluate(
            "(({left, right}) => [left, right])(document.querySelector('[aria-current=page]').getBoundingClientRect())"
        )
        assert left <= 100 <= right or 0 <= left <= right <= 152, story.name
