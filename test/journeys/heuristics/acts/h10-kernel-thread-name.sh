# expects: critical T1036.004
. "$STAGE/act.sh"
cp /bin/true /tmp/k
(exec -a '[kworker/0:1]' /tmp/k)
