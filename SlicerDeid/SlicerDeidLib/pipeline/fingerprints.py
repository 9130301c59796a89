# SPDX-License-Identifier: Apache-2.0
"""Keyed digests of what a series' output depends on: by them a run knows again what it made before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.plan import Plan, SeriesPlan, Verdict
from SlicerDeidLib.model.policy import DefacePolicy, TextPolicy
from SlicerDeidLib.model.regions import rules_of
from SlicerDeidLib.pipeline.renewals import keeps_instances, study_of

_DIGITS = 16  # hexadecimal: 64 bits, no collision among the series of a study


class Fingerprints:
    """Digests for the series of one plan.

    Parameters
    ----------
    withheld : sequence of str
        SOP Instance UIDs, sorted, of the images that are withheld: objects lose their references to them.
    """

    def __init__(self, plan: Plan, pseudonyms: KeyedPseudonyms, withheld: Sequence[str]) -> None:
        self._plan = plan
        self._pseudonyms = pseudonyms
        self._withheld = withheld
        self._studies = self._by_study() if keeps_instances(plan.policy) else {}
        self._rules = repr(replace(plan.policy, text=replace(plan.policy.text, regions=())))
        self._rules_of_headers = repr(replace(plan.policy, deface=DefacePolicy("none"), text=TextPolicy("off")))

    def of_output(self, planned: SeriesPlan) -> str:
        """Digest everything that a series' output depends on."""
        parts = [self._rules, *self._of_subject(planned), planned.deface, planned.text, *self._without_pixels(planned)]
        regions = rules_of(self._plan.policy.text.regions, planned.series.series_instance_uid)
        parts += [repr(replace(rule, source="")) for rule in regions]
        for instance, target in zip(planned.instances, planned.targets, strict=True):
            parts += [instance.sop_instance_uid, str(instance.size_bytes), target]
        if self._plan.policy.dispositions[planned.instances[0].sop_class_uid].objects != "images":
            parts += self._withheld
        return self._pseudonyms.digest("fingerprint", "\0".join(parts))

    def around(self, planned: SeriesPlan) -> dict[str, str]:
        """Return what is done to the other series of a study that are released, by a keyed digest of each.

        Where UIDs stay, references to their images depend on it: one that was released then and is treated otherwise
        now makes another series of this one. What joins later, or is left out now, does not.
        """
        studies = self._studies.get(study_of(planned), {}) if self._studies else {}
        own = self._digest_of(planned) if studies else ""
        return {series: done for series, done in studies.items() if series != own}

    def _by_study(self) -> dict[tuple[str, str], dict[str, str]]:
        found: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for planned in self._plan.series:
            if planned.verdict is Verdict.RELEASE:
                found[study_of(planned)][self._digest_of(planned)] = f"{planned.deface}, {planned.text}"
        return found

    def _digest_of(self, planned: SeriesPlan) -> str:
        return self._pseudonyms.digest("around", planned.series.series_instance_uid)[:_DIGITS]

    def of_source(self, planned: SeriesPlan) -> str:
        """Digest what a series is made from and the rules of headers, whatever happens to heads and text."""
        parts = [self._rules_of_headers, *self._of_subject(planned), *self._without_pixels(planned)]
        for instance in planned.series.instances:
            parts += [instance.sop_instance_uid, str(instance.size_bytes)]
        return self._pseudonyms.digest("source", "\0".join(parts))

    def _of_subject(self, planned: SeriesPlan) -> tuple[str, str, str]:
        """Return who the subject is."""
        return planned.subject.deidentification_id, planned.subject.accession_number, planned.subject.group

    def _without_pixels(self, planned: SeriesPlan) -> list[str]:
        """Return what both depend on, of the subject and the run."""
        subject, policy = planned.subject, self._plan.policy
        first = [str(subject.first_study)] * policy.intervals
        return [
            str(subject.is_over_89),
            self._plan.release,
            *first,
            subject.birth_date,
            subject.sex,
            str(policy.values),
        ]
