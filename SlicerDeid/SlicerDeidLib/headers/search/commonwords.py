# SPDX-License-Identifier: Apache-2.0
"""Common words: those that DICOM itself uses, so that a patient called Head does not cost every file its body part.

The words are those of the defined terms of Modality, Image Type, Patient Position, Body Part Examined, View Position,
Value Type and the CT and MR acquisition attributes (PS3.3 C.7.3.1, C.7.6.1, C.8, C.17.3; PS3.16 Annex L), of
manufacturers, and the plain words of institutions and folders. A word here identifies nobody by itself: in a name it
is still searched for in free text, elsewhere (folder, institution) it is not.
"""

from __future__ import annotations

import re

from SlicerDeidLib.standard.makers import MAKERS

_MODALITIES = """
    ct mr us cr dx dr mg nm pt pet xa rf rg io px es gm sm op ot sc seg sr ko pr au ecg eps hd ivus reg rtdose rtimage
    rtplan rtrecord rtstruct smr srf xc bi bmd cd dd dg doc ds ec fa fs hc iol ivoct ker ktx len ls lp ma ms oam oct
    opm opr opt opv oss plan pos rad resp st stain tg asl tof dti swi flair
"""
_IMAGE_TYPES = """
    original derived primary secondary axial coronal sagittal oblique localizer scout topogram reformatted mpr mip minip
    vrt average projection image volume reconstruction recon other none mixed unknown filtered resampled static dynamic
    cine gated whole body emission transmission reprojection tomo screen save captured snapshot volumetric sampled
    distorted monochrome color colour vol mono dual energy helix spiral sequence sequenced stationary constant angle
    angio angiography perfusion diffusion phase magnitude real imaginary map mask subtraction native contrast enhanced
    plain routine standard thin thick slice slices stack series study scan exam acq acquisition protocol group event
    quantity magnified density identity inverse rgb ybr palette interpolated norm dis2d dis3d nd fm adc trace
    b0 t1 t2 pd tir tse fse gre se ir epi fl fl3d tfl mprage spgr fspgr space vibe dixon fat water in out opp
"""
_POSITIONS = """
    hfs hfp hfdr hfdl ffs ffp ffdr ffdl lfp lfs rfp rfs afdr afdl pfdr pfdl supine prone decubitus left right both
    lateral anterior posterior superior inferior ap pa lat ll rl rao lao cc mlo head feet foot first
    high low upper lower middle front back side top bottom
"""
_BODY_PARTS = """
    abdomen abdopelvis adrenal airway ankle aorta arm artery axilla bile bladder bone bones bowel brain brainstem breast
    bronchus buttock calcaneus calf carotid cerebellum cervical cervix cheek chest clavicle coccyx colon cornea coronary
    cspine digit disc disk duct duodenum ear elbow esophagus extremity eye eyelid eyes face femur fibula finger fossa
    gallbladder gland groin hand heart hip hyoid ileum iliac jaw joint kidney knee larynx leg lens limb limbs liver
    lspine lumbar lung lungs mandible maxilla mediastinum mouth muscle nasal neck nerve nose orbit orbits ovary pancreas
    panorex parathyroid parotid patella pelvis penis petrous pharynx pituitary placenta prostate rectum rib ribs sacrum
    scalp scapula sclera scrotum sella shoulder sinus sinuses skin skull soft spinal spine spleen sternum stomach sskull
    sspine tail temporal testis thigh thoracic thorax throat thumb thymus thyroid tibia tissue tmj toe tongue trachea
    tspine tympanic ureter urethra uterus vagina vein vessel vulva wrist zygoma cranium cranial neuro headneck
"""
_STATES = """
    yes no on off auto manual signed unsigned lossy lossless partial full complete completed incomplete verified started
    discontinued male female true false default normal abnormal test demo phantom quality control calibration
    research clinical trial patient patients subject subjects case cases data dicom dcm dicomdir images img imgs files
    file folder new old export input output copy backup visit baseline follow followup scanner date time name unnamed
    stroke trauma tumor tumour cta ctp mra mri cect ncct hrct angle table helical iso center
"""
_PLACES = """
    hospital hospitals clinic clinics clinical center centre centers medical medicine general university universitaet
    universitair universitaire universitario universita institute institut institution radiology radiologie radiologia
    department dept abteilung klinik klinikum krankenhaus spital hopital hospitalier ospedale imaging diagnostic
    diagnostics health healthcare care surgery emergency children childrens memorial community regional national county
    city central state federal north south east west northern southern eastern western saint street road avenue strasse
    station room floor building unit ward service services group school college foundation trust practice praxis
    main first second third scanner mobile
"""
_CONTENT = """
    container text code num datetime date time uidref pname composite image waveform scoord scoord3d tcoord table
    contains has obs concept mod acq context inferred selected from properties separate continuous point multipoint
    polyline polygon ellipse ellipsoid multisegment segment begin end verified unverified preliminary final
"""
_MODELS = """
    ceretom bodytom somatom sensation definition emotion force drive edge flash lightspeed brightspeed optima revolution
    discovery aquilion brilliance ingenuity iqon mx8000 signa magnetom skyra verio trio prisma aera avanto vida achieva
    ingenia
"""

COMMON_WORDS = MAKERS.union(
    " ".join((_MODALITIES, _IMAGE_TYPES, _POSITIONS, _BODY_PARTS, _STATES, _PLACES, _CONTENT, _MODELS)).split()
)
"""Words in lower case, without accents."""


def is_common(text: str) -> bool:
    """Say whether every word of a code is a common one.

    >>> is_common("HAS OBS CONTEXT"), is_common("SMITH")
    (True, False)
    """
    return all(word in COMMON_WORDS for word in re.split(r"[\W_]+", text.lower()) if word)


_PARTICLES = """
    van von der den des del della dello delle dos das los las bin ibn ben abu the and und jun sen junior senior prof
    doctor doktor herr frau mrs miss mister sir lady phd med dipl ing tech technologist operator
"""
NAME_PARTICLES = frozenset(_PARTICLES.split())
"""Parts of a written name that belong to too many names to be searched for alone; they count inside the whole name."""
