# expects: critical T1611
. "$STAGE/act.sh"
sh -c 'mkdir -p /tmp/c; echo /cmd > /tmp/c/release_agent'
