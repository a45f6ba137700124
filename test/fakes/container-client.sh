#!/bin/sh
# A fake docker and podman: records its arguments in $FAKE_CLIENT_DIR/words and runs `sleep` as the engine, which like
# a real container is not a child process and has nothing of the client's environment. Images: $FAKE_CLIENT_DIR/images,
# one reference per line.
place=${FAKE_CLIENT_DIR:-$(dirname "$0")/client}
printf '%s\n' "$*" >> "$place/words"
case "$1 $2" in
  'image ls')
    [ -e "$place/down" ] && { echo 'Cannot connect to the daemon.' >&2; exit 1; }
    [ -e "$place/hangs" ] && sleep 60
    cat "$place/images" 2> /dev/null
    exit 0 ;;
  'image inspect')
    for reference do :; done
    grep -qxF "$reference" "$place/images" 2> /dev/null || { echo "Error: No such image: $reference" >&2; exit 1; }
    case "$4" in *version*) cat "$place/label" 2> /dev/null || echo ;; *) echo sha256:0123 ;; esac
    exit 0 ;;
esac
for last do :; done
case "$1" in
  run)
    for word do
      case "$word" in
        --cidfile=*) idfile=${word#--cidfile=} ;;
        gantry-*) name=$word ;;
      esac
    done
    echo "key in the client's environment: ${VLLM_API_KEY:-none}"
    setsid env -i /bin/sh -c 'cd / && echo $$ > "$0" && exec sleep 300' "$place/$name.pid" < /dev/null > /dev/null 2>&1 &
    until [ -s "$place/$name.pid" ]; do sleep 0.02; done
    echo 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef > "$idfile"
    # The real client forwards signals; this one shows that a stop does not depend on that.
    trap '' TERM
    while kill -0 "$(cat "$place/$name.pid")" 2> /dev/null; do sleep 0.05; done
    rm -f "$place/$name.pid"
    exit 143 ;;
  stop)
    [ -e "$place/$last.pid" ] || { echo "Error: No such container: $last" >&2; exit 1; }
    kill -TERM "$(cat "$place/$last.pid")" ;;
  container)
    [ -e "$place/$last.pid" ] || { echo "Error: No such object: $last" >&2; exit 1; }
    echo 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef ;;
  rm)
    [ -e "$place/$last.pid" ] && kill -KILL "$(cat "$place/$last.pid")" 2> /dev/null
    exit 0 ;;
esac
