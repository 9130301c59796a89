# SPDX-License-Identifier: Apache-2.0
# Slicer refuses an extension that lacks one of these.
foreach(BENCH_KEY HOMEPAGE CATEGORY CONTRIBUTORS DESCRIPTION ICONURL SCREENSHOTURLS DEPENDS)
  if("${EXTENSION_${BENCH_KEY}}" STREQUAL "")
    message(FATAL_ERROR "EXTENSION_${BENCH_KEY} is not set")
  endif()
  file(APPEND ${BENCH_RECORD} "extension ${BENCH_KEY} ${EXTENSION_${BENCH_KEY}}\n")
endforeach()
file(APPEND ${BENCH_RECORD} "extension NAME ${PROJECT_NAME}\n")
