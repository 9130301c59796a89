# SPDX-License-Identifier: Apache-2.0
"""What the head of a file says was examined: descriptions, names of protocols, codes; of series and study.

Why it was asked for is not read: a fall on the face is a usual reason for a CT of the brain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from SlicerDeidLib.formats.dicom.identifiers import codecs_of, texts
from SlicerDeidLib.formats.dicom.values import bytes_value, code_value
from SlicerDeidLib.model.element import Elements
from SlicerDeidLib.model.examination import Examination, Examined

_SERIES_TEXTS = (0x0008103E, 0x00180015, 0x00181030, 0x00189423)  # Series Description, Body Part, Protocol Names
_SERIES_CODES = (0x00082218, 0x00400260)  # Anatomic Region, Performed Protocol Code
_STUDY_TEXTS = (0x00081030, 0x00321060, 0x00400254)  # Study, Requested Procedure, Performed Step Description
_STUDY_CODES = (0x00081032, 0x00321064)  # Procedure Code, Requested Procedure Code
_REQUEST = 0x00400275  # Request Attributes
_REQUEST_TEXTS = (0x00321060, 0x00400007)  # Requested Procedure, Scheduled Step Description
_REQUEST_CODES = (0x00321064, 0x00400008)  # Requested Procedure, Scheduled Protocol Code
_VALUE, _SCHEME, _MEANING = 0x00080100, 0x00080102, 0x00080104
EXAMINATION_TAGS = frozenset(
    {*_SERIES_TEXTS, *_SERIES_CODES, *_STUDY_TEXTS, *_STUDY_CODES, _REQUEST, *_REQUEST_TEXTS, *_REQUEST_CODES}
    | {_VALUE, _SCHEME, _MEANING}
)
"""What ``examination_of`` reads, in items of sequences too."""

_REMEMBERED = 1 << 12  # series: their slices say the same


def examination_of(dataset: Elements) -> Examination:
    """Return what was examined; texts are decoded in every way that they may be meant."""
    requests = list(_items(dataset, _REQUEST))
    study_texts = [*_values(dataset, _STUDY_TEXTS), *(v for item in requests for v in _values(item, _REQUEST_TEXTS))]
    study_codes = [*_codes(dataset, _STUDY_CODES), *(v for item in requests for v in _codes(item, _REQUEST_CODES))]
    return _examination(
        codecs_of(dataset),
        tuple(_values(dataset, _SERIES_TEXTS)),
        tuple(_codes(dataset, _SERIES_CODES)),
        tuple(study_texts),
        tuple(study_codes),
    )


_Code = tuple[str, bytes]  # "SCT:363654007", meaning


@lru_cache(maxsize=_REMEMBERED)
def _examination(
    codecs: tuple[str, ...],
    series: tuple[bytes, ...],
    series_codes: tuple[_Code, ...],
    study: tuple[bytes, ...],
    study_codes: tuple[_Code, ...],
) -> Examination:
    """Make them one object for all slices of a series."""
    return Examination(_examined(series, series_codes, codecs), _examined(study, study_codes, codecs))


def _examined(values: Iterable[bytes], codes: Iterable[_Code], codecs: tuple[str, ...]) -> Examined:
    read = (text for value in (*values, *(meaning for _, meaning in codes)) for text in texts(value, codecs))
    return Examined(frozenset(read), frozenset(code for code, _ in codes))


def _values(dataset: Elements, tags: Iterable[int]) -> Iterator[bytes]:
    """Yield the texts that are not empty, as they are encoded."""
    return (value for tag in tags if (value := bytes_value(dataset, tag).strip(b" \0")))


def _codes(dataset: Elements, tags: Iterable[int]) -> Iterator[_Code]:
    """Yield the codes of sequences."""
    for tag in tags:
        for item in _items(dataset, tag):
            code = f"{code_value(item, _SCHEME)}:{code_value(item, _VALUE)}".upper()
            yield code, bytes_value(item, _MEANING).strip(b" \0")


def _items(dataset: Elements, tag: int) -> Iterable[Elements]:
    sequence = dataset.get(tag)
    return (sequence.items if sequence is not None else None) or ()
