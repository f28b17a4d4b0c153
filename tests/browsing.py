"""The Chromium of this machine, for tests of what is read in a browser."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def browser() -> Iterator[Any]:
    """A browser that runs; the test is skipped where there is none, or no playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(_that_runs, NAMES)), None)
    if path is None:
        pytest.skip("there is no Chromium that runs here")
    with playwright.sync_playwright() as started:
        yield started.chromium.launch(executable_path=path, args=["--no-sandbox"])


def _that_runs(name: str) -> str | None:
    """Where a program is, if it says its version: Ubuntu's package of that name may only say what to install."""
    path = shutil.which(name)
    return path if path and subprocess.run([path, "--version"], capture_output=True).returncode == 0 else None
