# SPDX-License-Identifier: Apache-2.0
"""Work that nobody waits for any more is given up before its next step, in this thread alone."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from SlicerDeidLib.errors import Abandoned
from SlicerDeidLib.model.wanted import check_wanted, while_wanted
from SlicerDeidLib.pixels.abreast import abreast, ahead, both
from SlicerDeidLib.pixels.text.ocr import available, engine


def unwanted() -> bool:
    return False


def one() -> int:
    return 1


@pytest.mark.parametrize(
    "work",
    [check_wanted, lambda: both(one, one), lambda: abreast(one, one), lambda: list(ahead(abs, [1, 2]))],
    ids=["check", "both", "abreast", "ahead"],
)
def test_steps_are_done_while_they_are_wanted_and_none_is_begun_after(work) -> None:
    with while_wanted(lambda: True):
        work()
    with pytest.raises(Abandoned), while_wanted(unwanted):
        work()
    work()


def test_what_is_half_done_ends_at_its_next_step() -> None:
    done: list[int] = []
    with pytest.raises(Abandoned), while_wanted(lambda: len(done) < 2):
        done.extend(ahead(abs, range(10)))
    assert done == [0, 1]


def test_another_thread_goes_on() -> None:
    ended: list[int] = []
    with while_wanted(unwanted):
        thread = threading.Thread(target=lambda: (check_wanted(), ended.append(1)))
        thread.start()
        thread.join()
    assert ended == [1]


@pytest.mark.skipif(not available(), reason="no engine that reads text is installed")
def test_no_picture_is_read_any_more() -> None:
    read = engine()
    with pytest.raises(Abandoned), while_wanted(unwanted):
        read(np.zeros((64, 64), np.uint8))
    assert read(np.zeros((64, 64), np.uint8)) == ()
