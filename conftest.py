"""How TensorFlow is started; and examples in docstrings and in README.md: each runs in a folder of its own, for it may
write files, and is marked by what it needs, as other tests are.
"""

import os

import pytest

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
"""On a CPU for which TensorFlow does not choose it by itself, it would refuse channels_first."""

NEEDS = {"keras": ("# needs TensorFlow",), "films": ("# needs manim",)}
"""For each mark, what an example holds that needs it."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.DoctestItem):
            typed = "".join(example.source for example in item.dtest.examples)
            for mark, words in NEEDS.items():
                if any(word in typed for word in words):
                    item.add_marker(mark)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if isinstance(request.node, pytest.DoctestItem):
        monkeypatch.chdir(request.getfixturevalue("tmp_path"))
