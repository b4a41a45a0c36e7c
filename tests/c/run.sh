#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs the C test programs given as arguments and adds up their closing lines
# "N passed, N failed". A program that ends without one, or that exits non-zero
# without counting a failure (a crash, a sanitizer's report), is one failure.
# EMULATOR, if set, is the command that runs programs of another machine.
passed=0
failed=0
for program; do
  output=$($EMULATOR "$program" 2>&1)
  status=$?
  counts=$(printf '%s\n' "$output" | sed -n \
    '$s/^\(.* \)\{0,1\}\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\2 \3/p')
  counts=${counts:-0 1}
  good=${counts% *}
  bad=${counts#* }
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
    bad=1
  fi
  if [ "$bad" -ne 0 ]; then
    printf '%s (exit status %s):\n%s\n' "$program" "$status" "$output"
  fi
  passed=$((passed + good))
  failed=$((failed + bad))
done
echo "C: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
