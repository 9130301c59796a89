# SPDX-License-Identifier: Apache-2.0
"""Attributes whose values identify the patient, who worked on the study, or where: what is searched for elsewhere."""

from __future__ import annotations

_KINDS = {
    "name": """
        00080090=ReferringPhysicianName 0008009C=ConsultingPhysicianName 00081048=PhysiciansOfRecord
        00081050=PerformingPhysicianName 00081060=NameOfPhysiciansReadingStudy 00081070=OperatorsName
        00100010=PatientName 00101001=OtherPatientNames 00101005=PatientBirthName 00101060=PatientMotherBirthName
        00102297=ResponsiblePerson 00140104=SecondaryReviewerName 00142006=EvaluatorName
        00321032=RequestingPhysician 00400006=ScheduledPerformingPhysicianName
        00401010=NamesOfIntendedRecipientsOfResults 00402008=OrderEnteredBy 00404037=HumanPerformerName
        0040A067=DocumentAuthorTrial 0040A075=VerifyingObserverName 0040A123=PersonName
        0040A307=CurrentObserverTrial 0040A352=VerbalSourceTrial 00700084=ContentCreatorName
        0072006A=SelectorPNValue 300600A6=ROIInterpreter 300E0008=ReviewerName 40080102=InterpretationRecorder
        4008010A=InterpretationTranscriber 4008010C=InterpretationAuthor 40080114=PhysicianApprovingInterpretation
        40080119=DistributionName
    """,
    "number": """
        00080050=AccessionNumber 00080094=ReferringPhysicianTelephoneNumbers 00100020=PatientID
        00100021=IssuerOfPatientID 00101000=OtherPatientIDs 00101050=InsurancePlanIdentification
        00101090=MedicalRecordLocator 00102154=PatientTelephoneNumbers 00102155=PatientTelecomInformation
        00120040=ClinicalTrialSubjectID 00120042=ClinicalTrialSubjectReadingID 00181000=DeviceSerialNumber
        00181004=PlateID 00181007=CassetteID 0018700A=DetectorID 00200010=StudyID 00380010=AdmissionID
        00380060=ServiceEpisodeID 00400009=ScheduledProcedureStepID 00400253=PerformedProcedureStepID
        00401001=RequestedProcedureID 00401103=PersonTelephoneNumbers 00401104=PersonTelecomInformation
        00402010=OrderCallbackPhoneNumber 00402011=OrderCallbackTelecomInformation
        00402016=PlacerOrderNumberImagingServiceRequest 00402017=FillerOrderNumberImagingServiceRequest
        0040A354=TelephoneNumberTrial
    """,
    "place": """
        00080054=RetrieveAETitle 00080055=StationAETitle 00080080=InstitutionName 00080081=InstitutionAddress
        00080092=ReferringPhysicianAddress 00081010=StationName 00081040=InstitutionalDepartmentName
        00101040=PatientAddress 00102152=RegionOfResidence 00102299=ResponsibleOrganization
        00321021=ScheduledStudyLocationAETitle 00321033=RequestingService 00380300=CurrentPatientLocation
        00380400=PatientInstitutionResidence 00400001=ScheduledStationAETitle 00400010=ScheduledStationName
        00400011=ScheduledProcedureStepLocation 00400241=PerformedStationAETitle 00400242=PerformedStationName
        00400243=PerformedLocation 00741234=ReceivingAE 00741236=RequestingAE 21000140=DestinationAE
    """,
    "birth": """
        00100030=PatientBirthDate
    """,
    "date": """
        00080020=StudyDate 00080021=SeriesDate 00080022=AcquisitionDate 00080023=ContentDate
        00400244=PerformedProcedureStepStartDate
    """,
}
SHOWN = {int(entry.split("=")[0], 16): kind for kind, entries in _KINDS.items() for entry in entries.split()}
"""Attributes whose value is searched for elsewhere, and as what; others that a file gives VR PN are names too."""

NAMING_TAGS = frozenset(tag for tag, kind in SHOWN.items() if kind not in ("birth", "date"))
"""What names people, numbers and places."""
