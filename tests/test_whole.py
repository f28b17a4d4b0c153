"""The whole film: its length, its sections, its captions. One short film is rendered."""

import re

import pytest

import convexplain as cx
from convexplain import whole
from convexplain.render import film
from convexplain.render.settings import course
from convexplain.stories import STORIES
from convexplain.stories.programme import programme


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
    titles = [boards[0].name for boards in told if boards[0].name.startswith("title")]
    assert titles[0] == "title Does Conv1D convolve?"
    assert titles[-2:] == ["title Is all of it what Keras computes?", "title Conv1D does not convolve."]
    assert told[-1][-1].name == "title convexplain"
    assert len(titles) == 10


@pytest.mark.long
def test_every_board_that_a_section_names_is_one_of_its_story():
    for section in whole.SECTIONS:
        ex = cx.example(section.example or STORIES[section.story].example or section.story)
        names = {board.name for board in ex.story(section.story, level=programme(ex.stack)[section.story]).boards}
        assert section.without | section.only <= names, section.story


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


@pytest.mark.films
@pytest.mark.long
def test_sections_are_joined_without_encoding_again(tmp_path, monkeypatch, told):
    import av

    short = [told[0], told[-2], told[-1]]
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
