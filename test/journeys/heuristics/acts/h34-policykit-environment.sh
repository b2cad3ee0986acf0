# expects: critical T1068
. "$STAGE/act.sh"
stand_in pkexec
GCONV_PATH=. pkexec x
