# expects: high T1003.007
. "$STAGE/act.sh"
dd if=/proc/$$/mem of=/dev/null count=0
