# SPDX-License-Identifier: Apache-2.0
"""Identity: who becomes whom; maps, pseudonyms, offsets of dates, and the key that they come from."""
