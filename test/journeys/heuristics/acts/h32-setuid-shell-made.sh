# expects: critical T1548.001
. "$STAGE/act.sh"
mkdir -p /tmp/s
cp /bin/bash /tmp/s/bash
chmod u+s /tmp/s/bash
