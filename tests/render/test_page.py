"""A page's data are its boards, and its file is one that needs nothing else."""

import base64
import hashlib
import json
import re
from dataclasses import fields, replace
from html import escape
from html.parser import HTMLParser
from itertools import islice

import pytest
from render.book import HOSTILE, book, large

from convexplain.board import staging
from convexplain.board.marks import Mark
from convexplain.render import page, words
from convexplain.render.packing import UNCHANGED, packed


def told_of(story):
    """A story's data, as a browser reads them."""
    return json.loads(page._json(packed(story.name, story.title, story.note, story.boards)))


def rows(table):
    """The rows of a table that is told by columns."""
    values = {field: iter(column) for field, column in table["columns"].items()}
    told = [{field: next(values[field]) for field in table["kinds"][kind]} for kind in table["rows"]]
    assert all(next(column, None) is None for column in values.values())
    return told


def marks_of(told):
    """The marks of every board, from a page's data."""
    keys, things, changes = (
        [tuple(key.values()) for key in rows(told["keys"])],
        rows(told["things"]),
        iter(rows(told["changes"])),
    )
    found, seen = [], {}
    for board in told["boards"]:
        seen = {place: values for place, values in seen.items() if place not in board["gone"]}
        for change in islice(changes, board["changed"]):
            place = change.pop("place")
            seen[place] = seen.get(place, UNCHANGED) | change
        order = board.get("order", sorted(seen))
        found.append({keys[place]: as_mark(seen[place], keys, things) for place in order})
    return found


def as_mark(values, keys, things):
    values = {name: tupled(value) for name, value in values.items()}
    values["text"] = "".join(text for text, _ in values["runs"]) if values["kind"] == "words" else None
    for name in ("copy_of", "goes_into", "rides"):
        values[name] = None if values[name] is None else keys[values[name]]
    values["made_of"] = tuple(keys[place] for place in values["made_of"])
    values["about"] = None if values["about"] is None else tuple(things[values["about"]]["about"])
    return Mark(**values)


def tupled(value):
    return tuple(map(tupled, value)) if isinstance(value, list) else value


@pytest.mark.parametrize("story", [*book(), large(4, 20)], ids=lambda story: story.name)
def test_the_data_are_the_boards(story):
    told = told_of(story)
    for board, marks in zip(story.boards, marks_of(told), strict=True):
        assert list(marks) == list(board.marks)
        for key, mark in board.marks.items():
            for field in fields(Mark):
                ours, given = getattr(marks[key], field.name), getattr(mark, field.name)
                numbers = isinstance(given, float) or field.name == "points"
                assert ours == (pytest.approx(given, abs=5.1e-3) if numbers else given), (key, field.name)


@pytest.mark.parametrize("story", book(), ids=lambda story: story.name)
def test_the_data_are_the_ways(story):
    told = told_of(story)
    keys = [tuple(key.values()) for key in rows(told["keys"])]
    all_acts = iter(rows(told["acts"]))
    for n, (frames, count) in enumerate(told["ways"]):
        ours = staging.transition(*story.boards[n : n + 2])
        boards = ours.before.marks, ours.after.marks
        acts = {keys[act["place"]]: act for act in islice(all_acts, count)}
        assert frames / staging.RATE == pytest.approx(ours.duration)
        assert acts.keys() == {act.key for act in ours.acts if act.how != "still"}
        for act in ours.acts:
            if act.how != "still":
                data = acts[act.key]
                assert (data["how"], data.get("at", [])) == (act.how, list(act.at))
                assert [data["start"], data["end"]] == pytest.approx([act.start * staging.RATE, act.end * staging.RATE])
                other = data.get("other")
                assert act.other is (None if other is None else boards[other[1]][keys[other[0]]])


@pytest.mark.long
def test_a_large_story_is_a_small_file(tmp_path):
    page.write([large()], tmp_path / "large.html")
    assert (tmp_path / "large.html").stat().st_size < 250_000


def test_one_file_the_same_each_time_that_fetches_nothing(tmp_path):
    seen = []
    first = page.write(book(), tmp_path / "a.html", theme="auto", on_story=seen.append)
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert first == str(tmp_path / "a.html")
    assert seen == list(book())
    page.write(iter(book()), tmp_path / "b.html", theme="auto")
    assert (tmp_path / "b.html").read_text(encoding="utf-8") == text
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    assert policy.startswith("default-src 'none'; ")
    for tag, kind in (("style", "style-src"), ('script type="module"', "script-src")):
        code = re.search(f"<{tag}>(.*?)</{tag.split()[0]}>", text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy
    text = text.replace(escape(HOSTILE), "")
    assert set(re.findall(r"url\(.{10}|(?:src|href)=", text)) == {"url(data:font/"}


class Tags(HTMLParser):
    """The tags of a text, each with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_what_comes_from_outside_is_escaped():
    *_, (tag, attributes) = Tags(page.inline(book()[1:])).found
    assert (tag, attributes["title"]) == ("iframe", HOSTILE)
    inside = [tag for tag, _ in Tags(attributes["srcdoc"]).found]
    assert "img" not in inside
    assert inside.count("script") == 2


def test_only_a_page_is_replaced(tmp_path):
    (tmp_path / "letter.html").write_text("Dear reader")
    with pytest.raises(ValueError, match="replaced only when it is a .html file"):
        page.write(book(), tmp_path / "letter.html")
    for _ in range(2):
        page.write(book()[:1], tmp_path / "page.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letter.html", "page.html"]


@pytest.mark.parametrize(
    ("stories", "theme", "message"),
    [
        ((), "dark", "at least one story"),
        (book(), "blue", "theme must be one of 'dark', 'light', 'auto'. Received: 'blue'"),
        (book()[:1] * 2, "dark", "a page's stories must have different names.*'kernel' twice"),
        ((replace(book()[0], boards=()),), "dark", "at least one board. Received: none in 'kernel'"),
        ((replace(book()[0], boards=book()[0].boards[:1] * 2),), "dark", "the boards of 'kernel'.*'stage' twice"),
    ],
)
def test_what_is_no_page(stories, theme, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        page.write(stories, tmp_path / "page.html", theme=theme)
    assert not list(tmp_path.iterdir())


def test_a_board_in_words():
    boards = book()[0].boards
    told = words.things(boards)
    assert words.description(boards[1].caption, told, 1) == (
        "Its products, one by one. Numbers: x[0, 0] = 2; x[1, 0] = 3; x[2, 0] = 1. "
        "Weights: w1[0, 0, 0] = 1; w1[1, 0, 0] = 2; w1[2, 0, 0] = −1. "
        "Products: w1[0, 0, 0] × x[0, 0] = 2; w1[1, 0, 0] × x[1, 0] = 6; w1[2, 0, 0] × x[2, 0] = −1."
    )
    assert words.name(("partial", 2, 3, 5, 1)) == "partial sum of channel 1 for y2[3, 5]"
    assert words.name(("bias", 1, 4)) == "b1[4]"
    assert told[("total", 1, 0, 0)].parents == tuple(("term", 1, 0, 0, k, 0) for k in range(3))
