#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The C test programs in a folder under valgrind: helgrind on those of the
# threads, memcheck on all that end within a minute there. What the tests find of
# numbers does not count: valgrind's long double has but 64 bits.
folder=$1
failed=0
run() {
  tool=$1
  program=$2
  shift 2
  valgrind -q --error-exitcode=9 --fair-sched=yes --tool="$tool" "$@" \
    "$program" >build/valgrind.log 2>&1
  [ $? = 9 ] || return 0
  echo "$tool: $program"
  tail -40 build/valgrind.log
  failed=1
}
count=0
for program in "$folder"/*/test_*; do
  case $program in
  */test_interrupt | */test_stop_anywhere | */test_fit | */test_many) continue ;;
  esac
  run memcheck "$program" --leak-check=full --errors-for-leak-kinds=definite
  count=$((count + 1))
done
for program in "$folder/batch/test_pool" "$folder/batch/test_many"; do
  run helgrind "$program"
  count=$((count + 1))
done
[ "$failed" = 0 ] && echo "valgrind: $count runs, no error"
exit "$failed"
