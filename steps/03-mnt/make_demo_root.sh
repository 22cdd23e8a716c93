#!/bin/sh
# SPDX-License-Identifier: MIT
# make_demo_root.sh BUSYBOX DIRECTORY: makes a root file system from one static program.
# All users can read it, whatever the caller's umask. It is complete: each directory on
# which a container mounts something exists, so nothing has to be written to it later.
set -eu
busybox=$1 root=$2
umask 022
if ! [ -x "$busybox" ] || ldd "$busybox" >/dev/null 2>&1; then
  echo "static busybox is missing: 'make deps' installs it (busybox-static)" >&2
  exit 1
fi
rm -rf "$root.new"
mkdir -p "$root.new"
cd "$root.new"
mkdir -p bin dev etc home mnt proc root run sys usr/bin var
mkdir -m 1777 tmp
ln -s ../../bin/env usr/bin/env
ln -s ../run var/run
ln -s ../tmp var/tmp
cp "$busybox" bin/busybox
chmod 0755 bin/busybox
for applet in $(bin/busybox --list); do
  [ "$applet" = busybox ] || ln -s busybox "bin/$applet"
done
echo 'root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false' >etc/passwd
echo 'root:x:0:
tty:x:5:
nogroup:x:65534:' >etc/group
: >etc/hostname
: >etc/hosts
: >etc/resolv.conf
rm -rf "$root"
mv "$root.new" "$root"
