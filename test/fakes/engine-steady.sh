#!/bin/sh
# An engine that prints twenty times per second until SIGTERM.
number=0
while :; do
  number=$((number + 1))
  echo "line $number"
  sleep 0.05
done
