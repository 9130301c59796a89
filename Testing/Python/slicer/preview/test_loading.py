# SPDX-License-Identifier: Apache-2.0
"""What a first preview needs is loaded while the plan is read, in a thread, and waited for only where it must be."""

from __future__ import annotations

import threading

import pytest


@pytest.fixture
def work(slicer):
    """A PreviewWork and what it told."""
    from SlicerDeidWidgets.previewwork import PreviewWork

    ends = []
    made = PreviewWork(lambda look: None, lambda reason, _isRefusal: ends.append(reason))
    yield made, ends
    made.close()


class Wish:
    """A series without a look."""

    key, isTextRead = "wish", True

    def __init__(self, told):
        self.told = told

    def open(self):
        self.told.append("opened")
        return self

    def looks(self, _opened):
        return iter(())


def test_it_is_loaded_once_when_a_plan_is_shown(filled, fake, until, monkeypatch):
    from SlicerDeidWidgets import previewview

    loaded, main = [], threading.get_ident()
    monkeypatch.setattr(previewview, "loadFor", lambda request: loaded.append((request.text, threading.get_ident())))
    monkeypatch.setattr(previewview, "loadTextFor", lambda request: loaded.append((request.text, "text")))
    filled.logic.program = fake("crowd", "plan")
    for _ in range(2):
        filled.ui.planButton.click()
        until(lambda: filled._worker is None)
        until(lambda: len(loaded) == 2)
    assert [text for text, _ in loaded] == [filled.request().text] * 2
    assert loaded[0][1] != main
    assert loaded[1][1] == "text"


def test_a_preview_waits_for_the_modules_but_not_for_what_reads_text(work, until):
    preview, ends = work
    told, gates = [], (threading.Event(), threading.Event())
    preview.prepare(lambda: gates[0].wait() and told.append("modules"), gates[1].wait)
    preview.ask(Wish(told))
    threading.Event().wait(0.1)  # time enough to open it
    assert told == []
    gates[0].set()
    until(lambda: not preview.isBusy)
    assert told == ["modules", "opened"]
    assert ends == [""]
    gates[1].set()


def test_what_cannot_be_loaded_is_left_to_the_preview_to_say(work, until):
    preview, ends = work
    told = []
    preview.prepare(lambda: told.append("modules") or 1 / 0, lambda: told.append("text") or 1 / 0)
    until(lambda: "text" in told)
    preview.ask(Wish(told))
    until(lambda: not preview.isBusy)
    assert told == ["modules", "text", "opened"]
    assert ends == [""]


class Looked(Wish):
    """A series whose looks take long and are given up when nobody waits."""

    def __init__(self, told, key, gate):
        super().__init__(told)
        self.key, self.gate = key, gate

    def looks(self, _opened):
        from types import SimpleNamespace

        from SlicerDeidLib.model.wanted import check_wanted

        self.told.append(f"{self.key} begun")
        while not self.gate.wait(0.01):
            check_wanted()
        self.told.append(f"{self.key} ended")
        yield SimpleNamespace(step="read", is_last=True)


def test_what_nobody_waits_for_any_more_is_given_up(work, until):
    preview, ends = work
    told, never = [], threading.Event()
    for number in range(4):
        preview.ask(Looked(told, f"series {number}", never))
        until(lambda number=number: f"series {number} begun" in told)
    preview.ask(Wish(told))
    until(lambda: not preview.isBusy)
    assert told[-1] == "opened"
    assert not [word for word in told if word.endswith("ended")]
    assert ends == [""]


def test_a_wish_that_waits_for_a_step_that_was_never_begun_ends_with_the_panel(work):
    from SlicerDeidWidgets.previewwork import _Job

    preview, _ends = work
    gate = threading.Event()
    busy = [preview._ahead.submit(gate.wait) for _ in range(3)]
    unbegun = preview._ahead.submit(gate.wait)
    told = []
    job = _Job(Wish(told), None, None, preview._ahead, (unbegun,), lambda _job: True)
    thread = threading.Thread(target=job.step, daemon=True)
    thread.start()
    preview.close()
    thread.join(10)
    gate.set()
    assert not thread.is_alive()
    assert told == ["opened"]
    assert all(future.result() for future in busy)
