# SPDX-License-Identifier: Apache-2.0
"""A document gives away what it holds compressed, in digits, in base64 or in pieces."""

from __future__ import annotations

import base64
import random
import tracemalloc
import zlib
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.headers.search.documents import readable_parts
from SlicerDeidLib.headers.search.sweep import Family, Sweeper, suspicious_paths
from SlicerDeidLib.model.element import Element

NAME = b"GRUENEWALD"
PAGE = b"BT /F1 12 Tf (Report of Gruenewald) Tj ET"


IMAGE = b"/Subtype /Image /Filter /FlateDecode"


def pdf(stream: bytes, entries: bytes = b"/Filter /FlateDecode", line_end: bytes = b"\r\n") -> bytes:
    head = b"%PDF-1.7\n1 0 obj\n<< " + entries + b" /Length %d >>\nstream" % len(stream) + line_end
    return head + stream + b"\nendstream\nendobj\n%%EOF\n"


def jpeg(comment: bytes, scan: bytes = b"\x01\x02") -> bytes:
    """The markers of a JPEG with two comments."""
    other = b"\xff\xfe\x00\x03\xda"
    return b"\xff\xd8" + other + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + b"\xff\xda\x00\x02" + scan


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
    "letter by letter": b" 7 0 Td ".join(b"(%c) Tj" % letter for letter in b"of Gruenewald"),
    "letter by letter in digits": b" 7 0 Td ".join(b"<%02x> Tj" % letter for letter in b"of Gruenewald"),
    "letter by letter on lines": b" ".join(b"(%c) '" % letter for letter in b"Gruenewald"),
    "letter by letter in arrays": b" 7 0 Td ".join(b"[(%c)] TJ" % letter for letter in b"of Gruenewald"),
    "letter by letter, compressed": pdf(zlib.compress(b" ".join(b"(%c) Tj" % letter for letter in b"Gruenewald"))),
    "in base64": b"<text>" + base64.b64encode(b"seen: Gruenewald, Erika") + b"</text>",
    "in base64 over lines": base64.encodebytes(b"x" * 100 + b" Gruenewald " + b"y" * 100),
    "behind a line that ends as on old computers": pdf(zlib.compress(PAGE), line_end=b"\r"),
    "behind an image": pdf(b"pixels", IMAGE) + pdf(zlib.compress(PAGE)),
    "behind an image and a long dictionary": pdf(b"pixels", IMAGE)
    + pdf(zlib.compress(PAGE), b"/W [" + b" 500" * 600 + b"]"),
    "behind an image without an end": pdf(zlib.compress(PAGE), IMAGE).partition(b"endstream")[0] + PAGE,
    "in a form that names an image": pdf(zlib.compress(PAGE), b"/Resources <</Im0 <</Subtype /Image>> >>"),
    "in a form whose text speaks of images": pdf(zlib.compress(PAGE), b"/Note (/Subtype /Image )"),
    "in a stream of another kind": pdf(zlib.compress(PAGE), b"/Subtype /Imagery"),
    "in the comment of a JPEG": pdf(jpeg(b"of Gruenewald"), b"/Subtype /Image /Filter /DCTDecode"),
    "in a PDF in a PDF in base64": base64.b64encode(pdf(zlib.compress(pdf(zlib.compress(PAGE))))),
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
    "text", [b'"19611103"', b'"1961110314"', b'"196111031405"', b'"19611103000000+0100"', b"(D:19611103000000Z)"]
)
def test_a_birth_date_is_found_with_a_time_of_day_behind_it(text: bytes) -> None:
    family = Sweeper(()).family((("birth", b"19611103", b""),))
    assert suspicious_paths({}, {0x00420011: Element(0x00420011, "OB", b"<birthTime value=" + text)}, family)
    longer = b"<id extension=" + text.replace(b"19611103", b"1961110399")
    assert not suspicious_paths({}, {0x00420011: Element(0x00420011, "OB", longer)}, family)


UMLAUT = "Müller^Jörg"
CYRILLIC = "Иванов^Пётр"
SPELLINGS = [
    (UMLAUT, "iso8859_1", b"ISO_IR 100", "Müller".encode()),
    (UMLAUT, "iso8859_1", b"ISO_IR 100", "MÜLLER".encode()),
    (UMLAUT, "iso8859_1", b"ISO_IR 100", "Mu\u0308ller".encode()),
    (UMLAUT, "iso8859_1", b"ISO_IR 100", "Müller".encode("latin_1")),
    (UMLAUT, "iso8859_1", b"ISO_IR 100", b"M&#252;ller"),
    (UMLAUT, "iso8859_1", b"ISO_IR 100", b"M&#xFC;ller"),
    (UMLAUT, "iso8859_1", b"ISO_IR 100", b"M&uuml;ller"),
    (UMLAUT, "utf-8", b"ISO_IR 192", "Müller".encode()),
    (UMLAUT, "utf-8", b"ISO_IR 192", "Müller".encode("latin_1")),
    (UMLAUT, "utf-8", b"ISO_IR 192", b"M&#252;ller"),
    (CYRILLIC, "iso8859_5", b"ISO_IR 144", "иванов".encode()),
    (CYRILLIC, "iso8859_5", b"ISO_IR 144", "ИВАНОВ".encode("iso8859_5")),
    (CYRILLIC, "iso8859_5", b"ISO_IR 144", b"&#1048;&#1074;&#1072;&#1085;&#1086;&#1074;"),
]


@pytest.mark.parametrize(("name", "codec", "charset", "spelling"), SPELLINGS)
@pytest.mark.parametrize("is_packed", [False, True], ids=["bare", "in base64"])
def test_a_name_is_found_whatever_the_character_sets_of_header_and_document(
    name: str, codec: str, charset: bytes, spelling: bytes, is_packed: bool
) -> None:
    family = Sweeper(()).family((("name", name.encode(codec), charset),))
    text = b"<family>" + spelling + b"</family><title>\xe2\x80\x93</title>"
    header = {
        0x00080005: Element(0x00080005, "CS", charset),
        0x00420011: Element(0x00420011, "OB", base64.b64encode(text) if is_packed else text),
    }
    assert suspicious_paths({}, header, family) == ["(0042,0011)"]


@pytest.mark.parametrize(
    "document",
    [
        pdf(zlib.compress(PAGE.replace(b"Gruenewald", b"a lung"))), pdf(b"no deflated stream"),
        pdf(zlib.compress(PAGE), IMAGE), pdf(zlib.compress(PAGE), b"/Subtype/Image/Resources<</A<</B(>>)>>>>"),
        pdf(PAGE, IMAGE), pdf(jpeg(b"a lung", scan=PAGE), IMAGE), b"<</Length 12>>", b"<4 7>", b"[(a] TJ", b"\\",
    ],
)  # fmt: skip
def test_a_document_without_it_is_passed(document: bytes, family: Family) -> None:
    assert suspicious_paths({}, {0x00420011: Element(0x00420011, "OB", document)}, family) == []


A85 = base64.a85encode(PAGE) + b"~>"
UNREAD = {
    "ASCII85": pdf(A85, b"/Filter /ASCII85Decode"),
    "ASCII85 and deflate": pdf(base64.a85encode(zlib.compress(PAGE)) + b"~>", b"/Filter [/ASCII85Decode /FlateDecode]"),
    "hexadecimal digits": pdf(zlib.compress(PAGE).hex().encode() + b">", b"/Filter[/ASCIIHexDecode/FlateDecode]"),
    "a filter whose name has numbers": pdf(A85, b"/Filter /ASCII8#35Decode"),
    "a filter that is said elsewhere": pdf(A85, b"/Filter 5 0 R"),
    "a filter before a text that speaks of objects": pdf(A85, b"/Filter /ASCII85Decode /Note (an obj)"),
    "a filter of a stream without an object": b"<< /Filter /ASCII85Decode >>\nstream\n" + A85 + b"\nendstream",
    "a filter behind another stream": pdf(zlib.compress(b"BT ET")) + pdf(A85, b"/Filter /ASCII85Decode"),
    "deflate twice": pdf(zlib.compress(zlib.compress(PAGE)), b"/Filter [/FlateDecode /FlateDecode]"),
    "a predictor of PNG": pdf(
        zlib.compress(b"".join(b"\2" + bytes([byte]) for byte in PAGE)),
        b"/Filter /FlateDecode /DecodeParms <</Predictor 12>>",
    ),
    "a predictor of TIFF": pdf(zlib.compress(PAGE), b"/Filter /FlateDecode /DecodeParms [<</Predictor 2>>]"),
    "parameters that are said elsewhere": pdf(zlib.compress(PAGE), b"/Filter /FlateDecode /DecodeParms 5 0 R"),
    "encryption": pdf(b"sealed") + b"trailer <</Encrypt 9 0 R>>",
    "ASCII85 in a PDF in base64": base64.b64encode(pdf(A85, b"/Filter /ASCII85Decode")),
}


@pytest.mark.parametrize("way", UNREAD)
def test_a_document_packed_in_a_way_that_is_not_read_is_refused(way: str, family: Family) -> None:
    with pytest.raises(SeriesRefused, match="cannot be searched: leave it out"):
        suspicious_paths({}, {0x00420011: Element(0x00420011, "OB", UNREAD[way])}, family)


@pytest.mark.parametrize(
    "entries",
    [
        b"/Filter [ /FlateDecode ]", b"/Filter /FlateDecode /DecodeParms <</Predictor 1>>", b"/Filter null",
        b"/Type /XRef /Filter /FlateDecode /DecodeParms <</Columns 5 /Predictor 12>>",
    ],
)  # fmt: skip
def test_a_stream_that_is_deflated_once_and_the_table_of_a_pdf_are_searched(entries: bytes, family: Family) -> None:
    clean = pdf(zlib.compress(PAGE.replace(b"Gruenewald", b"a lung")), entries)
    assert suspicious_paths({}, {0x00420011: Element(0x00420011, "OB", clean)}, family) == []


def _packed(document: bytes, times: int) -> bytes:
    for _ in range(times):
        document = pdf(zlib.compress(document, 9))
    return document


HOSTILE = {
    "a few bytes that grow to 8 MiB": _packed(bytes(1 << 23), 2),
    "a stream of 128 MiB": pdf(zlib.compress(bytes(1 << 27))),
    "many streams of 8 MiB": pdf(zlib.compress(bytes(1 << 23))) * 9,
    "many streams in many streams": _packed(_packed(bytes(1 << 23), 1) * 3, 1) * 4,
    "streams in streams without end": _packed(PAGE, 40),
    "base64 in streams without end": _packed(base64.b64encode(_packed(PAGE, 3)), 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_document_that_holds_more_than_can_be_read_is_refused_before_it_is_searched(
    name: str, family: Family
) -> None:
    begin = process_time()
    with pytest.raises(SeriesRefused, match="its document holds"):
        suspicious_paths({}, {0x00420011: Element(0x00420011, "OB", HOSTILE[name])}, family)
    assert process_time() - begin < 5  # seconds; a tenth where nothing is searched


def test_what_stays_below_the_limits_is_read_to_its_end(family: Family) -> None:
    document = pdf(zlib.compress(bytes(1 << 18) + PAGE)) * 2 + pdf(zlib.compress(PAGE))
    parts = list(readable_parts(document))
    assert sum(map(len, parts[1:])) == 2 * (1 << 18) + 3 * len(PAGE)


@given(st.binary(max_size=300) | st.text("<>[]()\\stream\n0aF= TJ", max_size=200).map(str.encode))
def test_no_bytes_stop_the_search(document: bytes) -> None:
    first, *_ = readable_parts(document)
    assert first == document


@given(
    st.lists(st.sampled_from([b"<<", b">>", b"(", b"/Subtype /Image ", b"1 0 obj", b"stream\n", b"endstream", PAGE]))
)
def test_of_bytes_without_an_image_all_are_searched(tokens: list[bytes]) -> None:
    document = b"".join(tokens)
    first, *_ = readable_parts(document)
    is_cut = len(first) < len(document)
    assert first == document or (is_cut and b"/Subtype /Image" in document and b"endstream" in document)


PIECES = [
    b"<00", b"[(a)", b"\\0", b"(", b"stream\n", b"AAAA", b"AAAA ", b"[", b"<0 ", b"[(", b"[ ", b"[]  ", b"obj<<", b"(<",
    b"(a) ", b"(a) Tj ", b"<0>  ", b"&", b"&#1", b"&amp;", b"&#9999999;", b"&#xD800;",
    b"1 0 obj<</Subtype /Image >>stream\n", b"endstream stream\n" + zlib.compress(PAGE),
    b"stream\n" + zlib.compress(b""),
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_a_hostile_document_costs_time_by_its_length_only(piece: bytes) -> None:
    begin = process_time()
    list(readable_parts(piece * 20_000))
    assert process_time() - begin < 5  # seconds; a tenth of one where nothing is squared


def test_text_that_is_begun_and_never_ended_costs_little_memory() -> None:
    document = b"[" + b" " * (1 << 22) + b"(" + b"a" * (1 << 22)
    tracemalloc.start()
    try:
        list(readable_parts(document))
        assert tracemalloc.get_traced_memory()[1] < 4 * len(document)
    finally:
        tracemalloc.stop()


def test_the_pixels_of_an_image_cost_hardly_any_time(family: Family) -> None:
    pixels = random.Random(1).randbytes(1 << 20)

    def seconds(stream: bytes, entries: bytes) -> float:
        begin = process_time()
        suspicious_paths({}, {0x00420011: Element(0x00420011, "OB", pdf(stream, entries))}, family)
        return process_time() - begin

    assert seconds(pixels, IMAGE) < seconds(pixels, b"") / 10
