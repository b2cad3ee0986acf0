# expects: low T1082
. "$STAGE/act.sh"
whoami; id; uname -a; ps aux > /dev/null; df > /dev/null; hostname; lsblk > /dev/null; last > /dev/null; mount > /dev/null
