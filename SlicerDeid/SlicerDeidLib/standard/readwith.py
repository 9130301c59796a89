# SPDX-License-Identifier: Apache-2.0
"""What an image is read with: no rule, no sweep and no repair may change it, and what would have to refuses it."""

from __future__ import annotations

from functools import cache

from pydicom.datadict import tag_for_keyword

_READ_WITH = """
    SpecificCharacterSet SOPClassUID Modality SamplesPerPixel PhotometricInterpretation PlanarConfiguration
    NumberOfFrames Rows Columns PixelSpacing BitsAllocated BitsStored HighBit PixelRepresentation
    RescaleIntercept RescaleSlope RescaleType ModalityLUTSequence LUTDescriptor LUTData ModalityLUTType
    RedPaletteColorLookupTableDescriptor GreenPaletteColorLookupTableDescriptor BluePaletteColorLookupTableDescriptor
    RedPaletteColorLookupTableData GreenPaletteColorLookupTableData BluePaletteColorLookupTableData
    SegmentedRedPaletteColorLookupTableData SegmentedGreenPaletteColorLookupTableData
    SegmentedBluePaletteColorLookupTableData ImagePositionPatient ImageOrientationPatient
    SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence PixelMeasuresSequence PlanePositionSequence
    PlaneOrientationSequence PixelValueTransformationSequence FloatPixelData DoubleFloatPixelData PixelData
    ExtendedOffsetTable ExtendedOffsetTableLengths EncapsulatedPixelDataValueTotalLength
"""  # without these pixels cannot be decoded, mean nothing, or lie nowhere: PS3.3 C.7.6.3, C.7.6.2, C.11.1, C.7.6.16


@cache
def read_with_tags() -> frozenset[int]:
    """Return the tags of what an image is read with."""
    return frozenset(tag for keyword in _READ_WITH.split() if (tag := tag_for_keyword(keyword)) is not None)
