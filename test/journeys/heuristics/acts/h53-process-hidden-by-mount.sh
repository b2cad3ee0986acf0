# expects: critical T1564
. "$STAGE/act.sh"
stand_in mount
mount --bind /tmp/empty /proc/4711
