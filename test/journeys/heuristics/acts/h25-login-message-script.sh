# expects: high T1546
. "$STAGE/act.sh"
mkdir -p /etc/update-motd.d
printf '#!/bin/sh\ntrue\n' > /etc/update-motd.d/99-act
