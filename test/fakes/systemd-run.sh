#!/bin/sh
# Stands in for systemd-run --scope: notes its words, and runs the command in its own process, as the real one does.
printf '%s\n' "$*" > "$SYSTEMD_RUN_NOTE"
while [ "$1" != '--' ]; do shift; done
shift
exec "$@"
