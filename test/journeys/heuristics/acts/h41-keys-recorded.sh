# expects: high T1056.001
. "$STAGE/act.sh"
stand_in xinput
xinput test 11
