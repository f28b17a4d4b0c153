"""What one is told while one waits: plain lines, and bars on a terminal."""

import re
import sys
import time

import pytest

from convexplain.system import waiting


def lines_of(calls):
    """The lines that are written for calls at given seconds: (seconds, what, done, total)."""
    said = []
    tell = waiting.Lines(said.append, clock=iter([call[0] for call in calls]).__next__)
    for _, *call in calls:
        tell(*call)
    return said


def test_what_is_quick_is_said_when_it_begins_and_when_it_is_done():
    assert lines_of([(0, "closed forms", 0, 1), (0.5, "closed forms", 1, 1)]) == [
        "closed forms ...",
        "closed forms: 0.5 s",
    ]


def test_of_what_takes_long_is_said_now_and_then_how_long_it_will_take():
    calls = [(second, "all films", second, 100) for second in range(0, 100, 2)]
    said = lines_of([*calls, (100, "all films", 100, 100)])
    assert said[0] == "all films ..."
    assert said[1] == "all films: 6 of 100, about 94 s left"  # of those after the first alone
    assert said[-1] == "all films: 2 min"
    assert 10 < len(said) < 22


def test_two_things_are_told_beside_each_other():
    said = lines_of([(0, "a", 0, 2), (0, "b", 0, 2), (9, "a", 1, 2), (9, "b", 1, 2), (10, "a", 2, 2)])
    assert said == ["a ...", "b ...", "a: 1 of 2", "b: 1 of 2", "a: 10 s"]


def test_how_long_it_takes_to_begin_is_not_taken_for_the_time_of_one():
    """Two processes that load libraries for 30 seconds, and then need 4 seconds for each of ten pictures."""
    ends = [(30 + 4 * (1 + done // 2), "figures", done + 1, 10) for done in range(10)]
    said = lines_of([(0, "figures", 0, 10), *ends])
    assert said[:3] == ["figures ...", "figures: 1 of 10", "figures: 5 of 10, about 10 s left"]


@pytest.mark.parametrize("long", [True, False])
def test_without_a_terminal_long_jobs_write_lines_to_standard_error(capsys, long):
    with waiting.told(long) as tell:
        tell("figures", 0, 2)
        tell("figures", 2, 2)
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"figures \.\.\.\nfigures: 0\.\d s\n" if long else "", err)


def test_on_a_terminal_there_is_a_bar_for_each_thing(monkeypatch, capsys):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with waiting.told() as tell:
        tell("asking Keras", 0, 1)
        tell("asking Keras", 1, 1)
        time.sleep(0.3)
        tell("all films", 0, 5)
        tell("all films", 1, 5)
        time.sleep(0.3)
        tell("all films", 3, 5)
    shown = capsys.readouterr().err
    *_, last = re.findall(r"✓ asking Keras .*?(\d\.\d) s", shown)
    assert float(last) < 0.3  # the clock of what is done stands still
    assert re.search(r"all films .*3 of 5, about \d+\.\d s left", shown)


@pytest.mark.parametrize("seconds", [0.0, 9.94, 9.96, 99.4, 99.6, 3569, 3571, 86_400])
def test_every_time_is_short(seconds):
    assert re.fullmatch(r"(\d\.\d|\d\d) s|\d+ min|\d+ h \d+ min", waiting.duration(seconds))
