# SPDX-License-Identifier: Apache-2.0
"""What tells of somebody by its form, among technical values that must stay as they are."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import Any

import pydicom
import pytest
from pydicom._private_dict import private_dictionaries
from pydicom.dataset import Dataset
from pydicom.sr._cid_dict import cid_concepts
from SlicerDeidLib.headers.search.strangers import tells_of_somebody
from SlicerDeidLib.standard.givennames import GIVEN_NAMES
from SlicerDeidLib.standard.makers import COINED, CREATORS, DETECTORS, PROJECTIONS
from SlicerDeidLib.standard.tables import listed_tags

TOLD = [
    "Scanner 617-555-0123", "(617) 555-0123", "617.555.0123", "call 617-555-0123", "tel 555-0123", "+49 89 1234567",
        "+33 6 12 34 56 78", "+44 (0)20 7946 0958", "06 12 34 56 78",
    "089/1234567", "phone 0049891234567", "SSN 123-45-6789", "123-45-6789", "MRN 1234567", "MRN:8837261",
    "12 Elm Street", "12 ELM STREET", "12 Elm St", "Hauptstrasse 12", "12, rue Lafayette", "Springfield, IL 62701",
    "Dr Kowalczyk", "DR KOWALCZYK", "dr huber", "Dr.Huber", "LUT for Dr Kowalczyk", "Dr. med. Huber", "Dr Smith",
    "Dr. Weeks", "DR. WEEKS", "Mr. Oberkofler", "Mr Huber", "Mrs Smith", "Prof. Oberkofler", "Frau Oberkofler",
    "installed by Kowalczyk", "installed and tested by Huber", "read by ZWOLINSKI", "signed by J. Huber",
    "by Oberkofler", "operator: Kowalczyk", "Tech: Huber", "Attn: Huber", "J. KOWALCZYK", "J.Smith", "Kowalczyk, J.",
    "Kowalczyk^Jan", "Dr_Kowalczyk", "Dr-Kowalczyk", "dr.med.Kowalczyk", "installed_by_Kowalczyk", "USER=KOWALCZYK",
    "OPERATOR BY: DR. KOWALCZYK",
    "installed by Kowalczyk, Siemens AG", "Kowalczyk^Jan, Siemens Inc.", "Dr Kowalczyk, Siemens AG",
    "\\".join(("C:", "Users", "kowalczyk", "x")),
    "/".join(("", "home", "kowalczyk", "data")),
    "Д-р Ковальчук",
    "Dr Brown", "Mr Brown", "Dr Stone", "Dr Ng", "Mr Xu", "Dr O'Brien", "Dr de Vries",
    "Dr. van der Berg", "DrKowalczyk",
    "Sr. Kowalczyk", "HR. KOWALCZYK", "Nurse Kowalczyk", "Pat. Kowalczyk", "Kowalczyk MD", "Kowalczyk, M.D.",
    "J Kowalczyk RT(R)", "Kowalczyk RN", "Kowalczyk, Jan", "Kowalczyk's coil", "by: Kowalczyk", "by J Brown",
    "installed by Brown", "c/o Kowalczyk", "courtesy of Kowalczyk", "install: Kowalczyk",
    "Ковальчук И.И.", "И.И. Иванов",
    "Δρ. Παπαδόπουλος", "医師 山田太郎", "김 환자", "12 Elm Str.", "Elm Street 12", "PO Box 123", "P.O. Box 123",
    "10115 Berlin", "A-1010 Wien", "D-10115 Berlin", "CH-8001 Zuerich", "hosp.org/kowalczyk",
    "https://hosp.edu/~kowalczyk",
    "PatID=8812345", "pat-nr: 8812345", "943 476 5919", "756.9217.0769.85", "756.1234.5678.97",
    "7569217076985", "44051401359",
    "+442079460958", "617 555 0123", "192.168.10.12", "IP: 10.1.2.3", "00:1A:2B:3C:4D:5E",
    "9434765919", "NHS 9434765919", "j.kowalczyk@hospital.org", "kowalczyk@hosp",
]  # fmt: skip
NAMED_IN_FULL = [
    "KOWALCZYK, JAN", "KOWALCZYK,JAN", "kowalczyk, jan", "Kowalczyk, Jan Maria", "Kowalczyk; Jan", "Müller, Jürgen",
    "MUELLER, JUERGEN", "O'Neil, Pat", "O’Brien, Sean", "van Berg, Jan", "de la Cruz, Ana", "Garcia-Lopez, Maria",
    "SMITH, MARY", "Brown, Mary", "BROWN, JOHN", "Stone, Mary", "Kowalczyk, J", "KOWALCZYK J.", "Jan Kowalczyk",
    "KOWALCZYK JAN", "Mary Smith", "Maria de la Cruz", "mary brown", "JOHN STONE", "Hans-Peter Oberkofler",
    "Oberkofler, Xaverius", "OBERKOFLER, XAVERIUS",
    "DR: KOWALCZYK", "dr (kowalczyk)", "Reading DR: Kowalczyk", "Kowalczyk RT (R)", "Kowalczyk R.T.", "Kowalczyk, ARRT",
    "DR: Kowalczyk", "DR, KOWALCZYK", "DR = Kowalczyk", "DR J KOWALCZYK", "Dr J Kowalczyk", "dr j kowalczyk",
    "DR MED KOWALCZYK",
    "Kowalczyk, DO", "Kowalczyk, PA-C", "Kowalczyk RT-R", "Kowalczyk R.T.(R)", "Kowalczyk, R.T.",
    "Towne RT(R)", "Jan Towne, RT", "Caldwell, RT", "Miller, RT", "Kowalczyk, R",
    "Garcia Lopez Perez, Maria", "Ortega y Gasset, Jose", "Silva e Souza, Ana", "Nguyen Thi, Hoa",
    "Lopez Stone, Carmen", "Kowalczyk-Huber, Jan",
    "Tran Van Minh", "NGUYEN THI HOA", "KOWALCZYK JAN M", "Maria del Carmen Ruiz", "Garcia de la Torre, Juan",
    "HERNANDEZ LOPEZ, MARIA", "2.1\\KOWALCZYK, JAN", "Kowalczyk, Jan (RT)",
]  # fmt: skip
BESIDE_WORDS_FOR_PERSONS = [
    "MRS BROWN", "MISS WEEKS", "PROF BROWN", "prof brown", "PROFESSOR STONE", "FRAU WEEKS", "Brown MD", "BROWN, M.D.",
    "J. Brown MD", "Stone RN", "Weeks, PhD", "Kowalczyk, RT", "PhD Kowalczyk", "TECH: BROWN", "Operator=Brown",
    "Radiologist: Young", "Reader: Burns", "created by kowalczyk", "modified by Kowalczyk", "befundet von Kowalczyk",
    "installé par Kowalczyk", "instalado por Kowalczyk", "Dr. (Kowalczyk)", "Dr:Kowalczyk", "Dipl.-Ing. Kowalczyk",
    "Oberarzt Kowalczyk", "MUDr. Kowalczyk", "MR. Kowalczyk", "MR. KOWALCZYK", "Chefarzt Kowalczyk", "OÄ Kowalczyk",
    "Dr. h.c. Kowalczyk", "Dr. med. h. c. Kowalczyk", "Sig.ra Kowalczyk",
    "Oberärztin Kowalczyk", "Priv.-Doz. Kowalczyk", "Dr. Conquest", "Mirada, Jose", "Carl Zeiss Kowalczyk",
    "Kowalczyk, MBChB", "Kowalczyk CNMT", "Kowalczyk, NP",
]  # fmt: skip
ACCOUNTS = [
    "username: kowalczyk", "USERNAME=kowalczyk", "user_name=kowalczyk", "userid: kowalczyk", "uid=kowalczyk",
    "login: j.kowalczyk", "account: kowalczyk", "owner: kowalczyk", "~kowalczyk/luts",
    "\\".join(("C:", "Users", "j.kowalczyk")), "\\".join(("C:", "Users", "jan kowalczyk", "lut.txt")),
    "\\".join(("C:", "Documents and Settings", "j_kowalczyk")), "\\".join(("", "", "server", "home", "kowalczyk")),
    "/".join(("", "home", "jkowal")), "/".join(("", "home", "j.kowalczyk", "luts")),
    "/".join(("", "Users", "kowalczyk-j", "x")),
]  # fmt: skip
TECHNICAL = [
    "Head Neck, Nova", "Flex Coil, Emma", "Sola RT", "SOMATOM go.Sim RT", "Flexcoil RT",
    "H30s", "FC68", "B30f", "Hr38d", "I31f", "STANDARD", "BONEPLUS", "HEAD_SMALL", "Q.Body", "Dr40s", "WFBV",
    "syngo CT VB20A", "syngo MR E11", "NUMARIS/4", "4.1.2-build 1234", "5.7.1.2", "R5.3.1", "V4.63ER008", "07MW18.4",
    "24\\LX\\MR Software release:15.0_M4_0910.a", "Version 2.1.0 (build 617 555 0123)",
    "*tfl3d1_ns", "epfid2d1_64", "*spc_314ns", "ep_b1000#12", "FL_TOF 3D*1", "T2_TSE", "t1_mprage_sag_p2_iso",
    "SOMATOM Definition AS+", "Discovery MR750w", "Ingenia 3.0T", "Aquilion ONE", "Mx8000 IDT 16", "DR 9500",
    "DR-ID 300CL", "DR System", "MR Workspace 2.6.3", "MR Elastography", "Mobilett XP 2013", "Mobile X-Ray 1234567",
    "TrueBeam SN1234", "Varian Medical Systems ARIA RadOnc", "Pinnacle3 16.2", "RayStation 9A", "BrainLAB iPlan 3.0",
    "IV", "ORAL & IV", "Omnipaque 350", "Gadovist 1.0 mmol/ml", "100 cc Visipaque 320", "SK", "PFP", "VASCULAR MODE",
    "processed by OsiriX", "created by dcm2niix", "Powered by Linux", "123-4567-890",
    "2 Chamber View", "3 Axis Drive",
    "R. Lateral", "S. Median", "Rev. A", "Ext. 1234", "cell 12345", "Patient:Head", "OPERATOR CONSOLE", "HEAD^BRAIN",
    "FRAUNHOFER", "Fraunhofer MEVIS", "PROFILE", "Professional 3.2", "Dragonfly OPTIS", "Draeger",
    "Missing", "MRSENSE",
    "Herrmann", "DR Retrofit", "DR Wireless", "DR. Bucky", "FCR Profect CS", "MRS_SLASER",
    "Rekonstr. 3", "REGISTR.12",
    "J.Morita.Mfg.Corp.", "A.J. Schmidt GmbH", "Dr. Sennewald Medizintechnik GmbH", "IMS S.r.l.", "E-Z-EM, Inc.",
    "412 176 5918", "512 512 1024", "640 640 1024", "756.1234.5678.98", "44051401358", "20130415112", "10.6.3.1",
    "12:34:56:78", "+1234567", "Mr Head", "by Vital Images", "calibrated by hand", "Picker International, Inc.",
    "Siemens, Erlangen", "16384 Kernel", "B17 12345", "Head MD", "DTI MD", "Alzheimer's", "DrSkull", "Dr Chest",
    "FUJI PHOTO FILM Co., ltd.", "M. Schilling GmbH", "Hitachi, Ltd.", "QR s.r.l.",
    "Flex, Small", "Flex, Large", "SUN, Sparc", "Ubuntu, Trusty", "Debian, Buster", "Aplio, Xario", "Vantage, Galan",
    "Gyroscan, Intera", "Kowa, Company", "Head, Small", "Cardiac, Gated", "Kopf, Hals", "Cu, Sn", "Kernel, Max",
    "Ernst's angle", "Larmor's frequency", "Maxwell's terms", "Hann's window", "vendor's default", "by vendor",
    "calibrated by factory", "5500 Sonos", "3000 Promax", "MRS PRESS", "MRS SHORT", "MRS WHITE MATTER", "White MD",
    "FA MD", "Tech: Auto", "OPERATOR: DEFAULT", "username: admin", "username: medcom", "owner: root", "uid=0",
    "\\".join(("C:", "Users", "Public")), "/".join(("", "home", "service")), "/".join(("", "home", "insite", "log")),
    "/usr/g/bin", "9434765918", "SN 9434765919",
    "2013041511", "created by highdicom", "Author: dcmqi", "edited by Weasis", "Carl Zeiss Meditec", "KARL STORZ",
    "HEA, HEP", "Nova Medical", "Hewlett Packard", "Philips Achieva", "Rose criterion",
    "Olive Green", "Mary Head", "Carl Long", "Shepp Logan, Ray", "Ram Lak, Ray", "Hadamard Encoding, Grace",
    "Frank Starling",
    "DR (Xmaru)", "DR: PaxScan", "DR: iRay", "DR Careray", "X RT", "E.CAM", "Ysio X.pree", "Artis Q.zen", "FDR Nano",
    "exported by console", "Carl Zeiss Visucam", "Nora Viewer", "Ulrich CTmotion", "Apollo DRF",
    "Sofia ABUS", "TIM DOT", "Fluorospot Clara Compact",
    "Grashey, RT", "AP Grashey, RT", "Towne, RT", "Towne RT(L)", "Merchant, R", "STENVERS, RT",
    "MR.Compass", "NP Head", "unary, no units", "Rev J.", "ROI@1",
]  # fmt: skip


BESIDE_MAKERS = [
    "read by Kowalczyk, iCAD", "Dr Morita", "Morita, J.", "installed by Morita", "Dr Mevis", "read by Mim",
    "J. Morita, J.",
    "A. Kowalczyk", "V. Huber", "N. Oberkofler", "edited by Huber with OsiriX", "16 Elm St", "16 Elm Head St",
    "12 Kowalczyk Ave",
    "64 Elm Road", "Malvern, PA 19000", "Springfield, IL 62701", "(617) 800-3030",
    "0512 513 100 20", "089 512 100 20",
    "+49 89 12345",
]  # fmt: skip
OF_MAKERS = [
    "J. Morita", "J. MORITA MFG. CORP.", "Dr. Mach", "read by iCAD", "edited by MIM",
    "approved by FDA", "by TeraRecon",
    "Author: MeVis", "Reader: Transpara", "DR Valory", "MRS MEGAPRESS", "mr hcp", "PT: Biograph", "iPAT^GRAPPA",
    "A. vertebralis", "V. portae", "N. opticus", "V. Jugularis", "X. Ray", "16 Head St",
    "64 Slice St", "12 Slice Road",
    "64 Channel Ave", "5 Tra St", "Malvern, PA 19355", "Waukesha, WI 53188", "Phantom, QA 20110", "Head, CT 10012",
    "Siemens, PA 19355", "800-638-3030", "1-800-638-3030", "0512 512 100 20", "0256 256 40", "0640 480 16",
    "+10 -20 30",
    "kontrastr. 2",
]  # fmt: skip


@pytest.mark.parametrize("text", OF_MAKERS)
def test_makers_programs_anatomy_and_sizes_tell_of_nobody(text: str) -> None:
    assert not tells_of_somebody(text)


@pytest.mark.parametrize("text", BESIDE_MAKERS)
def test_what_is_known_of_makers_excuses_no_person_and_no_house(text: str) -> None:
    assert tells_of_somebody(text)


@pytest.mark.parametrize("text", TOLD)
def test_people_telephones_and_houses_are_told_by_their_form(text: str) -> None:
    assert tells_of_somebody(text)


@pytest.mark.parametrize("text", NAMED_IN_FULL)
def test_a_surname_beside_a_given_name_is_told_in_any_spelling(text: str) -> None:
    assert tells_of_somebody(text)


@pytest.mark.parametrize("text", BESIDE_WORDS_FOR_PERSONS)
def test_a_surname_is_told_by_titles_offices_degrees_and_deeds(text: str) -> None:
    assert tells_of_somebody(text)


@pytest.mark.parametrize("text", ACCOUNTS)
def test_the_account_of_a_person_is_told_by_its_label_or_its_folder(text: str) -> None:
    assert tells_of_somebody(text)


@pytest.mark.parametrize("text", TECHNICAL)
def test_technical_values_tell_of_nobody(text: str) -> None:
    assert not tells_of_somebody(text)


@pytest.mark.parametrize(
    "keyword", ["ManufacturerModelName", "SoftwareVersions", "LUTExplanation", "ConvolutionKernel"]
)
def test_an_attribute_that_the_table_does_not_name_goes_when_it_tells_of_somebody(
    ct: Dataset, through: Callable[..., Any], keyword: str
) -> None:
    setattr(ct, keyword, "Dr Kowalczyk")
    assert keyword not in through(ct, "basic").dataset


PRODUCTS = ["Sophie Classic", "Amulet Felicia", "Alpha RT", "Viola Mammo", "Listem REX"]


@pytest.mark.parametrize("text", PRODUCTS)
def test_a_model_that_is_called_as_persons_are_stays(ct: Dataset, through: Callable[..., Any], text: str) -> None:
    ct.ManufacturerModelName = text
    assert through(ct, "basic").dataset.ManufacturerModelName == text


@pytest.mark.parametrize(
    "text", ["Jan Kowalczyk RT(R)", "Kowalczyk MD", "Brown MD", "KOWALCZYK, JAN", "Radiologist: Brown"]
)
def test_a_model_that_names_a_person_by_a_mark_goes(ct: Dataset, through: Callable[..., Any], text: str) -> None:
    ct.ManufacturerModelName = text
    assert "ManufacturerModelName" not in through(ct, "basic").dataset


@pytest.mark.parametrize(
    "text",
    [
        "Acquired by Kowalczyk",
        "archived by KOWALCZYK",
        "exported by kowalczyk",
        "property of Kowalczyk",
        "Fellow: Huber",
    ],
)
def test_who_acquires_and_examines_is_told(text: str) -> None:
    assert tells_of_somebody(text)


def test_a_code_that_tells_of_somebody_goes(ct: Dataset, through: Callable[..., Any]) -> None:
    ct.ScanOptions = ["HELICAL MODE", "DR KOWALCZYK"]
    assert "ScanOptions" not in through(ct, "basic").dataset


def test_technical_values_stay_byte_for_byte(ct: Dataset, through: Callable[..., Any]) -> None:
    ct.SoftwareVersions = [text for text in TECHNICAL if "\\" not in text]
    assert list(through(ct, "basic").dataset.SoftwareVersions) == list(ct.SoftwareVersions)


def test_an_address_that_an_option_keeps_stays(ct: Dataset, through: Callable[..., Any]) -> None:
    from SlicerDeidLib.policies.load import read_policy

    ct.InstitutionAddress = "12 Elm Street"
    kept = through(ct, read_policy("basic", options=["retain-institution-identity"])).dataset
    assert kept.InstitutionAddress == "12 Elm Street"


def _unlisted(folder: Path) -> Iterator[str]:
    """Yield the texts and codes of real files that stand in attributes which the table does not name."""
    for path in sorted(folder.glob("*.dcm")):
        for element in pydicom.dcmread(path, force=True, stop_before_pixels=True).iterall():
            if element.VR in ("CS", "LO", "LT", "SH", "ST", "UC", "UT") and not element.tag.is_private:
                found = element.value if element.VM > 1 else [element.value]
                yield from (str(one) for one in found if one and element.tag not in listed_tags())


def test_words_of_private_creators_are_those_of_pydicoms_dictionary() -> None:
    words = {word for creator in private_dictionaries for word in re.findall(r"[^\W\d_]+", creator.lower())}
    assert words >= CREATORS


def test_no_list_of_makers_holds_a_given_name() -> None:
    assert not (COINED | DETECTORS | PROJECTIONS) & GIVEN_NAMES


def test_projections_are_those_of_the_standard() -> None:
    assert {re.sub("Projection|Modification", "", one).lower() for one in cid_concepts[4012]["SCT"]} >= PROJECTIONS


def test_no_value_of_the_files_that_pydicom_ships_is_lost() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = set(_unlisted(Path(pydicom.__file__).parent / "data" / "test_files"))
    assert len(values) > 200
    assert sum(map(tells_of_somebody, values)) == 0


@pytest.mark.parametrize(
    "piece", ["a", "A", "1", "a1", "a_", "A.", "1-", "Dr ", "ab^", "12 abc ", "tel 1-", "de la ", "Ab y "]
)
def test_a_long_value_is_read_in_time_that_grows_with_its_length(piece: str) -> None:
    begin = process_time()
    tells_of_somebody(piece * (50_000 // len(piece)))
    assert process_time() - begin < 5  # seconds; a tenth of one where nothing is squared


def test_a_mail_address_goes_from_an_attribute_that_the_table_does_not_name(
    ct: Dataset, through: Callable[..., Any]
) -> None:
    ct.SoftwareVersions = "kowalczyk@hospital.org"
    assert "SoftwareVersions" not in through(ct, "basic").dataset
