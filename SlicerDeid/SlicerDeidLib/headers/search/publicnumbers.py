# SPDX-License-Identifier: Apache-2.0
"""Public numbers: those of insurances, registers, networks and telephones that are told by their digits alone.

Where a number has a check digit it is held against that: any other ten digits are a version, a part or a matrix.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_ALONE = r"(?<![\w.+-])", r"(?![\w-]|\.\d)"
_NANP = r"[2-9]\d\d \d{4}"
_TOLL_FREE = r"8(?:00|33|44|55|66|77|88)"
_NHS_FIRST = "34679"  # digits with which those begin that are given out, or made for tests
_FORMS = (
    r"\+[1-9]\d{9,14}(?!\d)",  # ITU-T E.164
    r"192\.168\.\d{1,3}\.\d{1,3}|172\.(?:1[6-9]|2\d|3[01])\.\d{1,3}\.\d{1,3}",  # RFC 1918; 10.x.y.z is a version too
    r"(?i:[0-9a-f]{2}(?::[0-9a-f]{2}){5})",  # of a network's card, IEEE 802
    r"(?i:ip(?:[ -]?addr(?:ess|\.)?)?[ :=]{1,2}\d{1,3}(?:\.\d{1,3}){3})",
)
_SIZES = re.compile(r"(?:\d{3,4} ?){3}")
_STEP = 8  # sizes of matrices are multiples of it: 640 640 1024
_PLAIN = tuple(re.compile(rf"{_ALONE[0]}(?:{form}){_ALONE[1]}") for form in _FORMS)
_NHS_ALONE = re.compile(r"\W*(\d{10})\W*")  # as long as a serial number, so that it counts as a whole value only
_AMERICAN = re.compile(rf"\W*(?:\+?1 )?(?!{_TOLL_FREE})[2-9]\d\d {_NANP}\W*")  # a whole value: "build 617 555 0123"


def is_nhs_number(digits: str) -> bool:
    """Say whether ten digits are a number of the NHS of England: modulus 11, weights 10 to 2 (NHS Data Dictionary).

    >>> is_nhs_number("9434765919"), is_nhs_number("9434765918")
    (True, False)
    """
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return rest % 11 == int(digits[9]) and digits[0] in _NHS_FIRST


def is_ahv_number(digits: str) -> bool:
    """Say whether 13 digits are a Swiss AHV number: 756 and the check digit of an EAN (Swiss ordinance AHVV, 133).

    >>> is_ahv_number("7569217076985"), is_ahv_number("7569217076984")
    (True, False)
    """
    total = sum(int(digit) * weight for digit, weight in zip(digits, (1, 3) * 6, strict=False))
    return digits.startswith("756") and -total % 10 == int(digits[12])


def is_pesel(digits: str) -> bool:
    """Say whether eleven digits are a Polish PESEL: a date of birth, and weights 1 3 7 9.

    >>> is_pesel("44051401359"), is_pesel("44051401358")
    (True, False)
    """
    total = sum(int(digit) * weight for digit, weight in zip(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3), strict=False))
    return int(digits[2:4]) % 20 in range(1, 13) and 0 < int(digits[4:6]) < 32 and -total % 10 == int(digits[10])


_CHECKED: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (re.compile(rf"{_ALONE[0]}\d{{3}} \d{{3}} \d{{4}}{_ALONE[1]}"), is_nhs_number),
    (re.compile(rf"{_ALONE[0]}756([. ]?)\d{{4}}\1\d{{4}}\1\d\d{_ALONE[1]}"), is_ahv_number),
    (re.compile(rf"{_ALONE[0]}\d{{11}}{_ALONE[1]}"), is_pesel),
)


def holds_public_number(text: str) -> bool:
    """Say whether a text holds a number that tells of a person, a telephone or a machine.

    Examples
    --------
    >>> [holds_public_number(text) for text in ("943 476 5919", "+442079460958", "617 555 0123", "10.6.3.1")]
    [True, True, True, False]
    """
    if _SIZES.fullmatch(text) and all(int(number) % _STEP == 0 for number in text.split()):
        return False
    if any(pattern.search(text) for pattern in _PLAIN) or _AMERICAN.fullmatch(text):
        return True
    if any(is_nhs_number(match[1]) for match in map(_NHS_ALONE.fullmatch, text.split("\\")) if match):
        return True
    return any(is_valid(re.sub(r"\D", "", match[0])) for form, is_valid in _CHECKED for match in form.finditer(text))
