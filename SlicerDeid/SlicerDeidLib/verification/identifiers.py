# SPDX-License-Identifier: Apache-2.0
"""Identifiers: UIDs and short identifying values, compared between original and output element by element."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from SlicerDeidLib.standard.tables import OPTION_CODES
from SlicerDeidLib.verification.dates import Place
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.private import BASIC_CODE, is_kept_private
from SlicerDeidLib.verification.profile import Kind, is_private, is_retained, keyword, kind_of, place_text, row_of
from SlicerDeidLib.verification.reading import Found
from SlicerDeidLib.verification.registered import is_registered
from SlicerDeidLib.verification.unexamined import is_content

RETAIN_UIDS_CODE = OPTION_CODES["retain-uids"]
IMPLEMENTATION = (0x00020012, 0x00020013)


@dataclass(slots=True)
class UidMap:
    """Which original UID became which, over the whole output; must be one to one."""

    forward: dict[str, str] = field(default_factory=dict, repr=False)
    backward: dict[str, str] = field(default_factory=dict, repr=False)

    def compare(
        self,
        before: Mapping[Place, Found],
        after: Mapping[Place, Found],
        codes: frozenset[str],
        name: str,
        findings: Findings,
    ) -> None:
        """Take the UIDs of one instance; say which contradict the instances before it."""
        for place, new in after.items():
            old = before.get(place)
            if old is None or not _is_mapped(old) or RETAIN_UIDS_CODE in codes:
                continue
            for was, now in zip(old.ascii().split("\\"), new.ascii().split("\\"), strict=False):
                if was and now and not is_registered(was):
                    self._take(was, now, name, place_text(*place), findings)

    def _take(self, was: str, now: str, name: str, tag: str, findings: Findings) -> None:
        """Take one UID and what it became."""
        findings.count("UIDs compared")
        if was == now:
            findings.add("error", "uids", name, tag, "This UID is the same as in the original.")
        elif self.forward.setdefault(was, now) != now:
            findings.add("error", "uids", name, tag, "One original UID became two: references are broken.")
        elif self.backward.setdefault(now, was) != was:
            findings.add("error", "uids", name, tag, "Two original UIDs became one.")

    def recompute(self, key: bytes, renewed: Mapping[str, str], findings: Findings) -> None:
        """Compute every UID again from the project's secret, as the documentation of the pseudonyms says.

        Parameters
        ----------
        renewed : mapping of str to str
            What UIDs became where all others stay (``Renewed.became``).
        """
        root = hmac.digest(key, b"release\0", "sha256")
        uid_key = hmac.digest(root, b"uid", "sha256")
        mapped = {**self.forward, **renewed}
        wrong = sum(_keyed_uid(uid_key, was) != now for was, now in mapped.items())
        if wrong and wrong == len(mapped):
            message = "No UID is made with this secret, or the release has a name."
            findings.add("warning", "uids", "", "", message)
        elif wrong:
            findings.add(
                "error", "uids", "", "", f"{wrong} UIDs are not what the project's secret makes of the original."
            )


def _is_mapped(found: Found) -> bool:
    """Whether an element holds UIDs that must be others: those that the profile names, and private ones."""
    return kind_of(found) is Kind.UID or (is_private(found.tag) and found.vr == "UI")


def _keyed_uid(uid_key: bytes, original: str) -> str:
    """Return 2.25 and the first 128 bits of the keyed hash of a UID (PS3.5 B.2)."""
    digest = hmac.digest(uid_key, original.encode(), "sha256")
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def compare_values(
    before: Mapping[Place, Found], after: Mapping[Place, Found], codes: frozenset[str], name: str, findings: Findings
) -> None:
    """Find identifying values, however short, that stand where they stood in the original, and changed content."""
    for place, new in after.items():
        old = before.get(place)
        if old is not None and is_content(old) and old.raw != new.raw:
            message = f"{keyword(old.tag)} is not that of the original, though nobody cleans it."
            findings.add("error", "objects", name, place_text(*place), message)
        if old is None or not old.raw.strip(b" \0") or old.raw.strip(b" \0") != new.raw.strip(b" \0"):
            continue
        row = row_of(old.tag)
        if old.tag in IMPLEMENTATION:
            message = f"{keyword(old.tag)} names the program that wrote the original."
            findings.add("warning", "meta", name, place_text(*place), message)
        elif is_kept_private(old, codes) and kind_of(old) is Kind.LISTED:
            continue
        elif is_content(old) and BASIC_CODE not in codes:
            continue  # it is said that nobody looked at it
        elif kind_of(old) in (Kind.DIRECT, Kind.LISTED) and not (row is not None and is_retained(row, codes)):
            message = f"{keyword(old.tag)} has the same value as in the original."
            findings.add("error", "values", name, place_text(*place), message)
