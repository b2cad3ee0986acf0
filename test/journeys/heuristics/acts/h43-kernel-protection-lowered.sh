# expects: medium T1685
. "$STAGE/act.sh"
stand_in sysctl
sysctl -w kernel.randomize_va_space=0
