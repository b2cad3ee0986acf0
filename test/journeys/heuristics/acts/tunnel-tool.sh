# expects: high T1572
. "$STAGE/act.sh"
cp /bin/true /srv/chisel
/srv/chisel client 127.0.0.1:9 R:socks
