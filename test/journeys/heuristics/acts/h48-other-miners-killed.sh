# expects: high T1496.001
. "$STAGE/act.sh"
stand_in pkill
pkill -f kdevtmpfsi
