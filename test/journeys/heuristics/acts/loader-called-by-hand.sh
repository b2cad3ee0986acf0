# expects: high T1218
. "$STAGE/act.sh"
cp /bin/true /tmp/plain
/lib64/ld-linux-x86-64.so.2 /tmp/plain
