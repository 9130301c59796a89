# SPDX-License-Identifier: Apache-2.0
"""One patient's series planned anew with other settings, from what was discovered: no file is read."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.instance import Index, Series
from SlicerDeidLib.model.plan import Plan, SeriesPlan, Subject, Verdict
from SlicerDeidLib.model.policy import Policy
from SlicerDeidLib.planning.heads import with_heads
from SlicerDeidLib.planning.releasedimages import ReleasedImages
from SlicerDeidLib.planning.verdicts import judge


def replanned(plan: Plan, wished: SeriesPlan, policy: Policy) -> tuple[Plan, SeriesPlan]:
    """Plan the series of one patient as a plan with another policy would; the new IDs stay.

    Parameters
    ----------
    wished : SeriesPlan
        One of the plan's series; it is planned even where it was chosen to stay out.

    Returns
    -------
    (Plan, SeriesPlan)
        A plan of that patient alone, whose series have no targets; and the wished one of them.
    """
    pseudonyms = KeyedPseudonyms(plan.key, plan.release, policy.keep_time_of_day)
    duplicates = duplicates_of(plan.index)
    known = {key: dict(numbers) for key, numbers in plan.ledger_before.images.items()}  # which grows
    images = ReleasedImages(replace(plan.ledger_before, images=known), pseudonyms)
    subject, number = wished.subject, wished.series.number
    judged = []
    for one in plan.series:
        if one.subject.key == subject.key:
            is_chosen = one.series.number == number and one.verdict is Verdict.LEAVE_OUT
            is_open = is_chosen or not one.is_settled
            judged.append(judged_series(one.series, subject, policy, duplicates, images) if is_open else one)
    series = with_heads(judged, policy, pseudonyms)
    return (
        replace(plan, policy=policy, series=tuple(series)),
        next(one for one in series if one.series.number == number),
    )


def judged_series(
    series: Series, subject: Subject, policy: Policy, duplicates: frozenset[str], images: ReleasedImages
) -> SeriesPlan:
    """Plan a series of which nothing is known that keeps it from being released; it has no targets yet."""
    judgement = judge(series, policy, duplicates)
    if judgement.verdict is Verdict.RELEASE:
        reason = images.take(subject.key, series.number, judgement.instances)
        if reason:
            return SeriesPlan(series, subject, Verdict.REFUSE, reason)
    return SeriesPlan(
        series,
        subject,
        judgement.verdict,
        judgement.reason,
        judgement.deface,
        judgement.text,
        tuple(judgement.instances),
        left_out=tuple(judgement.left_out),
        notes=tuple(judgement.notes),
        frames=judgement.frames,
        is_unexamined=judgement.is_unexamined,
    )


def duplicates_of(index: Index) -> frozenset[str]:
    """Return SOP Instance UIDs that stand in more than one file (identical copies are gone already)."""
    counts = Counter(
        instance.sop_instance_uid
        for patient in index.patients
        for series in patient.series
        for instance in series.instances
        if instance.sop_instance_uid
    )
    return frozenset(uid for uid, count in counts.items() if count > 1)
