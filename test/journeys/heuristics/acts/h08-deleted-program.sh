# expects: high T1070.004
. "$STAGE/act.sh"
cp /bin/true /var/tmp/gone
exec 9< /var/tmp/gone
rm /var/tmp/gone
/proc/$$/fd/9
