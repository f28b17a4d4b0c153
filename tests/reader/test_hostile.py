"""Hostile files are refused with one clear sentence, quickly, in little memory, with nothing run, written or told."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import handmade
import hostile
import pytest

from convexplain import reader

# Reads every file it is given; an audit hook ends it when anything is run, written, deleted or sent.
WORKER = """
import difflib, json, os, re, sys, time
from convexplain import reader
import convexplain.reader.archive, convexplain.reader.line, convexplain.reader.objects
paths = json.load(sys.stdin)
allowed = {*paths.values(), "/proc/self/status"}
harm = {"exec", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.remove", "os.rename", "os.mkdir",
        "shutil.rmtree", "subprocess.Popen", "socket.connect", "pickle.find_class"}
def watch(event, arguments):
    if event == "open":
        path, _, flags = arguments
        reads = not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if reads and (str(path) in allowed or str(path).endswith((".py", ".pyc", ".so"))):
            return
    elif event not in harm or (event == "exec" and "importlib" in repr(sys._getframe(1).f_code)):
        return
    os.write(1, f"FORBIDDEN {event} {arguments}".encode())
    os._exit(9)
sys.addaudithook(watch)
answers = {}
for name, path in paths.items():
    start = time.process_time()
    try:
        answer = reader.read(path)
        said = ["read", repr(answer.stack)]
    except Exception as error:
        said = [type(error).__name__, str(error)]
    answers[name] = [*said, time.process_time() - start]
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())  # ru_maxrss has the parent's, too
print(json.dumps([answers, int(peak[1]) / 1024]))
"""


@pytest.fixture(scope="module")
def refusals(tmp_path_factory):
    """For every case (exception, message, seconds); and the memory that the process took at most, in MB."""
    folder = tmp_path_factory.mktemp("hostile")
    paths = hostile.write_all(folder, folder / "elsewhere")
    before = sorted(folder.rglob("*"))
    answer = subprocess.run(
        [sys.executable, "-c", WORKER],
        input=json.dumps({name: str(path) for name, path in paths.items()}),
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stdout[-1000:] + answer.stderr[-2000:]
    assert sorted(folder.rglob("*")) == before
    return json.loads(answer.stdout)


@pytest.mark.parametrize("name", hostile.CASES)
def test_hostile_files_are_refused(name, refusals):
    kind, message, seconds = refusals[0][name]
    assert kind == ("FileNotFoundError" if name == "link to nothing" else "ValueError"), message
    assert re.search(hostile.CASES[name][0], message)
    assert "Received: " in message
    assert len(message) < 500
    assert message.isprintable()
    assert hostile.SECRET[:8] not in message
    assert seconds < 2


@pytest.mark.parametrize(
    "harm",
    [
        "__import__('os').system('true')",
        "open('harmed', 'w')",
        "exec('1')",
        "open('/etc/hostname')",
        "__import__('os').fork()",
    ],
)
def test_the_watch_over_the_reader_sees_harm(harm, tmp_path):
    script = WORKER.replace("sys.addaudithook(watch)", f"sys.addaudithook(watch)\nreader.read = lambda path: {harm}")
    answer = subprocess.run(
        [sys.executable, "-c", script], input='{"a": "a"}', capture_output=True, text=True, cwd=tmp_path
    )
    assert answer.returncode == 9
    assert answer.stdout.startswith("FORBIDDEN")


def test_hostile_files_take_little_memory(refusals):
    assert refusals[1] < 300


def test_the_valid_neighbour_of_the_hostile_files_is_read(tmp_path):
    assert reader.read(handmade.write(tmp_path / "model.keras", handmade.single().members())).stack.depth == 1


def test_a_missing_path_is_not_found(tmp_path):
    for path in (tmp_path / "model.keras", str(tmp_path / "no" / "model.keras"), "", "hf://keras/model"):
        with pytest.raises(FileNotFoundError, match="where nothing is"):
            reader.read(path)


@pytest.mark.parametrize("path", ["model\0.keras", "x" * 5000 + ".keras", "\ud800.keras"])
def test_a_path_that_cannot_be_is_refused(path):
    with pytest.raises((ValueError, FileNotFoundError)) as refusal:
        reader.read(path)
    assert len(str(refusal.value)) < 500
    assert type(refusal.value) in (ValueError, FileNotFoundError)
