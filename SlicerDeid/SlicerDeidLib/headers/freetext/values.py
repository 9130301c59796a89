# SPDX-License-Identifier: Apache-2.0
"""Text values: the encoded value of a free text, cleaned in its character set."""

from __future__ import annotations

from SlicerDeidLib.headers.charset import codecs_of, decode, defined_terms
from SlicerDeidLib.headers.freetext.cleaning import clean
from SlicerDeidLib.headers.search.ownwords import OwnWords
from SlicerDeidLib.headers.terms import DEFINED_TERMS

_REMEMBERED = 1 << 12  # values per family of files: the slices of a series repeat each other
_LARGEST = 1 << 16  # bytes: longer texts are not remembered
_MULTIPLE = frozenset({"LO", "SH", "UC"})  # may hold several values; in ST, LT and UT a backslash is a character
_ESC = b"\x1b"


class TextCleaner:
    """Cleans the free texts of one family of files.

    Parameters
    ----------
    own : OwnWords
        What its files show of their subject.
    """

    def __init__(self, own: OwnWords) -> None:
        self._own = own
        self._cleaned: dict[tuple[bytes, bytes, bool], bytes] = {}

    def cleaned(self, value: bytes, charset: bytes, vr: str) -> bytes:
        """Return what of an encoded value may stay, without padding; empty when nothing may.

        Parameters
        ----------
        value : bytes
            As encoded in the file.
        charset : bytes
            Specific Character Set that governs it; where it is malformed, only ASCII can be trusted.
        vr : str
            CS, LO, LT, SH, ST, UC or UT.
        """
        if vr == "CS":
            ones = [self._of_code(one.strip(b" \0"), charset) for one in value.split(b"\\")]
            return b"\\".join(ones) if any(ones) else b""
        key = (value, charset, vr in _MULTIPLE)
        cleaned = self._cleaned.get(key)
        if cleaned is None:
            cleaned = self._clean(*key)
            if len(value) <= _LARGEST:
                if len(self._cleaned) >= _REMEMBERED:
                    self._cleaned.clear()
                self._cleaned[key] = cleaned
        return cleaned

    def _of_code(self, one: bytes, charset: bytes) -> bytes:
        """Clean one code; what PS3.3 defines stays, whatever the patient is called."""
        return one if one in DEFINED_TERMS else self.cleaned(one, charset, "LO")

    def _clean(self, value: bytes, charset: bytes, is_multiple: bool) -> bytes:
        """Clean each value; letters beyond ASCII stay where they can be written back as they were read."""
        value = value.rstrip(b" \0")
        codecs = codecs_of(charset)
        if b"\0" in value:  # letters of two bytes: no character set of DICOM
            return b""
        text = decode(value, codecs)
        terms = defined_terms(charset)
        is_ascii = terms is None or len(terms) > 1 or not terms[0] or _ESC in value
        try:
            return self._joined(text, is_multiple, is_ascii).encode("ascii" if is_ascii else codecs[0])
        except UnicodeEncodeError:  # letters that were composed of two
            return self._joined(text, is_multiple, is_ascii=True).encode("ascii")

    def _joined(self, text: str, is_multiple: bool, is_ascii: bool) -> str:
        """Return the cleaned values of an element; their number stays unless all are empty."""
        values = [clean(one, self._own, is_ascii=is_ascii) for one in (text.split("\\") if is_multiple else [text])]
        return "\\".join(values) if any(values) else ""
