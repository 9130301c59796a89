# SPDX-License-Identifier: Apache-2.0
"""The process behind the panel, in every way it can end."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest


@pytest.fixture
def start(slicer, fake, until):
    """Start the fake program in a mode; returns worker, events and sentences."""
    from SlicerDeidWidgets.worker import Worker

    started = []

    def go(*words, arguments=()):
        events, sentences, ends = [], [], []
        worker = Worker(events.append, sentences.append, ends.append, fake(*words))
        worker.start(list(arguments))
        started.append(worker)
        return worker, events, sentences, ends

    yield go
    for worker in started:
        worker.close()


def is_alive(pid):
    """Whether a process is there and not just waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_events_and_sentences_arrive_in_order(start, until):
    worker, events, sentences, ends = start("run")
    until(lambda: ends)
    assert [e["event"] for e in events] == ["plan", "series", "series", "series", "finding", "series", "done"]
    assert sentences[0] == "warning: folder 2 of 3: it has no row in the list"
    assert ends[0].exitCode == 0
    assert not ends[0].isCrash
    assert ends[0].lastEvent("done")["released"] == 3
    assert not worker.isRunning


def test_lines_that_arrive_in_pieces_are_put_together(start, until):
    _worker, events, sentences, ends = start("split")
    until(lambda: ends)
    assert [e.get("patient") for e in events] == [None, "ä"]
    assert sentences == ["\N{REPLACEMENT CHARACTER} is no letter"]


def test_a_document_over_several_lines_is_one_event(start, until):
    _worker, events, _sentences, ends = start("plan")
    until(lambda: ends)
    assert len(events) == 1
    assert len(events[0]["series"]) == 2


def test_a_crashed_child_is_reported(start, until):
    _worker, events, _sentences, ends = start("crash")
    until(lambda: ends)
    assert ends[0].isCrash
    assert events[-1]["event"] == "series"


def test_of_a_traceback_only_the_type_is_shown(start, until):
    _worker, _events, sentences, ends = start("raising")
    until(lambda: ends)
    assert ends[0].error == "KeyError"
    assert "SECRET" not in " ".join(sentences)
    assert "fakechild" not in " ".join(sentences)


def test_of_an_option_that_is_refused_only_the_reason_is_shown(start, until):
    _worker, _events, sentences, ends = start("unusable")
    until(lambda: ends)
    assert ends[0].exitCode == 2
    assert sentences == ["--depth: must be between 4 and 50 mm"]


def test_a_program_that_is_not_there_is_reported_once(slicer, until):
    from SlicerDeidWidgets.worker import Worker

    ends = []
    worker = Worker(onFinished=ends.append, program=["/no/such/program"])
    worker.start([])
    until(lambda: ends)
    slicer.app.processEvents()
    assert len(ends) == 1
    assert not ends[0].hasStarted
    assert not worker.isRunning


def test_cancel_closes_stdin_and_the_child_ends_by_itself(start, until):
    worker, events, _sentences, ends = start("wait")
    until(lambda: len(events) == 2)
    worker.cancel()
    until(lambda: ends)
    assert ends[0].isCancelled
    assert ends[0].exitCode == 130
    assert not is_alive(events[0]["child"])


def test_a_child_that_does_not_listen_is_ended_with_its_children(start, until, monkeypatch):
    import SlicerDeidWidgets.worker as worker_file

    monkeypatch.setattr(worker_file, "GRACE_MS", 200)
    worker, events, _sentences, ends = start("deaf")
    until(lambda: events)
    worker.cancel()
    until(lambda: ends)
    until(lambda: not is_alive(events[0]["child"]))
    assert ends[0].isCancelled


def test_closing_ends_a_child_that_listens(start, until):
    worker, events, _sentences, ends = start("wait")
    until(lambda: events)
    begin = time.monotonic()
    worker.close()
    assert time.monotonic() - begin < 3
    assert ends
    assert not worker.isRunning


def test_closing_ends_a_child_that_does_not_listen(start, until, monkeypatch):
    import SlicerDeidWidgets.worker as worker_file

    monkeypatch.setattr(worker_file, "LEAVING_MS", 300)
    worker, events, _sentences, _ends = start("deaf")
    until(lambda: events)
    worker.close()
    assert not worker.isRunning
    until(lambda: not is_alive(events[0]["child"]))


def test_a_second_run_waits_for_the_first(start, until):
    worker, events, _sentences, _ends = start("wait")
    until(lambda: events)
    with pytest.raises(RuntimeError, match="going on"):
        worker.start([])


def test_the_child_finds_the_library_and_gets_its_arguments(start, until):
    _worker, events, _sentences, ends = start("environment", arguments=["run", "a b"])
    until(lambda: ends)
    assert (Path(events[0]["path"]) / "SlicerDeidLib" / "__main__.py").is_file()
    assert events[0]["words"] == ["run", "a b"]


def test_slicers_own_python_is_used_where_there_is_one(slicer, tmp_path, monkeypatch):
    from SlicerDeidWidgets.worker import slicerPython

    program = tmp_path / "PythonSlicer"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + os.environ["PATH"])
    assert slicerPython() == str(program)
