# SPDX-License-Identifier: Apache-2.0
"""Invented persons for the sample: every name says that it is a sample."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """Who the sample's headers and pixels speak of. All of it is invented.

    Attributes
    ----------
    name, physician, technician : str
        As PersonName (PN).
    birth_date, study_date : str
        DICOM DA.
    study_time : str
        DICOM TM.
    age : str
        DICOM AS, at the study.
    """

    name: str
    patient_id: str
    accession_number: str
    birth_date: str
    study_date: str
    study_time: str
    age: str
    sex: str
    institution: str
    physician: str
    technician: str
    station: str
    address: str
    comment: str


PERSONS = (
    SamplePerson(
        name="DOE^SAMPLE",
        patient_id="PID-7000001",
        accession_number="ACC0012345",
        birth_date="19570412",
        study_date="20190318",
        study_time="081530.250000",
        age="061Y",
        sex="O",
        institution="SAMPLE GENERAL HOSPITAL",
        physician="EXAMPLE^REFERRER^^DR",
        technician="EXAMPLE^TECHNICIAN",
        station="SAMPLECT01",
        address="1 Invented Street, Nowhere",
        comment="Sample patient Doe fell from an invented ladder on 18 March",
    ),
    SamplePerson(
        name="ROE^SPECIMEN",
        patient_id="PID-7000002",
        accession_number="ACC0067890",
        birth_date="19281105",
        study_date="20211109",
        study_time="223005",
        age="093Y",
        sex="F",
        institution="SAMPLE GENERAL HOSPITAL",
        physician="EXAMPLE^OTHERDOCTOR",
        technician="EXAMPLE^NIGHTSHIFT",
        station="SAMPLECT02",
        address="2 Invented Street, Nowhere",
        comment="Specimen patient Roe, seen at night",
    ),
)
"""The first person's scan is the demo's first; the second is over 89 years old."""
