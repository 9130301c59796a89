# SPDX-License-Identifier: Apache-2.0
"""Images that earlier runs released: none goes out a second time under another ID or number."""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Iterable

from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.instance import Instance
from SlicerDeidLib.model.plan import Ledger

_SAMPLE = 8  # images by which a series is known again; of half a series all of them are missing once in 256 times
_DIGITS = 16  # hexadecimal: 64 bits, no collision among the images of a million series


class ReleasedImages:
    """The images that the ledger remembers, by keyed digests of their SOP Instance UIDs."""

    def __init__(self, ledger: Ledger, pseudonyms: KeyedPseudonyms) -> None:
        self._ledger = ledger
        self._pseudonyms = pseudonyms
        self._places = {
            digest: (key, number)
            for key in ledger.released
            for number, digests in ledger.images.get(key, {}).items()
            for digest in digests
        }

    def take(self, key: str, number: int, instances: Iterable[Instance]) -> str:
        """Remember a series that will be released, unless it was elsewhere: then say why it is refused.

        Parameters
        ----------
        key : str
            Keyed digest of the patient folder.
        number : int
            Our number of the series.
        """
        digests = self._sample(instances)
        place = (key, str(number))
        if any(self._places.get(digest, place) != place for digest in digests):
            return (
                "its images were released before, from another folder or with another Patient ID or accession number; "
                "name them as they were then, or start a new output and private folder"
            )
        self._ledger.images.setdefault(key, {})[str(number)] = digests
        return ""

    def _sample(self, instances: Iterable[Instance]) -> list[str]:
        """Choose by the UIDs themselves, so that the same images are chosen from a series that gained or lost some."""
        uids = {instance.sop_instance_uid for instance in instances} - {""}
        chosen = heapq.nsmallest(_SAMPLE, uids, key=lambda uid: (zlib.crc32(uid.encode("utf-8", "replace")), uid))
        return [self._pseudonyms.digest("image", uid)[:_DIGITS] for uid in chosen]
