"""The derivation of the flip: every step holds, and each check refuses a wrong step."""

import pytest
from sympy import Sum, symbols

import convexplain as cx
from convexplain.algebra import flip

pytestmark = pytest.mark.long

t, k, j, K = symbols("t k j K")


def test_every_step_holds_and_says_how_it_was_checked():
    derivation = cx.flip_identity()
    assert derivation.ok
    assert len(derivation) == 5
    assert all(step.holds and step.check and step.justification for step in derivation)
    assert {step.equation.lhs for step in derivation} == {flip._y[t]}


def test_it_starts_at_keras_and_ends_at_the_reversed_kernel():
    derivation = cx.flip_identity()
    assert derivation[0].equation.rhs == Sum(flip._w[k] * flip._x[t + k], (k, 0, K - 1))
    assert str(derivation[-1].equation.rhs) == "convolve(x, w[::-1])[t]"


@pytest.mark.parametrize(
    "wrong",
    [
        Sum(flip._w[k] * flip._x[t - k], (k, 0, K - 1)),
        Sum(flip._w[K - 1 - k] * flip._x[t + k], (k, 0, K - 1)),
        Sum(flip._w[k] * flip._x[t + k + 1], (k, 0, K - 1)),
        Sum(flip._w[k] * flip._x[t + k], (k, 0, K)),
    ],
)
def test_a_wrong_sum_is_not_keras(wrong):
    right = cx.flip_identity()[0].equation.rhs
    assert flip._is_keras(right)
    assert not flip._is_keras(wrong)
    assert not flip._agree(right, wrong)


def test_a_correlation_is_no_convolution():
    assert flip._is_convolution(cx.flip_identity()[2].equation.rhs)
    assert not flip._is_convolution(Sum(flip._v[j] * flip._x[t + j], (j, 0, K - 1)))


def test_scipy_is_asked(monkeypatch):
    import scipy.signal

    right = scipy.signal.convolve
    assert flip._is_scipy()
    monkeypatch.setattr(scipy.signal, "convolve", lambda x, w, **options: right(x, w[::-1], **options))
    assert not flip._is_scipy()


def test_as_a_derivation_on_paper():
    latex = cx.flip_identity().latex()
    assert latex.count("&=") == 5
    assert latex.startswith("\\begin{aligned}\ny_{t} &= \\sum_{k=0}^{K-1} w_{k} \\, x_{t+k} && \\text{")
    assert r"(v * x)_{t+K-1}" in latex
    assert latex.count("{") == latex.count("}")
    assert "refuted" not in str(cx.flip_identity()).lower()
    assert cx.flip_identity().typst().count("&=") == 5
