# SPDX-License-Identifier: Apache-2.0
"""Epochs: from what and in which unit programs count when they write a moment as one number.

Each line says who counts so, and where that is written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

_DAY = 86_400  # seconds
_TICKS = _DAY * 10_000_000  # of 100 ns
_UNIX, _ANSI = datetime(1970, 1, 1), datetime(1601, 1, 1)
_MUMPS = datetime(1840, 12, 31)
_MODIFIED, _LILIAN = datetime(1858, 11, 17), datetime(1582, 10, 14)


@dataclass(frozen=True, slots=True)
class Epoch:
    """A way to count.

    Attributes
    ----------
    origin : datetime
        Where the count begins, as far as the calendar of Python goes back.
    per_day : int
        Units in a day.
    base : float
        The count at the origin.
    least_s : int
        Counts of fewer seconds are none, on either side of the origin: where that is a date that patients have, those
        of a few days stand by chance.
    """

    origin: datetime
    per_day: int
    base: float = 0.0
    least_s: int = 2 * _DAY  # many origins are typed where a date is not known, and any small number is near them


_WORD = 1 << 32  # smaller counts of parts of a second are any numbers of 32 bits, which reach no day of this century
_LEAST_S = 10_000_000  # a third of a year: where the origin is a day on which many patients were seen

EPOCHS = (
    Epoch(_UNIX, _DAY),  # Unix: POSIX.1-2017, 4.16
    Epoch(_UNIX, _DAY * 1_000),  # Java and JavaScript: ECMA-262, 21.4.1.1
    Epoch(_UNIX, _DAY * 1_000_000),  # struct timeval in one number: POSIX.1-2017, sys/time.h
    Epoch(_UNIX, _DAY * 1_000_000_000),  # struct timespec in one number: POSIX.1-2017, time.h
    Epoch(_UNIX, _DAY * 100, 0.0, _WORD // 100),  # hundredths, as TimeTicks: RFC 2578, 7.1.8
    Epoch(_UNIX, _DAY * 10, 0.0, _WORD // 10),  # tenths of a second of Unix
    Epoch(_UNIX, _TICKS),  # ticks of .NET since Unix: DateTime.UnixEpoch
    Epoch(_UNIX, 24 * 60),  # minutes of Unix
    Epoch(_UNIX, 24),  # hours of Unix
    Epoch(_UNIX, 1),  # days of Unix: shadow(5); dates of R
    Epoch(datetime(1980, 1, 6), _DAY),  # GPS: IS-GPS-200, 3.3.4; the leap seconds since then move no day
    Epoch(datetime(1900, 1, 1), _DAY),  # NTP: RFC 5905, 6
    Epoch(datetime(1904, 1, 1), _DAY),  # Mac OS: Inside Macintosh, Operating System Utilities; ISO/IEC 14496-12
    Epoch(datetime(1899, 12, 30), 1),  # OLE Automation (DATE) and spreadsheets: ECMA-376 part 1, 18.17.4.1
    Epoch(_MODIFIED, 1),  # modified Julian date: IAU 1973
    Epoch(_MODIFIED, 1, 2_400_000.5),  # Julian date: IAU 1997, resolution B1
    Epoch(_MODIFIED, _TICKS),  # OpenVMS: VSI OpenVMS RTL Library, LIB$ date and time
    Epoch(_MODIFIED, _DAY),  # seconds of the modified Julian date
    Epoch(datetime(2001, 1, 1), _DAY, 0.0, _LEAST_S),  # Cocoa (NSDate, CFAbsoluteTime): Apple, Core Foundation
    Epoch(datetime(2000, 1, 1), _DAY, 0.0, _LEAST_S),  # since 2000: PostgreSQL, timestamp; Zigbee, UTCTime
    Epoch(datetime(2000, 1, 1), _DAY * 1_000_000, 0.0, _LEAST_S),  # PostgreSQL, timestamp
    Epoch(datetime(1960, 1, 1), _DAY, 0.0, _LEAST_S),  # SAS: datetime values
    Epoch(datetime(1960, 1, 1), _DAY * 1_000, 0.0, _LEAST_S),  # Stata: %tc
    Epoch(_LILIAN, _DAY),  # SPSS: date and time variables
    Epoch(_LILIAN, 1),  # Lilian day number: IBM Language Environment, CEEDAYS
    Epoch(_ANSI, _TICKS),  # Windows FILETIME: MS-DTYP 2.3.3
    Epoch(_ANSI, _DAY * 1_000_000),  # Chromium, base::Time: microseconds of FILETIME
    Epoch(_ANSI, _DAY * 1_000),  # the same in milliseconds
    Epoch(_ANSI, _DAY),  # and in seconds
    Epoch(_MUMPS, _DAY),  # seconds of $HOROLOG
    Epoch(datetime(1582, 10, 15), _TICKS),  # UUID: RFC 4122, 4.1.4
    Epoch(datetime(1900, 1, 1), _DAY << 32),  # NTP timestamp: RFC 5905, 6
    Epoch(_ANSI, 1, 1.0),  # ANSI date of COBOL: ISO/IEC 1989, INTEGER-OF-DATE
    Epoch(datetime(1, 1, 1), _TICKS),  # .NET, DateTime.Ticks
    Epoch(datetime(1, 1, 1), _DAY),  # seconds of the common era
    Epoch(datetime(1, 1, 1), 1, 1.0),  # Python, date.toordinal: proleptic Gregorian
    Epoch(datetime(1, 1, 1), 1, 367.0),  # MATLAB, datenum, whose day 1 is in the year 0
)
"""What counts days comes to numbers of five to seven digits, which stand by chance too: those of statistics' programs
are left out."""

FILE_TIMES = (
    Epoch(_ANSI, _TICKS),  # FILETIME of Windows
    Epoch(_MODIFIED, _TICKS),  # quadwords of OpenVMS
    Epoch(_UNIX, _DAY * 1_000_000),  # and of Unix
    Epoch(_UNIX, _DAY * 1_000),
)
"""What is also written as two numbers of 32 bits."""

DAYS_AND_TIMES = (
    Epoch(_MUMPS, _DAY),  # days and seconds, $HOROLOG of MUMPS: ISO/IEC 11756
    Epoch(datetime(1958, 1, 1), _DAY * 1_000),  # days and milliseconds, CDS: CCSDS 301.0-B-4, 3.3
)
"""What is written as two numbers: days since the origin, and units since midnight."""
