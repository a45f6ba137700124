#!/bin/sh
# Ends what a test process leaves behind when it is killed. Standard input has one line per resource:
#   group PID         a process group, to be killed
#   directory PATH    processes with this path in their environment are killed, then the directory is removed
#   done RESOURCE     the test process has cleaned up itself
# The input ends with the test process.
left=''
while read -r line; do
  case "$line" in
    'done '*) left=$(printf '%s\n' "$left" | grep -vxF -- "${line#done }") ;;
    *) left="$left
$line" ;;
  esac
done
printf '%s\n' "$left" | while read -r kind name; do
  case "$kind" in
    group) kill -s KILL -- "-$name" 2>/dev/null ;;
    directory)
      for environment in /proc/[0-9]*/environ; do
        if grep -qaF -- "$name" "$environment" 2>/dev/null; then
          pid=${environment#/proc/}
          kill -s KILL "${pid%/environ}" 2>/dev/null
        fi
      done
      rm -rf -- "$name"
      ;;
  esac
done
