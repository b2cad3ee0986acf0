# expects: high T1053.003
. "$STAGE/act.sh"
server /usr/sbin/cron
printf '#!/bin/sh\ntrue\n' > /tmp/job.sh
chmod +x /tmp/job.sh
/usr/sbin/cron -e 'exec "/bin/sh", "-c", "/tmp/job.sh"' &
wait
/usr/sbin/cron -e 'system("/bin/sh -c /tmp/job.sh")'
