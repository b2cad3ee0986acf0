# expects: critical T1574.006
. "$STAGE/act.sh"
printf '\n' > /etc/ld.so.preload
rm -f /etc/ld.so.preload
