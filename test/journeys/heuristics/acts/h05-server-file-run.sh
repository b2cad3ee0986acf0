# expects: high T1505.003
. "$STAGE/act.sh"
server /usr/sbin/apache2
mkdir -p /var/www/html/files
/usr/sbin/apache2 -e 'open(F, ">", "/var/www/html/files/x"); print F "#!/bin/true\n"; close F; chmod 0755, "/var/www/html/files/x"; sleep 1'
cp /bin/true /var/www/html/files/x
/var/www/html/files/x
