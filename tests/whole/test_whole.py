"""The whole film: its length, its sections, its captions. One short film is rendered."""

import re
from itertools import pairwise

import numpy as np
import pytest

import convexplain as cx
from convexplain import whole
from convexplain.board.marks import FILM, Draft
from convexplain.board.text import words
from convexplain.render import film
from convexplain.render.pixels import picture
from convexplain.render.settings import course
from convexplain.stories import STORIES
from convexplain.stories.programme import programme
from convexplain.whole import titles


@pytest.fixture(scope="module")
def told():
    return whole.boards()


def seconds(sections, pacing="normal"):
    return sum(step.lasts for boards in sections for step in course(boards, pacing))


@pytest.mark.long
def test_it_lasts_four_to_six_minutes(told):
    assert 240 <= seconds(told) <= 360


@pytest.mark.long
def test_its_sections_are_in_their_order(told):
    names = [boards[0].name for boards in told]
    assert names[:2] == ["title Does Conv1D convolve?", "title What does Conv1D do?"]
    assert names[-2:] == ["title Is all of it what Keras computes?", "title So does Conv1D convolve?"]
    assert [board.name for board in told[-1][1:]] == ["title Conv1D does not convolve."]
    assert len(names) == 10


@pytest.mark.long
def test_a_section_begins_with_the_picture_the_last_one_ends_with(told):
    assert len(told[1:]) == sum(section.titled for section in whole.SECTIONS) + 2
    for before, after in pairwise(told[1:]):
        assert before[-1].name == after[0].name
        assert np.array_equal(picture(before[-1], width=640), picture(after[0], width=640)), after[0].name


@pytest.mark.long
def test_what_a_title_says_is_on_the_board(told):
    for board in {board.name: board for boards in told for board in boards if board.name.startswith("title")}.values():
        for key, mark in board.marks.items():
            if mark.kind == "words":
                assert FILM.margin - 1 <= mark.left < mark.right <= FILM.width - FILM.margin + 1, (board.name, key)


@pytest.mark.long
def test_a_picture_is_seen_from_when_its_section_has_ended(told):
    places = [{key[1] for key in boards[0].marks if key[0] == "seen"} for boards in told[1:]]
    assert places == [set(range(count)) for count in range(len(places))]
    answer = told[-1][1]
    assert [mark.text for key, mark in answer.marks.items() if key[0] == "said"] == list(whole.FOUND.values())


@pytest.mark.long
def test_every_board_that_a_section_names_is_one_of_its_story():
    for section in whole.SECTIONS:
        ex = cx.example(section.example or STORIES[section.story].example or section.story)
        names = {board.name for board in ex.story(section.story, level=programme(ex.stack)[section.story]).boards}
        assert section.without | section.only | {section.picture} - {""} <= names, section.story


@pytest.mark.long
def test_the_captions_follow_the_boards(told):
    text = film.captions(told, "normal")
    assert text.startswith("WEBVTT\n\n00:00:00.000 --> ")
    times = re.findall(r"(\d\d):(\d\d):(\d\d\.\d{3}) --> (\d\d):(\d\d):(\d\d\.\d{3})", text)
    ends = [int(h) * 3600 + int(m) * 60 + float(s) for *_, h, m, s in times]
    assert ends == sorted(ends)
    assert ends[-1] == pytest.approx(seconds(told), abs=0.01)
    assert "<" not in text.replace("-->", "")


@pytest.mark.long
def test_a_network_of_ones_own_has_its_own_stories():
    told = whole.boards(cx.explain("9x1 conv:1,k3"))
    names = {board.name for boards in told for board in boards}
    assert "title What does a second layer see?" not in names
    assert "title Does Conv1D flip the kernel?" in names


def test_a_picture_of_words_alone_leaves_its_place_empty():
    said = Draft(FILM)
    said.put("said", ("said",), words("in words", 300, 300, 48))
    board = said.board("said", "In words.")
    end = titles.title("And now?", "", [board, None])
    assert {key[0] for key in end.marks} == {"asks", "place"}
    assert titles.into(board, board, end, 0, 2).marks == end.marks


@pytest.mark.films
@pytest.mark.long
def test_sections_are_joined_without_encoding_again(tmp_path, monkeypatch, told):
    import av

    short = [told[0], told[-2][1:], told[-1][1:]]
    monkeypatch.setattr(whole, "boards", lambda explanation: short)
    done = []
    target = tmp_path / "film.mp4"
    whole.render(None, target, quality="low", pacing="fast", workers=1, on_section=lambda *at: done.append(at))
    assert done == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mp4", "film.png", "film.vtt"]
    with av.open(str(target)) as container:
        frames = [float(frame.time) for frame in container.decode(video=0)]
    assert len(frames) == pytest.approx(15 * seconds(short, "fast"), abs=3)
    assert frames == sorted(set(frames))


def test_what_is_seen_of_a_section_lies_on_its_place(told):
    for section in told:
        for board in section:
            cards = [mark.z for key, mark in board.marks.items() if key[0] == "place" and len(key) == 2]
            assert all(max(cards) < mark.z for key, mark in board.marks.items() if key[0] == "seen" and cards)
