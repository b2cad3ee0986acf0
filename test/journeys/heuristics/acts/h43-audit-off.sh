# expects: high T1685.004
. "$STAGE/act.sh"
stand_in auditctl
auditctl -D
