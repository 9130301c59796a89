# SPDX-License-Identifier: Apache-2.0
"""Where an identity is planted inside a data set: plain, nested and private elements, graphics."""

from __future__ import annotations

import pydicom
from invention import CHARACTER_SETS, Identity
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ImplicitVRLittleEndian

TEXTS: tuple[tuple[str, str, int], ...] = (
    # keyword, VR, longest value
    ("IssuerOfPatientID", "LO", 64),
    ("PatientBirthName", "PN", 64),
    ("PatientMotherBirthName", "PN", 64),
    ("OtherPatientNames", "PN", 64),
    ("PatientAddress", "LO", 64),
    ("PatientTelephoneNumbers", "SH", 16),
    ("MilitaryRank", "LO", 64),
    ("MedicalRecordLocator", "LO", 64),
    ("PatientReligiousPreference", "LO", 64),
    ("EthnicGroup", "SH", 16),
    ("Occupation", "SH", 16),
    ("CountryOfResidence", "LO", 64),
    ("RegionOfResidence", "LO", 64),
    ("AdditionalPatientHistory", "LT", 200),
    ("PatientComments", "LT", 200),
    ("ResponsiblePerson", "PN", 64),
    ("ResponsibleOrganization", "LO", 64),
    ("StudyID", "SH", 16),
    ("ReferringPhysicianName", "PN", 64),
    ("ReferringPhysicianAddress", "ST", 200),
    ("ReferringPhysicianTelephoneNumbers", "SH", 16),
    ("PerformingPhysicianName", "PN", 64),
    ("NameOfPhysiciansReadingStudy", "PN", 64),
    ("PhysiciansOfRecord", "PN", 64),
    ("OperatorsName", "PN", 64),
    ("RequestingPhysician", "PN", 64),
    ("RequestingService", "LO", 64),
    ("InstitutionName", "LO", 64),
    ("InstitutionAddress", "ST", 200),
    ("InstitutionalDepartmentName", "LO", 64),
    ("StationName", "SH", 16),
    ("DeviceSerialNumber", "LO", 64),
    ("ImageComments", "LT", 200),
    ("RequestedProcedureDescription", "LO", 64),
    ("RequestedProcedureID", "SH", 16),
    ("AdmissionID", "LO", 64),
    ("CurrentPatientLocation", "LO", 64),
    ("PerformedProcedureStepID", "SH", 16),
    ("PerformedProcedureStepDescription", "LO", 64),
    ("PerformedStationAETitle", "AE", 16),
    ("PerformedLocation", "SH", 16),
    ("FillerOrderNumberImagingServiceRequest", "LO", 64),
    ("PlacerOrderNumberImagingServiceRequest", "LO", 64),
    ("RetrieveAETitle", "AE", 16),
    ("TextComments", "LT", 200),
)


def plant_texts(dataset: Dataset, identity: Identity) -> None:
    """Fill the attributes that are made for identity, and describe the study with the patient's name in it."""
    dataset.PatientName = f"{identity.family}^{identity.given}"
    dataset.PatientID = identity.patient_id
    dataset.AccessionNumber = identity.accession
    for keyword, vr, longest in TEXTS:
        word = identity.invent.word()
        value = f"{word}^{identity.given}" if vr == "PN" else word if longest < 20 else f"{word} 14b"
        dataset.add_new(pydicom.datadict.tag_for_keyword(keyword), vr, value[:longest])
        identity.say(keyword, word[:longest])
    dataset.ResponsiblePersonRole = "PARENT"
    other = [identity.invent.code("OP"), identity.invent.code("OQ")]
    dataset.add_new("OtherPatientIDs", "LO", other)
    for value in other:
        identity.say("OtherPatientIDs", value)
    accent = "".join(identity.invent.random.choices(CHARACTER_SETS[identity.character_set][2], k=9))
    dataset.PatientBirthName = f"{dataset.PatientBirthName}{accent}"
    identity.say("PatientBirthName in its character set", accent)
    described = identity.study_start.strftime("%d.%m.%Y")
    dataset.StudyDescription = f"CT HEAD {identity.family} {described}"
    dataset.SeriesDescription = f"HEAD {identity.accession}"
    dataset.ProtocolName = f"Dr {identity.invent.word()}"
    identity.say("ProtocolName", str(dataset.ProtocolName)[3:])
    dataset.PositionReferenceIndicator = f"OM {identity.family}"


def code_item(identity: Identity, where: str) -> Dataset:
    """Return a code sequence item with an invented value and meaning."""
    item = Dataset()
    item.CodeValue = identity.invent.code("CV")
    item.CodingSchemeDesignator = "99LOCAL"
    item.CodeMeaning = identity.invent.word()
    identity.say(f"{where} CodeValue", item.CodeValue)
    identity.say(f"{where} CodeMeaning", item.CodeMeaning)
    return item


def plant_nested(dataset: Dataset, identity: Identity) -> None:
    """Plant identity in standard sequences, down to the third level."""
    invent = identity.invent
    other = Dataset()
    other.PatientID, other.IssuerOfPatientID, other.TypeOfPatientID = invent.code("NP"), invent.word(), "TEXT"
    dataset.OtherPatientIDsSequence = Sequence([other])
    identity.say("OtherPatientIDsSequence", other.PatientID)
    identity.say("OtherPatientIDsSequence issuer", other.IssuerOfPatientID)

    request = Dataset()
    request.RequestedProcedureID, request.ScheduledProcedureStepID = invent.code("RP"), invent.code("SP")
    request.ScheduledProcedureStepDescription = f"{invent.word()} {identity.family}"
    request.ReasonForTheRequestedProcedure = invent.word()
    request.RequestedProcedureCodeSequence = Sequence([code_item(identity, "RequestAttributesSequence")])
    dataset.RequestAttributesSequence = Sequence([request])
    for keyword in ("RequestedProcedureID", "ScheduledProcedureStepID", "ReasonForTheRequestedProcedure"):
        identity.say(f"RequestAttributesSequence {keyword}", getattr(request, keyword))
    identity.say("ScheduledProcedureStepDescription", request.ScheduledProcedureStepDescription.split()[0])

    staff = Dataset()
    staff.PersonIdentificationCodeSequence = Sequence([code_item(identity, "OperatorIdentificationSequence")])
    staff.PersonAddress, staff.InstitutionName = invent.word(), invent.word()
    staff.PersonTelephoneNumbers = invent.code("+49 ")
    dataset.OperatorIdentificationSequence = Sequence([staff])
    for keyword in ("PersonAddress", "InstitutionName", "PersonTelephoneNumbers"):
        identity.say(f"OperatorIdentificationSequence {keyword}", getattr(staff, keyword))
    dataset.InstitutionCodeSequence = Sequence([code_item(identity, "InstitutionCodeSequence")])

    protocol = Dataset()
    protocol.CodeValue, protocol.CodingSchemeDesignator = "HEAD-1", "99LOCAL"
    protocol.CodeMeaning = f"HEAD {identity.family}"
    dataset.PerformedProtocolCodeSequence = Sequence([protocol])
    derived = Dataset()
    derived.CodeValue, derived.CodingSchemeDesignator = "121327", "DCM"
    derived.CodeMeaning = f"Full fidelity {identity.family}"
    derived.add_new((0x0009, 0x0010), "LO", invent.word())
    derived.add_new((0x0009, 0x1001), "LO", invent.word())
    identity.say("private creator in a kept sequence", derived[0x0009, 0x0010].value)
    identity.say("private element in a kept sequence", derived[0x0009, 0x1001].value)
    dataset.DerivationCodeSequence = Sequence([derived])
    plant_original_attributes(dataset, identity)


def plant_original_attributes(dataset: Dataset, identity: Identity) -> None:
    """Plant the traces that other programs leave: original attributes, signatures, encrypted attributes."""
    invent = identity.invent
    old = Dataset()
    old.PatientName, old.PatientID = invent.person(), invent.code("OLD")
    entry = Dataset()
    entry.SourceOfPreviousValues, entry.ModifyingSystem = invent.word(), invent.word()
    entry.AttributeModificationDateTime = identity.study_start.strftime("%Y%m%d%H%M%S")
    entry.ReasonForTheAttributeModification = "CORRECT"
    entry.ModifiedAttributesSequence = Sequence([old])
    dataset.OriginalAttributesSequence = Sequence([entry])
    identity.say("OriginalAttributesSequence PatientName", str(old.PatientName).split("^")[0])
    identity.say("OriginalAttributesSequence PatientID", old.PatientID)
    identity.say("SourceOfPreviousValues", entry.SourceOfPreviousValues)
    identity.say("ModifyingSystem", entry.ModifyingSystem)

    signature = Dataset()
    signature.MACIDNumber, signature.DigitalSignatureUID = 1, invent.uid()
    signature.DigitalSignatureDateTime = identity.study_start.strftime("%Y%m%d%H%M%S")
    signature.CertificateType = "X509_1993_SIG"
    signature.CertificateOfSigner = f"CN={invent.word()}".encode().ljust(16, b"\0")
    signature.Signature = b"\x5a" * 16
    dataset.DigitalSignaturesSequence = Sequence([signature])
    identity.say("DigitalSignatureUID", signature.DigitalSignatureUID)
    identity.say("CertificateOfSigner", signature.CertificateOfSigner.rstrip(b"\0"))

    sealed = Dataset()
    sealed.EncryptedContentTransferSyntaxUID = ImplicitVRLittleEndian
    sealed.EncryptedContent = invent.word().encode().ljust(16, b"\0")
    dataset.EncryptedAttributesSequence = Sequence([sealed])
    identity.say("EncryptedContent", sealed.EncryptedContent.rstrip(b"\0"))


def plant_private(dataset: Dataset, identity: Identity) -> None:
    """Plant private blocks: text, bytes of unknown kind, a private sequence, and a block without its creator."""
    invent = identity.invent
    creator = invent.word()
    dataset.add_new((0x0009, 0x0011), "LO", creator)
    identity.say("private creator", creator)
    for tag, vr in (((0x0009, 0x1101), "LO"), ((0x0009, 0x1102), "ST"), ((0x0009, 0x1103), "PN")):
        value = invent.word()
        dataset.add_new(tag, vr, value)
        identity.say(f"private {vr}", value)
    blob = b"\0\1\2\3" + invent.word().encode() + b"\0" * 5
    dataset.add_new((0x0009, 0x1104), "UN", blob + b"\0" * (len(blob) % 2))
    identity.say("private UN", blob.strip(b"\0\1\2\3"))
    blob = b"SV10" + invent.word().encode().ljust(32, b"\0")
    dataset.add_new((0x0009, 0x1105), "OB", blob)
    identity.say("private OB", blob[4:].rstrip(b"\0"))
    inner = Dataset()
    inner.PatientName = invent.person()
    dataset.add_new((0x0009, 0x1106), "SQ", Sequence([inner]))
    identity.say("PatientName in a private sequence", str(inner.PatientName).split("^")[0])
    orphan = invent.word()
    dataset.add_new((0x0077, 0x1001), "LO", orphan)
    identity.say("private element without creator", orphan)


def plant_graphics(dataset: Dataset, identity: Identity) -> None:
    """Plant an overlay, a curve and an icon whose data hold text, and their descriptions."""
    invent = identity.invent
    text = invent.word().encode().ljust(32, b"\0")
    for tag, vr, value in (
        (0x60000010, "US", 16),
        (0x60000011, "US", 16),
        (0x60000022, "LO", invent.word()),
        (0x60000040, "CS", "G"),
        (0x60000050, "SS", [1, 1]),
        (0x60000100, "US", 1),
        (0x60000102, "US", 0),
        (0x60001500, "LO", invent.word()),
        (0x60003000, "OW", text),
        (0x60004000, "LT", invent.word()),
        (0x50000005, "US", 1),
        (0x50000010, "US", 1),
        (0x50000020, "CS", "TEXT"),
        (0x50000103, "US", 0),
        (0x50002500, "LO", invent.word()),
        (0x50003000, "OW", invent.word().encode().ljust(16, b"\0")),
    ):
        dataset.add_new(tag, vr, value)
        if isinstance(value, str | bytes) and value not in ("G", "TEXT"):
            identity.say(
                f"({tag >> 16:04X},{tag & 0xFFFF:04X})", value.rstrip(b"\0") if isinstance(value, bytes) else value
            )
    icon = Dataset()
    icon.SamplesPerPixel, icon.PhotometricInterpretation, icon.Rows, icon.Columns = 1, "MONOCHROME2", 4, 4
    icon.BitsAllocated, icon.BitsStored, icon.HighBit, icon.PixelRepresentation = 8, 8, 7, 0
    icon.add_new(0x7FE00010, "OB", invent.word().encode()[:12].ljust(16, b"\0"))
    dataset.IconImageSequence = Sequence([icon])
    identity.say("IconImageSequence PixelData", icon.PixelData.rstrip(b"\0"))
