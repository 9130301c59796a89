# SPDX-License-Identifier: Apache-2.0
"""Keyed digests of what a series' output depends on: by them a run knows again what it made before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.plan import Plan, SeriesPlan
from SlicerDeidLib.model.policy import DefacePolicy, TextPolicy


def fingerprint_of(planned: SeriesPlan, plan: Plan, pseudonyms: KeyedPseudonyms, withheld: Sequence[str]) -> str:
    """Digest everything that a series' output depends on.

    Parameters
    ----------
    withheld : sequence of str
        SOP Instance UIDs, sorted, of the images that are withheld: objects lose their references to them.
    """
    subject, policy = planned.subject, plan.policy
    parts = [repr(policy), subject.deidentification_id, subject.accession_number, subject.group]
    parts += [planned.deface, planned.text, *_without_pixels(planned, plan)]
    for instance, target in zip(planned.instances, planned.targets, strict=True):
        parts += [instance.sop_instance_uid, str(instance.size_bytes), target]
    if policy.dispositions[planned.instances[0].sop_class_uid].objects != "images":
        parts += withheld
    return pseudonyms.digest("fingerprint", "\0".join(parts))


def source_of(planned: SeriesPlan, plan: Plan, pseudonyms: KeyedPseudonyms) -> str:
    """Digest what a series is made from and the rules of headers, whatever happens to heads and text."""
    subject = planned.subject
    policy = replace(plan.policy, deface=DefacePolicy("none"), text=TextPolicy("off"))
    parts = [repr(policy), subject.deidentification_id, subject.accession_number, subject.group]
    parts += _without_pixels(planned, plan)
    for instance in planned.series.instances:
        parts += [instance.sop_instance_uid, str(instance.size_bytes)]
    return pseudonyms.digest("source", "\0".join(parts))


def _without_pixels(planned: SeriesPlan, plan: Plan) -> list[str]:
    """Return what both depend on, of the subject and the run."""
    subject, policy = planned.subject, plan.policy
    first = [str(subject.first_study)] * policy.intervals
    return [str(subject.is_over_89), plan.release, *first, subject.birth_date, subject.sex, str(policy.values)]
