# SPDX-License-Identifier: Apache-2.0
"""A document gives away what it holds compressed, in digits, in base64 or in pieces."""

from __future__ import annotations

import base64
import random
import zlib
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from SlicerDeidLib.headers.documents import readable_parts
from SlicerDeidLib.headers.sweep import Family, Sweeper, suspicious_paths
from SlicerDeidLib.model.element import Element

NAME = b"GRUENEWALD"
PAGE = b"BT /F1 12 Tf (Report of Gruenewald) Tj ET"


def pdf(stream: bytes, entries: bytes = b"/Filter /FlateDecode") -> bytes:
    head = b"%PDF-1.7\n1 0 obj\n<< " + entries + b" /Length %d >>\nstream\r\n" % len(stream)
    return head + stream + b"\nendstream\nendobj\n%%EOF\n"


FORMS = {
    "in its bytes": b"(Gruenewald)",
    "compressed": pdf(zlib.compress(PAGE)),
    "compressed and cut off": pdf(zlib.compress(PAGE + random.Random(1).randbytes(2000)))[:-500],
    "in hexadecimal digits": b"<" + NAME.hex().encode() + b"> Tj",
    "in hexadecimal digits over lines": b"<47 52 55\n45 4E 45 57 41 4c 44>",
    "in hexadecimal digits of UTF-16": b"<FEFF" + "Gruenewald".encode("utf-16-be").hex().encode() + b">",
    "in octal escapes": rb"(\107\162\165\145newald) Tj",
    "in kerned pieces": b"[(Gr) -20 (ue) 3.5 (new) 1 (ald)] TJ",
    "in kerned pieces of digits": b"[<4772>-20<75656e65>(wald)] TJ",
    "in compressed kerned pieces": pdf(zlib.compress(b"BT [(Gru) -20 (enewald)] TJ ET")),
    "in base64": b"<text>" + base64.b64encode(b"seen: Gruenewald, Erika") + b"</text>",
    "in base64 over lines": base64.encodebytes(b"x" * 100 + b" Gruenewald " + b"y" * 100),
    "in a PDF in base64": b"<nonXMLBody>" + base64.b64encode(pdf(zlib.compress(PAGE))) + b"</nonXMLBody>",
}


@pytest.fixture
def family() -> Family:
    return Sweeper(()).family((("name", b"Gruenewald^Erika", b""),))


@pytest.mark.parametrize("form", FORMS)
def test_a_name_in_a_document_is_found(form: str, family: Family) -> None:
    document = {0x00420011: Element(0x00420011, "OB", FORMS[form])}
    assert suspicious_paths({}, document, family) == ["(0042,0011)"]


@pytest.mark.parametrize(
    "document",
    [
        pdf(zlib.compress(PAGE.replace(b"Gruenewald", b"a lung"))), pdf(b"no deflated stream"),
        pdf(zlib.compress(PAGE), b"/Subtype /Image /Filter /FlateDecode"), b"<</Length 12>>", b"<4 7>",
        b"[(a] TJ", b"\\",
    ],
)  # fmt: skip
def test_a_document_without_it_is_passed(document: bytes, family: Family) -> None:
    assert suspicious_paths({}, {0x00420011: Element(0x00420011, "OB", document)}, family) == []


def test_what_grows_without_end_is_read_up_to_a_limit() -> None:
    bomb = pdf(zlib.compress(bytes(1 << 27)))
    assert sum(map(len, readable_parts(bomb, 1))) < 1 << 27


@given(st.binary(max_size=300) | st.text("<>[]()\\stream\n0aF= TJ", max_size=200).map(str.encode))
def test_no_bytes_stop_the_search(document: bytes) -> None:
    first, *_ = readable_parts(document)
    assert first == document


@pytest.mark.parametrize("piece", [b"<00", b"[(a)", b"\\0", b"(", b"stream\n", b"AAAA", b"AAAA ", b"[", b"<0 "])
def test_a_hostile_document_costs_time_by_its_length_only(piece: bytes) -> None:
    begin = perf_counter()
    list(readable_parts(piece * 20_000))
    assert perf_counter() - begin < 5  # seconds; a tenth of one where nothing is squared
