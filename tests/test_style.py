"""Numbers and labels as every medium writes them."""

from fractions import Fraction

import pytest

from convexplain import style
from convexplain.board import pieces


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (Fraction(3), 0, "3"),
        (Fraction(-3), 0, "−3"),
        (Fraction(0), 2, "0.00"),
        (Fraction(-1, 1000), 2, "0.00"),
        (Fraction(-1, 4), 2, "−0.25"),
        (Fraction(1, 8), 2, "0.12"),
        (Fraction(25, 2), 1, "12.5"),
        (Fraction(12345, 10), 2, "1234.50"),
    ],
    ids=str,
)
def test_numbers(value, digits, text):
    assert style.number(value, digits) == text


def test_a_leading_zero_may_be_left_out():
    assert style.number(Fraction(-1, 4), 2, leading_zero=False) == "−.25"
    assert style.number(Fraction(-5, 4), 2, leading_zero=False) == "−1.25"


def test_integers_have_no_decimals():
    assert style.decimals([Fraction(1), Fraction(-2)]) == 0
    assert style.decimals([Fraction(1), Fraction(1, 2)]) == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(1, 2**24), "6e-8"),
        (Fraction(61, 10**9), "6.1e-8"),
        (Fraction(6101, 10**11), "6.2e-8"),
        (Fraction(999, 10**9), "1e-6"),
        (Fraction(7), "7"),
        (Fraction(129, 100), "1.3"),
        (Fraction(1, 2**149), "1.5e-45"),
        (None, "unknown"),
    ],
    ids=str,
)
def test_a_bound_is_never_rounded_down(value, text):
    assert style.magnitude(value) == text
    if value:
        assert Fraction(text) >= value


def test_labels_are_code():
    assert style.entry(style.feature(0), ":", 0) == "x[:, 0]"
    assert style.entry(style.feature(2), ":", 3) == "y2[:, 3]"
    assert style.entry(style.kernel(1), ":", 0, 3) == "w1[:, 0, 3]"


def test_both_themes_fill_every_role_with_readable_ink():
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    def contrast(a, b):
        high, low = sorted((luminance(a), luminance(b)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    dark, light = style.PALETTES["dark"], style.PALETTES["light"]
    assert set(dark.roles) == set(light.roles)
    for palette in (dark, light):
        assert contrast(palette.colour("ink"), palette.ground) > 10
        for word in ("quiet", "formula", "lit", "differs"):
            assert contrast(palette.colour(word), palette.ground) > 4.5


def test_mixed_colours_are_opaque_and_between():
    assert style.mix("#FFFFFF", "#000000", 0.5) == "#808080"
    assert style.mix("#56B4E9", "#12161D", 0) == "#12161D"


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([2, -13, 0], ["2", "−13", "0"]),
        ([Fraction(-1, 4), Fraction(9, 2), 0], ["−0.25", "4.50", "0.00"]),
        ([Fraction(1, 2), Fraction(3, 100000)], ["0.500", "3e−5"]),
        ([Fraction(1, 2), Fraction(1, 4), Fraction("12345.67")], ["0.5", "0.2", "1.2e4"]),
        ([Fraction("3e-5"), Fraction("-1.25e-5")], ["3.00", "−1.25"]),
        ([Fraction("12345.67"), Fraction("-2345.6")], ["1.23", "−0.23"]),
        ([Fraction(10) ** 60, Fraction(-(10**59))], ["1.00", "−0.10"]),
        ([Fraction("9.999e-5"), Fraction("1e-45")], ["10.00", "1e−40"]),
        ([1, 2, 99999], ["1.0", "2.0", "1e5"]),
    ],
    ids=str,
)
def test_numbers_that_are_shown_together_keep_digits_that_count(values, texts):
    chosen = style.number_format(values)
    written = [chosen.text(value) for value in values]
    assert written == texts
    assert all(len(text) <= 6 for text in written)


def test_only_zero_is_shown_as_zero():
    chosen = style.number_format([Fraction(3), Fraction("2e-9")])
    assert chosen.shown(Fraction("2e-9")) == Fraction("2e-9")
    assert chosen.text(Fraction(0)) == "0.000"
    assert chosen.relation([Fraction(3), Fraction("2e-9")], Fraction(3) + Fraction("2e-9")) == "≈"
    assert chosen.relation([Fraction(1), Fraction(2)], Fraction(3)) == "="


def test_a_plain_format_gives_every_number_the_same_decimals():
    values = [Fraction("0.11"), Fraction("-0.0009"), Fraction("3.5"), *[Fraction(1)] * 17]
    chosen = style.number_format(values, plain=True)
    assert [chosen.text(value, leading_zero=False) for value in values[:3]] == [".11", ".00", "3.50"]
    assert chosen.shown(values[1]) == 0
    assert style.number_format(values).text(values[1]) == "−9e−4"
    assert chosen.relation([Fraction("0.004"), Fraction("0.004")], Fraction("0.008")) == "≈"
    assert chosen.relation([Fraction("0.114"), Fraction("-0.0009")], Fraction("0.1131")) == "="


def test_plain_numbers_share_a_power_of_ten_as_soon_as_one_is_too_long():
    values = [Fraction(1), Fraction(2), Fraction(10**9)]
    chosen = style.number_format(values, plain=True)
    assert [chosen.text(value) for value in values] == ["0.00", "0.00", "1.00"]
    assert chosen.power == 9
    assert style.number_format(values[:2], plain=True).text(Fraction(2)) == "2"


def test_roles_are_channels_and_taps_too_and_may_be_mixed():
    for palette in style.PALETTES.values():
        assert [palette.colour(f"tap {tap / 2}") for tap in range(3)] == list(palette.taps)
        assert palette.colour("channel 7") == palette.colour("channel 1") == style.CHANNELS[1]
        assert palette.colour(("ink", "lit", 0.0)) == palette.colour("ink")
        assert palette.colour(("ink", "lit", 1.0)) == palette.colour("lit")
        assert palette.colour("ink", 0.0) == palette.ground


@pytest.mark.parametrize(
    ("value", "power", "text"),
    [
        (Fraction(0), 0, "0"),
        (Fraction("0.50"), 0, "0.5"),
        (Fraction("-0.0204"), 0, "−0.0204"),
        (Fraction(-3), 0, "−3"),
        (Fraction("1.5e-7"), -7, "1.5"),
        (Fraction("-1.2e8"), 8, "−1.2"),
        (Fraction(1, 8), 0, "0.125"),
    ],
    ids=str,
)
def test_decimals_are_written_in_full_and_no_longer(value, power, text):
    form = style.Exact(2, power)
    assert form.text(value) == text
    assert style.read(text) == form.shown(value)


def test_what_is_no_decimal_is_not_written_as_one():
    with pytest.raises(ValueError, match="Received: 1/3"):
        style.Exact(2).text(Fraction(1, 3))


def test_written_numbers_are_read_as_a_calculator_takes_them():
    texts = ["2", "+2", "−0.25", "× 3", "× (−1)", "(−1)", "3e−5", "1.2e4", ".5"]
    numbers = ["2", "2", "-0.25", "3", "-1", "-1", "0.00003", "12000", "0.5"]
    assert [style.read(text) for text in texts] == [Fraction(number) for number in numbers]
    for text in ("", "x", "1.2.3", "(−1", "−1)", "≈2", "2 3"):
        with pytest.raises(ValueError, match="Received"):
            style.read(text)


def test_a_statement_is_true_as_it_is_written_or_it_is_not():
    assert style.is_sum(["7", pieces.signed("−4"), pieces.signed("2")], "5")
    assert not style.is_sum(["0.1", "+0.2"], "0.31")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1, 2**24), "0.00000006"),
        (Fraction(61, 10**9), "0.000000061"),
        (Fraction(0), "0"),
        (Fraction("0.0105"), "0.011"),
        (Fraction(15), "15"),
        (Fraction(10) ** 8, "100000000"),
        (Fraction(1, 2**149), "1.5e−45"),
        (None, "unknown"),
    ],
    ids=str,
)
def test_sizes_are_written_as_people_write_them(value, text):
    assert style.everyday(value) == text
