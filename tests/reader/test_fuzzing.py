"""Damaged files give a network that fits, or one ``ValueError``; they never end the process.

``CONVEXPLAIN_FUZZ=200000 python -m pytest tests/reader/test_fuzzing.py`` tries that many; other seeds each time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

CASES = 3000
PROCESSES = 2


@pytest.mark.parametrize("process", range(PROCESSES))
def test_damaged_files(process, tmp_path):
    wanted = os.environ.get("CONVEXPLAIN_FUZZ")
    count = int(wanted or CASES) // PROCESSES
    first = process * count + (int.from_bytes(os.urandom(4)) << 32 if wanted else 0)
    script = Path(__file__).with_name("fuzzing.py")
    answer = subprocess.run(
        [sys.executable, script, str(first), str(count), tmp_path], capture_output=True, text=True, cwd=tmp_path
    )
    assert answer.returncode == 0, f"ended at the file left in {tmp_path}:\n{answer.stderr}"
    assert answer.stdout == ""
    assert '"read"' in answer.stderr
    assert '"ValueError"' in answer.stderr
