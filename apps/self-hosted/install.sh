#!/bin/sh
# Installs Shortline from an unpacked bundle. Needs a POSIX shell and sha256sum.
#
#   sh install.sh [--prefix DIR] [--listen ADDRESS:PORT] [--allowed-signers FILE]
#
# Every file of the bundle is checked against files.sha256 before any of it runs.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

fail() {
  printf 'install.sh: %s\n  Next: %s\n' "$1" "$2" >&2
  exit 1
}

command -v sha256sum >/dev/null 2>&1 ||
  fail 'sha256sum is not there.' 'Install coreutils or busybox.'
[ -s "$here/files.sha256" ] ||
  fail "$here/files.sha256 is missing or empty." 'Unpack the whole bundle again.'

# --status and --strict are not in every sha256sum: the exit code of plain -c is.
if ! report=$(cd "$here" && sha256sum -c files.sha256 2>&1); then
  printf '%s\n' "$report" | grep -v ': OK$' >&2 || :
  fail 'The files above are not as published.' 'Get the bundle again, verify its signature, and unpack it again.'
fi

# The runtime needs the C++ libraries of the system; a minimal one may lack libatomic.
if ! why=$("$here/runtime/bin/node" --version 2>&1); then
  printf '%s\n' "$why" >&2
  fail 'The runtime in the bundle does not start on this machine.' \
    'Install the library named above (libatomic.so.1: package libatomic1 on Debian, libatomic on Red Hat), or take the bundle for this architecture.'
fi

exec "$here/runtime/bin/node" "$here/app/shortlinectl.js" install --from "$here" "$@"
