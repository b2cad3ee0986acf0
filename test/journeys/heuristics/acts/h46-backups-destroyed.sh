# expects: high T1490
. "$STAGE/act.sh"
rm -rf /var/backups
