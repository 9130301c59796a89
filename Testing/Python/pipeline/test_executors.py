# SPDX-License-Identifier: Apache-2.0
"""Processes: their order, their life and their death. They work on expressions, for any process knows eval."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from SlicerDeidLib.model.protocols import Executor
from SlicerDeidLib.pipeline.executors import WorkerDied, processes

ITS_NUMBER = "__import__('os').getpid()"
ITS_DEATH = "__import__('os')._exit(7)"


@pytest.fixture
def executor() -> Iterator[Executor[Any, Any]]:
    with processes(2) as given:
        yield given


def numbers(executor: Executor[Any, Any]) -> set[int]:
    return set(executor(eval, [ITS_NUMBER] * 8))


def lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def are_gone(found: set[int]) -> bool:
    until = time.monotonic() + 60
    while any(map(lives, found)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(lives, found))


def test_results_come_in_the_order_of_the_items(executor: Executor[Any, Any]) -> None:
    slow_first = ["(__import__('time').sleep(0.5), 0)[1]", "1", "2", "3"]
    assert list(executor(eval, slow_first)) == [0, 1, 2, 3]


def test_one_pool_serves_all_calls_and_ends_with_the_context() -> None:
    with processes(1) as executor:
        assert list(executor(eval, [])) == []
        first = numbers(executor)
        assert numbers(executor) == first
        assert len(first) == 1
        assert os.getpid() not in first
    assert are_gone(first)


def test_a_process_that_dies_costs_its_own_item_only(executor: Executor[Any, Any]) -> None:
    before, dead, after = executor(eval, ["1", ITS_DEATH, "2"])
    assert (before, after) == (1, 2)
    assert isinstance(dead, WorkerDied)
    assert list(executor(eval, ["3"])) == [3]


def test_an_error_of_an_item_is_raised_and_the_next_call_is_answered(executor: Executor[Any, Any]) -> None:
    with pytest.raises(ZeroDivisionError):
        list(executor(eval, ["1/0", "2"]))
    assert list(executor(eval, ["3"])) == [3]


@pytest.mark.skipif(os.name == "nt", reason="POSIX kills without a word")
def test_workers_that_are_killed_between_two_calls_are_replaced(executor: Executor[Any, Any]) -> None:
    first = numbers(executor)
    for number in first:
        os.kill(number, signal.SIGKILL)
    assert list(executor(eval, ["1", "2"])) == [1, 2]
    assert not numbers(executor) & first


def test_what_is_left_in_the_middle_ends_its_processes_at_once(executor: Executor[Any, Any]) -> None:
    going = iter(executor(eval, [ITS_NUMBER, "__import__('time').sleep(600)", "1"]))
    number = next(going)
    going.close()  # type: ignore[attr-defined]
    assert are_gone({number})
    assert list(executor(eval, ["3"])) == [3]
