# expects: high T1036.007
. "$STAGE/act.sh"
printf '#!/bin/sh\ntrue\n' > /srv/plain.sh
cp /bin/true /srv/invoice.pdf
/srv/invoice.pdf
