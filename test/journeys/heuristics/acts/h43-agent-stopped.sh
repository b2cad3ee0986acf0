# expects: critical T1685
. "$STAGE/act.sh"
stand_in systemctl
systemctl stop wardgrid-agent
