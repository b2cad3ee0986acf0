# expects: high T1036.005
. "$STAGE/act.sh"
cp /bin/true /tmp/sshd
/tmp/sshd
