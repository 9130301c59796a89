# SPDX-License-Identifier: Apache-2.0
"""Own names and numbers in kept private bytes, in forms that show no letter or digit of them."""

from __future__ import annotations

import base64
import gzip
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydicom.dataset import Dataset
from SlicerDeidLib.headers.search import wrapped
from SlicerDeidLib.headers.search.wrapped import unwrapped
from SlicerDeidLib.policies.importers.site_toml import read_site_toml
from SlicerDeidLib.policies.load import read_policy

NAME = b"FEATHERSTONE^WILHELMINA"
NUMBER = 8837261


def _even(value: bytes) -> bytes:
    return value + b"\0" * (len(value) % 2)


def _kept(ct: Dataset, through: Callable[..., Any], vr: str, value: Any) -> Any:
    """De-identify an image with a private attribute that a rule keeps; its value, None when it is gone."""
    ct.PatientName = NAME.decode()
    ct.PatientID = f"MRN{NUMBER}"
    ct.PatientBirthDate, ct.StudyDate = "19500203", "20190314"
    ct.private_block(0x0029, "ACME", create=True).add_new(1, vr, value)
    rules = read_site_toml('[rules]\n"(0029,xx01)" = "K"', "site.toml")
    found = through(ct, read_policy("research", rules=rules, private="keep"))
    assert not found.leaks
    element = found.dataset.get((0x0029, 0x1001))
    return None if element is None else element.value


@pytest.mark.parametrize(
    "value",
    [
        base64.b64encode(NAME),
        base64.b64encode(b"settings: " + NAME + b" end"),
        NAME.hex().encode(),
        NAME.hex(" ").encode(),
        zlib.compress(NAME * 3),
        gzip.compress(b"<patient>" + NAME + b"</patient>"),
        base64.b64encode(zlib.compress(NAME * 3)),
        b"\1\2\3\4" + zlib.compress(NAME * 3, 9),
        NAME.decode().encode("cp500"),
        b"".join(_even(NAME)[at : at + 2][::-1] for at in range(0, len(NAME), 2)),
    ],
    ids=[
        "base64",
        "base64 amid",
        "hex",
        "hex spaced",
        "zlib",
        "gzip",
        "zlib in base64",
        "zlib amid",
        "EBCDIC",
        "swapped",
    ],
)
def test_a_name_in_another_form_goes(ct: Dataset, through: Callable[..., Any], value: bytes) -> None:
    assert _kept(ct, through, "OB", _even(value)) is None


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        ("OB", NUMBER.to_bytes(4, "little")),
        ("OB", b"\1\2" + NUMBER.to_bytes(4, "big")),
        ("OB", bytes.fromhex("08837261")),
        ("OB", (19500203).to_bytes(4, "little")),
        ("US", [NUMBER >> 16, NUMBER & 0xFFFF]),
        ("US", [7, NUMBER & 0xFFFF, NUMBER >> 16]),
        ("US", [1950, 2, 3]),
        ("US", [2019, 3, 14]),
        ("US", [7, 14, 3, 2019, 8]),
        ("US", [2019, 3, 4, 14, 10]),
        ("IS", [2019, 3, 14]),
        ("US", [3, 14, 19]),
        ("US", [14, 3, 19, 10, 11, 12]),
        ("US", [12, 11, 10, 14, 2, 119, 4, 72, 0]),  # struct tm
        ("SS", [119, 2, 14]),
        ("US", [2019, 73]),
        ("US", [0x2019, 0x0314]),
        ("US", [0x20, 0x19, 0x03, 0x14]),
        ("US", [*range(300), 2019, 314]),
        ("UL", 0x20190314),
        ("UL", 14032019),
        ("UL", 3142019),
        ("UL", 2019073),
        ("UL", 19073),
        ("UL", 19031410),
        ("UL", 1903141011),
        ("UV", 190314101112),
        ("UV", 101112190314),
        ("UV", 14032019101112),
        ("UV", 190314101112123),
        ("DS", "190314101112"),
        ("IS", "14032019"),
        ("IS", "201903"),
        ("DS", "14.032019"),
        ("FD", [2019.0314]),
        ("FD", [2019.1973]),
        ("UL", 2019 - 1980 << 25 | 3 << 21 | 14 << 16 | 10 << 11),
    ],
)
def test_an_own_number_or_date_in_another_form_goes(
    ct: Dataset, through: Callable[..., Any], vr: str, value: Any
) -> None:
    assert _kept(ct, through, vr, value) is None


SECONDS = int(datetime(2019, 3, 14, 10, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("vr", "value", "per_day"),
    [
        ("FD", 737498.42, 1),  # MATLAB
        ("FD", SECONDS - 315964800.0 + 18, 86_400),  # GPS
        ("FD", SECONDS + 2208988800.0, 86_400),  # NTP
        ("UL", SECONDS // 60, 1440),
        ("UL", SECONDS // 3600, 24),
        ("UV", SECONDS * 10**9, 86_400 * 10**9),
        ("UV", 20190314101112123, 10**8),
    ],
)
def test_a_date_of_the_study_moves_in_rare_units_too(
    ct: Dataset, through: Callable[..., Any], vr: str, value: float, per_day: int
) -> None:
    moved = _kept(ct, through, vr, value)
    assert moved is not None
    assert abs(moved - value) > per_day / 2


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        ("US", [512, 512, 16]),
        ("US", [2019, 512, 3, 14]),
        ("US", list(range(1, 400))),
        ("US", [3, 14, 19] * 9),  # a year of two digits in a list that is longer than a date with its time
        ("UL", [2019, 190315, 73, 314]),
        ("UL", [120000, 65536, 1048576]),
        ("FD", [0.5, 737123.5, 1e9]),
        ("OB", bytes(range(256))),
        ("OB", zlib.compress(b"gradient table 0 1 2 3" * 9).ljust(60, b"\0")),
        ("OB", base64.b64encode(b"protocol version 12")),
    ],
)
def test_ordinary_values_stay(ct: Dataset, through: Callable[..., Any], vr: str, value: Any) -> None:
    assert _kept(ct, through, vr, value) == value


def test_a_stream_that_unpacks_to_very_much_is_read_in_part() -> None:
    assert sum(map(len, unwrapped(zlib.compress(bytes(1 << 26) + b"end")))) <= 1 << 20


def test_bytes_that_look_packed_and_are_not_are_passed_over() -> None:
    assert list(unwrapped(struct.pack("<40H", *([0x9C78] * 40)))) == []


def test_what_only_begins_as_a_stream_does_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    unpacked = wrapped._unpacked

    def counted(stream: memoryview, most: int) -> bytes:
        read.append(len(stream))
        return unpacked(stream, most)

    monkeypatch.setattr(wrapped, "_unpacked", counted)
    assert list(unwrapped(b"\x78\x9c" * (1 << 15))) == []
    assert max(read) <= 512


@pytest.mark.parametrize("around", [b"", bytes(range(128, 256)) * 40])
def test_a_name_in_two_bytes_a_letter_is_found_in_what_is_unpacked(around: bytes) -> None:
    for packed in (zlib.compress(NAME.decode().encode("utf-16-le")), NAME.decode().encode("utf-16-be").hex().encode()):
        assert any(NAME in inner.replace(b"\0", b"") for inner in unwrapped(around + packed + around))


@pytest.mark.parametrize("form", ["{:02x},", "0x{:02X} "])
def test_a_name_in_numbers_of_a_program_is_found(form: str) -> None:
    assert any(NAME in inner for inner in unwrapped("".join(map(form.format, NAME)).encode()))


@pytest.mark.parametrize("value", [NAME.decode().encode("cp500"), b"EFTAEHSROTEN"])
def test_of_a_value_only_the_letters_are_turned(value: bytes) -> None:
    turned = list(unwrapped(b"\x00\x01\x02\xfe\xff" * 1000 + value + b"\xff\x00\x03" * 1000))
    assert any(b"FEATHERSTONE" in inner for inner in turned)
    assert sum(map(len, turned)) < 200
