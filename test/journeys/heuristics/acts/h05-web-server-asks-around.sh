# expects: high T1505.003
. "$STAGE/act.sh"
server /usr/sbin/apache2
/usr/sbin/apache2 -e 'system("whoami; uname -a")'
