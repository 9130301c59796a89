# SPDX-License-Identifier: Apache-2.0
"""What things are: index, policy, plan, record, volume, and the protocols of the doors; stdlib and numpy only."""
