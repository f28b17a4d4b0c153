"""Pictures without a path: nothing is rendered before they are shown or saved, and then once."""

import tempfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import convexplain as cx
from convexplain.display import inline

pytestmark = pytest.mark.long

EX = cx.example("kernel_flip")


@pytest.fixture
def short():
    """A story of two boards, quick to render."""
    story = EX.story("kernel_flip")
    return replace(story, boards=story.boards[:2])


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """The folder for temporary files: empty again when the test is over."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found[tag] = dict(attributes)


def test_an_animation_is_made_once_for_showing_and_saving(short, scratch, tmp_path):
    played = []
    made = inline.Animation(short, pacing="fast", theme="light", on_board=lambda board: played.append(board.name))
    assert "kernel_flip.webp" in repr(made)
    assert played == []
    (image,) = Elements(made._repr_html_()).found.values()
    assert image["src"].startswith("data:image/webp;base64,")
    assert "Conv1D" in image["alt"]
    assert made.save(tmp_path / "a.webp") == str(tmp_path / "a.webp")
    assert played == [board.name for board in short.boards]
    assert (tmp_path / "a.webp").read_bytes() == made.data
    assert made.data[8:12] == b"WEBP"
    made.save(tmp_path / "a.gif")
    assert (tmp_path / "a.gif").read_bytes().startswith(b"GIF8")
    with pytest.raises(ValueError, match=r"must end in one of \.webp|\.gif"):
        made.save(tmp_path / "a.png")


def test_the_same_with_a_path_and_without(tmp_path):
    EX.page("kernel_flip", tmp_path / "a.html", theme="auto")
    EX.page("kernel_flip", theme="auto").save(tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_a_page_follows_the_notebook_where_no_theme_is_given(tmp_path):
    for theme, shown, kept in ((None, "dark light", "dark"), ("dark", "dark", "dark"), ("light", "light", "light")):
        made = EX.page("kernel_flip", theme=theme)
        frame = Elements(made._repr_html_()).found["iframe"]["srcdoc"]
        assert f'<meta name="color-scheme" content="{shown}">' in frame
        for written in (made.save(tmp_path / "a.html"), EX.page("kernel_flip", tmp_path / "b.html", theme=theme)):
            assert f'<meta name="color-scheme" content="{kept}">' in Path(written).read_text(encoding="utf-8")


def test_a_page_is_an_isolated_frame():
    made = EX.page("kernel_flip")
    frame = Elements(made._repr_html_()).found["iframe"]
    assert frame["sandbox"] == "allow-scripts"
    assert frame["srcdoc"].startswith("<!doctype html>")
    assert repr(made) == (
        "<page 'kernel_flip': Does Conv1D flip the kernel? Shown in a notebook; .save(\"kernel_flip.html\") writes it>"
    )


def test_a_page_without_a_name_tells_all_stories(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert all(story.title in repr(EX.page()) for story in EX.stories.values())
    assert EX.page("stories.html") == "stories.html"
    assert Path("stories.html").read_bytes() == Path(EX.page(None, "again.html")).read_bytes()
    with pytest.raises(ValueError, match=r"must end in one of \.html"):
        EX.page("stories.htm")


def test_what_is_asked_wrongly_is_refused_before_it_is_shown():
    for ask in (
        lambda: EX.film("kernel_flop"),
        lambda: EX.film("kernel_flip", quality="best"),
        lambda: EX.film("all", pacing="slow"),
        lambda: EX.animate("kernel_flip", theme="blue"),
        lambda: EX.page("kernel_flip", theme="blue"),
        lambda: EX.page("kernel_flip", cell=(99, 0)),
    ):
        with pytest.raises((ValueError, IndexError), match="Received"):
            ask()


@pytest.mark.films
def test_a_film_plays_from_memory_with_its_captions(short, scratch, tmp_path):
    pytest.importorskip("manim")
    made = inline.Film(short, quality="low", pacing="fast", theme="dark")
    found = Elements(made._repr_html_()).found
    assert found["video"]["src"].startswith("data:video/mp4;base64,")
    assert {"controls", "playsinline"} <= found["video"].keys()
    assert "autoplay" not in found["video"]
    assert found["track"]["src"].startswith("data:text/vtt;base64,")
    made.save(tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == made.data


@pytest.mark.films
def test_a_film_needs_manim_when_it_is_asked_for(monkeypatch):
    from convexplain.system import parts

    def missing(part):
        raise parts.MissingPart(f"this needs {part}")

    monkeypatch.setattr(parts, "require", missing)
    with pytest.raises(cx.MissingPart, match="manim"):
        EX.film("kernel_flip")


def test_importing_manim_leaves_logging_as_it_was():
    import subprocess
    import sys

    code = (
        "import logging; from convexplain.system import parts; root = logging.getLogger()\n"
        "before = root.level, root.handlers[:]; parts.require('manim')\n"
        "assert (root.level, root.handlers) == before"
    )
    pytest.importorskip("manim")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_figure_says_what_it_is_and_is_kept(tmp_path):
    figure, strip = EX.figure("kernel_flip"), EX.figure("network", width="ieee")
    high = figure.get_size_inches()[1]
    assert repr(figure) == (
        f"<figure 'kernel_flip', 7.16 x {high:.3g} inches. Shown in a notebook; .save(\"kernel_flip.pdf\") writes it>"
    )
    assert repr(strip).startswith("<figure 'network', 3.5 x ")
    assert figure.save(tmp_path / "a.svg") == str(tmp_path / "a.svg")
    cx.save(figure, tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    with pytest.raises(ValueError, match=r"must end in one of \.pdf, \.svg, \.png"):
        figure.save(tmp_path / "a.jpg")
    with pytest.raises(AttributeError, match=r"needs a figure that pyplot made\. .*\.save\("):
        figure.show()
