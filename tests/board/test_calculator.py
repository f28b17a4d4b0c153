"""Arithmetic in words: "=" stands only where a calculator finds it so."""

import pytest

import convexplain as cx
from convexplain.board.calculator import honest


@pytest.mark.parametrize(
    "text",
    [
        "the sum is 2 + 6 − 1 = 7",
        "2 × (−1) = −2 and 1 × (−1) = −1: each",
        "3 × (2 + 2 − 1 + 1) = 3 × 4 = 12",
        "1 = 2 − 1, 4 = 3 + 1",
        "*L* = *y* · *g* = 4 × 1 + 3 × 2 + 1 × 1 + 4 × 2 = 19",
        "1,000 + 1 = 1,001",
        "16 steps − 5 taps + 1 = 12",
        "6 samples / 2 = 3",
        "*t* + 2: 2 = 3 taps − 1",
        "0.39 × (−0.406) = −0.15834",
        "−3e−4 − 0.05 = −0.0503",
        "Then −0.13 × 0.06 = −0.0078 and 0.05 × 0.075 = 0.00375",
    ],
)
def test_what_is_right_stays_and_what_is_wrong_is_about(text):
    """The last number of each is made wrong, and seen to be."""
    assert honest(text) == text
    at = max(place for place, letter in enumerate(text) if letter.isdigit())
    wrong = f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}"
    assert honest(wrong).count("≈") == 1


@pytest.mark.parametrize(
    "text",
    [
        "*y*[0] = 3",
        "*t* = *k* = 0 reads *x*[0 + 0 − 2] = *x*[−2] = 0",
        "(2 − 1)·*x*[3] = 4·*x*[3]",
        "k2 = 0",
        '`convolve(x, w, mode="valid")`',
        "2 × 3 = 7*x*",
        "1 / 0 = 3",
        "( = 3",
    ],
)
def test_what_is_no_arithmetic_of_numbers_is_left_alone(text):
    assert honest(text) == text


def test_full_numbers_say_about_where_their_digits_do_not_add_up():
    story = cx.notebook().story("channel_summation", level=2, numbers="full")
    (board,) = (board for board in story.boards if board.name == "product")
    assert "≈" in board.caption
    assert any("≈" in (mark.text or "") for mark in board.marks.values())
