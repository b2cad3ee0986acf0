# expects: high T1070
. "$STAGE/act.sh"
rm -f /root/.bash_history
truncate -s 0 /var/log/lastlog
