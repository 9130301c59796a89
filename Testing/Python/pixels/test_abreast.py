# SPDX-License-Identifier: Apache-2.0
"""Steps on two threads give what they would give one after the other: in order, with the first one's error."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.pixels.abreast import abreast, ahead, both


def failing(reason: str, after: threading.Event | None = None, tells: threading.Event | None = None) -> int:
    """Fail, not before something was told."""
    assert after is None or after.wait(10)
    if tells is not None:
        tells.set()
    raise PixelError(reason)


def test_what_steps_made_comes_in_their_order_whichever_ends_first() -> None:
    second = threading.Event()

    def first() -> str:
        assert second.wait(10)
        return "first"

    def other() -> str:
        second.set()
        return "second"

    assert both(first, other) == ("first", "second")
    second.clear()
    assert abreast(first, other, lambda: "third") == ["first", "second", "third"]


@pytest.mark.parametrize("together", [both, abreast])
def test_of_several_errors_the_first_steps_is_raised_though_it_came_last(together) -> None:
    second = threading.Event()
    with pytest.raises(PixelError, match="the head"):
        together(partial(failing, "the head", after=second), partial(failing, "the text", tells=second))


@pytest.mark.parametrize("together", [both, abreast])
def test_an_error_of_the_second_step_alone_is_raised(together) -> None:
    with pytest.raises(PixelError, match="the text"):
        together(lambda: 1, partial(failing, "the text"))


def test_what_is_made_ahead_comes_in_order_and_never_is_more_than_three_in_memory() -> None:
    made, taken = [], []
    for number in ahead(lambda number: made.append(number) or number, range(40)):
        taken.append(number)
        assert len(made) <= len(taken) + 2
    assert taken == list(range(40))


def test_an_error_comes_where_it_was_made_and_ends_the_rest() -> None:
    slices = ahead(lambda number: failing("slice") if number == 3 else number, range(10))
    assert [next(slices) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(PixelError, match="slice"):
        next(slices)
    assert next(slices, None) is None


def test_nothing_to_make_yields_nothing() -> None:
    assert list(ahead(str, [])) == []
    assert abreast() == []
