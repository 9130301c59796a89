# SPDX-License-Identifier: Apache-2.0
"""Trial: whether a run of a few patients can have folders of its own, beside those of the whole run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from slicer.i18n import tr as _

from SlicerDeidWidgets.places import asPath, beside, isInside
from SlicerDeidWidgets.request import RunRequest


def whyNoTrial(request: RunRequest, trial: RunRequest) -> str:
    """Return why a trial cannot be run into its own folders; empty where it can. Nothing is written.

    Its private folder holds original names and must not lie among anybody's images; it deletes what its own journal
    names, and must not meet what the whole run reads or writes.

    Parameters
    ----------
    trial : RunRequest
        What ``request.trial`` returned.
    """
    from SlicerDeidLib import DeidError, check_journal

    if any(isInside(own, place) for own, place in _crossed(request, trial)):
        sentence = _(
            "Not tried: a trial writes into {folder} and a private folder called alike, and these would be, or lie in, "
            "folders of the whole run; give the output or the private folder another name."
        )
        return sentence.format(folder=trial.outputPath)
    if problem := next((each for each in trial.problems() if each.field in {"output", "private"}), None):
        sentence = _("Not tried: a trial writes into {folder} and a private folder called alike. Of these: {problem}")
        return sentence.format(folder=trial.outputPath, problem=problem.message)
    try:
        check_journal(asPath(trial.outputPath), trial.privateChosen())
    except DeidError:
        sentence = _("{folder} is of a trial with another private folder; delete it, and try again.")
        return sentence.format(folder=trial.outputPath)
    return ""


def _crossed(request: RunRequest, trial: RunRequest) -> Iterator[tuple[Path, Path]]:
    """Yield the private folder of each with every place where images of the other lie."""
    for one, other in ((request, trial), (trial, request)):
        private, output = one.privateChosen(), Path(asPath(other.outputPath))
        if private is not None:
            yield from ((private, place) for place in (output, *beside(output)))
