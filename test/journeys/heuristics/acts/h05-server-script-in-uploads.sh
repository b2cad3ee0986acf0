# expects: high T1505.003
. "$STAGE/act.sh"
server /usr/sbin/apache2
mkdir -p /var/www/html/uploads
/usr/sbin/apache2 -e 'open(F, ">", "/var/www/html/uploads/a.php"); print F "nothing"; close F; sleep 1'
