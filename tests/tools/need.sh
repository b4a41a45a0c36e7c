#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Debian packages a target needs: those missing are installed by root; anybody
# else, and other systems, are told their names.
missing=
for package; do
  command -v dpkg-query >/dev/null || break
  dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
    grep -qx installed || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "This needs Debian's packages$missing (apt-get install$missing)." >&2
  exit 1
fi
echo "Installing$missing"
{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
  apt-get -qq install -y --no-install-recommends $missing; } >/dev/null
