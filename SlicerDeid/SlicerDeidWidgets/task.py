# SPDX-License-Identifier: Apache-2.0
"""Task: what the program is started for, and the button by which it is started once more."""

from __future__ import annotations

from enum import StrEnum

from slicer.i18n import tr as _


class Task(StrEnum):
    """What the program is started for."""

    PLAN = "plan"
    CHECK = "check"  # a plan that is compared with the one that is shown, before Apply runs it
    RUN = "run"
    TRIAL = "trial"
    REDO = "redo"
    AUDIT = "audit"
    EXPORT = "export"

    @property
    def isPlan(self) -> bool:
        """Whether nothing is written."""
        return self in (Task.PLAN, Task.CHECK)


def button(task: Task) -> str:
    """Return what stands on the button that starts a task."""
    return {
        Task.PLAN: _("Show plan"),
        Task.CHECK: _("Apply"),
        Task.RUN: _("Apply"),
        Task.TRIAL: _("'Try on 3 patients'"),
        Task.REDO: _("'Do again with'"),
        Task.AUDIT: _("'Audit the output'"),
        Task.EXPORT: _("Export"),
    }[task]


def pressAgain(task: Task) -> str:
    """Return what to press once more."""
    return _("press {button} again").format(button=button(task))


def left(task: Task) -> str:
    """Return what is there of a task that broke off, and how it is gone on with."""
    sentence = {
        Task.PLAN: _("Nothing was written; {press}."),
        Task.CHECK: _("Nothing was written; {press}."),
        Task.RUN: _("Finished series stay; {press} to go on."),
        Task.TRIAL: _("The trial begins anew when you {press}."),
        Task.REDO: _("What was done again waits, the rest is as it was: select it and {press}."),
        Task.AUDIT: _("The output is as it was; {press}."),
        Task.EXPORT: _("To begin anew, {press}."),
    }[task]
    return sentence.format(press=pressAgain(task))
