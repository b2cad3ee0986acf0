# expects: high T1547.006
. "$STAGE/act.sh"
stand_in insmod
insmod /tmp/rk.ko
