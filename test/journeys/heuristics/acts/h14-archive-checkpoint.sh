# expects: medium T1059.004
. "$STAGE/act.sh"
tar cf /dev/null /etc/hostname --checkpoint=1 --checkpoint-action=exec=true
