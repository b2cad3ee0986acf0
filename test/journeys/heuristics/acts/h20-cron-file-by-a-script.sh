# expects: medium T1053.003
. "$STAGE/act.sh"
echo '0 4 * * * root /bin/true' > /etc/cron.d/0sync
