# expects: medium T1554
. "$STAGE/act.sh"
cp /bin/true /usr/sbin/agetty
