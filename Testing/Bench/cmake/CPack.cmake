# SPDX-License-Identifier: Apache-2.0
file(APPEND ${BENCH_RECORD} "extension PACKAGED yes\n")
