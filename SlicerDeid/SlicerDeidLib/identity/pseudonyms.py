# SPDX-License-Identifier: Apache-2.0
"""KeyedPseudonyms: UIDs, date offsets and short names that only the holder of the secret can repeat."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache

from pydicom.uid import UID_dictionary

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.identity.classes import value_of
from SlicerDeidLib.model.plan import MARK_DIGEST_BYTES

_MAX_OFFSET_DAYS = 3652  # days in 10 years: enough that a date tells nothing, few enough that scanners stay plausible
_DAY_SECONDS = 86400
_UID_BYTES = 16  # PS3.5 B.2: the suffix of 2.25 is an integer of 128 bits
_CACHED_UIDS = 65536  # a study of 20 000 instances with its references
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_PART = re.compile("[A-Za-z0-9]+")
_MOST_ATTEMPTS = 100  # each gives another value; that all of them hold a part of the subject's cannot happen by chance
# The UIDs of PS3.6 Annex A, one by one: below that root anybody can write a date or a number of his own
_REGISTERED = frozenset(uid for uid in UID_dictionary if uid.startswith("1.2.840.10008."))


class KeyedPseudonyms:
    """Pseudonyms by HMAC-SHA256: the same original gives the same pseudonym under one key and release.

    Parameters
    ----------
    key : bytes
        The project's secret. Each kind of pseudonym has a sub-key of its own, so that none of them can be compared
        with another.
    release : str
        Name of the release; two releases share no UID, short name or date offset.
    keep_time_of_day : bool
        Move dates by whole days only.
    """

    def __init__(self, key: bytes, release: str = "", keep_time_of_day: bool = False) -> None:
        self._root = hmac.digest(key, b"release\0" + release.encode(), "sha256")
        self._keep_time_of_day = keep_time_of_day
        self._uid_key = self._sub_key("uid")
        self._date_key = self._sub_key("date")
        self._mark_key = self._sub_key("mark")
        self.uid = lru_cache(_CACHED_UIDS)(self._map_uid)

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "KeyedPseudonyms()"

    def __reduce__(self) -> str | tuple[object, ...]:
        """Refuse to be pickled: the key travels in the plan, and nowhere else."""
        raise TypeError("KeyedPseudonyms cannot be pickled; make them anew from the key of the plan.")

    def _sub_key(self, label: str) -> bytes:
        return hmac.digest(self._root, label.encode(), "sha256")

    def _map_uid(self, original: str) -> str:
        """Return ``2.25.`` and 128 bits of a keyed hash of ``original``; UIDs of PS3.6 come back as they are."""
        if original in _REGISTERED:
            return original
        digest = hmac.digest(self._uid_key, original.encode("utf-8", "surrogatepass"), "sha256")
        return f"2.25.{int.from_bytes(digest[:_UID_BYTES], 'big')}"

    def offset(self, group: str) -> timedelta:
        """Return how far all dates of a subject move: 1 day to 10 years back, and seconds within a day.

        Parameters
        ----------
        group : str
            What all folders of one person share (``Subject.group``).
        """
        digest = hmac.digest(self._date_key, group.encode("utf-8", "surrogatepass"), "sha256")
        days = 1 + int.from_bytes(digest[:8], "big") % _MAX_OFFSET_DAYS
        seconds = 0 if self._keep_time_of_day else int.from_bytes(digest[8:16], "big") % _DAY_SECONDS
        return timedelta(days=-days, seconds=-seconds if days < _MAX_OFFSET_DAYS else 0)

    def short(self, text: str, length: int) -> str:
        """Return a keyed name for ``text``: ``length`` (at most 40) characters of ``[A-Z0-9]``, a letter first."""
        number = int(self.digest("short", text), 16)
        number, first = divmod(number, 26)
        letters = [_ALPHABET[first]]
        while len(letters) < length:
            number, digit = divmod(number, len(_ALPHABET))
            letters.append(_ALPHABET[digit])
        return "".join(letters[:length])

    def digest(self, label: str, text: str) -> str:
        """Return the keyed SHA-256 of ``text``, 64 hexadecimal digits, in the name space of ``label``."""
        return hmac.new(
            self._sub_key(f"digest\0{label}"), text.encode("utf-8", "surrogatepass"), hashlib.sha256
        ).hexdigest()

    def mark(self, form: str) -> bytes:
        """Return five bytes of a keyed hash of a normal form of a name, number or place (``headers.remembered``).

        Of a million texts with 200 forms each, held against 50 marks, one in a hundred is taken for another.
        """
        return hashlib.blake2b(
            form.encode("utf-8", "surrogatepass"), digest_size=MARK_DIGEST_BYTES, key=self._mark_key
        ).digest()

    def invent(self, kind: str, original: str, vr: str, is_own: Callable[[str], bool]) -> str:
        """Return an invented value of a class.

        Parameters
        ----------
        kind : str
            A key of ``policy.PSEUDONYM_VRS``.
        original : str
            Equal originals give equal values, unless a part of the value is the subject's own: then the next is tried.
        vr : str
            Whose form and length the value has.
        is_own : callable
            Whether a part of a value (letters and digits), or the whole, is the subject's own.

        Raises
        ------
        SeriesRefused
            If no value can be made that holds nothing of the subject.
        """
        if kind == "UID":
            return str(self.uid(original))
        for attempt in range(_MOST_ATTEMPTS):
            number = int(self.digest(f"class\0{kind}\0{attempt}", original), 16)
            value = value_of(kind, vr, number, is_own)
            if not any(map(is_own, (value, *_PART.findall(value)))):
                return value
        raise SeriesRefused(f"no pseudonym of the class {kind} can be made that holds nothing of the patient's own")
