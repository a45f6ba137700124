#!/bin/sh
# A fake systemd-run --scope: records its arguments, and runs the command in its own process, like the real one.
printf '%s\n' "$*" > "$SYSTEMD_RUN_NOTE"
while [ "$1" != '--' ]; do shift; done
shift
exec "$@"
