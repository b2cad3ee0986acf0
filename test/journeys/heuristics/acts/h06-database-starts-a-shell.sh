# expects: high T1505
. "$STAGE/act.sh"
server /usr/sbin/mysqld
/usr/sbin/mysqld -e 'system("id; true")'
