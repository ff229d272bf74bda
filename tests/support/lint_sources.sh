#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# clang-tidy on sources of one library: lint_sources.sh BUILD_FOLDER SOURCE...
#
# All but the last are included before it, so that the headers they share are read and looked at
# once. Where they do not compile together (two give one name to different things), each half is
# tried alone.
set -euo pipefail
build="$1"
shift

# lint SOURCE...: false, with what clang-tidy said, where one has a finding.
lint() {
  local half=$(($# / 2)) source report failed=0
  local -a includes=()
  for source in "${@:1:$#-1}"; do includes+=("--extra-arg=-include$source"); done
  # GCC knows more warnings.
  report="$(clang-tidy --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option \
    --checks=-bugprone-suspicious-include "${includes[@]}" "${*: -1}" 2>&1)" && return
  if [[ $# == 1 || "$report" != *clang-diagnostic-error* ]]; then
    printf '%s\n' "$report"
    return 1
  fi
  lint "${@:1:half}" || failed=1
  lint "${@:half+1}" || failed=1
  return "$failed"
}
# In place of bugprone-suspicious-include, which would find what lint() includes.
if grep -nE '^ *# *include .*\.cpp[">]' "$@" /dev/null; then
  echo "a source includes a source"
  exit 1
fi
lint "$@"
