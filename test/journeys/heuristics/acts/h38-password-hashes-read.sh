# expects: medium T1003.008
. "$STAGE/act.sh"
cat /etc/shadow > /dev/null
