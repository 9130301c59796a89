# SPDX-License-Identifier: Apache-2.0
"""A free text keeps what is said of the image and loses what is said of persons."""

from __future__ import annotations

from time import perf_counter, process_time

import pytest
from SlicerDeidLib.headers.freetext.cleaning import clean
from SlicerDeidLib.headers.search.identifiers import words_of
from SlicerDeidLib.headers.search.ownwords import OwnWords, own_words
from SlicerDeidLib.headers.search.sweep import TEXT, Sweeper

NOBODY = OwnWords()


def own(*shown: tuple[str, str]) -> OwnWords:
    return own_words(shown, words_of(shown).text)


@pytest.mark.parametrize(
    "text",
    [
        "CT HEAD W/O CONTRAST 5mm", "fall, rule out SDH", "Circle of Willis", "Parkinson disease", "THORAX 1.0 B31f",
        "Axial T2 FLAIR", "Head Routine 5.0 H31s", "MPR cor 3mm", "Brain Std 2.5mm", "5/3", "0.625", "C+", "W/O", "T1",
        "MPR", "B70f", "H30s", "5mm", "Parkinson's disease", "Head 5/3", "CT HEAD C+", "512x512", "HEAD^ROUTINE",
        "Head", "Schädel nativ 5.0 H31s 0.95", "65 y/o male with headache", "65-year-old female, s/p fall",
        "L4-5 disc herniation", "MR HEAD", "CT Chest/Abdomen/Pelvis W/WO", "Hill-Sachs lesion", "Chiari I malformation",
        "120 kV 250 mA",
        "T1-weighted post-contrast", "R knee", "Left foot", "HeadRoutine", "1.5T", "SPIRAL HEAD 0.75 B70f",
        "Recon 2: THIN BONE", "CT ANGIO HEAD & NECK", "Dissection of the left vertebral artery at C2 level.",
        "Hx of stroke, r/o ICH", "MIP 10/5 cor", "b1000 DWI", "Bone 2.5mm", "foramen of Monro", "94 mm", "100 mAs",
        "Subdural hematoma, 8 mm midline shift (left to right).", "Grade III glioma", "2 x 3 cm mass",
        "Renal stone protocol", "gray-white matter differentiation", "CT hand", "short axis", "HEAD 1",
        "Head, neck", "HR 80 bpm", "Recon 5mm", "chest wall", "65M, fall",
        "CT C SPINE W/O", "MR L SPINE", "bolus after 1:30 min", "nodule of 14 x 12 mm", "cyst, 14 x 12 x 9 mm",
        "14 x 12 cm mass", "BI-RADS 3", "lower pole of the kidney",
    ],
)  # fmt: skip
def test_what_is_said_of_the_image_stays_as_it_is(text: str) -> None:
    assert clean(text, NOBODY) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("M91", ""), ("94 / F", ""), ("age=94", "age"), ("94 yo", ""), ("CT head 94 years", "CT head"), ("125", ""),
        ("90+", ""), ("ninety-four", ""), ("J.R.S. head", ""), ("JRS", ""), ("J R S", ""), ("7/III/61", ""),
        ("7.III.1961", ""), ("07 03", ""), ("b. 1931", ""), ("CT19-482", ""), ("S19-482", ""), ("B1234", ""),
        ("12 34 567", ""), ("seventh of March, sixty-one", ""), ("5 März 2019", ""), ("12:30", ""),
        ("12.3.2019 CT", "CT"), ("'31", ""), ("nine one", ""), ("Aged 94.", "Aged"), ("91F", ""),
        ("94-y-o", ""), ("94/M", ""), ("9 4 yo", "4 yo"), ("1 2 3 4 5 6 7", ""), ("(12)(34)(56)", ""), ("room 5", ""),
        ("12 34 567 images", ""),
        ("3rd of May", ""), ("twelfth of may", ""),
        ("slabs 4 Ma L.", "slabs"), ("mass of 12 Hu", "mass of"), ("nodule, 12 HU", "nodule, 12 HU"),
        ("tube 4 MA", "tube"), ("tube 200 MA", "tube 200 MA"), ("bed 12a", ""), ("b1931", ""),
        ("born 14 X 56", ""), ("14 X 12", ""), ("lesion 3/XI/50 cm", "lesion 50 cm"), ("14 x 1912 mm", ""),
        ("CT head at 15:30h today", "CT head at today"), ("CT 10:11:12 h", "CT"), ("scan 7:05 p.m.", "scan"),
    ],
)  # fmt: skip
def test_ages_dates_and_numbers_go_in_every_shape(text: str, kept: str) -> None:
    assert clean(text, NOBODY) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Mr Hand", ""), ("Ms Young", ""), ("Dr Stone", ""), ("DR HAND", ""), ("Dr. Brain", ""), ("mr. hand", ""),
        ("Mr Meier CT", "CT"), ("HAND^ART", ""), ("Young^May", ""), ("STONE^IRIS^^DR", ""),
        ("Meier^Anna^^Dr Stone fracture", "fracture"), ("Meier^Anna^^Dr Axial T2", "Axial T2"),
        ("Meier^Anna^^Dr: THORAX 1.0", "THORAX 1.0"), ("Meier^Anna^^Dr Weeks", ""),
        ("Iwanowa^Wei^Jun^Dr. Midline shift", "Midline shift"), ("DrMeier", ""),
        ("Smith_CT", "CT"), ("CT-Smith", "CT"), ("Smith2", ""), ("Smith's CT", "CT"), ("CT seen by Hand", "CT seen by"),
        ("Hand, Art", ""), ("Hand MD", ""), ("operator: Brain Head; axial", "axial"), ("ho CT", "CT"), ("wu", ""),
        ("ma", ""), ("fu", ""), ("chi", ""), ("Ed", ""), ("Tia", ""), ("王小东 CT 头部", "CT"), ("R. Meier CT", "CT"),
        ("CT HEAD BLACK", "CT HEAD"), ("BLACK CT HEAD", "CT HEAD"), ("MR YOUNG knee", "knee"), ("Bruce Willis", ""),
        ("Head Mark CT", "CT"), ("patient Hand CT", "patient CT"), ("Dr. Smith fracture", "fracture"), ("Hodgkin", ""),
        ("Mr Pick disease", "disease"), ("Baker, cyst", "cyst"), ("CT STONE", "CT"), ("pt: Young", "pt"), ("BoLi", ""),
        ("FIELDS, RN", ""), ("BRAIN MRI, MD", "BRAIN MRI"),
        ("Hand 45", ""), ("CT neck, Meier MD", "CT neck"), ("Hr. Stone", ""), ("Head, Art", ""),
    ],
)  # fmt: skip
def test_what_stands_where_names_stand_goes_although_it_is_vocabulary(text: str, kept: str) -> None:
    assert clean(text, NOBODY) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("DR KEY reviewed", "reviewed"), ("DR SHORT FIELDS", ""), ("Dr Key Fields", ""), ("Drs Weeks and Fields", ""),
        ("Dr med Weeks", ""), ("DISCUSSED WITH FIELDS", "DISCUSSED WITH"), ("REVIEWED BY KEY", "REVIEWED BY"),
        ("discussed with Fields today", "discussed with today"), ("patient Weeks", "patient"),
        ("Technologist Key", "Technologist"), ("PA Weeks informed", "informed"), ("Nurse Hope called", "called"),
        ("Jane Weeks CT neck", "CT neck"), ("CT NECK FIELDS JANE", "CT NECK"), ("Fields Weeks Jane", ""),
        ("transferred from Twin Falls", "transferred from"), ("lives in Deauville", "lives in"), ("Cedar Rapids", ""),
    ],
)  # fmt: skip
def test_plain_words_that_are_names_as_well_go_where_a_person_or_a_town_is_meant(text: str, kept: str) -> None:
    assert clean(text, NOBODY) == kept


@pytest.mark.parametrize(
    "text",
    [
        "Twin gestation, 20 weeks", "Falls from height", "Field of view 200 mm", "MR EYE", "PA Chest",
        "Cone beam CT of the mandible", "Deauville score 3", "Rankin Scale 3", "visual fields, key images", "MR BRAIN",
        "patient falls daily", "Fields: two", "KEY IMAGES",
    ],
)  # fmt: skip
def test_plain_words_that_are_names_as_well_stay_everywhere_else(text: str) -> None:
    assert clean(text, NOBODY) == text


@pytest.mark.parametrize(
    "text",
    [
        "0201/555-77 88", "+49 (0)201 55 77 88", "555 · 123 · 4567", "555.123.4567", "55 _ 51 # 23", "01.42 68.53",
        "x@head.org", "head@neck", "http://brain/head", "www.head.de", "head.brain.com", "12 Main Street 5",
        "C:\\head", "1.2.840.113619.2.55.3",
    ],
)  # fmt: skip
def test_telephones_and_addresses_go_however_they_are_written(text: str) -> None:
    assert not any(character.isdigit() for character in clean(text, NOBODY))
    assert clean(text, NOBODY) in ("", "Main")


@pytest.mark.parametrize(
    ("kind", "value", "text", "kept"),
    [
        ("name", "Head^Axial", "Head CT, axial neck", "CT, neck"),
        ("name", "Axial^Head^Thin", "HT", ""),
        ("name", "Ho^In", "HO: hematoma in brain", "hematoma brain"),
        ("name", "Heard^A", "Head trauma", "trauma"),
        ("name", "Crane^A", "cranes", ""),
        ("name", "Parkinson^James", "Parkinson disease, Chiari malformation", "disease, Chiari malformation"),
        ("name", "Stenosis^A", "stenosi, Stenosiss, STENOSIS'S, STENOSIS_CT", "CT"),
        ("number", "12345", "12/345 CT 12 345", "CT"),
        ("number", "77", "77 mm", "77 mm"),
        ("number", "5120", "5120x5120", ""),
        ("birth", "19610703", "CT 7/3", "CT"),
        ("birth", "19610703", "CT 3/7 5/3", "CT"),
        ("birth", "19610703", "61 CT", "CT"),
        ("place", "Klinikum Stone", "renal stone", "renal"),
        ("label", "Brainard_Axial", "brainard ct", "ct"),
    ],
)
def test_what_the_files_show_of_the_subject_goes_although_it_is_vocabulary(
    kind: str, value: str, text: str, kept: str
) -> None:
    assert clean(text, own((kind, value))) == kept


def test_initials_that_the_modality_says_anyway_stay() -> None:
    assert clean("CT head", own(("name", "Turner^Carl"))) == "CT head"
    assert clean("C.T. neck", own(("name", "Turner^Carl"))) == "neck"


@pytest.mark.parametrize("text", ["of the", "and, with", "---", " ", ""])
def test_what_says_nothing_any_more_goes_as_a_whole(text: str) -> None:
    assert clean(text, NOBODY) == ""


def test_lines_stay_lines_and_brackets_stay_whole() -> None:
    assert clean("Fall.\r\nMeier\r\nNo fracture.", NOBODY) == "Fall.\r\nNo fracture."
    assert clean("CT (Meier) neck (axial)", NOBODY) == "CT neck (axial)"
    assert clean("CT (Meier, axial) neck", NOBODY) == "CT axial neck"


@pytest.mark.parametrize(
    "piece",
    [
        "foo bar ",
        "a^",
        "x^y ",
        "1 ",
        "a.",
        "x",
        "x@",
        "head ",
        "Dr ",
        "ab-",
        "name by ",
        "1x",
        "call ",
        "read, ",
        "grade 3 ",
        "Weber B ",
        "T2 N0 ",
        "lives in ",
        "12 High Street ",
        "an ",
        "Weeks and ",
        "wife of ",
        "Brown called ",
    ],
)
def test_a_hostile_text_costs_time_by_its_length_only(piece: str) -> None:
    begin = perf_counter()
    clean(piece * 5000, NOBODY)
    assert perf_counter() - begin < 5  # seconds; a tenth of one where nothing is squared


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("BROWN 65M CT HEAD", "65M CT HEAD"),
        ("White 45M fall", "45M fall"),
        ("Long 45F head injury", "45F head injury"),
        ("Hand 45yo", "45yo"),
        ("Young male 45 yo", "Young male 45 yo"),
    ],
)
def test_an_age_does_not_vouch_for_a_word_that_is_a_name_as_well(text: str, kept: str) -> None:
    assert clean(text, NOBODY) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("an appendicolith", "an appendicolith"), ("with an acute infarct", "with an acute infarct"),
        ("An Effusion", "Effusion"),
        ("An effusion", "An effusion"), ("Meier An effusion", "effusion"), ("An, effusion", "effusion"),
        ("an chest ct", "chest ct"), ("meier an effusion", "effusion"), ("seen by an, effusion", "seen by, effusion"),
        ("AN EFFUSION", "EFFUSION"),
    ],
)  # fmt: skip
def test_an_article_that_is_a_name_stays_as_an_article_only(text: str, kept: str) -> None:
    assert clean(text, NOBODY) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Mary White has pain", "has pain"), ("MARY WHITE FEVER", "FEVER"), ("THORAX BURNS ELLEN", "THORAX"),
        ("Jeff Sessions, chest pain", "chest pain"), ("DR SHEETS", ""), ("Mary Fell 45M", "45M"),
        ("WHITE MATTER DISEASE", "WHITE MATTER DISEASE"), ("Head and NECKX", "Head and"),
        ("Dr\u00a0Weeks asks", "asks"), ("Mr\u2009Fields has pain", "has pain"), ("Mr\tFields has pain", "has pain"),
        ("READ BY         WEEKS", ""), ("Boeing engineer", "engineer"), ("Aaron Spelling, cough", "cough"),
        ("Brown called", "called"), ("Fields called", "called"), ("the Brown family", "the family"),
        ("his wife Brown called", "wife called"), ("cousin: Weeks", ""), ("Jane Peak, chest pain", "chest pain"),
        ("Katarzyna Pacific, cough", "cough"), ("Peak, Jane: cough", "cough"), ("CT head, BY WEEKS", "CT head, BY"),
        ("CT head, PER FIELDS", "CT head, PER"), ("CT head, RT WEEKS", "CT head, RT"), ("cc Fields", "cc"),
        ("signed Jane. Weeks", "signed"), ("katarzyna.weeks", ""), ("Weeks and Katarzyna came", "and came"),
        ("Weeks 45 yo", "45 yo"), ("thanks Fields", "thanks"), ("CT head, J. WEEKS", "CT head"),
        ("ask Fields", "ask"), ("attending is weeks", "attending is"), ("victim of terrorism", ""),
        ("survivor of the bridge collapse, cough", "cough"),
        ("spacecraft accident", "accident"), ("Bright reports pain", "reports pain"),
    ],
)  # fmt: skip
def test_what_names_a_person_beside_a_given_name_or_across_any_blank_goes(text: str, kept: str) -> None:
    assert clean(text, NOBODY) == kept


@pytest.mark.parametrize(
    "text",
    [
        "Hit by a car", "A vein runs there", "The borders are sharp", "patient, arms down", "may represent scarring",
        "one third of the ureter", "favoured over malignancy", "a longer delay", "l4/l5 disc, c6 root", "i26f lung 1.0",
        "72f with cough", "Fractura colli femoris sinistri", "Corpus alienum, status post sectio caesarea",
        "CT ABD PELVIS W IV CON", "US LOWER EXT VENOUS BILAT",
    ],
)  # fmt: skip
def test_little_words_and_adjectives_stay_in_sentences(text: str) -> None:
    assert clean(text, NOBODY) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("STENT WITH A CATHETER", "STENT WITH A CATHETER"), ("JOHN A GRUNEWALD CT", "CT"), ("GRUNEWALD A, CT", "CT"),
        ("JANE PEAK, COUGH", "COUGH"), ("PEAK, JANE: COUGH", "COUGH"), ("GRUNEWALD, COUGH", "COUGH"),
        ("13 YEAR OLD WITH COUGH", "13 YEAR OLD WITH COUGH"),
        ("94 YEAR OLD WITH COUGH", "WITH COUGH"), ("SCHIZAS GRADE C STENOSIS", "SCHIZAS GRADE C STENOSIS"),
    ],
)  # fmt: skip
def test_texts_in_capitals_are_read_like_others(text: str, kept: str) -> None:
    assert clean(text, NOBODY) == kept


@pytest.mark.parametrize("name", ["Topić", "Bašić", "Löwer", "Åge", "Bégin", "Colón", "Ｗｅｅｋｓ", "ﬁelds"])
def test_a_name_with_accents_is_no_word_without_them(name: str) -> None:
    assert clean(f"{name}, chest pain", NOBODY) == "chest pain"


@pytest.mark.parametrize(
    "text", ["Ménière's disease", "Sjögren syndrome", "Guillain-Barré syndrome", "Behçet disease", "Fuß nativ", "Ödem"]
)
def test_words_and_diseases_that_are_written_with_accents_stay(text: str) -> None:
    assert clean(text, NOBODY) == text


def test_articles_that_follow_each_other_cost_no_other_word() -> None:
    assert clean("CT head normal. No bleed, " + "an " * 30, NOBODY) == "CT head normal. No bleed"


@pytest.mark.parametrize(
    ("name", "text"), [("Head^Emma", "the Heads came"), ("Meier^Will", "W ill fell"), ("Meier^Max", "M ax fell")]
)
def test_a_known_name_goes_torn_and_in_the_plural(name: str, text: str) -> None:
    assert not {"Heads", "ill", "ax"} & set(clean(text, own(("name", name))).split())


@pytest.mark.parametrize("letter", ["a", "s", "S"])
def test_a_long_run_of_the_first_letter_of_a_name_costs_no_more_than_others(letter: str) -> None:
    begin = process_time()
    Sweeper(["Meier^Anna", "Smith^John"]).family(()).holds(b"x" * 100_000, b"", TEXT)
    other = process_time() - begin
    begin = process_time()
    Sweeper(["Meier^Anna", "Smith^John"]).family(()).holds(letter.encode() * 100_000, b"", TEXT)
    assert process_time() - begin < 1.0 + 50.0 * other


@pytest.mark.parametrize(
    "text",
    ["contrast 3 ml/s", "PSA 12.4 ng/ml", "CRP 112 mg/l", "flow 5 l/min", "3 ml/min", "4 ml/sec", "90 ml", "2 mg/kg"],
)
def test_a_unit_stays_whole_with_its_number(text: str) -> None:
    assert clean(text, NOBODY) == text


@pytest.mark.parametrize("cue", ["TECH", "TECHS", "PA", "RN", "RAD"])
def test_a_surname_goes_that_stands_behind_the_short_name_of_a_task(cue: str) -> None:
    assert "WEEKS" not in clean(f"CT head, {cue} WEEKS", NOBODY)
    assert clean("CHEST PA LATERAL", NOBODY) == "CHEST PA LATERAL"


@pytest.mark.parametrize(
    "text",
    ["oesophageal tumour", "oedematous wall", "hypothermic, biopsied", "organising pneumonia", "closing wedge"],
)
def test_words_that_medicine_forms_of_others_and_british_spellings_stay(text: str) -> None:
    assert clean(text, NOBODY) == text


@pytest.mark.parametrize("text", ["94.5 years old", "age 94.0", "94,5 Jahre", "1128 months", "1200 mos", "5000 weeks"])
def test_high_ages_go_with_decimals_and_in_months(text: str) -> None:
    assert not any(character.isdigit() for character in clean(text, NOBODY))


@pytest.mark.parametrize("letters", ["W", "C", "Fr", "F", "G"])
def test_an_initial_behind_a_number_is_no_unit(letters: str) -> None:
    for number in ("4", "36.5", "18"):
        assert not {letters, "Weeks"} & set(clean(f"slabs {number} {letters}. Weeks", NOBODY).replace(".", " ").split())


@pytest.mark.parametrize(
    "text", ["call ext. 12", "ext 555-1234", "call 0761-4412 x 3", "761-4451 d", "0555 mm", "555-1234 images"]
)
def test_a_telephone_number_is_no_quantity(text: str) -> None:
    assert not any(character.isdigit() for character in clean(text, NOBODY))


def test_the_subjects_day_and_month_go_with_a_dot_between() -> None:
    assert clean("born 13.4 head injury 1.5", own(("birth", "19470413"))) == "head injury 1.5"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("CT head by Brain", "CT head by"),
        ("CT head. Reported by: Brain", "CT head. Reported by"),
        ("Patient: Brain", "Patient"),
        ("Dr. A. Brain fall", "fall"),
        ("Brain MD", ""),
        ("seen by CT", "seen by CT"),
        ("patient supine", "patient supine"),
        ("followed by contrast", "followed by contrast"),
    ],
)
def test_a_word_where_a_name_must_stand_goes_although_it_is_no_listed_name(text: str, kept: str) -> None:
    assert clean(text, NOBODY) == kept
