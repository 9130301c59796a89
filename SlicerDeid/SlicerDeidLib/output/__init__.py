# SPDX-License-Identifier: Apache-2.0
"""Output: staging, journal and ledger; a series is there whole or not at all."""
