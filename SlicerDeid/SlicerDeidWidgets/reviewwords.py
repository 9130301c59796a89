# SPDX-License-Identifier: Apache-2.0
"""The review in words: what is listed, and what a person decides by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from SlicerDeidWidgets.messages import panelWords
from SlicerDeidWidgets.optionwords import settingsWords

if TYPE_CHECKING:
    from SlicerDeidLib import HeldSeries

WAITING, RELEASED, REJECTED = "waiting", "released", "rejected"


def knowledge(series: HeldSeries, audited: int, noPicture: str = "") -> str:
    """Return what a person decides by, before all else why there is no picture."""
    parts = [_("{place}: {reason}").format(place=series.place, reason=noPicture)] if noPicture else []
    parts += [
        _("{place}: doubt {doubt} (from 1 on: look closely)").format(place=series.place, doubt=f"{series.doubt:.2f}")
    ]
    reasons = [word for name, word in _doubts().items() if name == next(iter(series.doubts), "")]
    parts += [_("most by {reason}").format(reason=reason) for reason in reasons]
    parts += [panelWords(finding) for finding in series.findings]
    parts += [_("made with {settings}").format(settings=settingsWords(series.settings))] if series.settings else []
    parts += [_("rejected: {note}").format(note=series.note)] if series.note else []
    if audited:
        parts.append(_("findings of the audit: {count}").format(count=audited))
    return "; ".join(parts)


def noPicture(reason: str) -> str:
    """Return why there is no picture of a series, and what is to be done about it."""
    sentence = _("no picture: {reason}; it cannot be accepted: put back what was made, or do it again")
    return sentence.format(reason=reason.rstrip("."))


def again(what: str) -> str:
    """Return what to press once more when a decision (``"accept"``, ``"reject"``, ``"withdraw"``) failed."""
    return {
        "accept": _("press Accept again"),
        "reject": _("press Reject again"),
        "withdraw": _("press Withdraw again"),
    }.get(what, "")


def _doubts() -> dict[str, str]:
    """What makes a head doubtful, in words."""
    return {
        "facial_skin_kept": _("skin of the face that is left"),
        "facial_relief": _("the shape of the face that is left"),
        "skin_left": _("skin that is left"),
        "shell_left": _("tissue under the skin that is left"),
        "outside_ml": _("what is left around the head"),
        "beyond_ml": _("what is left outside the skull"),
        "cavity_ml": _("how little of the brain is in view"),
        "enclosed": _("how little bone is around the brain"),
        "removed_ml": _("how much was removed, against the other heads"),
    }


def kinds() -> dict[str, str]:
    """What can be looked at, in words."""
    return {WAITING: _("What waits"), RELEASED: _("What is in the output"), REJECTED: _("What was rejected")}


def said() -> dict[str, tuple[str, str]]:
    """What is said of a page of each kind, and where there is none."""
    shown = _("{first} to {last} of {count}, the most doubtful first.")
    gone = _("{first} to {last} of {count} that were rejected or withdrawn: their files are gone; do them again below.")
    return {
        WAITING: (shown, _("Nothing waits to be accepted.")),
        RELEASED: (shown, _("The output holds no finished series.")),
        REJECTED: (gone, _("Nothing was rejected, or it was made again since.")),
    }
