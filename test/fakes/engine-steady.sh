#!/bin/sh
# An engine that says something twenty times a second, for ever, and ends at SIGTERM like any program.
number=0
while :; do
  number=$((number + 1))
  echo "line $number"
  sleep 0.05
done
