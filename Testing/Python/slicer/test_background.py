# SPDX-License-Identifier: Apache-2.0
"""Work beside the event loop: handed on when it is done, unseen when nobody waits, never in the way."""

from __future__ import annotations

import threading

import pytest


@pytest.fixture
def background(slicer):
    from SlicerDeidWidgets.background import Background

    made = []

    def make(**options):
        made.append(Background("test", **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_step_works_in_a_thread_and_is_handed_on_in_the_main_one(background, until):
    done = []
    thread = background()
    thread.start(threading.get_ident, lambda future: done.append((future.result(), threading.get_ident())))
    assert thread.isBusy
    until(lambda: done)
    assert not thread.isBusy
    assert done[0][0] != done[0][1] == threading.get_ident()


def test_a_step_may_begin_the_next_one(background, until):
    done = []
    thread = background()

    def go_on(future):
        done.append(future.result())
        if len(done) < 3:
            thread.start(lambda: len(done), go_on)

    thread.start(lambda: 0, go_on)
    until(lambda: len(done) == 3)
    assert done == [0, 1, 2]


def test_what_nobody_waits_for_ends_unseen(background, until, slicer):
    done, gate = [], threading.Event()
    thread = background(threads=2)
    thread.start(gate.wait, done.append)
    thread.start(lambda: "newer", lambda future: done.append(future.result()))
    until(lambda: done)
    gate.set()
    thread.start(lambda: "forgotten", done.append)
    thread.forget()
    slicer.app.processEvents()
    assert done == ["newer"]
    assert not thread.isBusy


def test_a_long_step_says_how_far_it_is(background, until):
    gate, ticks, done = threading.Event(), [], []
    thread = background(onTick=lambda: ticks.append(1))
    thread.start(gate.wait, done.append)
    until(lambda: len(ticks) > 2)
    assert not done
    gate.set()
    until(lambda: done)


def test_an_error_is_said_by_its_sentence_or_its_kind(slicer):
    from SlicerDeidLib.errors import PixelError
    from SlicerDeidWidgets.background import reasonOf

    assert reasonOf(PixelError("no head was found")) == "no head was found"
    assert reasonOf(KeyError("CANARYNAME")) == "An unexpected KeyError."
    missing = reasonOf(FileNotFoundError(2, "", "/CANARYNAME"))
    assert missing.startswith("A file is missing that was there before; look whether the folders")
    assert "CANARY" not in missing
    assert reasonOf(OSError(28, "", "/CANARYNAME")).startswith("The disk that was written to is full; make room")
    assert reasonOf(OSError(5, "", "/CANARYNAME")).startswith("A file or folder could not be read or written (EIO)")
    assert reasonOf(PermissionError(13, "", "/CANARYNAME")).startswith("A file or folder may not be read or written")
