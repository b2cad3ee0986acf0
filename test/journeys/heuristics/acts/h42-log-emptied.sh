# expects: high T1685.006
. "$STAGE/act.sh"
truncate -s 0 /var/log/wtmp
sh -c 'echo > /var/log/auth.log'
