# expects: high T1548.001
. "$STAGE/act.sh"
stand_in setcap
setcap cap_setuid+ep /usr/bin/perl
